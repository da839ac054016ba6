"""Loads every expression: they are in the modules of what they tell of."""

from enscene.operations.indicators import (
    account,
    bound,
    link,
    money,
    posted,
    services,
    taking_part,
    users,
)
from enscene.operations.indicators.figure import EXPRESSIONS

__all__ = [
    "EXPRESSIONS",
    "account",
    "bound",
    "link",
    "money",
    "posted",
    "services",
    "taking_part",
    "users",
]
