"""Campaigns between two people."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest

from engagement.campaigns.sample import body_of, sample
from enscene.commit import admit
from enscene.engagement.campaigns import (
    DEFAULT_RULES,
    ContactRules,
    decide_campaign,
    list_campaigns,
    propose_campaign,
    propose_rules,
    read_rules,
    stop_campaign,
)
from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from trip import Trip, open_trip


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        yield opened


async def kept(trip: Trip) -> list[tuple[str, int, str]]:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        found = await list_campaigns(connection, trip.tenant.id)
    return [(each.ref, each.kept.version, each.kept.state) for each in found]


async def propose(trip: Trip, who: str = "lin@bank", **change: Any) -> int:
    body = body_of(sample(**change))
    done = await propose_campaign(trip.pool, trip.host, trip.tenant.id, "winter", body, who)
    return done.kept.version


async def test_what_one_proposes_another_decides(trip: Trip) -> None:
    version = await propose(trip)
    where = (trip.pool, trip.tenant.id, "winter", version)
    with pytest.raises(Forbidden) as refused:
        await decide_campaign(*where, approve=True, who="lin@bank")
    assert refused.value.code == "campaign.four_eyes"
    assert await kept(trip) == [("winter", 1, "proposed")]
    done = await decide_campaign(*where, approve=True, who="mei@bank")
    assert (done.state, done.made_by, done.decided_by) == ("approved", "lin@bank", "mei@bank")
    with pytest.raises(Conflict):
        await decide_campaign(*where, approve=False, who="mei@bank")


async def test_a_change_waits_while_the_former_version_runs(trip: Trip) -> None:
    where = (trip.pool, trip.tenant.id, "winter")
    await decide_campaign(*where, await propose(trip), approve=True, who="mei@bank")
    second = await propose(trip, budget="2000.00")
    with pytest.raises(Conflict) as refused:
        await propose(trip, budget="3000.00")
    assert refused.value.code == "campaign.waiting"
    assert await kept(trip) == [("winter", 2, "proposed"), ("winter", 1, "approved")]
    await decide_campaign(*where, second, approve=False, who="mei@bank")
    assert await propose(trip, budget="3000.00") == 3


async def test_of_two_who_propose_at_once_one_waits_for_the_other(trip: Trip) -> None:
    found = await asyncio.gather(propose(trip), propose(trip, "he@bank"), return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["Conflict", "int"]


async def test_anybody_stops_it_at_once_and_only_what_runs(trip: Trip) -> None:
    version = await propose(trip)
    where = (trip.pool, trip.tenant.id, "winter", version)
    with pytest.raises(Conflict):
        await stop_campaign(*where, "lin@bank")
    await decide_campaign(*where, approve=True, who="mei@bank")
    done = await stop_campaign(*where, "lin@bank")
    assert (done.state, done.stopped_by) == ("stopped", "lin@bank")
    with pytest.raises(Conflict):
        await stop_campaign(*where, "lin@bank")
    with pytest.raises(NotFound):
        await stop_campaign(trip.pool, trip.tenant.id, "winter", 7, "lin@bank")


async def test_it_runs_on_its_days_while_it_is_approved(trip: Trip) -> None:
    version = await propose(trip, starts="2026-12-01", ends="2026-12-31")
    await decide_campaign(
        trip.pool, trip.tenant.id, "winter", version, approve=True, who="mei@bank"
    )
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        (found,) = await list_campaigns(connection, trip.tenant.id)
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [found.runs_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("path", "value", "code", "param"),
    [
        ("moments/large/after", ["travel.book_packages"], "campaign.kind",
         "moments.large.after[0]"),
        ("offers/plan/product", "wealthflex", "campaign.product", "offers.plan.product"),
        ("moments/large/if", "input.prize > money('1.00')", None, "moments.large.if"),
        ("moments/large/if", "card.balance > money('1.00')", None, "moments.large.if"),
        ("moments/left_us/if", "input.price > money('1.00')", None, "moments.left_us.if"),
        ("moments/booked_often/count/only", "input.price", None,
         "moments.booked_often.count.only"),
        ("moments/spends/sum/field", "input.booking", "campaign.field", "moments.spends.sum.field"),
        ("currency", "JPY", None, "currency"),
    ],
)  # fmt: skip
async def test_what_no_scene_and_no_shelf_has_is_told_and_leaves_no_trace(
    trip: Trip, path: str, value: Any, code: str | None, param: str
) -> None:
    whole = sample()
    *parents, last = path.split("/")
    at = whole
    for name in parents:
        at = at[name]
    at[last] = value
    if path == "currency":
        whole = {**whole, "moments": {"m": {"after": ["travel.book_package"], "offer": ["o"]}},
                 "offers": {"o": {**whole["offers"]["plan"], "value": "80"}}, "budget": "0",
                 "currency": "JPY"}  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await propose_campaign(
            trip.pool, trip.host, trip.tenant.id, "winter", body_of(whole), "lin@bank"
        )
    assert refused.value.param == param
    assert code in (None, refused.value.code)
    assert await kept(trip) == []


async def test_what_is_over_is_not_proposed(trip: Trip) -> None:
    with pytest.raises(Invalid) as refused:
        await propose(trip, starts="2025-01-01", ends="2025-12-31")
    assert refused.value.param == "ends"


async def test_rules_of_contact_hold_once_another_has_approved_them(trip: Trip) -> None:
    async def standing() -> ContactRules:
        async with trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [trip.tenant.id])
            return await read_rules(connection, trip.tenant.id)

    assert await standing() == DEFAULT_RULES
    other = ContactRules(caps=(), holdout=10)
    done = await propose_rules(trip.pool, trip.tenant.id, other, "lin@bank")
    assert await standing() == DEFAULT_RULES
    where = (trip.pool, trip.tenant.id, "", done.version)
    with pytest.raises(Forbidden):
        await decide_campaign(*where, approve=True, who="lin@bank")
    await decide_campaign(*where, approve=True, who="mei@bank")
    assert await standing() == other
    assert await kept(trip) == []


async def test_without_the_control_one_person_would_do(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(controls._CONTROLS, "campaigns_by_two", lambda *_: None)
    version = await propose(trip)
    with pytest.raises(Exception, match="check constraint"):
        await decide_campaign(
            trip.pool, trip.tenant.id, "winter", version, approve=True, who="lin@bank"
        )
    done = await decide_campaign(
        trip.pool, trip.tenant.id, "winter", version, approve=False, who="lin@bank"
    )
    assert done.state == "rejected"
