"""Incentives: agreed beforehand, computed from kept figures, split among the units that contributed.

`ask_rule` and `decide_rule` agree on one, `make_run` reckons a finished month, `decide_run` releases it.
No money moves on the ledger: what is released is a statement for payroll.
"""

from enscene.operations.incentives.figures import COHORT, LONG_FROM, figures, key_of, unit_of
from enscene.operations.incentives.reckon import Measure, Unit, due, split_parts, split_sum
from enscene.operations.incentives.rules import (
    LATER_MOST,
    MEASURES_MOST,
    MONTHS_MOST,
    SAYS_MOST,
    SHARE_KINDS,
    SHARES_MOST,
    Rule,
    RuleOrder,
    WantedMeasure,
    WantedShare,
    ask_rule,
    decide_rule,
    list_rules,
    looks_ahead,
    read_rule,
)
from enscene.operations.incentives.runs import (
    Credited,
    Line,
    Run,
    Sum,
    count_waiting,
    decide_run,
    list_runs,
    make_run,
    read_credited,
    read_run,
)

__all__ = [
    "COHORT",
    "LATER_MOST",
    "LONG_FROM",
    "MEASURES_MOST",
    "MONTHS_MOST",
    "SAYS_MOST",
    "SHARES_MOST",
    "SHARE_KINDS",
    "Credited",
    "Line",
    "Measure",
    "Rule",
    "RuleOrder",
    "Run",
    "Sum",
    "Unit",
    "WantedMeasure",
    "WantedShare",
    "ask_rule",
    "count_waiting",
    "decide_rule",
    "decide_run",
    "due",
    "figures",
    "key_of",
    "list_rules",
    "list_runs",
    "looks_ahead",
    "make_run",
    "read_credited",
    "read_rule",
    "read_run",
    "split_parts",
    "split_sum",
    "unit_of",
]
