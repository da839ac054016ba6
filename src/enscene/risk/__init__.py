"""Risk: limits over time, which a scene declares as counters; decisions on credit."""

from enscene.risk.counters import Counters, Tally
from enscene.risk.counters import Key as CounterKey
from enscene.risk.credit_policy import CHALLENGER, CHAMPION, CreditPolicy, read_policy
from enscene.risk.decide_credit import (
    CreditCase,
    CreditDecision,
    CreditFact,
    Outcome,
    Reason,
    decide_credit,
)
from enscene.risk.drift import drift_of

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "CounterKey",
    "Counters",
    "CreditCase",
    "CreditDecision",
    "CreditFact",
    "CreditPolicy",
    "Outcome",
    "Reason",
    "Tally",
    "decide_credit",
    "drift_of",
    "read_policy",
]
