"""What a tenant has used, read from the sums."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from enscene.kernel.clock import zone_of
from enscene.kernel.errors import Invalid
from enscene.metering import store

POINTS_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Used:
    """One row of usage; `at` is a day, an hour or a minute."""

    at: date | datetime
    meter: str
    quantity: int
    readings: int
    app: str | None = None
    scene: int | None = None
    operation: str | None = None


def month_of(text: str, *, param: str = "month") -> date:
    """The first day of `2026-11`. Raises: Invalid."""
    if re.fullmatch(r"2[0-9]{3}-(0[1-9]|1[0-2])", text):
        return date(int(text[:4]), int(text[5:]), 1)
    raise Invalid("a month is written 2026-11", code="invalid.month", param=param)


def after_month(first: date) -> date:
    """The first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def begin_of(day: date, zone: str) -> datetime:
    """When a day of that zone begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone_of(zone))


async def read_usage(
    pool: store.Pool,
    tenant: int,
    first: date,
    until: date,
    meter: str | None = None,
    app: str = "",
) -> list[Used]:
    """By day, meter, application (empty: all), scene and operation; days are those of the
    tenant's zone."""
    async with store.reading(pool, [tenant]) as connection:
        rows = await store.read_usage(connection, tenant, first, until, meter, app)
    return [
        Used(day, name, quantity, readings, app, scene, operation)
        for day, name, app, scene, operation, quantity, readings in rows
    ]


async def read_fine_usage(
    pool: store.Pool,
    tenant: int,
    by: str,
    first: datetime,
    until: datetime,
    meter: str | None = None,
    app: str = "",
) -> list[Used]:
    """By hour or minute and meter, of one application or all (empty), at most 2,000 points."""
    async with store.reading(pool, [tenant]) as connection:
        rows = await store.read_usage_at(
            connection, tenant, by, first, until, meter, app, POINTS_MOST
        )
    return [Used(*row) for row in rows]


def shown(used: Used) -> dict[str, Any]:
    """A row for programs."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name in ("at", "meter", "quantity", "readings", "app", "scene", "operation")
        if (value := getattr(used, name)) is not None
    }
