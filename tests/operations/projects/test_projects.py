"""Gates release money: two people, targets set beforehand, no open high risk, or an exception."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel import controls
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.projects import (
    Plan,
    PlannedStep,
    PlannedTarget,
    Project,
    approve_project,
    ask_gate,
    check_scene_move,
    close_risk,
    decide_gate,
    enter_risk,
    list_projects,
    plan_project,
    read_project,
    tie_scene,
)
from enscene.operations.scene_account import ask_outlay, list_outlays, read_earnings
from enscene.tenants import create_tenant


@pytest.fixture
async def tenant(pool: Any) -> int:
    await pool.execute("insert into shard (id) values (1) on conflict do nothing")
    made = await create_tenant(pool, "bank", "bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [made.id])
        await connection.execute(
            "insert into scene (tenant, id, ref, name, pack, state) "
            "values ($1, 7, 'mall', 'mall', 'smart_canteen', 'sandbox')", made.id,
        )  # fmt: skip
    return made.id


async def next_month(pool: Any, tenant: int) -> date:
    async with operations_store.reading(pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
    return (local_day(clock["now"], clock["zone"]).replace(day=1) + timedelta(32)).replace(day=1)


async def planned(pool: Any, tenant: int, **given: Any) -> Plan:
    month = await next_month(pool, tenant)
    values = {
        "ref": "mall", "name": "Mall", "owner": "ann",
        "steps": {"research": PlannedStep("1.00"), "pilot": PlannedStep("20.00"),
                  "live": PlannedStep("300.00")},
        "targets": [PlannedTarget("pilot", "users.active", f"{month:%Y-%m}", "1000"),
                    PlannedTarget("pilot", "money.turnover", f"{month:%Y-%m}", "50.00")],
    } | given  # fmt: skip
    plan = Plan(**values)
    await plan_project(pool, tenant, plan, "ann")
    return plan


async def on(pool: Any, tenant: int, reason: str = "") -> None:
    await ask_gate(pool, tenant, "mall", reason, "ann")
    await decide_gate(pool, tenant, "mall", "bob", let_pass=True)


async def to_pilot(pool: Any, tenant: int) -> None:
    await planned(pool, tenant)
    await approve_project(pool, tenant, "mall", "bob")
    for _ in range(5):
        await on(pool, tenant)
    await tie_scene(pool, tenant, "mall", "mall")


async def figures(pool: Any, tenant: int, users: int, minor: int) -> None:
    """The next month is over, and this is what the scene had."""
    month = await next_month(pool, tenant)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        last = month.replace(day=monthrange(month.year, month.month)[1])
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, $2, 1)", tenant, last
        )
        for name, currency, value in (("users.active", "", users), ("money.turnover", "CNY", minor),
                                      ("money.turnover", "USD", 10**9)):  # fmt: skip
            await connection.execute(
                "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                "value) values ($1, $2, 7, 'month', $3, '', $4, $5)",
                tenant, name, month, currency, value,
            )  # fmt: skip


def released(project: Project) -> dict[str, int]:
    return {each.step: each.released for each in project.steps if each.released}


async def test_each_step_takes_two_people_and_releases_the_next_ones_money(
    pool: Any, tenant: int
) -> None:
    await planned(pool, tenant)
    assert (await read_project(pool, tenant, "mall")).released_minor == 0
    with pytest.raises(Forbidden):
        await approve_project(pool, tenant, "mall", "ann")
    await approve_project(pool, tenant, "mall", "bob")
    project = await read_project(pool, tenant, "mall")
    assert released(project) == {"research": 100}
    assert project.present is not None
    assert (project.present.step, project.present.department) == ("research", "scene_team")
    await ask_gate(pool, tenant, "mall", "", "ann")
    with pytest.raises(Forbidden):
        await decide_gate(pool, tenant, "mall", "ann", let_pass=True)
    await decide_gate(pool, tenant, "mall", "bob", let_pass=False)
    assert (await read_project(pool, tenant, "mall")).present == project.present
    for _ in range(5):
        await on(pool, tenant)
    project = await read_project(pool, tenant, "mall")
    assert released(project) == {"research": 100, "pilot": 2000}
    assert [each.state for each in project.gates] == ["refused", *["passed"] * 5]


async def test_released_money_is_an_outlay_of_the_scene_and_none_goes_by_hand(
    pool: Any, tenant: int
) -> None:
    await to_pilot(pool, tenant)
    entries = await list_outlays(pool, tenant, 7)
    assert sorted((e.kind, e.minor, e.state, e.asked_by, e.decided_by) for e in entries) == [
        ("investment", 100, "approved", "ann", "bob"),
        ("investment", 2000, "approved", "ann", "bob"),
    ]
    assert await list_outlays(pool, tenant, 0) == ()
    day = date(2026, 1, 1)
    with pytest.raises(Conflict) as caught:
        await ask_outlay(pool, tenant, 7, "investment", day, "1.00", "CNY", "more", "ann")
    assert caught.value.code == "account.by_gates"
    await ask_outlay(pool, tenant, 7, "running", day, "1.00", "CNY", "rent", "ann")
    await figures(pool, tenant, 0, 0)
    (earning,) = (await read_earnings(pool, tenant))[7]
    assert earning.payback.invested == 2100


async def test_a_gate_waits_for_its_month_and_opens_when_targets_are_met(
    pool: Any, tenant: int
) -> None:
    await to_pilot(pool, tenant)
    project = await read_project(pool, tenant, "mall")
    assert {each.verdict for each in project.present.judged} == {"awaited"}  # type: ignore[union-attr]
    assert not project.is_stopped
    with pytest.raises(Conflict) as caught:
        await ask_gate(pool, tenant, "mall", "", "ann")
    assert caught.value.code == "project.shut"
    await figures(pool, tenant, 1000, 5000)
    await on(pool, tenant)
    assert released(await read_project(pool, tenant, "mall"))["live"] == 30000


@pytest.mark.parametrize(("users", "minor"), [(999, 5000), (1000, 4999)])
async def test_a_missed_target_stops_the_next_step_and_its_money(
    pool: Any, tenant: int, users: int, minor: int
) -> None:
    await to_pilot(pool, tenant)
    await figures(pool, tenant, users, minor)
    project = await read_project(pool, tenant, "mall")
    assert project.is_stopped
    assert len(project.shut_by) == 1
    with pytest.raises(Conflict):
        await ask_gate(pool, tenant, "mall", "  ", "ann")
    await ask_gate(pool, tenant, "mall", "the school opens in March", "ann")
    with pytest.raises(Forbidden):
        await decide_gate(pool, tenant, "mall", "ann", let_pass=True)
    await decide_gate(pool, tenant, "mall", "bob", let_pass=True)
    project = await read_project(pool, tenant, "mall")
    (exception,) = [each for each in project.gates if each.is_exception]
    assert exception.shut_by[0].startswith("missed ")
    assert (exception.asked_by, exception.decided_by) == ("ann", "bob")


async def test_an_open_high_risk_shuts_every_gate_until_another_closes_it(
    pool: Any, tenant: int
) -> None:
    await planned(pool, tenant)
    await approve_project(pool, tenant, "mall", "bob")
    await ask_gate(pool, tenant, "mall", "", "ann")
    await enter_risk(pool, tenant, "mall", "middle", "few goods", "cyd", "ann")
    risk = await enter_risk(pool, tenant, "mall", "high", "no licence", "cyd", "ann")
    with pytest.raises(Conflict) as caught:
        await decide_gate(pool, tenant, "mall", "bob", let_pass=True)
    assert caught.value.facts == {"shut_by": ["risks 1"]}
    with pytest.raises(Forbidden):
        await close_risk(pool, tenant, "mall", risk, "it came", "ann")
    await close_risk(pool, tenant, "mall", risk, "it came", "bob")
    with pytest.raises(Conflict):
        await close_risk(pool, tenant, "mall", risk, "again", "bob")
    await decide_gate(pool, tenant, "mall", "bob", let_pass=True)
    assert released(await read_project(pool, tenant, "mall")) == {"research": 100}


async def test_a_scene_goes_no_further_than_its_project(pool: Any, tenant: int) -> None:
    await planned(pool, tenant)
    await approve_project(pool, tenant, "mall", "bob")
    await tie_scene(pool, tenant, "mall", "mall")
    async with operations_store.reading(pool, tenant) as connection:
        for state in ("pilot", "live"):
            with pytest.raises(Conflict) as caught:
                await check_scene_move(connection, tenant, 7, state)
            assert caught.value.code == "project.scene_waits"
        await check_scene_move(connection, tenant, 7, "retired")
        await check_scene_move(connection, tenant, 8, "live")
    for _ in range(5):
        await on(pool, tenant)
    async with operations_store.reading(pool, tenant) as connection:
        await check_scene_move(connection, tenant, 7, "pilot")
        with pytest.raises(Conflict):
            await check_scene_move(connection, tenant, 7, "live")


async def test_the_last_gate_ends_the_project(pool: Any, tenant: int) -> None:
    await planned(pool, tenant, steps={}, targets=())
    await approve_project(pool, tenant, "mall", "bob")
    for _ in range(10):
        await on(pool, tenant)
    project = await read_project(pool, tenant, "mall")
    assert (project.state, project.present, project.released_minor) == ("done", None, 0)
    with pytest.raises(Conflict):
        await ask_gate(pool, tenant, "mall", "", "ann")


def target(**given: str) -> list[PlannedTarget]:
    return [PlannedTarget(**({"step": "pilot", "indicator": "users.active", "month": "2999-01",
                              "least": "5"} | given))]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("project.ref", {"ref": "Mall"}), ("project.name", {"owner": " "}),
        ("project.step", {"steps": {"dream": PlannedStep()}}),
        ("money.bad_amount", {"steps": {"pilot": PlannedStep("1.001")}}),
        ("project.amount", {"steps": {"pilot": PlannedStep("-1.00")}}),
        ("project.department", {"steps": {"pilot": PlannedStep("1", department="kitchen")}}),
        ("project.no_target", {"targets": ()}),
        ("project.no_target", {"targets": target(step="live")}),
        ("project.target_step", {"targets": target(step="build")}),
        ("project.indicator", {"targets": target(indicator="money.deposits")}),
        ("project.indicator", {"targets": target(indicator="satisfaction.stars")}),
        ("account.month", {"targets": target(month="2999-13")}),
        ("project.beforehand", {"targets": target(month="2020-01")}),
        ("project.least", {"targets": target(least="0")}),
        ("project.least", {"targets": target(least="1.5")}),
        ("project.least", {"targets": target(indicator="users.retained_share", least="x")}),
        ("project.target_twice", {"targets": target() * 2}),
    ],
)  # fmt: skip
async def test_what_is_wrong_in_a_plan_leaves_no_trace(
    pool: Any, tenant: int, code: str, given: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        await planned(pool, tenant, **given)
    assert caught.value.code == code
    assert caught.value.param
    assert await list_projects(pool, tenant) == ()


async def test_what_is_refused_says_why(pool: Any, tenant: int) -> None:
    await planned(pool, tenant)
    for code, call in (
        ("project.ref_taken", planned(pool, tenant)),
        ("project.not_under_way", ask_gate(pool, tenant, "mall", "", "ann")),
        ("project.not_found", approve_project(pool, tenant, "none", "bob")),
        ("project.level", enter_risk(pool, tenant, "mall", "huge", "x", "y", "ann")),
        ("project.text", enter_risk(pool, tenant, "mall", "low", " ", "y", "ann")),
        ("project.no_risk", close_risk(pool, tenant, "mall", new_uuid(), "x", "bob")),
        ("scene.not_found", tie_scene(pool, tenant, "mall", "none")),
    ):
        with pytest.raises(EnsceneError) as caught:
            await call
        assert caught.value.code == code
    await tie_scene(pool, tenant, "mall", "mall")
    with pytest.raises(Conflict):
        await tie_scene(pool, tenant, "mall", "mall")
    await approve_project(pool, tenant, "mall", "bob")
    with pytest.raises(Conflict):
        await approve_project(pool, tenant, "mall", "bob")
    with pytest.raises(Conflict) as found:
        await decide_gate(pool, tenant, "mall", "bob", let_pass=True)
    assert found.value.code == "project.not_asked"
    with pytest.raises(NotFound):
        await read_project(pool, tenant, "none")


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("project_second_person", test_each_step_takes_two_people_and_releases_the_next_ones_money),
        ("project_gate_open", test_a_gate_waits_for_its_month_and_opens_when_targets_are_met),
    ],
)
async def test_without_its_control_a_gate_holds_nothing(
    pool: Any, tenant: int, monkeypatch: pytest.MonkeyPatch, name: str, fact: Any
) -> None:
    monkeypatch.setitem(controls._CONTROLS, name, lambda *_: None)
    # The database still says no to one person who decides alone.
    with pytest.raises(BaseException):  # noqa: B017, PT011
        await fact(pool, tenant)
