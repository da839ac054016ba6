"""What staff did stands beside what their customers did then, each from where it was kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from enscene.engagement.outside import Sender, check_event, take_events
from enscene.kernel.ids import REHEARSALS_FROM, new_uuid
from enscene.operations.behaviour import read_behaviour, read_served, share_of
from enscene.operations.copying.months import after
from lending import Lending, open_lending

HOUR = timedelta(hours=1)


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        yield found


async def party(lending: Lending, ref: str = "ann") -> int:
    return int((await lending.sql("select id from party where ref = $1", ref))[0]["id"])


async def task(
    lending: Lending, staff: str, customer: int, made: datetime, *, reply: timedelta | None,
    kind: str = "chat", done: bool = True,
) -> Any:  # fmt: skip
    number = new_uuid()
    replied = None if reply is None else made + reply
    await lending.sql(
        "insert into staff_task (tenant, id, kind, scene, customer, need, reason, state, staff, "
        "made_at, replied_at, done_at) values ($1, $2, $3, 1, $4, 40, 'help', $5, $6, $7, $8, $9)",
        lending.trip.tenant.id, number, kind, customer, "done" if done else "taken", staff, made,
        replied, made + 5 * HOUR if done else None,
    )  # fmt: skip
    return number


async def contract(lending: Lending, customer: int, at: datetime, state: str = "open") -> None:
    await lending.sql(
        "insert into contract (tenant, id, scene, product, customer, currency, state, seq, "
        "opened_at) values ($1, $2, 1, 'instalment', $3, 'CNY', $4, 0, $5)",
        lending.trip.tenant.id, new_uuid(), customer, state, at,
    )  # fmt: skip


async def decision(lending: Lending, customer: int, at: datetime, state: str) -> None:
    await lending.sql(
        "insert into decision (tenant, id, scene, moment, customer, seq, at, rights, state) "
        "values ($1, $2, 1, 'm', $3, 0, $4, '{}', $5)",
        lending.trip.tenant.id, new_uuid(), customer, at, state,
    )  # fmt: skip


async def test_a_month_of_two_people(lending: Lending) -> None:
    pool, tenant = lending.trip.pool, lending.trip.tenant.id
    ann = await party(lending)
    month, day = date(2025, 3, 1), datetime(2025, 3, 10, 2, tzinfo=UTC)
    first = await task(lending, "sun@bank", ann, day, reply=HOUR)
    await task(lending, "sun@bank", ann, day + HOUR, reply=6 * HOUR, kind="follow_up")
    await task(lending, "li@bank", ann, day + 3 * HOUR, reply=None, kind="follow_up", done=False)
    # Of the month before, and of the next.
    await task(lending, "sun@bank", ann, day - timedelta(days=20), reply=HOUR)
    await task(lending, "sun@bank", ann, day + timedelta(days=30), reply=HOUR)
    await lending.sql(
        "insert into staff_task_hand (tenant, task, number, giver, taker, at) "
        "values ($1, $2, 0, null, 'sun@bank', $3), ($1, $2, 1, 'sun@bank', 'li@bank', $3)",
        tenant, first, day,
    )  # fmt: skip
    await decision(lending, ann, day + HOUR, "taken")
    await decision(lending, ann, day + HOUR, "none")
    await decision(lending, ann, day + 2 * HOUR, "offered")
    await decision(lending, ann, day - HOUR, "taken")
    await contract(lending, ann, day + 2 * HOUR)
    await contract(lending, ann, day + 2 * HOUR, "closed")
    await contract(lending, ann, day - HOUR)
    await contract(lending, ann, day + timedelta(days=30))
    li, sun = await read_behaviour(pool, tenant, month)
    assert (sun.staff, sun.contacts, sun.replies, sun.reply_s, sun.in_time) == (
        "sun", 2, 2, round(3.5 * 3600), 1,
    )  # fmt: skip
    assert (sun.follow_ups, sun.followed, sun.handed_on, sun.handed_in) == (1, 1, 1, 0)
    assert (sun.customers, sun.offers, sun.taken, sun.opened, sun.kept) == (1, 2, 1, 2, 1)
    assert (li.contacts, li.replies, li.reply_s, li.follow_ups, li.followed) == (0, 0, None, 1, 0)
    # Li has the customer from others, and has said nothing to them yet.
    assert (li.handed_in, li.customers, li.offers, li.opened) == (1, 0, 0, 0)
    assert await read_behaviour(pool, tenant, month, "sun") == (sun,)
    assert await read_behaviour(pool, tenant, date(2024, 1, 1)) == ()
    assert await read_behaviour(pool, REHEARSALS_FROM + 1, month) == ()


async def test_contacts_that_other_systems_tell_of_count_for_the_same_person(
    lending: Lending,
) -> None:
    trip = lending.trip
    now = datetime.now(UTC)
    for number, (kind, data) in enumerate((
        ("staff.called", {"outcome": "reached", "duration_s": 60, "follow_up": "done"}),
        ("staff.replied", {"reply_s": 600, "follow_up": "promised"}),
        ("staff.visited", {"outcome": "met", "duration_s": 60, "follow_up": "none"}),
    )):  # fmt: skip
        value = {
            "specversion": "1.0", "type": kind, "source": "/crm", "id": str(number),
            "subject": "ann", "scene": "travel", "time": now.isoformat(),
            "data": {"staff": "sun"} | data,
        }  # fmt: skip
        await take_events(
            trip.pool, trip.tenant.id, [check_event(value)], Sender("crm"), places=[""]
        )
    rows = await lending.sql("select min(at) as at from event where action like 'outside.%'")
    month = rows[0]["at"].date().replace(day=1)
    (sun,) = await read_behaviour(trip.pool, trip.tenant.id, month)
    assert (sun.staff, sun.contacts, sun.replies, sun.reply_s, sun.in_time) == ("sun", 3, 1, 600, 1)
    assert (sun.follow_ups, sun.followed, sun.customers) == (2, 1, 1)
    assert sun.active_later is None
    ann = await party(lending)
    served = await read_served(trip.pool, trip.tenant.id, [ann], ["ann"])
    assert (served.replies, served.reply_s, served.follow_ups, served.followed) == (1, 600, 2, 1)
    nobody = await read_served(trip.pool, trip.tenant.id, [10**9], ["none"])
    assert (nobody.replies, nobody.reply_s, nobody.hands, nobody.active_at) == (0, None, 0, None)


async def test_whose_money_still_moves_months_later_is_told_when_these_are_over(
    lending: Lending,
) -> None:
    pool, tenant = lending.trip.pool, lending.trip.tenant.id
    await lending.trip.book("ann", "B1", "3600.00")
    moved = (await lending.sql("select max(at) as at from transfer"))[0]["at"]
    ann = await party(lending)
    then = after(moved.date().replace(day=1), -3)
    await task(
        lending, "sun@bank", ann, datetime(then.year, then.month, 10, tzinfo=UTC), reply=HOUR
    )
    (waits,) = await read_behaviour(pool, tenant, then)
    assert waits.active_later is None
    await pool.execute(
        "update shard set clocks = jsonb_build_object($1::text, 40::bigint * 86400 * 1000000)",
        str(tenant),
    )
    (later,) = await read_behaviour(pool, tenant, then)
    assert (later.customers, later.active_later) == (1, 1)
    assert (await read_served(pool, tenant, [ann], ["ann"])).active_at == moved


def test_shares_are_told_of_thirty_tries_or_more() -> None:
    assert share_of(3, 29) is None
    assert share_of(None, 100) is None
    assert share_of(15, 30) == 0.5
