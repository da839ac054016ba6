"""The engine of moments: pages of a log in, decisions out, the same for the same log.

Pure: no database, no clock and no chance of its own.
"""

from enscene.engagement.engine.decider import Decider, Firing, Made
from enscene.engagement.engine.engine import Applied, Engine
from enscene.engagement.engine.happening import NOBODY, Happening
from enscene.engagement.engine.pattern import (
    Absent,
    After,
    Count,
    Crosses,
    Enters,
    Pattern,
    Sequence,
    Sum,
    kinds_of,
    speaking,
)
from enscene.engagement.engine.rests import Rests
from enscene.engagement.engine.rule import Rule, compile_rules

__all__ = [
    "NOBODY",
    "Absent",
    "After",
    "Applied",
    "Count",
    "Crosses",
    "Decider",
    "Engine",
    "Enters",
    "Firing",
    "Happening",
    "Made",
    "Pattern",
    "Rests",
    "Rule",
    "Sequence",
    "Sum",
    "compile_rules",
    "kinds_of",
    "speaking",
]
