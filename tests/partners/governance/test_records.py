"""Dated records, what is missing by them, and which controls they make up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from enscene.kernel.errors import Forbidden, Invalid, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.partners.clauses import today_of
from enscene.partners.find_partner import get_partner
from enscene.partners.governance import (
    Record,
    check_controls,
    gaps_of,
    list_records,
    newest,
    put_record,
    read_governed,
    read_kinds,
    read_tiers,
    standing_of,
    watch_records,
)
from enscene.partners.incidents import list_incidents
from enscene.partners.inventory import put_asset

DAY = date(2026, 6, 1)
ASSESSED = {
    "data_class": "C2", "money": "moved", "customers": 20_000, "open_high": 0, "findings": "none",
}  # fmt: skip
SYSTEM = {"supplier": "A firm", "form": "code", "ownership": "licence"}
DRILL = {"drill": "backup", "result": "passed", "evidence": "restored within an hour"}
PLAN = {
    "return_format": "CSV in ten days", "replacement": "the bank's page",
    "customers_to": "the mobile bank", "owner": "Wang",
}  # fmt: skip
PARTNER = new_uuid()


def record(kind: str, on_day: date = DAY, about: str = "pay", **fields: Any) -> Record:
    known = read_kinds().find(kind)
    assert known is not None
    due = on_day + timedelta(days=known.renew_days)
    at = datetime.combine(on_day, datetime.min.time(), UTC)
    return Record(new_uuid(), PARTNER, kind, about, on_day, due, fields, "bank", "maker@bank", at)


@pytest.fixture
async def writing(banks: Any) -> Any:
    partner = await banks.partner(banks.one)
    today = await today_of(banks.pool, banks.one.id)

    async def write(kind: str = "drill", **more: Any) -> Record:
        values = {"about": "payments", "on_day": today, "fields": DRILL, "side": "bank",
                  "who": "maker@bank"} | more  # fmt: skip
        return await put_record(banks.pool, banks.one.id, partner, kind=kind, **values)

    write.today, write.partner, write.banks = today, partner, banks  # type: ignore[attr-defined]
    return write


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"kind": "nothing"}, "kind"), ({"about": "x"}, "about"), ({"about": "a\u202eb"}, "about"),
        ({"on_day": date(2999, 1, 1)}, "on_day"), ({"on_day": date(1999, 1, 1)}, "on_day"),
        ({"due_on": date(2999, 1, 1)}, "due_on"), ({"due_on": date(1999, 1, 1)}, "due_on"),
        ({"fields": {}}, "fields.drill"), ({"fields": DRILL | {"more": 1}}, "fields"),
        ({"fields": DRILL | {"result": "well"}}, "fields.result"),
        ({"fields": DRILL | {"result": 1}}, "fields.result"),
        ({"fields": DRILL | {"evidence": "x" * 501}}, "fields.evidence"),
        ({"kind": "assessment", "fields": ASSESSED | {"open_high": -1}}, "fields.open_high"),
        ({"kind": "assessment", "fields": ASSESSED | {"open_high": True}}, "fields.open_high"),
        ({"kind": "assessment", "fields": ASSESSED | {"customers": "1e9"}}, "fields.customers"),
        ({"kind": "system", "fields": SYSTEM | {"deposit_on": "2999-01-01"}}, "fields.deposit_on"),
        ({"kind": "system", "fields": SYSTEM | {"deposit_on": "soon"}}, "fields.deposit_on"),
    ],
)  # fmt: skip
async def test_a_bad_record_is_refused_by_field_and_leaves_nothing(writing, change, param) -> None:
    with pytest.raises(Invalid) as told:
        await writing(**change)
    assert told.value.param == param
    banks = writing.banks
    assert await list_records(banks.pool, banks.one.id) == []


async def test_the_bank_alone_assesses_and_another_bank_sees_nothing(writing) -> None:
    banks = writing.banks
    with pytest.raises(Forbidden):
        await writing("assessment", fields=ASSESSED, side="partner")
    found = await writing("assessment", fields=ASSESSED | {"customers": "20000"})
    assert (found.fields, found.due_on) == (ASSESSED, writing.today + timedelta(days=365))
    assert await list_records(banks.pool, banks.two.id) == []
    with pytest.raises(NotFound):
        await put_record(
            banks.pool, banks.two.id, writing.partner, kind="drill", about="pay", fields=DRILL,
            on_day=writing.today, side="bank", who="x",
        )  # fmt: skip


async def test_what_is_overdue_is_told_once_and_the_next_one_ends_it(writing) -> None:
    banks = writing.banks
    place = (banks.pool, banks.one.id)
    await writing(on_day=writing.today - timedelta(days=200))
    await writing(on_day=writing.today - timedelta(days=10), fields=DRILL | {"drill": "failover"})
    for count in (1, 0):
        assert len(await watch_records(*place)) == count
    [incident] = await list_incidents(*place, writing.partner)
    assert (incident.responsible, "drill" in incident.title) == ("partner", True)
    # A drill of another kind is no backup, and a bad one is a drill all the same.
    await writing(fields=DRILL | {"drill": "fallback"})
    assert (await list_incidents(*place, writing.partner))[0].closed_at is None
    await writing()
    [incident] = await list_incidents(*place, writing.partner)
    assert (incident.closed_at is not None, incident.cause) == (True, "met")
    assert await watch_records(*place) == []


def test_the_newest_of_a_kind_and_subject_counts() -> None:
    old = record("drill", DAY - timedelta(days=9), **DRILL)
    new, other = record("drill", **DRILL), record("drill", about="loans", **DRILL)
    failover = record("drill", **DRILL | {"drill": "failover"})
    assert newest([new, other, failover, old]) == [new, other, failover]


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, {"no_source", "no_builder", "no_build", "no_test"}),
        ({"form": "service"}, {"no_source", "no_builder", "no_test"}),
        ({"ownership": "own", "builders": "two of ours", "build_proof": "build 7"}, {"no_test"}),
        ({"escrow_agent": "agent", "deposit_on": "2025-05-01", "verified_on": "2025-05-02",
          "builders": "us", "build_proof": "b"}, {"escrow_old", "no_test"}),
        ({"escrow_agent": "agent", "deposit_on": "2026-05-01", "verified_on": "2026-04-30",
          "builders": "us", "build_proof": "b"}, {"escrow_unverified", "no_test"}),
    ],
)  # fmt: skip
def test_gaps_of_a_purchased_system(fields, codes) -> None:
    assert {gap.code for gap in gaps_of([record("system", **SYSTEM | fields)], [], DAY)} == codes


def test_a_test_of_its_release_a_failure_and_a_missed_day() -> None:
    system = record("system", **SYSTEM | {"ownership": "own", "builders": "us", "build_proof": "b"})
    release = {"version": "1.2", "test": "scan", "result": "passed", "evidence": "report 3"}
    assert gaps_of([system, record("release", **release)], [], DAY) == []
    failed = gaps_of([system, record("release", **release | {"result": "failed"})], [], DAY)
    assert [(gap.kind, gap.code) for gap in failed] == [
        ("release", "failed"),
        ("system", "no_test"),
    ]
    late = gaps_of([record("exit_plan", DAY - timedelta(days=366), **PLAN)], [], DAY)
    assert [(gap.kind, gap.code, gap.severity) for gap in late] == [
        ("exit_plan", "overdue", "middle")
    ]


@pytest.mark.parametrize(
    ("level", "assessed", "tier"),
    [
        ("A1", {"data_class": "none", "money": "none", "customers": 0}, "low"),
        ("A1", {"data_class": "C1", "money": "told", "customers": 0}, "low"),
        ("A2", {"data_class": "none", "money": "told", "customers": 9_999}, "middle"),
        ("A1", {"data_class": "C2", "money": "moved", "customers": 9_999}, "middle"),
        ("A1", {"data_class": "C2", "money": "moved", "customers": 10_000}, "high"),
        ("A2", {"data_class": "C2", "money": "moved", "customers": 10**6}, "high"),
    ],
)
async def test_the_tier_follows_level_data_money_and_customers(
    banks, level, assessed, tier
) -> None:
    known = replace(
        await get_partner(banks.pool, banks.one.id, await banks.partner(banks.one)), level=level
    )
    told = record("assessment", **ASSESSED | assessed)
    assert standing_of(known, [], [told], DAY).tier == tier


async def test_too_loose_and_too_tight_are_told_apart(writing) -> None:
    banks = writing.banks
    place = (banks.pool, banks.one.id, writing.partner)
    empty = (await read_governed(*place)).standing
    assert {e.id for e in empty.of("missing")} == {"inventory", "assessment", "no_high_risk"}
    await writing("assessment", fields=ASSESSED | {"money": "none", "data_class": "none"})
    await put_asset(*place, "maker@bank", "app", "pay")
    await writing()
    low = (await read_governed(*place)).standing
    assert (low.tier, low.of("missing"), [e.id for e in low.of("beyond")]) == ("low", [], ["drill"])
    check_controls(low)
    await writing("assessment", fields=ASSESSED)
    high = (await read_governed(*place)).standing
    assert (high.tier, high.of("beyond")) == ("high", [])
    assert {e.id for e in high.of("missing")} == {
        "signed_calls", "release_test", "components", "systems", "exit_plan",
    }  # fmt: skip
    with pytest.raises(Refused) as told:
        check_controls(high)
    assert told.value.facts["tier"] == "high"


async def test_an_open_high_risk_an_old_assessment_and_a_failed_drill_do_not_count(writing) -> None:
    banks = writing.banks
    place = (banks.pool, banks.one.id, writing.partner)
    await put_asset(*place, "maker@bank", "app", "pay")
    await writing("assessment", fields=ASSESSED | {"open_high": 1})
    await writing(fields=DRILL | {"result": "failed"})
    missing = {e.id for e in (await read_governed(*place)).standing.of("missing")}
    assert {"no_high_risk", "drill"} <= missing
    assert not {"assessment", "inventory"} & missing
    known = await get_partner(*place)
    old = [record("assessment", DAY - timedelta(days=366), **ASSESSED)]
    assert "assessment" in {e.id for e in standing_of(known, [], old, DAY).of("missing")}


def test_every_control_says_what_each_tier_needs() -> None:
    assert all(each.zh and each.en for each in read_tiers().controls)
    loose = {e.id for e in read_tiers().controls if e.need["low"] == "must"}
    assert loose == {"inventory", "assessment", "no_high_risk"}
