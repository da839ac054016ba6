"""Customers held out by lot against the others, from the tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from engagement.running.campaigning import moment, rules, run
from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.results import Experiment, Lots, read_experiment
from enscene.scenes.administer import enrol
from enscene.scenes.language import load_pack
from trip import PACK, Trip, open_trip

LOTS = Lots((0, 0), (300, 300))
MET = datetime(2026, 6, 1, tzinfo=UTC)
MANY = 600


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        await run(opened, **moment(after=["travel.book_package"]), holdout=300)
        yield opened


async def meet(
    trip: Trip, buys: Callable[[int, bool], bool], left: Callable[[int, bool], bool] | None = None
) -> None:
    """Many customers are met; `buys` says who opens the plan then, `left` who falls out before. One
    in three had something before."""
    pack = load_pack(PACK).pack
    assert pack is not None
    tenant = trip.tenant.id
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        people = [Enrolment(f"c{n}", "traveller", "person") for n in range(MANY)]
        await enrol(connection, tenant, trip.scene, pack, people)
        parties = await connection.fetch(
            "select id from party where tenant = $1 and ref ~ '^c[0-9]' order by id", tenant
        )
        decisions, contracts = [], []
        for n, (party,) in enumerate(parties):
            side = LOTS.side(trip.tenant.ref, "winter", party)
            assert side is not None
            if left is not None and left(n, side):
                continue
            rights = {"offer": "winter/plan" if side else None,
                      "suppressed": {} if side else {"winter/plan": "campaign_holdout"}}  # fmt: skip
            decisions.append(
                (tenant, uuid4(), trip.scene, "winter/m", party, n, MET,
                 "wealth_flex" if side else None, rights, "offered" if side else "none")
            )  # fmt: skip
            days = [-30] if n % 3 == 0 else []
            days += [3] if buys(n, side) else []
            contracts += [
                (
                    tenant,
                    uuid4(),
                    trip.scene,
                    "wealth_flex",
                    party,
                    "CNY",
                    n,
                    MET + timedelta(days=d),
                )
                for d in days
            ]
        await connection.executemany(
            "insert into decision values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", decisions
        )
        await connection.executemany(
            "insert into contract (tenant, id, scene, product, customer, currency, seq, opened_at) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8)", contracts,
        )  # fmt: skip


async def read(trip: Trip, lots: Lots = LOTS, **change: Any) -> Experiment:
    async with trip.pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [trip.tenant.id])
        (campaign,) = await read_versions(connection, trip.tenant.id, "winter")
        offers = {
            name: msgspec.structs.replace(offer, **change)
            for name, offer in campaign.body.offers.items()
        }
        body = msgspec.structs.replace(campaign.body, offers=offers)
        campaign = type(campaign)(campaign.tenant, campaign.ref, body, campaign.kept)
        return await read_experiment(connection, trip.tenant.id, trip.tenant.ref, campaign, lots)


async def test_what_an_offer_brings_shows_against_who_was_held_out(trip: Trip) -> None:
    await meet(trip, lambda n, side: n % 10 < (5 if side else 1))
    found = await read(trip, expected=0.3)
    assert found.treated.count + found.control.count == MANY
    assert found.split is not None
    assert found.split.holds
    assert found.standing is not None
    assert found.standing.word == "better"
    # Half against a tenth of 80.00 each, in minor units.
    assert found.standing.difference.low < 3_200 < found.standing.difference.high
    assert found.treated.of == 8_000 * round(found.treated.of / 8_000)
    assert found.treated.before + found.control.before == MANY / 3
    assert found.itself is not None
    assert found.itself.holds


async def test_an_offer_that_does_nothing_shows_no_difference(trip: Trip) -> None:
    await meet(trip, lambda n, side: n % 10 < 3)
    found = await read(trip)
    assert found.standing is not None
    assert found.standing.word == "go_on"
    assert not found.standing.difference.tells


async def test_groups_that_lost_customers_are_not_compared(trip: Trip) -> None:
    await meet(trip, lambda n, side: True, lambda n, side: not side and n % 2 == 0)
    found = await read(trip)
    assert found.split is not None
    assert not found.split.holds
    assert found.standing is not None
    assert found.standing.word == "uneven"


async def test_whoever_changed_sides_is_left_out(trip: Trip) -> None:
    await meet(trip, lambda n, side: False)
    found = await read(trip, Lots((0, 0), (200, 300)))
    assert 0 < found.between < MANY / 5
    assert found.treated.count + found.control.count + found.between == MANY
    assert found.split is not None
    assert found.split.holds
    nobody = await read(trip, Lots((0, 0), (0, 0)))
    assert (nobody.split, nobody.standing) == (None, None)


def test_shares_of_the_lots_are_those_that_customers_are_drawn_in() -> None:
    lots = Lots((20, 50), (100, 250))
    sides = [lots.side("salt", "winter", n) for n in range(40_000)]
    clear = [side for side in sides if side is not None]
    open_, held = lots.shares
    assert abs(len(clear) / len(sides) - (open_ + held)) < 0.01
    assert abs(sum(clear) / len(sides) - open_) < 0.01
