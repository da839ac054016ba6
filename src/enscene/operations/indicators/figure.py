"""How a figure is written down: one expression for each entry of the catalogue, and rows of one shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ibis

from enscene.operations.indicators.reading import Reading
from enscene.operations.indicators.window import Grain

Expression = Callable[[Reading], Any]
EXPRESSIONS: dict[str, Expression] = {}
"""By the indicator's id."""
KEY = ("tenant", "scene", "grain", "day", "key", "currency")
COLUMNS = (*KEY, "value")
"""`key` and `currency` are empty where the indicator has none; `day` is the first of its grain."""
_TYPES = {"tenant": "int32", "scene": "int32", "grain": "string", "day": "date", "key": "string",
          "currency": "string", "value": "int64"}  # fmt: skip


def indicator(name: str) -> Callable[[Expression], Expression]:
    """Make a function the expression of an indicator. Its rows need `value`, and those of `COLUMNS`
    that are not always the same."""

    def take(expression: Expression) -> Expression:
        assert name not in EXPRESSIONS, f"{name} is defined once"
        EXPRESSIONS[name] = expression
        return expression

    return take


def rows_of(name: str, reading: Reading) -> Any:
    """The rows of an indicator, ordered by the whole key, which no two of them share."""
    rows = EXPRESSIONS[name](reading)
    for column in ("key", "currency"):
        if column not in rows.columns:
            rows = rows.mutate(**{column: ibis.literal("")})
    rows = rows.select(**{column: rows[column].cast(_TYPES[column]) for column in COLUMNS})
    return rows.order_by([rows[column] for column in KEY])


def spans(reading: Reading, rows: Any, grains: Sequence[Grain]) -> Any:
    """The rows of each grain's days, with `grain` and `first`, its first day; `day` stays theirs."""
    parts = []
    for grain in grains:
        first, last = reading.window.span(grain)
        within = rows.filter((rows.day >= ibis.literal(first)) & (rows.day <= ibis.literal(last)))
        parts.append(within.mutate(grain=ibis.literal(grain), first=ibis.literal(first)))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def grouped(rows: Any, *more: str, **sums: Any) -> Any:
    """What `spans` gave, by scene and grain (and more): one row with `sums`."""
    found = rows.group_by(["tenant", "scene", "grain", "first", *more]).agg(**sums)
    return found.rename(day="first")


def joined(left: Any, right: Any, on: Sequence[str], **columns: Any) -> Any:
    """The left rows that have a right one by the same key. `columns` are taken from the right, by
    the names that they get."""
    met = left.inner_join(right, [left[name] == right[name] for name in on])
    return met.select(
        **{name: left[name] for name in left.columns},
        **{name: right[column] for name, column in columns.items()},
    )
