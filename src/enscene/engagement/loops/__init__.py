"""The loop 洞察—触达—识别—服务—反馈—分析—优化: one cycle of it as one object, and how what was tried
becomes the next policy."""

from enscene.engagement.loops.cycle import STEPS, Cycle, Step, StepName
from enscene.engagement.loops.optimise_policy import Optimised, Tried, optimise_policy

__all__ = ["STEPS", "Cycle", "Optimised", "Step", "StepName", "Tried", "optimise_policy"]
