"""Timers fire once, whoever fires them and whenever; a pause delays them, a refusal ends them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from commit.orders import Place, TimedHold
from enscene.commit.move_clock import move_clock
from enscene.scenes.reactions import LogReader, Reactor, log_reader
from enscene.scenes.reactions.event import Event
from scenes.canteen import Canteen, canteen_pack, open_canteen, outcomes, told

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)


async def move(canteen: Canteen, to: datetime) -> None:
    async with canteen.pool.acquire() as connection, connection.transaction():
        await move_clock(connection, canteen.tenant.shard, canteen.tenant.id, to)


def reactor(canteen: Canteen) -> Reactor:
    return Reactor(canteen.pool, canteen.host, canteen.tenant.shard)


async def count(canteen: Canteen, action: str) -> int:
    found: int = await canteen.fetch(
        "select count(*) from event where tenant = $1 and action = $2", action
    )
    return found


@pytest.fixture
async def canteen(pool: Any) -> Canteen:
    """In the morning of a Monday of its own, with 500.00 in Ann's wallet."""
    opened = await open_canteen(pool)
    async with pool.acquire() as connection, connection.transaction():
        # As a sandbox that is loaded begins: nothing has happened to customers yet.
        await connection.execute(
            "update shard set clocks = jsonb_build_object($2::text, $3::bigint) where id = $1",
            opened.tenant.shard,
            str(opened.tenant.id),
            (MORNING - datetime.now(UTC)) // timedelta(microseconds=1),
        )
    await opened.top_up("ann", "500.00")
    return opened


async def test_two_reactors_settle_each_meal_once(canteen: Canteen) -> None:
    other = canteen.elsewhere()
    for n in range(30):
        await canteen.pay(f"t{n}", "1.00")
    await move(canteen, MORNING + timedelta(hours=15))
    async with asyncio.timeout(30):
        await asyncio.gather(
            *(reactor(place).settle(canteen.tenant.id) for place in (canteen, other))
        )
    assert await count(canteen, "settle_meal") == 30
    states = await canteen.fetch("select array_agg(distinct state) from thing where tenant = $1")
    assert states == ["settled"]


async def test_what_fell_due_in_a_pause_happens_when_it_ends(canteen: Canteen) -> None:
    await canteen.pay("t", "1.00")
    await canteen.change("suspended")
    await move(canteen, MORNING + timedelta(hours=15))
    async with asyncio.timeout(30):
        await reactor(canteen).settle(canteen.tenant.id)
        assert await count(canteen, "settle_meal") == 0
        await canteen.change("live")
        await reactor(canteen).settle(canteen.tenant.id)
    assert await count(canteen, "settle_meal") == 1


