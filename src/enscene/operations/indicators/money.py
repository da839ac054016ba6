"""What moves in scenes, and what the bank has of it. Sums are minor units."""

from __future__ import annotations

from typing import Any

import ibis

from enscene.operations.indicators.figure import EXPRESSIONS, grouped, indicator, joined, spans
from enscene.operations.indicators.functions import divide, share
from enscene.operations.indicators.reading import DEPOSITS, LOANS, Reading


@indicator("payments.count")
def payments(reading: Reading) -> Any:
    """Units."""
    rows = spans(reading, reading.kept("payment"), ("day", "week", "month"))
    return grouped(rows, value=rows["count"].sum())


@indicator("payments.bank_share")
def bank_share(reading: Reading) -> Any:
    """By checkout, which is a flow, and of all."""
    rows = spans(reading, reading.kept("payment"), ("day", "month"))
    each = rows.select("tenant", "scene", "grain", "first", "outside", "count", key="flow")
    whole = each.mutate(key=ibis.literal(""))
    rows = ibis.union(each, whole)
    sums = grouped(
        rows, "key", part=((1 - rows.outside) * rows["count"]).sum(), whole=rows["count"].sum()
    )
    return sums.mutate(value=share(sums.part, sums.whole))


@indicator("money.turnover")
def turnover(reading: Reading) -> Any:
    """What payers paid, less what they got back."""
    rows = spans(reading, reading.kept("daily"), ("day", "week", "month"))
    sums = grouped(rows, "currency", value=rows.turnover.sum())
    return sums.filter(sums.value != 0)


@indicator("money.income")
def income(reading: Reading) -> Any:
    """What came to the bank's accounts of income, less what went from them."""
    rows = spans(reading, reading.kept("daily"), ("day", "week", "month"))
    sums = grouped(rows, "currency", value=rows.income.sum())
    return sums.filter(sums.value != 0)


@indicator("money.income_per_user")
def income_per_user(reading: Reading) -> Any:
    """Income of the month by its active users."""
    earned, users = EXPRESSIONS["money.income"](reading), EXPRESSIONS["users.active"](reading)
    earned, users = earned.filter(earned.grain == "month"), users.filter(users.grain == "month")
    met = joined(earned, users, ("tenant", "scene", "grain", "day"), users="value")
    return met.mutate(value=divide(met.value, met.users))


def _at_end(reading: Reading, rows: Any) -> Any:
    """Sums by role at the end of the day."""
    rows = rows.mutate(grain=ibis.literal("day"), first=ibis.literal(reading.window.day))
    rows = rows.rename(key="role")
    sums = grouped(rows, "key", "currency", value=rows.minor.sum())
    return sums.filter(sums.value != 0)


@indicator("money.deposits")
def deposits(reading: Reading) -> Any:
    """By role of the account."""
    rows = reading.kept("standing")
    return _at_end(reading, rows.filter(rows.role.isin(DEPOSITS)))


@indicator("money.loans")
def loans(reading: Reading) -> Any:
    """By role of the account; who has money on a card owes nothing."""
    rows = reading.kept("standing")
    rows = rows.filter(rows.role.isin(LOANS) & (rows.minor < 0))
    return _at_end(reading, rows.mutate(minor=-rows.minor))
