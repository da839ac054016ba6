"""Clauses with a database: who makes, keeps, confirms and misses them, and what the watch does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.partners import store
from enscene.partners.clauses import (
    Given,
    confirm_clause,
    end_clause,
    get_standing,
    list_standings,
    make_clause,
    take_return,
    today_of,
    watch_clauses,
)
from enscene.partners.incidents import close_incident, list_incidents

APP = 7
FULL = [Given("a", {"city": "杭州", "amount": "9.00"}), Given("b", {"city": "x", "amount": 3})]
TABLES = ("partner_clause", "partner_period", "partner_return", "partner_incident",
          "partner_incident_step")  # fmt: skip


async def weekly(banks, partner, **changes):
    """A return that is due today and every week."""
    values = {
        "kind": "return", "title": "orders of the week", "purpose": "risk of merchants",
        "fields": ["city", "amount"], "every_days": 7, "expected": 2, "complete": 100,
        "first_due": await today_of(banks.pool, banks.one.id), "who": "checker@bank",
    }  # fmt: skip
    return await make_clause(banks.pool, banks.one.id, partner, **values | changes)


async def check_of(banks, partner, **changes):
    changes = {"kind": "check", "title": "disaster drill", "fields": [], **changes}
    return await weekly(banks, partner, **changes)


async def rows(banks) -> dict[str, int]:
    async with store.admitted(banks.pool, banks.one.id) as connection:
        return {name: await connection.fetchval(f"select count(*) from {name}") for name in TABLES}


async def send(banks, clause, records=FULL, *, due=None, today=None, app=APP, bank=None):
    tenant = (bank or banks.one).id
    day = due or clause.first_due
    return await take_return(banks.pool, tenant, app, clause.id, day, records, today)


async def test_a_missed_return_alarms_once_and_clears_when_it_arrives(banks):
    partner = await banks.partner(banks.one, app=APP)
    clause = await weekly(banks, partner)
    bank, tomorrow = banks.one.id, clause.first_due + timedelta(days=1)
    assert await watch_clauses(banks.pool, bank, clause.first_due) == []
    assert len(await watch_clauses(banks.pool, bank, tomorrow)) == 1
    for day in (tomorrow, tomorrow, tomorrow + timedelta(days=30)):
        assert await watch_clauses(banks.pool, bank, day) == []
    [alarm] = await list_incidents(banks.pool, bank, partner)
    assert (alarm.responsible, alarm.clause, alarm.closed_at) == ("partner", clause.id, None)
    assert (await get_standing(banks.pool, bank, partner, clause.id, tomorrow)).state == "missed"
    half = await send(banks, clause, FULL[:1], today=tomorrow)
    assert (half.period.arrived, half.period.met_at) == (1, None)
    await send(banks, clause, today=tomorrow)
    [alarm] = await list_incidents(banks.pool, bank, partner)
    assert alarm.closed_at is not None
    assert [step.act for step in alarm.steps] == ["opened", "closed"]
    assert await watch_clauses(banks.pool, bank, tomorrow) == []
    # The next one that is missed is another incident.
    assert len(await watch_clauses(banks.pool, bank, tomorrow + timedelta(days=7))) == 1
    assert len(await list_incidents(banks.pool, bank, partner)) == 2


async def test_many_watches_at_once_open_one(banks):
    partner = await banks.partner(banks.one)
    clause = await weekly(banks, partner)
    late = clause.first_due + timedelta(days=20)
    found = await asyncio.gather(*[watch_clauses(banks.pool, banks.one.id, late) for _ in range(5)])
    assert sum(map(len, found)) == 1
    assert len(await list_incidents(banks.pool, banks.one.id, partner)) == 1


async def test_an_alarm_stands_as_long_as_one_day_is_missed(banks):
    partner = await banks.partner(banks.one, app=APP)
    clause = await weekly(banks, partner)
    week, late = timedelta(days=7), clause.first_due + timedelta(days=8)
    await watch_clauses(banks.pool, banks.one.id, late)
    await send(banks, clause, today=late)
    [alarm] = await list_incidents(banks.pool, banks.one.id, partner)
    assert alarm.closed_at is None
    with pytest.raises(Conflict, match="closes when"):
        await close_incident(
            banks.pool, banks.one.id, partner, alarm.id, cause="we forget it", side="bank",
            who="checker@bank",
        )  # fmt: skip
    await send(banks, clause, due=clause.first_due + week, today=late)
    [alarm] = await list_incidents(banks.pool, banks.one.id, partner)
    assert alarm.closed_at is not None


async def test_returns_twice_count_once_and_gaps_are_filled(banks):
    partner = await banks.partner(banks.one, app=APP)
    clause = await weekly(banks, partner, complete=80)
    first = await send(banks, clause, [FULL[0], Given("b", {"city": "x", "amount": ""})])
    assert (first.fresh, first.filled_in, first.same) == (2, 0, 0)
    assert [first.period.percent(name) for name in clause.fields] == [100, 50]
    assert first.period.met_at is None
    again = await asyncio.gather(*[send(banks, clause) for _ in range(4)])
    assert sum(each.filled_in for each in again) == 1
    assert sum(each.fresh for each in again) == 0
    last = await send(banks, clause)
    assert (last.period.arrived, last.period.filled) == (2, {"city": 2, "amount": 2})
    assert last.period.met_at is not None
    [standing] = await list_standings(banks.pool, banks.one.id, partner)
    assert standing.state == "met"
    # Records with gaps are told in the figures, and what was met is not met any more.
    worse = await send(banks, clause, [Given("c", {"city": "y"})])
    assert (worse.period.percent("amount"), worse.period.met_at) == (66, None)


BAD = [
    ([Given("a", {"phone": "1"})], Invalid), ([FULL[0], Given("b", {"city": "x" * 300})], Invalid),
    ([Given("n", {"city": "1"}), Given("n", {"city": "2"})], Conflict),
]  # fmt: skip


@pytest.mark.parametrize(("records", "error"), BAD)
async def test_bad_returns_leave_no_trace(banks, records, error):
    partner = await banks.partner(banks.one, app=APP)
    clause = await weekly(banks, partner)
    before = await rows(banks)
    with pytest.raises(error):
        await send(banks, clause, records)
    for day in (-1, 1, 7, -7):
        with pytest.raises(Invalid):
            await send(banks, clause, due=clause.first_due + timedelta(days=day))
    assert await rows(banks) == before


async def test_others_see_and_send_nothing(banks):
    """Another partner of the bank, and the same number of an application at another bank."""
    partner = await banks.partner(banks.one, app=APP)
    clause = await weekly(banks, partner)
    before = await rows(banks)
    await banks.partner(banks.one, app=APP + 1)
    stranger = await banks.partner(banks.two, app=APP)
    with pytest.raises(NotFound):
        await send(banks, clause, app=APP + 1)
    with pytest.raises(NotFound):
        await send(banks, clause, bank=banks.two)
    with pytest.raises(NotFound):
        await send(banks, clause, app=99)
    for tenant, who in (
        (banks.two.id, stranger),
        (banks.one.id, stranger),
        (banks.two.id, partner),
    ):
        with pytest.raises(NotFound):
            await get_standing(banks.pool, tenant, who, clause.id)
        with pytest.raises(NotFound):
            await end_clause(banks.pool, tenant, who, clause.id, "checker@other")
        assert await list_standings(banks.pool, tenant, who) == []
    late = clause.first_due + timedelta(days=1)
    assert await watch_clauses(banks.pool, banks.two.id, late) == []
    assert await rows(banks) == before


async def test_a_check_is_confirmed_by_the_side_that_owes_it(banks):
    partner, bank = await banks.partner(banks.one, app=APP), banks.one.id
    place = (banks.pool, bank, partner)
    for side, other in (("bank", "partner"), ("partner", "bank")):
        clause = await check_of(banks, partner, side=side, every_days=0)
        told = {"evidence": "minutes no. 12", "who": "li"}
        with pytest.raises(Forbidden):
            await confirm_clause(
                *place, clause.id, clause.first_due, side=other, approver=True, **told
            )
        for _ in range(2):
            await confirm_clause(*place, clause.id, clause.first_due, side=side, **told)
        standing = await get_standing(*place, clause.id, clause.first_due + timedelta(days=9))
        assert standing.state == "met"
        assert standing.periods[0].evidence == "minutes no. 12"
        with pytest.raises(Forbidden):
            await send(banks, clause)


async def test_a_missed_check_is_with_the_side_that_owes_it(banks):
    partner, bank = await banks.partner(banks.one), banks.one.id
    clause = await check_of(banks, partner, side="bank", every_days=0, severity="high")
    late = clause.first_due + timedelta(days=1)
    await watch_clauses(banks.pool, bank, late)
    [alarm] = await list_incidents(banks.pool, bank, partner)
    assert (alarm.responsible, alarm.severity, alarm.title) == ("bank", "high", "disaster drill")
    await confirm_clause(
        banks.pool, bank, partner, clause.id, clause.first_due, evidence="held today",
        side="bank", who="maker@bank", today=late,
    )  # fmt: skip
    [alarm] = await list_incidents(banks.pool, bank, partner)
    assert alarm.closed_at is not None


async def test_an_approver_accepts_a_return_as_it_is_and_nobody_else(banks):
    partner, bank = await banks.partner(banks.one, app=APP), banks.one.id
    clause = await weekly(banks, partner)
    late = clause.first_due + timedelta(days=1)
    await watch_clauses(banks.pool, bank, late)
    for side, approver in (("partner", True), ("bank", False)):
        with pytest.raises(Forbidden):
            await confirm_clause(
                banks.pool, bank, partner, clause.id, clause.first_due, evidence="all is well",
                side=side, who="x", approver=approver, today=late,
            )  # fmt: skip
    await confirm_clause(
        banks.pool, bank, partner, clause.id, clause.first_due, evidence="no trade that week",
        side="bank", who="checker@bank", approver=True, today=late,
    )  # fmt: skip
    [alarm] = await list_incidents(banks.pool, bank, partner)
    assert alarm.closed_at is not None
    taken = await send(banks, clause, FULL[:1], today=late)  # and it stays accepted
    assert taken.period.met_by == "checker@bank"
    assert taken.period.met_at is not None


async def test_an_ended_clause_alarms_no_more(banks):
    partner, bank = await banks.partner(banks.one, app=APP), banks.one.id
    clause = await weekly(banks, partner)
    late = clause.first_due + timedelta(days=1)
    await watch_clauses(banks.pool, bank, late)
    for _ in range(2):
        await end_clause(banks.pool, bank, partner, clause.id, "checker@bank")
    [alarm] = await list_incidents(banks.pool, bank, partner)
    assert alarm.closed_at is not None
    assert await watch_clauses(banks.pool, bank, late) == []
    with pytest.raises(Conflict):
        await send(banks, clause)


async def test_whoever_has_left_owes_nothing(banks):
    partner, bank = await banks.partner(banks.one), banks.one.id
    clause = await weekly(banks, partner)
    late = clause.first_due + timedelta(days=1)
    await watch_clauses(banks.pool, bank, late)
    async with store.admitted(banks.pool, bank) as connection:
        await store.update(connection, bank, partner, {"stage": "left"})
    await watch_clauses(banks.pool, bank, late)
    [alarm] = await list_incidents(banks.pool, bank, partner)
    assert alarm.closed_at is not None


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"kind": "odd"}, "kind"), ({"title": " "}, "title"), ({"purpose": "x" * 501}, "purpose"),
        ({"fields": []}, "fields"), ({"fields": ["Name"]}, "fields"), ({"fields": ["a b"]}, "fields"),
        ({"fields": ["city", "password"]}, "fields"), ({"every_days": -1}, "every_days"),
        ({"every_days": 367}, "every_days"), ({"expected": 0}, "expected"),
        ({"complete": 101}, "complete"), ({"side": "bank"}, "side"), ({"severity": "odd"}, "severity"),
    ],
)  # fmt: skip
async def test_a_bad_clause_is_named_by_field_and_not_kept(banks, changes, param):
    partner = await banks.partner(banks.one)
    with pytest.raises(Invalid) as told:
        await weekly(banks, partner, **changes)
    assert told.value.param == param
    today = await today_of(banks.pool, banks.one.id)
    with pytest.raises(Invalid):
        await weekly(banks, partner, first_due=today - timedelta(days=1))
    assert set((await rows(banks)).values()) == {0}


CONTROLS = {
    "clause_fields": lambda banks: test_bad_returns_leave_no_trace(banks, *BAD[0]),
    "clause_side": test_a_check_is_confirmed_by_the_side_that_owes_it,
}


@pytest.mark.parametrize("name", CONTROLS)
async def test_each_control_is_seen_to_be_off(banks, monkeypatch, name):
    monkeypatch.setitem(controls._CONTROLS, name, lambda *args, **more: None)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await CONTROLS[name](banks)


async def test_whatever_comes_first_the_alarm_is_as_the_clause_stands(banks):
    """Watches and returns at the same moment: in the end nothing is open for what is met."""
    partner, bank = await banks.partner(banks.one, app=APP), banks.one.id
    clauses = [await weekly(banks, partner, title=f"return {n}") for n in range(6)]
    late = clauses[0].first_due + timedelta(days=1)
    met = clauses[:4]
    await asyncio.gather(
        *[watch_clauses(banks.pool, bank, late) for _ in range(3)],
        *[send(banks, clause, FULL[n:][:1], today=late) for clause in met for n in (0, 1)],
    )
    await watch_clauses(banks.pool, bank, late)
    open_ = [each for each in await list_incidents(banks.pool, bank, partner) if not each.closed_at]
    assert {each.clause for each in open_} == {each.id for each in clauses[4:]}
    for standing in await list_standings(banks.pool, bank, partner, late):
        assert standing.missed == (standing.clause not in met)
