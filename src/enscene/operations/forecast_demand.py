"""How many portions of each dish the kitchen should expect, and how far off it has been."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from enscene.operations import store
from enscene.scenes.language import Pack

DAYS = 14
GONE = ["cancelled", "expired"]
"""States of orders that nobody cooks for."""
WEIGHT = 0.5
"""Of the newest day in the average; each day before counts half as much as the one after it."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`expected` portions of a dish at a serving on `day`; `error` is the mean absolute error of
    the same rule on the days before, in portions, None where there were none to compare."""

    day: str
    serving: str
    dish: str
    expected: float
    error: float | None
    ordered: int


@dataclass(frozen=True, slots=True)
class Demand:
    """Portions ordered by day, serving and dish from `today` on, and what to expect tomorrow."""

    today: str
    rows: tuple[Mapping[str, Any], ...]
    forecast: tuple[Forecast, ...]


def has_kitchen(pack: Pack) -> bool:
    """Whether the scene takes orders of dishes for a day, as one of its pages shows."""
    return _order_of(pack) is not None


async def read_demand(
    source: store.Source, tenant: int, scene: int, pack: Pack, today: date
) -> Demand | None:
    """The demand of a scene; None for one without a kitchen."""
    order = _order_of(pack)
    if order is None:
        return None
    listed = pack.things[order].fields["dishes"].type.item
    dish = listed.thing if listed is not None and listed.thing else "dish"
    async with store.reading(source, tenant) as connection:
        rows = await store.read(connection, "demand", tenant, scene, order, dish, GONE)
    day = today.isoformat()
    ahead = tuple(row for row in rows if row["day"] >= day)
    return Demand(day, ahead, tuple(forecast_demand(rows, today)))


def _order_of(pack: Pack) -> str | None:
    """The thing that orders dishes."""
    items = [item for page in pack.pages.values() for item in page.items]
    order = next((item.of for item in items if item.widget == "demand"), None)
    return order if order in pack.things else None


def forecast_demand(rows: Iterable[Mapping[str, Any]], today: date) -> list[Forecast]:
    """The next day's demand from rows of day, serving, dish and portions.

    An average in which newer days weigh more, over at most two weeks in which anything was
    ordered at that serving. A dish that nobody ordered on such a day counts as none of it.
    """
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    served: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        counts[row["serving"], row["dish"]][row["day"]] = row["portions"]
        served[row["serving"]].add(row["day"])
    target = (today + timedelta(days=1)).isoformat()
    first = (today - timedelta(days=DAYS)).isoformat()
    forecasts = []
    for (serving, dish), by_day in counts.items():
        days = sorted(day for day in served[serving] if first <= day < target)
        series = [by_day.get(day, 0) for day in days]
        expected, errors = 0.0, []
        for place, value in enumerate(series):
            if place:
                errors.append(abs(expected - value))
            expected = value if not place else WEIGHT * value + (1 - WEIGHT) * expected
        if series:
            error = sum(errors) / len(errors) if errors else None
            ordered = by_day.get(target, 0)
            forecasts.append(Forecast(target, serving, dish, expected, error, ordered))
    return sorted(forecasts, key=lambda f: (f.serving, -f.expected, f.dish))
