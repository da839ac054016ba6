"""Quoting: which products fit a customer here and now, at what price, and why the others do not."""

from enscene.shelf.quoting.quote import (
    Eligible,
    Place,
    Quote,
    Quoter,
    Refused,
    Wish,
    check_wish,
)
from enscene.shelf.quoting.reasons import TEXTS, Reason

__all__ = [
    "TEXTS",
    "Eligible",
    "Place",
    "Quote",
    "Quoter",
    "Reason",
    "Refused",
    "Wish",
    "check_wish",
]
