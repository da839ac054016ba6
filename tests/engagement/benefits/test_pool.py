"""The pool of benefits: to the cent, whoever races, from the bank to whoever takes it and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from engagement.benefits.filling import fill
from engagement.campaigns.sample import body_of, sample
from engagement.running.campaigning import made, rules, run, stop
from enscene.commit import admit
from enscene.commit.move_clock import move_clock
from enscene.engagement import reactor_of
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.benefits import PLAY_MONEY, keep_books, read_subsidies, store
from enscene.engagement.campaigns import decide_campaign, list_campaigns, propose_campaign
from enscene.kernel.errors import Conflict
from enscene.ledger import verify_ledger
from trip import Trip, open_trip

COST = 5_00
WHO = ("lin@bank", "mei@bank")


@pytest.fixture
async def trip(pool: Any) -> AsyncIterator[Trip]:
    async with open_trip(pool) as opened:
        await rules(opened)
        yield opened


def speaks(budget: str, **more: Any) -> dict[str, Any]:
    coupon = {**sample()["offers"]["coupon"], "gives": "coupon", "benefit": None, **more}
    moments = {"m": {"after": ["travel.book_package"], "offer": ["coupon"]}}
    return {"moments": moments, "offers": {"coupon": coupon}, "budget": budget}


async def sql(trip: Trip, statement: str, *arguments: Any) -> list[Any]:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        return await connection.fetch(statement, *arguments)


async def stands(trip: Trip) -> dict[str, int]:
    """left, aside and spent of the campaign, the pool; and that the ledger is whole."""
    told = await read_subsidies(trip.pool, trip.tenant.id)
    assert told.sums
    async with trip.pool.acquire() as connection:
        assert (await verify_ledger(connection, trip.tenant.id)).verified
    pool = sum(each.left for each in told.pools)
    sums = [sum(getattr(e, n) for e in told.lines) for n in ("left", "aside", "spent")]
    assert min(pool, *sums) >= 0
    return {"pool": pool, **dict(zip(("left", "aside", "spent"), sums, strict=True))}


async def no_sandbox(trip: Trip) -> None:
    """A bank whose pool holds what it has put in."""
    async with trip.pool.acquire() as connection:
        await connection.execute("update tenant set sandbox = false where id = $1", trip.tenant.id)


async def test_a_campaign_without_enough_in_the_pool_is_not_approved(trip: Trip) -> None:
    await no_sandbox(trip)
    where = (trip.pool, trip.tenant.id)
    await fill(*where, "99.99")
    assert (await stands(trip))["pool"] == 99_99
    body = body_of(sample(**speaks("100.00")))
    version = (await propose_campaign(trip.pool, trip.host, trip.tenant.id, "winter", body, WHO[0])
               ).kept.version  # fmt: skip
    with pytest.raises(Conflict) as refused:
        await decide_campaign(*where, "winter", version, approve=True, who=WHO[1])
    assert (refused.value.code, refused.value.param) == ("campaign.pool", "budget")
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        (campaign,) = await list_campaigns(connection, trip.tenant.id)
    assert campaign.kept.state == "proposed"
    await fill(*where, "0.01")
    kept = await decide_campaign(*where, "winter", version, approve=True, who=WHO[1])
    assert (kept.state, kept.decided_by) == ("approved", "mei@bank")
    assert await stands(trip) == {"pool": 0, "left": 100_00, "aside": 0, "spent": 0}


async def test_two_approvers_at_once_fund_it_once(trip: Trip) -> None:
    body = body_of(sample(**speaks("100.00")))
    where = (trip.pool, trip.tenant.id)
    version = (await propose_campaign(trip.pool, trip.host, trip.tenant.id, "winter", body, WHO[0])
               ).kept.version  # fmt: skip
    done = await asyncio.gather(
        *(decide_campaign(*where, "winter", version, approve=True, who=who)
          for who in ("mei@bank", "wu@bank")), return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(each).__name__ for each in done) == ["Conflict", "Kept"]
    assert await stands(trip) == {
        "pool": PLAY_MONEY - 100_00, "left": 100_00, "aside": 0, "spent": 0,
    }  # fmt: skip


async def test_what_is_said_is_set_aside_taken_is_spent_and_the_rest_goes_back(trip: Trip) -> None:
    version = await run(trip, **speaks("12.00"))
    for who in ("ann", "bob"):
        await trip.book(who, f"B-{who}", "300.00")
    first, second = await made(trip)
    assert await stands(trip) == {"pool": PLAY_MONEY - 12_00, "left": 2_00, "aside": 10_00,
                                  "spent": 0}  # fmt: skip
    await answer_offer(trip.pool, trip.tenant.id, first["id"], first["ref"], "taken")
    await answer_offer(trip.pool, trip.tenant.id, second["id"], second["ref"], "refused")
    await made(trip)
    assert await stands(trip) == {"pool": PLAY_MONEY - 12_00, "left": 7_00, "aside": 0,
                                  "spent": 5_00}  # fmt: skip
    (line,) = [e for e in (await read_subsidies(trip.pool, trip.tenant.id)).lines if e.spent]
    assert (line.campaign, line.line, line.currency) == ("winter", "retail", "CNY")
    await stop(trip, version)
    await made(trip)
    assert await stands(trip) == {"pool": PLAY_MONEY - 5_00, "left": 0, "aside": 0, "spent": 5_00}
    (counted,) = await sql(trip, "select kind, state from benefit where state = 'taken'")
    assert tuple(counted) == ("coupon", "taken")


async def test_after_seven_days_it_is_free_and_a_new_version_gets_the_difference(
    trip: Trip,
) -> None:
    await run(trip, **speaks("5.00"))
    await trip.book("ann", "B1", "300.00")
    assert len(await made(trip)) == 1
    await run(trip, **speaks("8.00"))
    assert await stands(trip) == {
        "pool": PLAY_MONEY - 8_00,
        "left": 3_00,
        "aside": 5_00,
        "spent": 0,
    }
    (now,) = await sql(trip, "select max(at) as at from event")
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await move_clock(
            connection, trip.tenant.shard, trip.tenant.id, now["at"] + timedelta(days=7, minutes=1)
        )
    await keep_books(trip.pool, trip.tenant.id)
    assert await stands(trip) == {"pool": PLAY_MONEY - 8_00, "left": 8_00, "aside": 0, "spent": 0}
    await run(trip, **speaks("6.00"))
    assert await stands(trip) == {"pool": PLAY_MONEY - 6_00, "left": 6_00, "aside": 0, "spent": 0}


async def test_two_engines_racing_say_no_more_than_the_budget(trip: Trip) -> None:
    await run(trip, **speaks("9.99"))
    for who in ("ann", "bob"):
        await trip.book(who, f"B-{who}", "300.00")
    engines = [reactor_of(trip.pool, trip.host, trip.tenant.shard) for _ in range(3)]
    await asyncio.gather(*(each.settle(trip.tenant.id) for each in engines))
    rows = await made(trip)
    assert sorted(row["state"] for row in rows) == ["none", "offered"]
    assert await stands(trip) == {
        "pool": PLAY_MONEY - 9_99,
        "left": 4_99,
        "aside": COST,
        "spent": 0,
    }


async def promise(trip: Trip, count: int, ref: str = "winter") -> list[UUID]:
    """Offers as if an engine had said them, without its count of the budget."""
    ids = [uuid4() for _ in range(count)]
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        party = await connection.fetchval("select id from party where ref = 'ann'")
        at = (await store.read_now(connection, trip.tenant.id))["now"]
        for id_ in ids:
            await connection.execute(
                "insert into decision (tenant, id, scene, moment, customer, seq, at, rights, state) "
                "values ($1, $2, 0, $3, $4, $5, $6, '{}', 'offered')",
                trip.tenant.id, id_, f"{ref}/m", party, id_.int >> 66, at,
            )  # fmt: skip
        await store.keep_promises(
            connection, trip.tenant.id,
            [(id_, ref, "retail", "coupon", "coupon", COST, "CNY") for id_ in ids],
        )  # fmt: skip
    return ids


async def test_the_ledger_has_the_last_word_where_more_was_said_than_there_is(trip: Trip) -> None:
    await run(trip, **speaks("12.00"))
    await promise(trip, 5)
    await asyncio.gather(*(keep_books(trip.pool, trip.tenant.id) for _ in range(3)))
    assert await stands(trip) == {"pool": PLAY_MONEY - 12_00, "left": 2_00, "aside": 10_00,
                                  "spent": 0}  # fmt: skip
    rows = await sql(trip, "select b.state, d.state as said from benefit b join decision d "
                           "on d.tenant = b.tenant and d.id = b.decision")  # fmt: skip
    assert sorted(tuple(row) for row in rows) == (
        [("aside", "offered")] * 2 + [("short", "dismissed")] * 3
    )


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_the_sums_are_the_banks_and_nothing_is_below_zero(
    trip: Trip, seed: int
) -> None:
    """Fund, say, take, refuse, let expire, book by two at once, end and begin again, at random."""
    rng = Random(seed)
    version: int | None = None
    open_: list[UUID] = []
    spent = 0
    filled = PLAY_MONEY
    for _ in range(25):
        what = rng.choice(("fund", "say", "say", "take", "refuse", "expire", "book", "end", "fill"))
        if what == "fund":
            version = await run(trip, **speaks(f"{rng.randint(1, 60)}.{rng.randint(0, 99):02d}"))
        elif what == "say" and version is not None:
            open_ += await promise(trip, rng.randint(1, 4))
        elif what in ("take", "refuse") and open_:
            said = open_.pop(rng.randrange(len(open_)))
            to = "taken" if what == "take" else "dismissed"
            await sql(trip, "update decision set state = $2 where id = $1 and state = 'offered'",
                      said, to)  # fmt: skip
        elif what == "expire" and open_:
            await sql(trip, "update benefit set said_at = said_at - interval '8 days'")
        elif what == "end" and version is not None:
            await stop(trip, version)
            version = None
        elif what == "fill" and version is not None:
            await fill(trip.pool, trip.tenant.id, "1.23")
            filled += 1_23
        await asyncio.gather(*(keep_books(trip.pool, trip.tenant.id) for _ in range(2)))
        now = await stands(trip)
        if now["pool"] or version is not None:
            assert sum(now.values()) == filled
        assert now["spent"] >= spent
        spent = now["spent"]
        rows = await sql(trip, "select coalesce(sum(minor) filter (where state = 'aside'), 0)::bigint "
                               "as aside, coalesce(sum(minor) filter (where state = 'taken'), 0)::bigint "
                               "as taken from benefit")  # fmt: skip
        assert tuple(rows[0]) == (now["aside"], now["spent"])
        if version is None:
            assert now["left"] == 0
