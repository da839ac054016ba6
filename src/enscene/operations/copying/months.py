"""Months, by their first days."""

from __future__ import annotations

from datetime import date


def after(month: date, count: int) -> date:
    """So many months later."""
    years, of_year = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, of_year + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """From the first to the last, both among them."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [after(first, number) for number in range(count + 1)]
