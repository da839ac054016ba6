"""What remains after a subsidy: customers who were treated against those held out, span by span."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from engagement.campaigns.sample import sample
from engagement.running.campaigning import rules, run
from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.experiments import SplitCheck, Sums
from enscene.engagement.results import Effect, Lots, compare_measure, read_effect
from enscene.scenes.administer import enrol
from enscene.scenes.language import load_pack
from trip import PACK, Trip, open_trip

LOTS = Lots((0, 0), (300, 300))
ENDS = "2026-03-31"
END = datetime(2026, 3, 31, 16, tzinfo=UTC)
"""Midnight of the bank's zone, after the last day."""
MET = END - timedelta(days=30)
EVEN = SplitCheck((500, 500), (500.0, 500.0), 1.0)
Pays = Callable[[int, bool], list[float]]
"""Days before (below 0) and after the end on which a customer pays 10.00."""


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        coupon = {**sample()["offers"]["coupon"], "gives": "coupon"}
        moments = {"m": {"after": ["travel.book_package"], "offer": ["coupon"]}}
        await run(opened, moments=moments, offers={"coupon": coupon}, budget="50.00", holdout=300)
        yield opened


async def live_through(
    trip: Any, pays: Pays, many: int, now: datetime,
    left: Callable[[int, bool], bool] = lambda n, side: False,
    pack_at: Path = PACK, role: str = "traveller",
) -> None:  # fmt: skip
    """So many customers are met a month before the end, pay as they do, and it is `now`."""
    pack = load_pack(pack_at).pack
    assert pack is not None
    tenant = trip.tenant.id
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        people = [Enrolment(f"c{n}", role, "person") for n in range(many)]
        await enrol(connection, tenant, trip.scene, pack, people)
        parties = await connection.fetch(
            "select id from party where tenant = $1 and ref ~ '^c[0-9]' order by id", tenant
        )
        shop = await connection.fetchval(
            "insert into party (tenant, ref, kind) values ($1, 'shop', 'merchant') returning id", tenant
        )  # fmt: skip
        bank = await connection.fetchval(
            "insert into party (tenant, ref, kind) values ($1, 'thebank', 'bank') returning id", tenant
        )  # fmt: skip
        account = (
            "insert into account (tenant, scene, name, owner, currency) values ($1, $2, $3, $4, 'CNY') "
            "returning id"
        )
        till = await connection.fetchval(account, tenant, trip.scene, "till", shop)
        fees = await connection.fetchval(account, tenant, trip.scene, "fees", bank)
        decisions, transfers, seq = [], [], 10_000
        for n, (party,) in enumerate(parties):
            side = LOTS.side(trip.tenant.ref, "winter", party)
            assert side is not None
            purse = await connection.fetchval(account, tenant, trip.scene, "purse", party)
            if left(n, side):
                continue
            rights = {"offer": "winter/coupon" if side else None,
                      "suppressed": {} if side else {"winter/coupon": "campaign_holdout"}}  # fmt: skip
            decisions.append((tenant, uuid4(), trip.scene, "winter/m", party, n, MET, None, rights,
                              "offered" if side else "none"))  # fmt: skip
            for day in pays(n, side):
                seq += 1
                # In one unit, with a fee: it is one payment all the same.
                for place, (to, minor) in enumerate(((till, 9_00), (till, 1_00), (fees, 50))):
                    transfers.append(
                        (tenant, seq, place, END + timedelta(days=day), purse, to, minor, "CNY", 0,
                         0, 0, trip.scene, "pay")
                    )  # fmt: skip
        await connection.executemany(
            "insert into decision values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", decisions
        )
        await connection.executemany(
            "insert into transfer (tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance, "
            "cr_balance, scene, flow) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            transfers,
        )  # fmt: skip
        await connection.execute(
            "update campaign set body = jsonb_set(body, '{ends}', to_jsonb($2::text)) "
            "where tenant = $1 and ref = 'winter'", tenant, ENDS,
        )  # fmt: skip
    await at(trip, now)


async def at(trip: Any, now: datetime) -> None:
    """It is so late for the tenant, whatever the machine says."""
    async with trip.pool.acquire() as connection:
        await connection.execute(
            "update shard set clocks = jsonb_set(clocks, array[$2], to_jsonb((extract(epoch from "
            "$3::timestamptz - clock_timestamp()) * 1e6)::bigint)) where id = $1",
            trip.tenant.shard, str(trip.tenant.id), now,
        )  # fmt: skip


async def read(trip: Trip, lots: Lots = LOTS) -> Effect:
    async with trip.pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [trip.tenant.id])
        (campaign,) = await read_versions(connection, trip.tenant.id, "winter")
        return await read_effect(
            connection, trip.tenant.id, trip.tenant.ref, trip.tenant.zone, campaign, lots
        )


def words(effect: Effect) -> list[str]:
    return [span.primary.word if span.primary else "none" for span in effect.spans]


def while_paid_for(n: int, side: bool) -> list[float]:
    """Eight of ten pay now and then; with the subsidy nine do, and nobody more after it."""
    usual = [-20.0, 10.0, 40.0] if n % 10 < 8 else []
    return usual if usual or not side else [-15.0] if n % 10 == 8 else []


