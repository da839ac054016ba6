"""What was decided on its way to the customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engagement.campaigns.sample import sample
from engagement.running.campaigning import made, rules, run
from enscene.commit import admit
from enscene.engagement import say_consent
from enscene.engagement.delivery import Fault, list_deliveries, set_fault
from enscene.engagement.delivery.deliver import HOLDS_FOR
from enscene.kernel.errors import Invalid
from trip import Trip, open_trip


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        yield opened


def speaks(*channels: str, **more: Any) -> dict[str, Any]:
    """A campaign that offers the plan after each booking, through these."""
    offer = {**sample()["offers"]["plan"], "channels": list(channels), **more}
    moments = {"m": {"after": ["travel.book_package"], "offer": ["plan"]}}
    return {"moments": moments, "offers": {"plan": offer}, "budget": "0"}


async def ways(trip: Trip) -> list[tuple[str, str, str]]:
    """(channel, state, why) of each, the newest first, after everything has reacted."""
    await trip.reactor.settle(trip.tenant.id)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        found = await list_deliveries(connection, trip.tenant.id)
    return [(each.channel, each.state, each.why) for each in found]


async def fetch(trip: Trip, query: str) -> list[Any]:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        return await connection.fetch(query)


async def fail(trip: Trip, channel: str, fault: Fault | None) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await set_fault(connection, trip.tenant.id, channel, fault)


async def later(trip: Trip, **span: float) -> None:
    now = await trip.pool.fetchval(
        "select clock_timestamp() + make_interval(secs => "
        "coalesce((clocks ->> $1::text)::bigint, 0) / 1e6) from shard where id = $2",
        str(trip.tenant.id), trip.tenant.shard,
    )  # fmt: skip
    await trip.reactor.advance(trip.tenant.id, now + timedelta(**span))


async def test_a_push_stands_on_the_phone_once_in_both_languages(trip: Trip) -> None:
    await run(trip, **speaks("push", "h5"))
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("push", "sent", "")]
    assert await ways(trip) == [("push", "sent", "")]
    (message,) = await fetch(trip, "select kind, zh, en from phone_message")
    assert tuple(message) == ("offer_push", "字：字", "words: words")


async def test_what_stands_on_a_page_is_there_at_once(trip: Trip) -> None:
    await run(trip, **speaks("h5"))
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("h5", "sent", "")]


async def test_consent_withdrawn_between_decision_and_delivery_stops_it(trip: Trip) -> None:
    await run(trip, **speaks("push", "h5"))
    await fail(trip, "push", "down")
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("push", "waiting", "down")]
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        where = (trip.tenant.id, trip.scene, "ann", "recommendations")
        await say_consent(connection, *where, granted=False)
    await fail(trip, "push", None)
    await later(trip, minutes=10)
    assert await ways(trip) == [("push", "stopped", "consent")]
    assert await fetch(trip, "select 1 from phone_message") == []


async def test_a_way_that_is_down_is_tried_again_and_then_another_is_taken(trip: Trip) -> None:
    await run(trip, **speaks("push", "sms", "h5"))
    await fail(trip, "push", "loses_first")
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("push", "waiting", "down")]
    await later(trip, minutes=3)
    assert await ways(trip) == [("push", "sent", "")]
    await fail(trip, "push", "down")
    await trip.book("bob", "B2", "300.00")
    await later(trip, hours=1)
    assert (await ways(trip))[0] == ("sms", "sent", "")


async def test_who_cannot_be_reached_is_offered_it_on_the_page_and_without_one_not_at_all(
    trip: Trip,
) -> None:
    await fail(trip, "push", "refuses")
    await run(trip, "one", **speaks("push", "h5"))
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("h5", "sent", "unreachable")]
    await run(trip, "one", **speaks("push"))
    await trip.book("bob", "B2", "300.00")
    assert (await ways(trip))[0] == ("push", "failed", "unreachable")


async def test_a_dead_way_holds_up_no_other(trip: Trip) -> None:
    await fail(trip, "push", "down")
    await run(trip, "one", **speaks("push"))
    await run(trip, "two", **speaks("sms"))
    for who, key in (("ann", "B1"), ("bob", "B2")):
        await trip.book(who, key, "300.00")
    found = await ways(trip)
    assert {each for each in found if each[0] == "sms"} <= {("sms", "sent", "")}
    assert {each for each in found if each[0] == "push"} <= {("push", "waiting", "down")}


async def test_a_call_is_a_task_for_whoever_serves_the_customer(trip: Trip) -> None:
    await run(trip, **speaks("call"))
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("call", "sent", "")]
    (task,) = await fetch(trip, "select kind, state, reason from staff_task")
    (row,) = await made(trip)
    assert tuple(task) == ("call_back", "open", f"offer:{row['id']}")


async def test_who_wants_no_calls_is_not_called(trip: Trip) -> None:
    await run(trip, **speaks("call", "h5"))
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await connection.execute(
            "update party set profile = profile || '{\"do_not_call\": true}' where ref = 'ann'"
        )
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("h5", "sent", "do_not_call")]
    assert await fetch(trip, "select 1 from staff_task") == []


async def two_before_a_cap(trip: Trip, cap: dict[str, object], *channels: str) -> None:
    """Two were decided while a cap allowed both; before the second is sent the bank allows one."""
    await fail(trip, "push", "down")
    await run(trip, **speaks(*channels))
    await trip.book("ann", "B1", "300.00")
    await trip.book("ann", "B2", "300.00")
    assert await ways(trip) == [("push", "waiting", "down")] * 2
    await rules(trip, caps=[cap])
    await fail(trip, "push", None)
    await later(trip, minutes=10)


async def test_a_cap_holds_at_delivery_by_what_has_reached_the_customer(trip: Trip) -> None:
    await two_before_a_cap(trip, {"times": 1, "within": "7d"}, "push")
    assert sorted(await ways(trip)) == [("push", "failed", "cap"), ("push", "sent", "")]


async def test_the_page_is_no_way_around_a_cap(trip: Trip) -> None:
    """The page comes after a push: what the cap keeps from the phone stands on no page either."""
    await two_before_a_cap(trip, {"times": 1, "within": "7d"}, "push", "h5")
    assert sorted(await ways(trip)) == [("h5", "failed", "cap"), ("push", "sent", "")]


async def test_a_cap_of_pushes_lets_the_page_say_it(trip: Trip) -> None:
    await two_before_a_cap(trip, {"times": 1, "within": "7d", "channel": "push"}, "push", "h5")
    assert sorted(await ways(trip)) == [("h5", "sent", "cap"), ("push", "sent", "")]


async def test_what_is_of_yesterday_is_not_said_any_more(trip: Trip) -> None:
    await fail(trip, "push", "loses_first")
    await run(trip, **speaks("push"))
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("push", "waiting", "down")]
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await connection.execute("update delivery set made_at = made_at - $1::interval", HOLDS_FOR)
    await later(trip, minutes=10)
    assert await ways(trip) == [("push", "stopped", "too_late")]


async def test_quiet_hours_that_were_set_meanwhile_hold_it_until_they_end(trip: Trip) -> None:
    await fail(trip, "push", "loses_first")
    await run(trip, **speaks("push"))
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("push", "waiting", "down")]
    # All day but one minute, which is just before the present one.
    now = (await fetch(trip, "select to_char((now() at time zone 'Asia/Shanghai'), 'HH24:MI')"))[0][
        0
    ]
    minute = int(now[:2]) * 60 + int(now[3:])
    clock = [f"{each // 60 % 24:02}:{each % 60:02}" for each in (minute + 1439, minute + 1438)]
    await rules(trip, quiet={"begins": clock[0], "ends": clock[1], "channels": ["push"]})
    await later(trip, minutes=5)
    assert await ways(trip) == [("push", "waiting", "quiet_hours")]


async def test_a_partner_with_an_endpoint_finds_it_in_the_log_of_its_scene(trip: Trip) -> None:
    await run(trip, **speaks("webhook"))
    await trip.book("ann", "B1", "300.00")
    assert await ways(trip) == [("webhook", "sent", "")]
    (event,) = await fetch(trip, "select scene, facts from event where action = 'offer.made'")
    assert event["scene"] == trip.scene
    assert event["facts"]["offer"]["product"] == "wealth_flex"


async def test_of_a_live_bank_without_a_provider_nothing_is_said_to_have_been_sent(
    trip: Trip,
) -> None:
    await run(trip, **speaks("push", "h5"))
    await trip.book("ann", "B1", "300.00")
    await fetch(trip, "update tenant set sandbox = false returning 1")
    assert await ways(trip) == [("h5", "sent", "no_provider")]


async def test_faults_are_of_ways_to_phones_alone(trip: Trip) -> None:
    for channel, fault in (("h5", "down"), ("push", "sleepy")):
        with pytest.raises(Invalid):
            await fail(trip, channel, fault)  # type: ignore[arg-type]
