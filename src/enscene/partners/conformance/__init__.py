"""Conformance: what a partner's program is put through before it may go live, and the verdict."""

from enscene.partners.conformance.acts import take_act
from enscene.partners.conformance.judge import Seen, Verdict, judge
from enscene.partners.conformance.plan import CHECKS, RAILS, Message, Step, plan_delivery, plan_run
from enscene.partners.conformance.reasons import CheckWords, read_words
from enscene.partners.conformance.runs import (
    FAULTS,
    Run,
    ask_run,
    claim_run,
    count_acts,
    finish_run,
    list_runs,
    read_run,
    run_id,
)

__all__ = [
    "CHECKS",
    "FAULTS",
    "RAILS",
    "CheckWords",
    "Message",
    "Run",
    "Seen",
    "Step",
    "Verdict",
    "ask_run",
    "claim_run",
    "count_acts",
    "finish_run",
    "judge",
    "list_runs",
    "plan_delivery",
    "plan_run",
    "read_run",
    "read_words",
    "run_id",
    "take_act",
]
