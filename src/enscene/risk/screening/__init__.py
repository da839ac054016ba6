"""Screening: movements of money looked at for fraud and laundering, one by one, as they come."""

from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningPolicy, ScreeningRule, read_screening
from enscene.risk.screening.screen import Screen
from enscene.risk.screening.screening import (
    OUTCOMES,
    Case,
    RuleFigures,
    Screening,
    backtest,
    decide_hit,
    list_cases,
    read_rule_figures,
)

__all__ = [
    "OUTCOMES",
    "Case",
    "Hit",
    "Movement",
    "RuleFigures",
    "Screen",
    "Screening",
    "ScreeningPolicy",
    "ScreeningRule",
    "backtest",
    "decide_hit",
    "list_cases",
    "read_rule_figures",
    "read_screening",
]