async def test_what_was_bought_with_a_subsidy_is_gone_after_it(trip: Trip) -> None:
    await live_through(trip, while_paid_for, 2_000, END + timedelta(weeks=13))
    effect = await read(trip)
    assert (effect.state, effect.ended) == ("over", END)
    assert sum(effect.customers) == 2_000
    assert effect.split is not None
    assert effect.split.holds
    assert words(effect)[0] == "more"
    during = effect.spans[0].primary
    assert during is not None
    assert during.difference is not None
    # Nine of ten against eight.
    assert during.difference.low < 0.1 < during.difference.high
    assert (round(during.treated, 1), round(during.control, 1)) == (0.9, 0.8)
    for span in effect.spans[1:]:
        found = span.primary
        assert found is not None
        assert found.word == "nothing", (found, span)
        assert found.difference is not None
        assert not found.difference.tells
    assert (effect.kept, effect.cost_of_kept) == (None, None)
    paid = {each.measure: each for each in effect.spans[1].measures}
    # Eight of ten pay 10.00 once in four weeks; the fee of the bank in the same unit is not theirs.
    assert round(paid["payments"].control, 1) == 0.2
    assert paid["paid"].control == pytest.approx(2_00, rel=0.1)


async def test_what_stays_is_told_with_what_each_customer_cost(trip: Trip) -> None:
    await live_through(
        trip, lambda n, side: [-10.0, 5.0, 50.0] if n % 5 < (3 if side else 1) else [],
        1_500, END + timedelta(weeks=13),
    )  # fmt: skip
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await connection.execute(
            "insert into benefit (tenant, decision, campaign, line, offer, kind, minor, currency, "
            "said_at, state) values ($1, gen_random_uuid(), 'winter', 'retail', 'coupon', 'coupon', "
            "400000, 'CNY', $2, 'taken')", trip.tenant.id, MET,
        )  # fmt: skip
    effect = await read(trip)
    assert words(effect) == ["more", "more", "more"]
    assert effect.kept is not None
    assert effect.kept == pytest.approx(0.4 * effect.customers[0], rel=0.15)
    assert effect.cost_of_kept == round(4_000_00 / effect.kept)
    numbers = [week.number for week in effect.weeks]
    assert (numbers[0], numbers[-1]) == (-7, 12)
    (first,) = [week for week in effect.weeks if week.number == 1]
    assert (round(first.treated, 1), round(first.control, 1)) == (0.6, 0.2)


async def test_few_customers_are_not_enough_to_tell_and_it_says_how_many_are(trip: Trip) -> None:
    await live_through(
        trip, lambda n, side: [5.0] if n % 3 == 0 else [], 60, END + timedelta(weeks=13)
    )
    effect = await read(trip)
    assert set(words(effect)) == {"not_enough"}
    found = effect.spans[1].primary
    assert found is not None
    assert found.needed is not None
    assert found.needed > 1_000
    assert effect.cost_of_kept is None


async def test_a_span_that_is_not_over_says_until_when_and_concludes_nothing(trip: Trip) -> None:
    await live_through(
        trip, lambda n, side: [-5.0, 3.0] if side else [], 400, END + timedelta(days=10)
    )
    effect = await read(trip)
    assert words(effect) == ["not_enough", "until", "none"]
    _, first, second = effect.spans
    assert (first.until, first.over, round(first.weeks, 2)) == (
        END + timedelta(weeks=4),
        False,
        1.43,
    )
    assert (second.since, second.until, second.measures) == (
        END + timedelta(weeks=4), END + timedelta(weeks=12), (),
    )  # fmt: skip
    assert [week.number for week in effect.weeks][-1] == 1


async def test_uneven_groups_are_not_compared_and_without_a_lot_nothing_is(trip: Trip) -> None:
    await live_through(
        trip, lambda n, side: [5.0] if side else [], 600, END + timedelta(weeks=13),
        lambda n, side: not side and n % 2 == 0,
    )  # fmt: skip
    assert set(words(await read(trip))) == {"uneven"}
    assert set(words(await read(trip, Lots((0, 0), (0, 0))))) == {"no_lot"}


async def test_a_campaign_that_runs_or_pays_nothing_has_no_effect_to_tell(trip: Trip) -> None:
    assert (await read(trip)).state == "running"
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await connection.execute(
            "update campaign set body = jsonb_set(body, '{offers,coupon,cost}', '\"0\"') "
            "where tenant = $1 and ref = 'winter'", trip.tenant.id,
        )  # fmt: skip
    found = await read(trip)
    assert (found.state, found.spans) == ("no_subsidy", ())


def share(active: int, of: int) -> Sums:
    return Sums(of, active, active, 0, 0, 0)


@pytest.mark.parametrize(
    ("treated", "control", "over", "word"),
    [((60, 100), (20, 100), True, "more"), ((20, 100), (60, 100), True, "less"),
     ((60, 100), (20, 100), False, "until"), ((20, 29), (2, 29), True, "not_enough"),
     ((25, 100), (20, 100), True, "not_enough"), ((5, 30), (0, 30), True, "not_enough"),
     ((4_000, 10_000), (4_000, 10_000), True, "nothing"), ((0, 400), (0, 400), True, "nothing"),
     ((0, 100), (0, 100), True, "not_enough"), ((0, 0), (0, 0), True, "not_enough")],
)  # fmt: skip
def test_a_word_needs_groups_that_can_carry_it(
    treated: tuple[int, int], control: tuple[int, int], over: bool, word: str
) -> None:
    found = compare_measure("active", share(*treated), share(*control), 4.0, EVEN, over=over)
    assert found.word == word