async def test_a_pause_seen_only_by_the_write_path_loses_no_timer(
    canteen: Canteen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer is found while the scene is open and judged after it was paused."""
    await canteen.pay("t", "1.00")
    await move(canteen, MORNING + timedelta(hours=15))
    perform = canteen.host.perform

    async def paused_first(call: Any) -> Any:
        if await canteen.fetch("select state from scene where tenant = $1") == "live":
            await canteen.change("suspended")
        return await perform(call)

    monkeypatch.setattr(canteen.host, "perform", paused_first)
    async with asyncio.timeout(30):
        await reactor(canteen).timers.step(canteen.tenant.id)
        assert await count(canteen, "settle_meal") == 0
        monkeypatch.undo()
        await canteen.change("live")
        await reactor(canteen).settle(canteen.tenant.id)
    assert await count(canteen, "settle_meal") == 1


async def test_advancing_a_clock_past_a_paused_timer_ends(canteen: Canteen) -> None:
    await canteen.pay("t", "1.00")
    await canteen.change("suspended")
    async with asyncio.timeout(30):
        await reactor(canteen).advance(canteen.tenant.id, MORNING + timedelta(days=2))


async def test_daily_pay_out_catches_up_after_three_days_down(canteen: Canteen) -> None:
    """Once for every day that passed, not once in all and not twice."""
    await reactor(canteen).settle(canteen.tenant.id)
    await canteen.pay("t", "5.00")
    await move(canteen, MORNING + timedelta(days=3))
    async with asyncio.timeout(30):
        for place in (canteen, canteen.elsewhere()):
            await reactor(place).settle(canteen.tenant.id)
    fired = await canteen.fetch(
        "select fired from party_timer where tenant = $1 and timer = 'day_is_paid_out'"
    )
    now = MORNING + timedelta(days=3)
    assert now - timedelta(days=1) <= fired <= now + timedelta(minutes=5)
    asked = await canteen.fetch(
        "select count(*) from idempotency where tenant = $1 and at > $2",
        datetime.now(UTC) - timedelta(minutes=5),
    )
    # A top-up, a payment, a settlement, and three days of each of the canteen's daily pay-outs.
    daily = [timer for timer in canteen_pack().timers.values() if timer.role == "canteen"]
    assert daily
    assert asked >= 3 + 3 * sum(timer.name == "day_is_paid_out" for timer in daily)
    assert await canteen.balance("takings", "hall") == 0


async def test_an_expired_hold_is_let_go_on_the_way_of_the_clock(canteen: Canteen) -> None:
    """Also while the scene is paused: the money is the customer's."""
    tenant = canteen.tenant.id
    place = Place(canteen.pool, canteen.tenant.shard, [tenant])
    for number, (account, party) in {1: ("wallet", "ann"), 2: ("takings", "hall")}.items():
        place.accounts[tenant, number] = await canteen.fetch(
            "select a.id from account a join party p on p.tenant = a.tenant and p.id = a.owner"
            " where a.tenant = $1 and a.name = $2 and p.ref = $3",
            account,
            party,
        )
    expires = MORNING + timedelta(hours=2)
    await canteen.host.writer(place.shard).submit(TimedHold(place, tenant, expires))
    await canteen.change("suspended")
    async with asyncio.timeout(30):
        await reactor(canteen).advance(tenant, MORNING + timedelta(hours=1))
        assert await count(canteen, "hold.expired") == 0
        assert await canteen.fetch("select sum(held) from account where tenant = $1") == 10
        await reactor(canteen).advance(tenant, MORNING + timedelta(hours=9))
    assert await canteen.fetch("select sum(held) from account where tenant = $1") == 0
    at = await canteen.fetch("select at from event where tenant = $1 and action = 'hold.expired'")
    assert expires <= at < expires + timedelta(minutes=5)


async def test_a_refusing_timer_is_tried_once(canteen: Canteen) -> None:
    """An action that the thing's state does not allow is not asked for again and again."""
    await canteen.pay("t", "1.00")
    async with canteen.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "select set_config('enscene.tenants', $1, true)", f"{{{canteen.tenant.id}}}"
        )
        await connection.execute(
            "update thing set timer = 'close_meal' where tenant = $1", canteen.tenant.id
        )
    await move(canteen, MORNING + timedelta(hours=15))
    one = reactor(canteen)
    async with asyncio.timeout(30):
        await one.settle(canteen.tenant.id)
        await one.settle(canteen.tenant.id)
    assert one.timers.failures == 1
    assert await canteen.fetch("select due from thing where tenant = $1") is None


async def test_a_killed_reader_reads_its_page_again(canteen: Canteen) -> None:
    """The cursor moves only after the page was handled; each event comes in order."""
    for n in range(5):
        await canteen.pay(f"t{n}", "1.00")
    pages: list[list[int]] = []

    async def handle(events: Any) -> None:
        pages.append([event.seq for event in events])
        if len(pages) == 1:
            raise ConnectionError("killed here")

    reader = LogReader(canteen.pool, "test", canteen.tenant.shard, handle)
    with pytest.raises(ConnectionError):
        await reader.step()
    assert await reader.step() == len(pages[0])
    assert pages[0] == pages[1] == sorted(pages[0])
    assert await reader.step() == 0


