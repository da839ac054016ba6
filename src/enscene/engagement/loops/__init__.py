"""The loop 洞察—触达—识别—服务—反馈—分析—优化: one cycle of it as one object, and how what was tried
becomes the next policy. Who runs it for campaigns is `loop_clock`, above what campaigns came to."""

from enscene.engagement.loops.cycle import STEPS, Cycle, Step, StepName
from enscene.engagement.loops.may_switch import MARGIN, Switch, may_switch, switch_told
from enscene.engagement.loops.optimise_policy import Optimised, Tried, optimise_policy
from enscene.engagement.loops.store import (
    POLICY_TAKEN,
    KeptCycle,
    note_taken,
    read_cycle,
    read_cycles,
    read_last_closed,
)

__all__ = [
    "MARGIN",
    "POLICY_TAKEN",
    "STEPS",
    "Cycle",
    "KeptCycle",
    "Optimised",
    "Step",
    "StepName",
    "Switch",
    "Tried",
    "may_switch",
    "note_taken",
    "optimise_policy",
    "read_cycle",
    "read_cycles",
    "read_last_closed",
    "switch_told",
]
