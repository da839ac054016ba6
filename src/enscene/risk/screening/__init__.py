"""Screening: movements of money looked at for fraud and laundering, one by one, as they come."""

from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningPolicy, ScreeningRule, read_screening
from enscene.risk.screening.screen import Screen

__all__ = [
    "Hit",
    "Movement",
    "Screen",
    "ScreeningPolicy",
    "ScreeningRule",
    "read_screening",
]
