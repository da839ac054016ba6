"""Insurance cover: what of a premium is earned by a day, and what goes back when it ends early."""

from __future__ import annotations

from datetime import date

from enscene.kernel.errors import Invalid
from enscene.kernel.money import half_even


def unearned_premium(premium: int, start: date, end: date, day: date) -> int:
    """The part of `premium` minor units for the days after `day`, of cover from `start` up to,
    not including, `end`: pro rata by days, half-even. All of it before the start, nothing at the
    end. Raises: Invalid."""
    if end <= start:
        raise Invalid("cover lasts at least a day", code="shelf.bad_term", param="end")
    left = (end - min(max(day, start), end)).days
    return half_even(premium * left, (end - start).days)


def earned_premium(premium: int, start: date, end: date, since: date, day: date) -> int:
    """What is earned from `since` to `day`. However a term is cut, the parts sum to the premium."""
    return unearned_premium(premium, start, end, since) - unearned_premium(premium, start, end, day)
