"""Moments of packs that wait for a pattern, and contacts counted over packs and campaigns."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from engagement.running.campaigning import moment, rules, run
from enscene.commit import admit
from enscene.customers import set_consent
from enscene.engagement import Moments, reactor_of
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.running import CampaignReader, Desks
from enscene.scenes.language import Pack, load_pack, load_pack_files
from enscene.scenes.reactions import LogReader
from trip import PACK, Trip, open_trip

OFTEN = (
    "count: {of: book_package, at_least: 3, within: 30d, only: \"input.price > money('50.00')\"}"
)
AWAY = "absent: {after: book_package, without: book_package, span: 60d}"
AFTER = {"after": ["travel.book_package"]}


def pack_with(pattern: str, more: str = "") -> Pack:
    """The travel pack with one moment more, which offers what a large booking would."""
    whole = load_pack(PACK).pack
    assert whole is not None
    files = dict(whole.files)
    mine = (
        f"moments:\n  mine:\n    pattern: {{{pattern}}}\n    offer: [instalment]\n    via: [push, h5]\n"
        f"    at_most: 1 per 7d\n    reason: large_booking\n{more}"
    )
    files["scene.yaml"] = files["scene.yaml"].replace("moments:\n", mine, 1)
    for name in ("texts/zh.yaml", "texts/en.yaml"):
        files[name] = files[name].replace("\nmoments:\n", "\nmoments:\n  mine: Mine\n", 1)
    result = load_pack_files(files)
    assert result.pack is not None, result.mistakes
    return result.pack


@pytest.fixture
async def often(pool: Any) -> Any:
    async with open_trip(pool, pack_with(OFTEN)) as opened:
        yield opened


@pytest.fixture
async def away(pool: Any) -> Any:
    async with open_trip(pool, pack_with(AWAY)) as opened:
        yield opened


async def books(trip: Trip, who: str, *prices: str, at: str = "B") -> None:
    for number, price in enumerate(prices):
        await trip.book(who, f"{at}{who}{number}", price)


async def said(trip: Trip) -> list[Any]:
    """All decisions, as (moment, product, state, rights), after everything has reacted."""
    return [tuple(row) for row in await trip.decisions()]


async def now_of(trip: Trip) -> Any:
    return await trip.pool.fetchval(
        "select clock_timestamp() + make_interval(secs => "
        "coalesce((clocks ->> $1::text)::bigint, 0) / 1e6) from shard where id = $2",
        str(trip.tenant.id), trip.tenant.shard,
    )  # fmt: skip


async def test_the_third_booking_within_the_span_is_the_moment(often: Trip) -> None:
    await books(often, "ann", "100.00", "40.00", "100.00")
    await books(often, "bob", "100.00", "100.00")
    assert await said(often) == []
    await often.book("ann", "B9", "100.00")
    ((name, product, state, rights),) = await said(often)
    assert (name, product, state) == ("mine", "instalment", "offered")
    eight = {"customer", "time", "scene", "staff", "activity", "price", "channel", "product"}
    assert eight <= set(rights)
    assert (rights["customer"], rights["scene"], rights["channel"]) == ("ann", "travel", "push")
    assert rights["data"] == ["count", "input.price"]
    assert rights["reason"] == "reasons.large_booking"
    assert "contact" not in rights


async def test_it_is_said_at_most_as_often_as_declared(often: Trip) -> None:
    await books(often, "ann", "100.00", "100.00", "100.00")
    start = await now_of(often)
    await often.reactor.advance(often.tenant.id, start + timedelta(days=5))
    await often.reactor.advance(often.tenant.id, start + timedelta(days=31))
    await books(often, "ann", "100.00", "100.00", "100.00", at="C")
    assert [row[:3] for row in await said(often)] == [("mine", "instalment", "offered")] * 2


async def test_who_stays_away_is_spoken_to_on_the_day(away: Trip) -> None:
    start = await now_of(away)
    await books(away, "ann", "100.00")
    await books(away, "bob", "100.00")
    await away.reactor.settle(away.tenant.id)
    await away.reactor.advance(away.tenant.id, start + timedelta(days=30))
    await away.book("bob", "B9", "100.00")
    await away.reactor.advance(away.tenant.id, start + timedelta(days=75))
    ((name, product, state, rights),) = await said(away)
    assert (name, product, state) == ("mine", "instalment", "offered")
    assert rights["customer"] == "ann"


async def test_without_consent_nothing_is_said_and_why_is_kept(often: Trip) -> None:
    from enscene.engagement import say_consent

    async with often.pool.acquire() as connection, connection.transaction():
        await admit(connection, [often.tenant.id])
        where = (often.tenant.id, often.scene, "ann", "recommendations")
        await say_consent(connection, *where, granted=False)
    await books(often, "ann", "100.00", "100.00", "100.00")
    ((_, product, state, rights),) = await said(often)
    assert (product, state, rights["suppressed"]) == (None, "none", {"instalment": "consent"})


async def test_whoever_goes_on_decides_as_if_nobody_had_stopped(often: Trip) -> None:
    """Another process with nothing in memory after each booking, and the first one again."""
    first = often.reactor
    for number in range(3):
        often.reactor = reactor_of(often.pool, often.host, often.tenant.shard)
        await often.book("ann", f"B{number}", "100.00")
        assert len(await said(often)) == number // 2
        often.reactor = first
        await often.reactor.settle(often.tenant.id)
    assert len(await said(often)) == 1


async def test_reading_the_log_again_from_its_beginning_decides_the_same(often: Trip) -> None:
    await rules(often)
    await books(often, "ann", "100.00", "100.00", "3000.00", "100.00")
    await books(often, "bob", "100.00", "100.00", "100.00")
    before = await said(often)
    states = "select customer, state from engine_state where customer <> 0 order by customer"
    assert len(before) == 3
    async with often.pool.acquire() as connection, connection.transaction():
        await admit(connection, [often.tenant.id])
        kept = await connection.fetch(states)
        await connection.execute("delete from engine_state")
        await connection.execute("delete from decision where moment = 'mine'")
    async with often.pool.acquire() as connection:
        await connection.execute(
            "update reading set seq = 0 where name in ('campaigns', 'moments')"
        )
    often.reactor = reactor_of(often.pool, often.host, often.tenant.shard)
    assert await said(often) == before
    async with often.pool.acquire() as connection, connection.transaction():
        await admit(connection, [often.tenant.id])
        assert await connection.fetch(states) == kept


async def test_what_a_pack_has_said_counts_for_campaigns(often: Trip) -> None:
    """Said by a moment of either kind; a cap of one in a week is used up by it."""
    await rules(often, caps=[{"times": 1, "within": "7d"}])
    await books(often, "ann", "3000.00")
    await books(often, "bob", "100.00", "100.00", "100.00")
    assert [row[0] for row in await said(often)] == ["large_booking", "mine"]
    await run(often, **moment(**AFTER))
    for who in ("ann", "bob"):
        await often.book(who, f"Z{who}", "100.00")
    rows = [row for row in await said(often) if row[0].startswith("winter")]
    assert [(row[2], row[3]["suppressed"]) for row in rows] == [
        ("none", {"winter/plan": "cap"})
    ] * 2


async def test_what_campaigns_have_said_counts_for_packs(often: Trip) -> None:
    await rules(often, caps=[{"times": 1, "within": "7d"}])
    await run(often, **moment(**AFTER))
    await books(often, "ann", "100.00")
    await often.reactor.settle(often.tenant.id)
    await books(often, "ann", "100.00", "100.00", "3000.00", at="C")
    rows = {row[0]: row for row in await said(often) if not row[0].startswith("winter")}
    assert rows.keys() == {"mine", "large_booking"}
    for row in rows.values():
        assert (row[1], row[2]) == (None, "none")
        assert row[3]["suppressed"] == {"instalment": "cap"}
        assert row[3]["again"]["instalment"] > row[3]["time"]


async def test_without_rules_of_contact_packs_and_campaigns_do_not_count_each_other(
    pool: Any,
) -> None:
    async with open_trip(pool, pack_with(OFTEN)) as trip:
        await books(trip, "ann", "100.00", "100.00", "100.00", "3000.00")
        assert [row[2] for row in await said(trip)] == ["offered", "offered"]
        async with trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [trip.tenant.id])
            assert not await connection.fetchval(
                "select exists (select from event where action = 'offer.made')"
            )


@pytest.mark.parametrize("prices", [("100.00", "100.00", "100.00"), ("3000.00",)])
async def test_quiet_hours_stop_what_wakes_somebody_and_the_next_way_is_taken(
    often: Trip, prices: tuple[str, ...]
) -> None:
    quiet = {"begins": "00:00", "ends": "23:59", "channels": ["h5", "push"]}
    await rules(often, quiet=quiet)
    await books(often, "ann", *prices)
    found = await said(often)
    await rules(often, quiet={**quiet, "channels": ["push"]})
    await books(often, "bob", *prices)
    again = [row for row in await said(often) if row[3]["customer"] == "bob"]
    if (await now_of(often)).strftime("%H:%M") != "15:59":  # the free minute of the zone
        assert [row[3]["suppressed"] for row in found] == [{"instalment": "quiet_hours"}]
    assert [(row[2], row[3]["channel"]) for row in again] == [("offered", "h5")]


@pytest.mark.parametrize("prices", [("100.00", "100.00", "100.00"), ("3000.00",)])
async def test_who_has_opted_out_of_a_channel_of_a_campaign_hears_of_packs_by_another(
    often: Trip, prices: tuple[str, ...]
) -> None:
    await rules(often)
    plan = moment(**AFTER)
    plan["offers"]["plan"]["channels"] = ["push"]
    await run(often, **plan)
    await often.book("ann", "A1", "100.00")
    await often.reactor.settle(often.tenant.id)
    async with often.pool.acquire() as connection, connection.transaction():
        await admit(connection, [often.tenant.id])
        offer = await connection.fetchval("select id from decision")
    await answer_offer(often.pool, often.tenant.id, offer, "ann", "opted_out")
    await books(often, "ann", *prices)
    rows = [row for row in await said(often) if not row[0].startswith("winter")]
    assert [(row[2], row[3]["channel"]) for row in rows] == [("offered", "h5")]


async def test_two_offers_of_campaigns_without_an_answer_tire_for_packs_too(often: Trip) -> None:
    await rules(often, fatigue={"after": 2, "rest": "14d"})
    await run(often, **moment(**AFTER))
    await books(often, "ann", "100.00", "100.00")
    await often.reactor.settle(often.tenant.id)
    await often.book("ann", "C1", "3000.00")
    rows = await said(often)
    assert [row[2] for row in rows[:2]] == ["offered", "offered"]
    assert {row[0]: set(row[3]["suppressed"].values()) for row in rows[2:]} == {
        "large_booking": {"fatigue"}, "mine": {"fatigue"}, "winter/m": {"fatigue"},
    }  # fmt: skip


async def test_of_a_pack_and_a_campaign_that_race_one_speaks(often: Trip) -> None:
    """Both readers at the same event at once, over and over: nobody is spoken to twice."""
    await rules(often, caps=[{"times": 1, "within": "7d"}])
    await run(often, **moment(**AFTER))
    await often.reactor.settle(often.tenant.id)
    shard = often.tenant.shard
    moments = LogReader(often.pool, "moments", shard, Moments(often.pool, often.host).handle)
    campaigns = CampaignReader(often.pool, Desks(often.pool, often.host), shard)
    for number in range(8):
        who = ("ann", "bob")[number % 2]
        await often.book(who, f"R{number}", "3000.00")
        await asyncio.gather(moments.step(), campaigns.step())
    rows = await said(often)
    for who in ("ann", "bob"):
        reached = [row for row in rows if row[3]["customer"] == who and row[2] == "offered"]
        assert len(reached) == 1
    assert sum(row[2] == "dismissed" for row in rows) <= 2


async def test_a_campaign_that_did_not_know_of_a_pack_is_stopped_before_it_is_written(
    often: Trip,
) -> None:
    """The pack has spoken, and the log tells of it only behind the event that the campaign reads."""
    await rules(often, caps=[{"times": 1, "within": "7d"}])
    await run(often, **moment(**AFTER))
    await often.reactor.settle(often.tenant.id)
    shard = often.tenant.shard
    await often.book("ann", "R1", "3000.00")
    await LogReader(often.pool, "moments", shard, Moments(often.pool, often.host).handle).step()
    rows = {row[0]: row for row in await said(often)}
    assert rows["large_booking"][2] == "offered"
    assert (rows["winter/m"][2], rows["winter/m"][3]["stopped"]) == ("dismissed", "cap")


async def test_a_process_that_dies_before_it_has_told_of_a_contact_tells_of_it_once(
    often: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    from enscene.engagement import moments

    await rules(often)
    await often.book("ann", "R1", "3000.00")

    async def dies(*args: Any) -> None:
        raise RuntimeError("killed")

    kept = moments.log_contacts
    monkeypatch.setattr(moments, "log_contacts", dies)
    with pytest.raises(RuntimeError, match="killed"):
        await often.reactor.settle(often.tenant.id)
    monkeypatch.setattr(moments, "log_contacts", kept)
    await said(often)
    async with often.pool.acquire() as connection:
        await connection.execute("update reading set seq = 0 where name = 'moments'")
    await said(often)
    async with often.pool.acquire() as connection, connection.transaction():
        await admit(connection, [often.tenant.id])
        found = await connection.fetch("select facts, scene from event where action = 'offer.made'")
    assert [(row["scene"], row["facts"]["offer"]["key"]) for row in found] == [
        (0, "travel.large_booking/instalment")
    ]


async def test_a_refusal_that_only_the_tables_know_of_stops_it(
    often: Trip,
) -> None:
    await books(often, "ann", "100.00", "100.00", "100.00")
    async with often.pool.acquire() as connection, connection.transaction():
        await admit(connection, [often.tenant.id])
        where = (often.tenant.id, often.scene, "ann", "recommendations")
        # Said without a word in the log: only the table knows.
        await set_consent(connection, *where, granted=False)
    ((_, _, state, _),) = await said(often)
    assert state == "dismissed"
