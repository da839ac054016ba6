"""A hold whose time is over is let go once, whoever races for it, and the ledger stays sound."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from commit.orders import OrderUnit, Place, TimedHold, make_place
from enscene.commit import Answer
from enscene.commit.move_clock import move_clock
from enscene.kernel.errors import Conflict
from enscene.ledger import ExpireHold, HoldClosed, expire_holds, next_expiry, verify_ledger
from enscene.ledger.store import read_holds

HOUR = timedelta(hours=1)


class Capture(OrderUnit):
    """Captures all of a hold."""

    def __init__(self, place: Place, tenant: int, hold: UUID) -> None:
        super().__init__(place, tenant, ((("capture", hold, 10, False),),))

    def hold_id(self, tag: Any) -> UUID:
        return tag

    def cells(self, now: datetime, *, exact: bool) -> Iterable[tuple[str, Any]]:
        return [cell for step in self.orders[0] for cell in self._cells_of(step, exact)]


async def held(place: Place, count: int, expires: datetime | None, tenant: int = 0) -> list[UUID]:
    writer = place.writer()
    units = [TimedHold(place, place.tenants[tenant], expires) for _ in range(count)]
    await asyncio.gather(*map(writer.submit, units))
    await writer.close()
    return [UUID(unit.results[0]) for unit in units]


async def states(place: Place, state: int) -> int:
    found: int = await place.fetch("select count(*) from hold where state = $1", state)
    return found


async def proved(place: Place) -> None:
    for tenant in place.tenants:
        async with place.pool.acquire() as connection:
            verdict = await verify_ledger(connection, tenant)
        assert verdict.verified, verdict.faults


@pytest.fixture
async def place(pool: Any) -> Place:
    """Two tenants, each with 1,000 on account 1."""
    made = await make_place(pool, tenants=2)
    writer = made.writer()
    for tenant in made.tenants:
        await writer.submit(OrderUnit(made, tenant, ((("post", 0, 1, 1_000),),)))
    await writer.close()
    return made


async def test_only_holds_whose_time_is_over_are_let_go(place: Place) -> None:
    now = datetime.now(UTC)
    over = await held(place, 3, now - HOUR)
    await held(place, 2, now + HOUR)
    await held(place, 1, None)
    writer = place.writer()
    assert await expire_holds(place.pool, writer, place.tenants[0], now) == 3
    assert await expire_holds(place.pool, writer, place.tenants[0], now) == 0
    assert (await states(place, 0), await states(place, 3)) == (3, 3)
    assert await place.fetch("select held from account where owner = 1 order by tenant") == 30
    assert await next_expiry(place.pool, place.tenants[0]) == now + HOUR
    told = await place.fetch(
        "select array_agg(subject order by subject) from event where action = 'hold.expired'"
    )
    assert told == sorted(f"hold:{hold}" for hold in over)
    await proved(place)
    await writer.close()


async def test_it_is_the_tenants_own_time(place: Place) -> None:
    """One tenant's clock is a day ahead; the other's holds of the same hour stay."""
    now = datetime.now(UTC)
    for tenant in (0, 1):
        await held(place, 2, now + HOUR, tenant)
    ahead = now + timedelta(days=1)
    async with place.pool.acquire() as connection, connection.transaction():
        await move_clock(connection, place.shard, place.tenants[0], ahead)
    writer = place.writer()
    freed = [await expire_holds(place.pool, writer, tenant, ahead) for tenant in place.tenants]
    # The second tenant's were asked for too early: under the lock its own time decides.
    assert freed == [2, 0]
    assert (await states(place, 0), await states(place, 3)) == (2, 2)
    await proved(place)
    await writer.close()


async def test_two_processes_let_go_once(place: Place) -> None:
    now = datetime.now(UTC)
    await held(place, 40, now - HOUR)
    writers = [place.writer(), place.writer()]
    freed = await asyncio.gather(
        *(expire_holds(place.pool, writer, place.tenants[0], now) for writer in writers * 2)
    )
    assert sum(freed) == 40
    assert await place.fetch("select count(*) from event where action = 'hold.expired'") == 40
    await proved(place)
    for writer in writers:
        await writer.close()


async def test_of_capture_and_expiry_one_wins(place: Place) -> None:
    """In two processes at once, each of which has seen every hold open."""
    now = datetime.now(UTC)
    ids = await held(place, 40, now - HOUR)
    capturing, expiring = place.writer(), place.writer()
    tenant = place.tenants[0]
    async with place.pool.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('enscene.tenants', $1, true)", f"{{{tenant}}}")
        seen = await read_holds(connection, [(tenant, hold) for hold in ids])
    mixed: list[Any] = []
    for number, hold in enumerate(ids):
        capture = capturing.submit(Capture(place, tenant, hold))
        expire = expiring.submit(ExpireHold(next(h for h in seen if h.id == hold)))
        mixed += [capture, expire] if number % 2 else [expire, capture]
    outcomes = await asyncio.gather(*mixed, return_exceptions=True)
    for one, two in zip(outcomes[::2], outcomes[1::2], strict=True):
        kinds = [isinstance(outcome, Answer) for outcome in (one, two)]
        assert sorted(kinds) == [False, True]
        loser = two if kinds[0] else one
        assert isinstance(loser, HoldClosed)
    captured, expired = await states(place, 1), await states(place, 3)
    assert captured + expired == 40
    assert await place.balance(2) == 10 * captured
    assert (
        await place.fetch("select held from account where owner = 1 and tenant = $1", tenant) == 0
    )
    await proved(place)
    for writer in (capturing, expiring):
        await writer.close()


async def test_a_hold_is_not_let_go_before_its_time(place: Place) -> None:
    (hold,) = await held(place, 1, datetime.now(UTC) + HOUR)
    async with place.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "select set_config('enscene.tenants', $1, true)", f"{{{place.tenants[0]}}}"
        )
        (found,) = await read_holds(connection, [(place.tenants[0], hold)])
    writer = place.writer()
    with pytest.raises(Conflict, match="not over"):
        await writer.submit(ExpireHold(found))
    assert await states(place, 0) == 1
    await writer.close()