async def test_a_reader_with_nothing_new_waits_for_nobody_and_writes_nothing(
    canteen: Canteen,
) -> None:
    """It has gone past the last number, which was no event's, and asks for no lock to see that."""
    await canteen.pay("t1", "1.00")
    shard = canteen.tenant.shard
    await canteen.pool.execute("update shard set seq = seq + 3 where id = $1", shard)

    async def handle(events: Any) -> None:
        assert events

    reader = LogReader(canteen.pool, "test", shard, handle)
    assert await reader.step() > 0
    where = "from reading where name = 'test' and shard = $1"
    cursor, version = await canteen.pool.fetchrow(f"select seq, xmin {where}", shard)
    assert cursor == await canteen.pool.fetchval("select seq from shard where id = $1", shard)
    async with canteen.pool.acquire() as other, other.transaction():
        await other.fetchval(f"select seq {where} for update", shard)
        async with asyncio.timeout(20):
            assert await reader.step() == 0
    assert version == await canteen.pool.fetchval(f"select xmin {where}", shard)


async def test_a_tenant_that_joins_while_the_log_is_read_is_not_passed_over(
    canteen: Canteen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first events have smaller numbers than what the reader sees of others."""
    seen: list[tuple[int, int]] = []

    async def handle(events: list[Event]) -> None:
        seen.extend((event.tenant, event.seq) for event in events)

    reader = LogReader(canteen.pool, "test", canteen.tenant.shard, handle)
    admit = log_reader.admit
    joined: list[int] = []

    async def join_first(connection: Any, tenants: Any, **how: Any) -> None:
        if not joined:
            async with canteen.pool.acquire() as other, other.transaction():
                joined.append(
                    await other.fetchval(
                        "insert into tenant (id, ref, name, shard) values (777, 'n', 'n', $1)"
                        " returning id",
                        canteen.tenant.shard,
                    )
                )
                await admit(other, [777])
                await other.execute(
                    "insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts)"
                    " select id, seq + 1, 777, now(), 0, 'a', 's', 'a', '{}' from shard where id = $1",
                    canteen.tenant.shard,
                )
                await other.execute(
                    "update shard set seq = seq + 1 where id = $1", canteen.tenant.shard
                )
            await canteen.pay("later", "1.00")
        await admit(connection, tenants, **how)

    monkeypatch.setattr(log_reader, "admit", join_first)
    while await reader.step():
        pass
    assert 777 in {tenant for tenant, _ in seen}
    assert [seq for _, seq in seen] == sorted(seq for _, seq in seen)


async def test_nothing_stops_the_reactor_for_good(canteen: Canteen, monkeypatch: Any) -> None:
    """A mistake in one step is logged; the next steps are made."""
    monkeypatch.setattr("enscene.scenes.reactions.reactor.Reactor.broken_pause_s", 0)
    monkeypatch.setattr("enscene.scenes.reactions.reactor.PAUSE_S", 0)
    one = reactor(canteen)
    steps = 0
    again = asyncio.Event()

    async def step(tenant: int | None = None) -> int:
        nonlocal steps
        steps += 1
        if steps == 1:
            raise KeyError("a mistake")
        again.set()
        return 0

    monkeypatch.setattr(one, "step", step)
    one.start()
    async with asyncio.timeout(10):
        await again.wait()
    await one.stop()


async def test_refunds_that_race_the_settlement_give_everything_back(canteen: Canteen) -> None:
    """Whichever is first, each meal is refunded once and nobody is told that it cannot be."""
    other = canteen.elsewhere()
    for n in range(20):
        await canteen.pay(f"t{n}", "1.00")
    await move(canteen, MORNING + timedelta(hours=15))
    refunds = [
        (canteen, other)[n % 2].do("refund_meal", "hall", f"r{n}", ticket=f"t{n}")
        for n in range(20)
    ]
    found = await outcomes(reactor(canteen).settle(canteen.tenant.id), *refunds, seconds=60)
    assert found[0] is None
    assert [told(outcome) for outcome in found[1:]] == ["done"] * 20
    assert await canteen.balance("wallet", "ann") == 50_000
    states = await canteen.fetch("select array_agg(distinct state) from thing where tenant = $1")
    assert states == ["refunded"]
