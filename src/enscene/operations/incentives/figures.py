"""Which kept figures an incentive can be of, and what they come to in a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from enscene.operations.copying import ACCOUNT
from enscene.operations.copying.months import after
from enscene.operations.incentives.reckon import Measure
from enscene.operations.indicators import Value, read_catalogue
from enscene.operations.indicators.catalogue import Indicator, Unit
from enscene.operations.projects import measurable
from enscene.operations.scene_account import BY_NAME

COHORT = "users.cohort"
"""The one figure that is asked for so many months after the first use."""
LONG_FROM = 3
"""Months after the first use from which on a figure tells of more than the season."""


@cache
def figures() -> Mapping[str, Indicator]:
    """By name: indicators that are kept by month, and lines of the scene account, whose classes would
    sum to nothing together."""
    known = {each.id: each for each in read_catalogue().indicators}
    lines = {f"{ACCOUNT}{line.name}": known[line.indicator] for line in BY_NAME.values()}
    plain = {
        name: each
        for name, each in measurable().items()
        if not (name.startswith("account.") and each.key)
    }
    return plain | lines


def unit_of(figure: str) -> Unit:
    """In what a figure is counted."""
    return figures()[figure].unit


def key_of(measure: Measure, month: date) -> str | None:
    """The one key that counts; None: all of them."""
    return f"{after(month, -measure.months_after):%Y-%m}" if measure.figure == COHORT else None


def indicators_of(measures: Sequence[Measure]) -> list[str]:
    """What has to be read for them."""
    return sorted({figures()[each.figure].id for each in measures})


def value_of(measure: Measure, month: date, currency: str, values: Sequence[Value]) -> int:
    """What the figure came to in a month, over its scenes; in its own unit."""
    line = BY_NAME.get(measure.figure.removeprefix(ACCOUNT))
    wanted = figures()[measure.figure].id
    only = key_of(measure, month)
    total = 0
    for each in values:
        if each.indicator != wanted or each.day != month or each.scene not in measure.scenes:
            continue
        if each.currency not in ("", currency):
            continue
        if measure.figure.startswith(ACCOUNT):
            assert line is not None, "the name was looked at when the rule was entered"
            total += line.sign * each.value if each.key in line.keys else 0
        elif only is None or each.key == only:
            total += each.value
    return total
