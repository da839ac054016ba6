"""Measures of two people, and what is told of a service before and now."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations.baselines import (
    BaselineOrder,
    Compared,
    Comparison,
    count_waiting,
    decide_baseline,
    decimal_text,
    enter_baseline,
    list_baselines,
    read_comparison,
    withdraw_baseline,
)
from enscene.operations.scene_account import ask_outlay, decide_outlay, list_outlays
from enscene.tenants import create_tenant

SCENE, MARCH, KINDS = 1, date(2026, 3, 1), ("visit", "charge")


@pytest.fixture
async def tenant(pool: Any) -> int:
    """March 2026 with 40 visits of 90 seconds and 2.5 acts, 10 charges, and 60.00 of cost."""
    await pool.execute("insert into shard (id) values (1) on conflict do nothing")
    made = await create_tenant(pool, "bank", "bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [made.id])
        await connection.execute(
            "insert into scene (tenant, id, ref, name, pack) values ($1, $2, 's', 's', 'made')",
            made.id, SCENE,
        )  # fmt: skip
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, $2, 1)",
            made.id, date(2026, 3, 31),
        )  # fmt: skip
        for name, key, currency, value in (
            ("service.count", "visit", "", 40), ("service.seconds", "visit", "", 90),
            ("service.steps", "visit", "", 2_500_000), ("service.count", "charge", "", 10),
            ("service.seconds", "charge", "", 5), ("service.steps", "charge", "", 1_000_000),
            ("service.count", "gone", "", 99), ("account.moved", "cost", "CNY", -60_00),
            ("satisfaction.stars", "patient", "", 4_500_000),
        ):  # fmt: skip
            await connection.execute(
                "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                "value) values ($1, $2, $3, 'month', $4, $5, $6, $7)",
                made.id, name, SCENE, MARCH, key, currency, value,
            )  # fmt: skip
    return made.id


async def enter(
    pool: Any, tenant: int, who: str = "ann", currency: str = "CNY", **given: Any
) -> Any:
    values: dict[str, Any] = {
        "service": "visit", "side": "before", "day": date(2026, 1, 5), "cases": 120,
        "source": "ann at the counter",
    }  # fmt: skip
    order = BaselineOrder(**(values | given))
    return await enter_baseline(pool, tenant, SCENE, KINDS, currency, order, who)


async def approved(pool: Any, tenant: int, **given: Any) -> Any:
    number = await enter(pool, tenant, **given)
    await decide_baseline(pool, tenant, SCENE, number, "bob", approve=True)
    return number


async def compared(pool: Any, tenant: int, month: date = MARCH) -> Comparison:
    return await read_comparison(pool, tenant, SCENE, month, KINDS)


def figures(found: Comparison, kind: str = "visit") -> dict[str, Compared]:
    (service,) = (each for each in found.services if each.kind == kind)
    return {each.name: each for each in service.figures}


async def test_time_and_steps_come_from_the_log_and_count_when_another_approves(
    pool: Any, tenant: int
) -> None:
    number = await enter(pool, tenant, minutes="12.5", steps="5")
    assert await count_waiting(pool, tenant) == {"s": 1}
    assert figures(await compared(pool, tenant))["minutes"].why == "no_before"
    with pytest.raises(Forbidden) as caught:
        await decide_baseline(pool, tenant, SCENE, number, "ann", approve=True)
    assert caught.value.code == "baseline.second_person"
    await decide_baseline(pool, tenant, SCENE, number, "bob", approve=True)
    with pytest.raises(Conflict):
        await decide_baseline(pool, tenant, SCENE, number, "cyd", approve=False)
    assert await count_waiting(pool, tenant) == {}
    found = await compared(pool, tenant)
    assert [(each.kind, each.count) for each in found.services] == [("visit", 40), ("charge", 10)]
    told = figures(found)
    # 12.5 minutes were 750 seconds; 90 are 88 % less; of 40 visits that is 440 minutes.
    assert told["minutes"] == Compared(
        "minutes", 12_500_000, 1_500_000, True, -880, -440_000_000, None
    )
    assert told["steps"] == Compared("steps", 5_000_000, 2_500_000, True, -500, -100_000_000, None)
    assert set(told) == {"minutes", "steps"}


async def test_few_cases_on_either_side_tell_no_change(pool: Any, tenant: int) -> None:
    await approved(pool, tenant, minutes="1", cases=29)
    await approved(pool, tenant, service="charge", minutes="1", cases=500)
    found = await compared(pool, tenant)
    for kind in ("visit", "charge"):
        told = figures(found, kind)["minutes"]
        assert (told.why, told.change, told.in_all) == ("few", None, None), kind
        assert told.before == 1_000_000


async def test_cost_and_errors_since_are_stated_by_two_people(pool: Any, tenant: int) -> None:
    await approved(pool, tenant, cost="8.00", errors="20")
    assert figures(await compared(pool, tenant))["cost"].why == "no_now"
    await enter(pool, tenant, side="after", cost="1.00", day=date(2026, 3, 9))
    assert figures(await compared(pool, tenant))["cost"].why == "no_now"
    await approved(
        pool, tenant, side="after", day=date(2026, 3, 10), cases=50, cost="6.00", errors="25"
    )
    told = figures(await compared(pool, tenant))
    assert told["cost"] == Compared("cost", 8_00, 6_00, False, -250, -80_00, None)
    assert told["errors"] == Compared("errors", 20_000_000, 25_000_000, False, 250, None, None)
    await approved(pool, tenant, side="after", day=date(2026, 3, 11), cost="1.00", currency="USD")
    told = figures(await compared(pool, tenant))
    assert (told["cost"].why, told["errors"].why) == ("currency", "no_now")


async def test_the_last_version_that_holds_by_the_months_end_counts(pool: Any, tenant: int) -> None:
    await approved(pool, tenant, day=date(2026, 3, 31), minutes="10")
    await approved(pool, tenant, day=date(2025, 3, 31), minutes="20")
    await approved(pool, tenant, day=date(2026, 4, 1), minutes="30")
    for month, minutes in (
        (MARCH, 10), (date(2026, 2, 1), 20), (date(2026, 4, 1), 30), (date(2025, 2, 1), None),
    ):  # fmt: skip
        services = (await compared(pool, tenant, month)).services
        told = [each.before.minutes for each in services if each.before]
        assert told == ([minutes * 1_000_000] if minutes else []), month
    assert len(await list_baselines(pool, tenant, SCENE)) == 3


async def test_what_counts_is_withdrawn_by_two(pool: Any, tenant: int) -> None:
    number = await approved(pool, tenant, minutes="10")
    await withdraw_baseline(pool, tenant, SCENE, number, "ann", "measured on a holiday")
    assert figures(await compared(pool, tenant))["minutes"].before is not None
    with pytest.raises(Conflict) as caught:
        await withdraw_baseline(pool, tenant, SCENE, number, "eve", "again")
    assert caught.value.code == "baseline.leaving"
    with pytest.raises(Forbidden):
        await decide_baseline(pool, tenant, SCENE, number, "ann", approve=True)
    await decide_baseline(pool, tenant, SCENE, number, "bob", approve=False)
    (entry,) = await list_baselines(pool, tenant, SCENE)
    assert (entry.state, entry.is_waiting) == ("approved", False)
    await withdraw_baseline(pool, tenant, SCENE, number, "ann", "measured on a holiday")
    await decide_baseline(pool, tenant, SCENE, number, "bob", approve=True)
    (entry,) = await list_baselines(pool, tenant, SCENE)
    assert (entry.state, entry.left_by, entry.leaving_why) == (
        "withdrawn", "bob", "measured on a holiday",
    )  # fmt: skip
    assert figures(await compared(pool, tenant))["minutes"].why == "no_before"
    for act in (
        withdraw_baseline(pool, tenant, SCENE, number, "ann", "x"),
        decide_baseline(pool, tenant, SCENE, number, "bob", approve=True),
    ):
        with pytest.raises(Conflict):
            await act


async def test_what_is_not_decided_is_taken_back_by_one(pool: Any, tenant: int) -> None:
    number = await enter(pool, tenant, minutes="10")
    await withdraw_baseline(pool, tenant, SCENE, number, "ann", "wrong")
    (entry,) = await list_baselines(pool, tenant, SCENE)
    assert entry.state == "withdrawn"
    with pytest.raises(Conflict):
        await decide_baseline(pool, tenant, SCENE, number, "bob", approve=True)


async def test_what_is_refused_names_its_fault_and_leaves_no_trace(pool: Any, tenant: int) -> None:
    for param, code, given in (
        ("service", "service", {"service": "gone", "minutes": "1"}),
        ("side", "side", {"side": "now", "minutes": "1"}),
        ("day", "day", {"day": date(2999, 1, 1), "minutes": "1"}),
        ("day", "day", {"day": date(1899, 12, 31), "minutes": "1"}),
        ("cases", "cases", {"cases": 0, "minutes": "1"}),
        ("cases", "cases", {"cases": 10**30, "minutes": "1"}),
        ("source", "source", {"source": "  ", "minutes": "1"}),
        ("note", "note", {"note": "x" * 501, "minutes": "1"}),
        ("minutes", "nothing", {}),
        ("minutes", "number", {"minutes": "-1"}),
        ("steps", "number", {"steps": "1e3"}),
        ("errors", "number", {"errors": "0.1234567"}),
        ("cost", "number", {"cost": "-1.00"}),
        ("minutes", "measured", {"side": "after", "minutes": "1"}),
        ("steps", "measured", {"side": "after", "steps": "1", "cost": "1.00"}),
    ):  # fmt: skip
        with pytest.raises(Invalid) as caught:
            await enter(pool, tenant, **given)
        assert (caught.value.param, caught.value.code) == (param, f"baseline.{code}"), given
    with pytest.raises(Invalid) as caught:
        await enter(pool, tenant, cost="x")
    assert caught.value.param == "cost"
    with pytest.raises(NotFound):
        await decide_baseline(pool, tenant, SCENE, new_uuid(), "bob", approve=True)
    number = await enter(pool, tenant, minutes="0", service="", side="after")
    with pytest.raises(Invalid) as caught:
        await withdraw_baseline(pool, tenant, SCENE, number, "ann", " ")
    assert caught.value.param == "why"
    with pytest.raises(NotFound):
        await decide_baseline(pool, tenant, SCENE + 1, number, "bob", approve=True)
    (entry,) = await list_baselines(pool, tenant, SCENE)
    assert (entry.state, entry.minutes, entry.leaving_by) == ("asked", 0, None)


async def test_what_was_nothing_before_has_no_share(pool: Any, tenant: int) -> None:
    await approved(pool, tenant, minutes="0")
    assert figures(await compared(pool, tenant))["minutes"].why == "nothing"


async def test_operating_cost_a_case_stands_beside_the_stars(pool: Any, tenant: int) -> None:
    for day, kind in ((3, "running"), (4, "investment")):
        await ask_outlay(
            pool, tenant, SCENE, kind, date(2026, 3, day), "15.00", "CNY", "staff", "ann"
        )
    await ask_outlay(
        pool, tenant, SCENE, "running", date(2026, 2, 28), "9.00", "CNY", "staff", "ann"
    )
    for each in await list_outlays(pool, tenant, SCENE):
        await decide_outlay(pool, tenant, SCENE, each.id, "bob", approve=True)
    found = await compared(pool, tenant)
    (told,) = found.operating
    # 60.00 in the ledger and 15.00 of running cost over 50 cases.
    assert (told.currency, told.minor, told.cases, told.per_case) == ("CNY", 75_00, 50, 1_50)
    assert found.stars == {"patient": 4_500_000}
    (february,) = (await compared(pool, tenant, date(2026, 2, 1))).operating
    assert (february.minor, february.cases, february.per_case) == (9_00, 0, None)


async def test_no_tenant_sees_those_of_another(pool: Any, tenant: int) -> None:
    await approved(pool, tenant, minutes="10")
    other = await create_tenant(pool, "other", "other", sandbox=True)
    assert await list_baselines(pool, other.id, SCENE) == ()
    assert await count_waiting(pool, other.id) == {}
    assert (await compared(pool, other.id)).services == ()


def test_numbers_are_told_as_they_are_entered() -> None:
    told = {0: "0", 12_500_000: "12.5", 1: "0.000001", 1_000_000_000: "1000", -500_000: "-0.5"}
    assert {value: decimal_text(value) for value in told} == told
