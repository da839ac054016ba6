"""Cycles of campaigns on a real log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from engagement.campaigns.sample import sample
from engagement.running.campaigning import made, rules, run, stop
from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.engagement import reactor_of
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.loops import STEPS, Cycle, KeptCycle, read_cycles
from enscene.engagement.loops.loop_clock import LoopClock
from enscene.engagement.results import Learnt, read_learnt
from enscene.kernel.clock import local_day
from enscene.scenes.administer import enrol
from enscene.scenes.language import load_pack
from trip import PACK, Trip, open_trip

WEEK = timedelta(days=7)
TAKES, LEAVES = "plan", "coupon"
PEOPLE = [f"p{n}" for n in range(20)]


class Killed(BaseException):
    """A process that ends in the middle of something."""


@pytest.fixture
async def trip(pool: Any) -> Any:
    pack = load_pack(PACK).pack
    assert pack is not None
    async with open_trip(pool, pack) as opened:
        people = [Enrolment(name, "traveller", "person") for name in PEOPLE]
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [opened.tenant.id])
            await enrol(connection, opened.tenant.id, opened.scene, pack, people)
        await rules(opened)
        yield opened


async def runs(trip: Trip, ref: str = "winter", **change: Any) -> int:
    """Two offers of one value after each booking, neither of which anybody gets only once."""
    offers = {
        name: {"title": sample()["title"], "reason": sample()["title"], "value": "50.00",
               "expected": 0.3}
        for name in (TAKES, LEAVES)
    }  # fmt: skip
    moments = {"m": {"after": ["travel.book_package"], "offer": [TAKES, LEAVES]}}
    return await run(trip, ref, moments=moments, offers=offers, budget="0", **change)


async def book(trip: Trip, names: Sequence[str], first: int = 0) -> None:
    for n, who in enumerate(names, first):
        await trip.book(who, f"B{n}", "30.00")
    await trip.reactor.settle(trip.tenant.id)


async def answer(trip: Trip) -> None:
    """One of the two is always taken, and the other never is."""
    for row in await made(trip):
        if row["state"] == "offered":
            word: Any = "taken" if row["rights"]["offer"].endswith(TAKES) else "refused"
            await answer_offer(trip.pool, trip.tenant.id, row["id"], row["ref"], word)
    await trip.reactor.settle(trip.tenant.id)


async def now(trip: Trip) -> datetime:
    found: datetime = await trip.pool.fetchval(
        "select clock_timestamp() + make_interval(secs => "
        "coalesce((clocks ->> $1::text)::bigint, 0) / 1e6) from shard where id = $2",
        str(trip.tenant.id), trip.tenant.shard,
    )  # fmt: skip
    return found


async def kept(trip: Trip, ref: str = "winter") -> tuple[list[KeptCycle], Learnt]:
    """The cycles, the oldest first, and what was learnt."""
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        found = await read_cycles(connection, trip.tenant.id, ref, 100)
        return found[::-1], await read_learnt(connection, trip.tenant.id)


async def log_of(trip: Trip) -> list[str]:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        rows = await connection.fetch("select action from event order by seq")
    return [row[0] for row in rows if row[0].startswith("policy.")]


def share(row: Any) -> float:
    """The chance of the one that is taken."""
    weighed = {each["offer"]: each["propensity"] for each in row["rights"]["weighed"]}
    return float(weighed[f"winter/{TAKES}"])


async def test_a_cycle_is_opened_with_its_campaign_and_closed_whole_by_the_tenants_clock(
    trip: Trip,
) -> None:
    assert (await kept(trip))[0] == []
    await runs(trip)
    await book(trip, ["ann", "bob"])
    (first,), _ = await kept(trip)
    began = local_day(first.began, trip.tenant.zone)
    assert began == local_day(await now(trip), trip.tenant.zone)
    assert (first.ends - first.began, first.owner, first.verdict) == (WEEK, "wang@bank", None)
    assert [each.name for each in first.cycle.steps] == ["insight"]
    await answer(trip)
    await trip.reactor.advance(trip.tenant.id, first.ends + timedelta(days=15))
    cycles, _ = await kept(trip)
    assert [each.cycle.number for each in cycles] == [1, 2, 3, 4]
    assert all(a.ends == b.began for a, b in pairwise(cycles))
    first, *_, last = cycles
    assert [each.name for each in first.cycle.steps] == list(STEPS)
    outcome = {each.name: each.outcome for each in first.cycle.steps}
    assert (outcome["reach"]["said"], outcome["identify"]["met"]) == (2, 2)
    assert sum(outcome["feedback"].values()) == 2
    assert cycles[1].cycle.steps[1].outcome["said"] == 0
    assert last.closed_at is None


async def test_the_policy_that_serves_changes_only_when_a_cycle_shows_that_it_may(
    trip: Trip,
) -> None:
    await runs(trip)
    names = PEOPLE * 13
    await book(trip, names[:6])
    await answer(trip)
    await book(trip, names[6:], 6)
    await answer(trip)
    # All answers of the first six were known to the others, and nothing has changed for them.
    rows = await made(trip)
    assert {row["rights"]["model"] for row in rows} == {0}
    assert all(0.2 < share(row) < 0.8 for row in rows)
    (first,), learnt = await kept(trip)
    assert learnt.model is not None
    assert (learnt.model.learnt_of("winter"), learnt.serving.learnt_of("winter")) == (260, 0)  # type: ignore[union-attr]
    # At the same time of another day: of other parts of it nothing is known.
    await trip.reactor.advance(trip.tenant.id, first.ends + (await now(trip) - first.began))
    (first, second), learnt = await kept(trip)
    assert first.comparison is not None
    assert first.comparison["why"] == "better"
    assert first.comparison["effective"] >= 100
    assert 0 < first.comparison["low"] < first.comparison["gain"] < 5_000
    assert (first.verdict, first.version_before, first.version_after) == ("taken", 0, 260)
    assert first.cycle.steps[-1].outcome["version_after"] == 260
    assert await log_of(trip) == ["policy.taken"]
    await book(trip, ["ann"], 300)
    last = (await made(trip))[-1]
    assert (last["rights"]["model"], share(last) > 0.9) == (260, True)
    # What is said now teaches again, and with too little of it the next cycle keeps what serves.
    await trip.reactor.advance(trip.tenant.id, second.ends)
    (_, second, _), learnt = await kept(trip)
    assert second.comparison is not None
    assert (second.verdict, second.comparison["why"]) == ("kept", "effective")
    assert second.version_after == 260
    assert learnt.serving.learnt_of("winter") == 260  # type: ignore[union-attr]
    assert await log_of(trip) == ["policy.taken"]


async def test_two_that_race_close_a_cycle_and_take_a_policy_once(trip: Trip) -> None:
    await runs(trip)
    await book(trip, PEOPLE * 13)
    await answer(trip)
    (first,), _ = await kept(trip)
    # Its end is due now, and nobody has closed it yet.
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await connection.execute("update loop_cycle set ends = clock_timestamp()")
    clocks = [LoopClock(trip.pool, trip.tenant.shard, trip.host.service) for _ in range(4)]
    done = await asyncio.gather(*(clock.step(trip.tenant.id) for clock in clocks))
    assert sum(done) == 1
    await trip.reactor.settle(trip.tenant.id)
    cycles, _ = await kept(trip)
    assert [(each.cycle.number, each.verdict) for each in cycles] == [(1, "taken"), (2, None)]
    assert await log_of(trip) == ["policy.taken"]
    # Another process that takes the log up from here serves the same.
    trip.reactor = reactor_of(trip.pool, trip.host, trip.tenant.shard)
    await book(trip, ["bob"], 500)
    assert (await made(trip))[-1]["rights"]["model"] == 260
    assert first.cycle.id == cycles[0].cycle.id


async def test_who_is_killed_while_closing_has_closed_nothing(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enscene.engagement.loops import store

    await runs(trip)
    await book(trip, ["ann"])
    (first,), _ = await kept(trip)
    whole = store.close_cycle

    async def dies(*args: Any) -> None:
        await whole(*args)
        raise Killed

    monkeypatch.setattr(store, "close_cycle", dies)
    with pytest.raises(Killed):
        await trip.reactor.advance(trip.tenant.id, first.ends)
    assert [each.closed_at for each in (await kept(trip))[0]] == [None]
    monkeypatch.setattr(store, "close_cycle", whole)
    await trip.reactor.settle(trip.tenant.id)
    assert [each.verdict for each in (await kept(trip))[0]] == ["kept", None]


async def test_a_cycle_that_cannot_be_closed_holds_up_neither_other_campaigns_nor_the_clock(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enscene.engagement.loops import store

    await runs(trip, "autumn")
    await runs(trip)
    await book(trip, ["ann"])
    (first,), _ = await kept(trip, "autumn")
    whole = store.close_cycle

    async def fails(connection: Any, tenant: int, cycle: Cycle, *args: Any) -> None:
        await whole(connection, tenant, cycle, *args)
        if cycle.campaign == "autumn":
            raise RuntimeError("autumn")

    monkeypatch.setattr(store, "close_cycle", fails)
    later = first.ends + WEEK
    with capture_logs() as logs:
        await trip.reactor.advance(trip.tenant.id, later)
    # The clock has come to where it was moved to, and the other campaign lives on.
    assert await now(trip) >= later
    assert [each.verdict for each in (await kept(trip))[0]] == ["kept", "kept", None]
    assert [each.verdict for each in (await kept(trip, "autumn"))[0]] == [None]
    told = [each for each in logs if each["event"] == "loops.retry"]
    assert told
    assert {(each["log_level"], each["campaign"], each["error"]) for each in told} == {
        ("warning", "autumn", "RuntimeError")
    }
    monkeypatch.setattr(store, "close_cycle", whole)
    await trip.reactor.settle(trip.tenant.id)
    cycles, _ = await kept(trip, "autumn")
    assert [each.verdict for each in cycles] == ["kept", "kept", None]
    assert cycles[0].ends == first.ends


async def test_a_campaign_that_is_stopped_ends_its_cycle_and_goes_on_in_the_next(
    trip: Trip,
) -> None:
    version = await runs(trip)
    await book(trip, ["ann"])
    await stop(trip, version)
    await trip.reactor.settle(trip.tenant.id)
    (first,), _ = await kept(trip)
    assert first.verdict == "kept"
    assert first.ends <= await now(trip)
    await runs(trip)
    await trip.reactor.settle(trip.tenant.id)
    cycles, _ = await kept(trip)
    assert [(each.cycle.number, each.closed_at is None) for each in cycles] == [
        (1, False), (2, True),
    ]  # fmt: skip
    assert cycles[1].began == first.ends
