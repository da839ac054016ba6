"""What is published is what plain SQL over the log and the ledger says."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from enscene.commit import admit
from enscene.lake import Folder, Lake
from enscene.operations.indicators import (
    GRAINS,
    Grain,
    IndicatorWorker,
    Value,
    Window,
    compute_indicators,
    read_catalogue,
    read_values,
)  # fmt: skip
from enscene.operations.indicators.worker import FIRST_DAYS
from operations.indicators.told_by_sql import QUERIES, Row, told_by_sql
from operations.indicators.town import DAYS, FIRST, settle_town
from simulator.conftest import play as play

IDS = [each.id for each in read_catalogue().indicators]
SUMMED = [
    "account.moved", "link.applied", "link.contracted", "link.shown", "money.income",
    "money.turnover", "payments.count", "users.new",
]  # fmt: skip


def lake_of(pool: Any, folder: Path) -> Lake:
    return Lake(pool, Folder(folder / "lake"))


async def published(pool: Any, tenant: int, zone: str, day: date) -> list[Row]:
    """All figures of a day, and of its week and month."""
    window, found = Window(zone, day), []
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        for grain in GRAINS:
            first = window.span(grain)[0]
            values = await read_values(connection, tenant, IDS, grain, first, first)
            found += [tuple(value) for value in values]
    return sorted(found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "beside", "seed"),
    [
        ("Asia/Shanghai", "Asia/Shanghai", 1), ("America/New_York", "Europe/London", 2),
        ("Asia/Shanghai", "Asia/Shanghai", 3),
    ],
)  # fmt: skip
async def test_random_days_of_a_random_town(
    pool: Any, tmp_path: Path, zone: str, beside: str, seed: int
) -> None:
    """Two towns of one zone are computed at once, those of two one after the other."""
    other = await settle_town(pool, "other", beside, seed + 100)
    tenant = await settle_town(pool, "town", zone, seed)
    lake = lake_of(pool, tmp_path)
    await lake.settle()
    random = Random(seed)
    days = [FIRST.date() + timedelta(days=random.randrange(DAYS)) for _ in range(4)]
    met: set[str] = set()
    for day in [*days, date(2026, 3, 8), date(2026, 2, 28), date(2026, 4, 10)]:
        await compute_indicators(pool, lake, day)
        figures = await published(pool, tenant, zone, day)
        assert figures == await told_by_sql(pool, tenant, day)
        assert await published(pool, other, beside, day) == await told_by_sql(pool, other, day)
        met |= {row[0] for row in figures}
    assert met >= set(QUERIES) - {"scenes.to_live"}


async def test_days_of_the_sandbox(play: Any, pool: Any, tmp_path: Path) -> None:
    await play(people=24, days=3)
    lake = lake_of(pool, tmp_path)
    await lake.settle()
    for day in (date(2026, 3, 2), date(2026, 3, 4)):
        await compute_indicators(pool, lake, day)
        figures = await published(pool, 1, "Asia/Shanghai", day)
        assert figures == await told_by_sql(pool, 1, day)
        assert {row[1] for row in figures if row[0] == "users.active"} == {1, 2}


async def test_a_month_under_way_is_the_sum_of_its_days(pool: Any, tmp_path: Path) -> None:
    """What happened since the last day that is computed counts with its own day."""
    tenant = await settle_town(pool, "town", "Asia/Shanghai", 9)
    lake = lake_of(pool, tmp_path)
    await lake.settle()
    first = date(2026, 2, 1)

    async def sums(grain: Grain, last: date) -> dict[tuple[str, int, str, str], int]:
        found: dict[tuple[str, int, str, str], int] = defaultdict(int)
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            for each in await read_values(connection, tenant, SUMMED, grain, first, last):
                found[each.indicator, each.scene, each.key, each.currency] += each.value
        return found

    for number in range(4):
        await compute_indicators(pool, lake, first + timedelta(days=number))
    # One in the middle again leaves nothing out.
    await compute_indicators(pool, lake, first + timedelta(days=1))
    days = await sums("day", first + timedelta(days=30))
    assert days
    month = await sums("month", first)
    assert {k: v for k, v in month.items() if v} == {k: v for k, v in days.items() if v}


async def test_a_day_computed_again_replaces_what_was_there(pool: Any, tmp_path: Path) -> None:
    tenant = await settle_town(pool, "town", "Asia/Shanghai", 5)
    lake, day = lake_of(pool, tmp_path), date(2026, 2, 10)
    await lake.settle()
    await compute_indicators(pool, lake, day)
    before = await published(pool, tenant, "Asia/Shanghai", day)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute("update indicator_value set value = value + 1 where grain = 'day'")
        await connection.execute(
            "insert into indicator_value select tenant, indicator, 99, grain, day, key, currency, 1 "
            "from indicator_value where grain = 'month' and indicator = 'users.visits' limit 1"
        )
    assert await published(pool, tenant, "Asia/Shanghai", day) != before
    await compute_indicators(pool, lake, day)
    assert await published(pool, tenant, "Asia/Shanghai", day) == before
    # A day of another month leaves it alone.
    await compute_indicators(pool, lake, date(2026, 3, 10))
    assert await published(pool, tenant, "Asia/Shanghai", day) == before


async def test_no_tenant_reads_the_figures_of_another(pool: Any, tmp_path: Path) -> None:
    tenant = await settle_town(pool, "town", "Asia/Shanghai", 6)
    other = await settle_town(pool, "other", "Asia/Shanghai", 7)
    lake, day = lake_of(pool, tmp_path), date(2026, 2, 10)
    await lake.settle()
    await compute_indicators(pool, lake, day)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [other])
        assert await read_values(connection, tenant, IDS, "day", day, day) == []
        mine: list[Value] = await read_values(connection, other, IDS, "day", day, day)
        assert mine
        assert await read_values(connection, other, IDS, "day", day, day, scene=12) == [
            value for value in mine if value.scene == 12
        ]


async def test_at_night_the_day_that_is_over_is_computed_once(pool: Any, tmp_path: Path) -> None:
    tenant = await settle_town(pool, "town", "Asia/Shanghai", 8)
    lake = lake_of(pool, tmp_path)
    worker = IndicatorWorker(pool, lake, None)  # type: ignore[arg-type]

    async def change(statement: str, *values: Any) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await connection.execute(statement, *values)

    assert await worker.due() == {}  # the lake has nothing yet
    await lake.settle()
    ((day, tenants),) = (await worker.due()).items()
    now: datetime = await pool.fetchval("select clock_timestamp()")
    assert tenants == [tenant]
    # One of which no day is computed begins a week ago, and is computed once a day.
    assert abs((now.date() - day).days - FIRST_DAYS) <= 1
    for _ in range(FIRST_DAYS - 1):
        await change(
            "insert into indicator_day (tenant, day, rows) values ($1, $2, 0)", tenant, day
        )
        day += timedelta(days=1)
        assert await worker.due() == {day: [tenant]}
    await compute_indicators(pool, lake, day, tenants)
    assert await worker.due() == {}
    await change("delete from indicator_day where day < $1", day)
    # Days that were missed come one after the other, as far back as a month.
    await change("update indicator_day set day = day - 3")
    for back in (2, 1, 0):
        missed = day - timedelta(days=back)
        assert await worker.due() == {missed: [tenant]}
        await compute_indicators(pool, lake, missed, [tenant])
    assert await worker.due() == {}
    await change("delete from indicator_day where day > $1", day - timedelta(days=3))
    await change("update indicator_day set day = day - 900")
    assert await worker.due() == {day - timedelta(days=30): [tenant]}
