"""Every figure of a day leads to the entries of the ledger that it is made of, to the minor unit."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Invalid
from enscene.lake import Folder, Lake
from enscene.operations.indicators import compute_indicators
from enscene.operations.indicators.classes import CLASSES, class_of, class_sql, roles_known
from enscene.operations.scene_account import (
    DAILY,
    Entry,
    Place,
    Wanted,
    read_day_figure,
    read_entries,
    wanted,
)
from operations.indicators.town import DAYS as TOWN_DAYS
from operations.indicators.town import FIRST as TOWN_FIRST
from operations.indicators.town import settle_town
from simulator.conftest import play as play

FIRST, DAYS, PEOPLE, ZONE = date(2026, 3, 2), 7, 10, "Asia/Shanghai"

IN_ORDER = (
    """update event e set at = t.at from (
         select seq, row_number() over (order by seq) as n from event where tenant = $1) s
         join (select at, row_number() over (order by at) as n from event where tenant = $1) t
           using (n)
        where e.tenant = $1 and e.seq = s.seq""",
    """update transfer t set at = e.at from event e
        where t.tenant = $1 and e.tenant = $1 and e.seq = t.seq""",
    """update event set action = 'contracts.woken', scene = 0
        where tenant = $1 and seq in (select seq from contract_entry where tenant = $1)""",
)
"""A town's times are by chance; those of a tenant never go back."""


async def all_of(
    pool: Any, scene: int, day: date, want: Wanted, limit: int = 200
) -> tuple[Entry, ...]:
    """All pages, one after the other."""
    found: list[Entry] = []
    after: Place | None = None
    while True:
        page = await read_entries(pool, 1, scene, day, want, "CNY", ZONE, after=after, limit=limit)
        found += page.entries
        if not page.more:
            return tuple(found)
        assert len(page.entries) == limit
        after = Place.unpacked(page.entries[-1].place.packed())


async def test_entries_of_a_week_are_its_figures(play: Any, pool: Any, tmp_path: Path) -> None:
    await play(people=PEOPLE, days=DAYS)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    await lake.settle()
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [1])
        scenes = [0, *(row[0] for row in await connection.fetch("select id from scene"))]
    seen: set[str] = set()
    by_class: dict[tuple[int, str], int] = defaultdict(int)
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        await compute_indicators(pool, lake, day)
        for scene in scenes:
            for name in CLASSES:
                want = wanted(name, "")
                entries = await all_of(pool, scene, day, want)
                told = await read_day_figure(pool, 1, scene, day, want, "CNY")
                assert sum(each.minor for each in entries) == told, (day, scene, name)
                assert len({tuple(each.place.packed()) for each in entries}) == len(entries)
                by_class[scene, name] += told or 0
                seen |= {name} if entries else set()
            for name in DAILY:
                want = wanted("", name)
                entries = await all_of(pool, scene, day, want)
                told = await read_day_figure(pool, 1, scene, day, want, "CNY")
                assert sum(each.minor for each in entries) == told, (day, scene, name)
    assert seen >= {"kept", "agency", "fees", "lent", "interest", "outside"}
    # The end of the last day is the beginning and all days between.
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [1])
        rows = await connection.fetch(
            "select scene, key, value from indicator_value where indicator = 'account.balance' "
            "and grain = 'day' and day = $1 and currency = 'CNY'", day,
        )  # fmt: skip
    assert {(row["scene"], row["key"]): row["value"] for row in rows} == {
        key: minor for key, minor in by_class.items() if minor
    }
    one = await all_of(pool, scenes[1], FIRST, wanted("agency", ""))
    assert await all_of(pool, scenes[1], FIRST, wanted("agency", ""), limit=7) == one
    none = await read_day_figure(pool, 1, 0, FIRST - timedelta(days=1), wanted("kept", ""), "CNY")
    assert none is None


async def test_entries_of_a_town_of_every_kind(pool: Any, tmp_path: Path) -> None:
    """Any account that there may be, in two currencies, with benefits that were taken and closes of
    days that moved contracts."""
    tenant = await settle_town(pool, "town", "America/New_York", 5)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        for statement in IN_ORDER:
            await connection.execute(statement, tenant)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    await lake.settle()
    seen: set[str] = set()
    closed = 0
    for n in range(0, TOWN_DAYS, 5):
        day = TOWN_FIRST.date() + timedelta(days=n)
        await compute_indicators(pool, lake, day)
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            scenes = [0, *(r[0] for r in await connection.fetch("select id from scene"))]
            for scene in scenes:
                for currency in ("CNY", "USD"):
                    for want in (
                        *(wanted(n, "") for n in CLASSES), *(wanted("", n) for n in DAILY)
                    ):  # fmt: skip
                        page = await read_entries(
                            connection, tenant, scene, day, want, currency, "America/New_York",
                            limit=5_000,
                        )  # fmt: skip
                        told = await read_day_figure(connection, tenant, scene, day, want, currency)
                        assert not page.more
                        closed += sum(each.contract is not None for each in page.entries)
                        found = sum(each.minor for each in page.entries)
                        assert found == told, (day, scene, want, currency)
                        seen |= {want.name} if page.entries else set()
    assert seen >= {"benefits", "subsidies", "subsidies_others", "paid", "own"}
    assert closed > 0


async def test_what_there_is_no_day_of_is_refused() -> None:
    for class_, line, param in (
        ("", "", "class"), ("kept", "fees", "class"), ("x", "", "class"), ("", "stays", "line"),
        ("", "x", "line"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            wanted(class_, line)
        assert refused.value.param == param


async def test_the_database_knows_the_same_classes(pool: Any) -> None:
    names = [
        ("", "free", name)
        for name in ("current", "currently", "rails.own.x", "rails.owner", "billing.earned.bank@CNY",
                     "billing", "benefits.spent@a", "benefits", "brought_in.due.7", "opening", "x")
    ]  # fmt: skip
    accounts = [*((role, kind, "any") for role, kind in roles_known()), *names,
                ("stored_value", "closed_loop", "x"), ("nothing", "free", "current")]  # fmt: skip
    async with pool.acquire() as connection:
        for role, kind, name in accounts:
            told = await connection.fetchval(
                f"select {class_sql('a')} from (select $1::text as role, $2::text as kind, "
                "$3::text as name) a", role, kind, name,
            )  # fmt: skip
            assert told == (class_of(role, kind, name) or ""), (role, kind, name)
