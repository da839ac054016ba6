"""Events from outside in the engine: triggers within their lateness, and what they are no proof of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagement.running.campaigning import made, moment, rules, run
from enscene.commit import admit
from enscene.engagement import reactor_of, say_consent
from enscene.engagement.outside import Sender, check_event, take_events
from trip import Trip, open_trip

HOTEL = {"lat_e5": 3_990_000, "lon_e5": 11_640_000}


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        yield opened


async def now(trip: Trip) -> datetime:
    async with trip.pool.acquire() as connection:
        found: datetime = await connection.fetchval(
            "select clock_timestamp() + coalesce((s.clocks ->> t.id::text)::bigint, 0) "
            "* interval '1 microsecond' from tenant t join shard s on s.id = t.shard where t.id = $1",
            trip.tenant.id,
        )
    return found


async def tells(trip: Trip, kind: str, number: str, *, late: timedelta = timedelta(0),
                who: str = "ann", **data: Any) -> str:  # fmt: skip
    """Something is told of somebody; what became of it."""
    value = {
        "specversion": "1.0", "type": kind, "source": "/app", "id": number, "subject": who,
        "scene": "travel", "time": (await now(trip) - late).astimezone(UTC).isoformat(), "data": data,
    }  # fmt: skip
    taken = await take_events(
        trip.pool, trip.tenant.id, [check_event(value)], Sender("crm"), places=[""]
    )
    return taken[0].state


async def allows(trip: Trip, item: str, *, granted: bool = True) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await say_consent(connection, trip.tenant.id, trip.scene, "ann", item, granted=granted)


VIEWS = {"count": {"of": ["outside.page_viewed"], "at_least": 3, "within": "1d",
                   "only": "input.dwell_ms >= 5000"}}  # fmt: skip


async def test_the_third_long_look_speaks_and_the_short_ones_do_not_count(trip: Trip) -> None:
    await run(trip, **moment(**VIEWS, tolerance="1h"))
    for n, dwell_ms in enumerate((9_000, 100, 8_000, 100)):
        await tells(trip, "page.viewed", str(n), page="hotels", dwell_ms=dwell_ms)
    assert await made(trip) == []
    await tells(trip, "page.viewed", "third", page="hotels", dwell_ms=7_000)
    (row,) = await made(trip)
    # To look at pages is not to be served: a product waits for that.
    assert (row["state"], row["rights"]["suppressed"]) == (
        "none", {"winter/plan": "not_served_yet"},
    )  # fmt: skip


async def test_what_comes_late_is_counted_and_speaks_no_more(trip: Trip) -> None:
    await trip.book("ann", "B1", "3000.00")
    # The type lets it speak for ten minutes, though the moment would wait an hour.
    await run(trip, **moment(**VIEWS, tolerance="1h"))
    for n in range(3):
        late = timedelta(minutes=30)
        await tells(trip, "page.viewed", str(n), late=late, page="hotels", dwell_ms=9_000)
    assert await made(trip) == []
    again = {"count": {**VIEWS["count"], "at_least": 4}}
    await run(trip, "four", **moment(**again, tolerance="1h"))
    for n in range(2):
        late = timedelta(minutes=20)
        await tells(trip, "page.viewed", f"m{n}", late=late, page="hotels", dwell_ms=9_000)
    assert await made(trip) == []
    for n in range(2):
        await tells(trip, "page.viewed", f"n{n}", page="hotels", dwell_ms=9_000)
    assert [row["moment"] for row in await made(trip)] == ["four/m"]


async def test_a_place_is_heard_only_with_the_permission_and_enters_once(trip: Trip) -> None:
    enters = {"of": ["outside.position_reported"], "places": [HOTEL], "metres": 500}
    await run(trip, **moment(enters=enters))
    await trip.book("ann", "B1", "3000.00")  # served first
    far = {**HOTEL, "lat_e5": HOTEL["lat_e5"] + 5_000}
    assert await tells(trip, "position.reported", "1", **HOTEL) == "not_allowed"
    await allows(trip, "position")
    assert await tells(trip, "position.reported", "2", **far) == "kept"
    assert await made(trip) == []
    for n in range(3):
        await tells(trip, "position.reported", f"in{n}", **HOTEL)
    (row,) = await made(trip)
    assert (row["product"], row["state"]) == ("wealth_flex", "offered")


async def test_another_reading_of_the_same_log_decides_the_same(trip: Trip) -> None:
    await run(trip, **moment(**VIEWS))
    await trip.book("ann", "B1", "3000.00")
    for n in range(4):
        await tells(trip, "page.viewed", str(n), page="hotels", dwell_ms=9_000)
    first = [tuple(row) for row in await made(trip)]
    assert len(first) == 1
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await connection.execute("delete from engine_state")
        await connection.execute("delete from delivery")
        await connection.execute("delete from decision where moment like '%/%'")
        await connection.execute("update reading set seq = 0 where name = 'campaigns'")
    await reactor_of(trip.pool, trip.host, trip.tenant.shard).settle()
    assert [tuple(row) for row in await made(trip)] == first


async def test_a_click_on_an_offer_says_that_it_was_seen(trip: Trip) -> None:
    await run(trip, **moment(after=["travel.book_package"]))
    await trip.book("ann", "B1", "3000.00")
    (row,) = await made(trip)
    offer = str(row["id"])
    await tells(trip, "page.clicked", "1", who="bob", page="home", target="card", offer=offer)
    assert (await made(trip))[0]["state"] == "offered"
    await tells(trip, "page.clicked", "2", page="home", target="card", offer=offer)
    assert (await made(trip))[0]["state"] == "seen"
