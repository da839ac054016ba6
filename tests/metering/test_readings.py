"""Readings are committed with what they bill, once, and their sums can be made anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enscene.billing import Billing
from enscene.commit import admit
from enscene.kernel.errors import Conflict, Invalid
from enscene.metering import ReadCounter, Reading, RollUp, read_gaps, rebuild, take_readings
from enscene.metering import store as metering_store
from enscene.tenants import Tenant, create_tenant

AT = datetime(2026, 3, 9, 4, 5, tzinfo=UTC)
READING = Reading("app:x", "one", "own.pages", 3, AT, "x")


@pytest.fixture
async def billing(pool: Any) -> AsyncIterator[Billing]:
    made = Billing(pool)
    yield made
    await made.close()


@pytest.fixture
async def tenant(pool: Any) -> Tenant:
    return await create_tenant(pool, "one", "One", sandbox=True)


async def rows(pool: Any, tenant: Tenant, table: str = "meter_reading") -> list[Any]:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        found = await connection.fetch(f"select * from {table}")
    return sorted(tuple(row) for row in found)


async def sums(pool: Any, tenant: Tenant) -> list[list[Any]]:
    return [
        await rows(pool, tenant, table) for table in ("meter_minute", "meter_hour", "meter_day")
    ]


async def test_the_same_reading_counts_once_and_another_is_a_conflict(
    pool: Any, billing: Billing, tenant: Tenant
) -> None:
    writer = billing.writer(tenant.shard)
    assert await take_readings(writer, tenant.id, [READING, READING]) == 1
    assert await take_readings(writer, tenant.id, [READING]) == 0
    other = Billing(pool)  # another process
    assert await take_readings(other.writer(tenant.shard), tenant.id, [READING]) == 0
    for changed in (
        replace(READING, quantity=4),
        replace(READING, meter="own.sheets"),
        replace(READING, at=AT + timedelta(seconds=1)),
        replace(READING, facts={"a": 1}),
    ):
        with pytest.raises(Conflict) as caught:
            await take_readings(other.writer(tenant.shard), tenant.id, [changed])
        assert caught.value.code == "meter.conflict"
    assert await take_readings(writer, tenant.id, [replace(READING, source="app:y")]) == 1
    assert len(await rows(pool, tenant)) == 2
    await other.close()


async def test_clients_that_race_with_one_id_leave_one_reading(
    pool: Any, billing: Billing, tenant: Tenant
) -> None:
    others = [Billing(pool) for _ in range(4)]
    sent = [replace(READING, quantity=n % 2) for n in range(20)]
    outcomes = await asyncio.gather(
        *(
            take_readings(others[n % 4].writer(tenant.shard), tenant.id, [reading])
            for n, reading in enumerate(sent)
        ),
        return_exceptions=True,
    )
    assert sum(outcome == 1 for outcome in outcomes) == 1
    assert all(isinstance(outcome, int | Conflict) for outcome in outcomes)
    assert len(await rows(pool, tenant)) == 1
    for other in others:
        await other.close()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"quantity": -1}, "meter.bad_quantity"),
        ({"quantity": 10**12 + 1}, "meter.bad_quantity"),
        ({"meter": "Own"}, "meter.bad_meter"),
        ({"meter": "a..b"}, "meter.bad_meter"),
        ({"id": ""}, "meter.bad_name"),
        ({"id": "a b"}, "meter.bad_name"),
        ({"source": "x" * 129}, "meter.bad_name"),
        ({"at": datetime(2999, 1, 1, tzinfo=UTC)}, "meter.time"),
        ({"at": datetime(2001, 1, 1, tzinfo=UTC)}, "meter.time"),
    ],
)
async def test_what_makes_no_sense_is_not_taken(
    pool: Any, billing: Billing, tenant: Tenant, wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await take_readings(billing.writer(tenant.shard), tenant.id, [replace(READING, **wrong)])
    assert caught.value.code == code
    assert await rows(pool, tenant) == []


async def test_sums_made_anew_are_those_that_were_added_up(
    pool: Any, billing: Billing, tenant: Tenant
) -> None:
    writer, roll = billing.writer(tenant.shard), RollUp(pool, tenant.shard, page=7)
    for part in range(4):
        await take_readings(
            writer,
            tenant.id,
            [
                replace(
                    READING,
                    id=f"{part}-{n}",
                    quantity=n,
                    meter=f"own.m{n % 2}",
                    at=AT + timedelta(minutes=37 * n),
                )
                for n in range(30)
            ],
        )
        await roll.settle()
    added = await sums(pool, tenant)
    assert await rebuild(pool, tenant.shard) == 120
    assert await sums(pool, tenant) == added
    async with metering_store.reading(pool, [tenant.id]) as connection:
        cursor = await metering_store.read_cursor(connection, tenant.id)
        assert await metering_store.compare(connection, tenant.id, cursor) == (120, 0, 0, 0)
    assert sum(row[6] for row in added[0]) == 4 * sum(range(30))
    # Days are those of the tenant's zone: 16:00 of UTC is midnight there.
    assert {row[1].isoformat() for row in added[2]} == {"2026-03-09", "2026-03-10"}


async def test_a_sum_that_was_touched_is_found(pool: Any, billing: Billing, tenant: Tenant) -> None:
    await take_readings(billing.writer(tenant.shard), tenant.id, [READING])
    await RollUp(pool, tenant.shard).settle()
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        await connection.execute("update meter_hour set quantity = quantity + 1")
    async with metering_store.reading(pool, [tenant.id]) as connection:
        assert await metering_store.compare(connection, tenant.id, 10**9) == (1, 0, 1, 0)


async def test_reads_are_kept_until_they_can_be_written(pool: Any, tenant: Tenant) -> None:
    billing = Billing(pool)
    away = True

    def writer(shard: int) -> Any:
        if away:
            raise OSError("the database is away")
        return billing.writer(shard)

    counter = ReadCounter(pool, writer)
    for _ in range(5):
        counter.count(tenant.id, "one.app", "scenes")
    counter.count(tenant.id, "one.app", "usage")
    with pytest.raises(OSError, match="away"):
        await counter.flush()
    assert await rows(pool, tenant) == []
    away = False
    await counter.close()
    found = await rows(pool, tenant)
    assert sorted((row[4], row[8]) for row in found) == [("scenes", [5]), ("usage", [1])]
    assert await read_gaps(pool) == []
    await pool.execute(
        "insert into meter_counter (id, counted_to) values ('reads:gone', now() - interval '1 day')"
    )
    assert [gap["id"] for gap in await read_gaps(pool)] == ["reads:gone"]
    await billing.close()


async def test_a_counter_that_ends_at_once_has_ended(
    pool: Any, billing: Billing, tenant: Tenant
) -> None:
    counter = ReadCounter(pool, billing.writer)
    counter.count(tenant.id, "one.app", "scenes")
    await counter.close()  # before it has said that it began
    assert len(await rows(pool, tenant)) == 1
    assert [tuple(row) for row in await pool.fetch("select ended from meter_counter")] == [(True,)]


async def test_nobody_sees_the_readings_of_another(
    pool: Any, billing: Billing, tenant: Tenant
) -> None:
    other = await create_tenant(pool, "two", "Two")
    await take_readings(billing.writer(tenant.shard), tenant.id, [READING])
    await take_readings(billing.writer(tenant.shard), other.id, [replace(READING, quantity=9)])
    await RollUp(pool, tenant.shard).settle()
    assert [row[8] for row in await rows(pool, other)] == [[9]]
    for table in ("meter_minute", "meter_hour", "meter_day"):
        assert [row[6] for row in await rows(pool, tenant, table)] == [3]
    async with pool.acquire() as connection:
        assert await connection.fetch("select * from meter_reading") == []
