"""Scores with the bank's own weights, rules by two people, and what these let become a project."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid, Refused
from enscene.operations import Templates
from enscene.operations import store as operations_store
from enscene.operations.planning import (
    CRITERIA,
    USUAL,
    Point,
    Score,
    ask_rules,
    change_entry,
    compare_entry,
    decide_rules,
    list_entries,
    list_rules,
    read_comparison,
    read_entry,
    read_rules_of,
    read_scores,
    rules_in_force,
    score_entry,
    take_scene,
)
from enscene.operations.projects import (
    Plan,
    approve_project,
    list_projects,
    plan_project,
    read_project,
    tie_scene,
)
from operations.planning.conftest import alike, candidate, live_scene


async def rules_are(pool: Any, tenant: int, **given: Any) -> int:
    rules = read_rules_of(msgspec.to_builtins(USUAL) | given)
    version = await ask_rules(pool, tenant, rules, "the board wants it", "ann")
    await decide_rules(pool, tenant, version, "bob", approve=True)
    return version


async def score_of(pool: Any, tenant: int, ref: str) -> Score:
    entry = await read_entry(pool, tenant, ref, {})
    return (await read_scores(pool, tenant))[str(entry.id)]


def plan(entry: str, ref: str = "spa") -> Plan:
    return Plan(ref, "Spa", "ann", entry=entry)


async def test_the_total_is_the_weighted_mean_rounded_down(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "spa")
    points = alike(0, customers=80, market=50, traffic=33, control=39, advantage=40, endowment=91)
    await score_entry(pool, tenant, "spa", points, "ann")
    score = await score_of(pool, tenant, "spa")
    # 20·80 + 20·50 + 15·33 + 15·39 + 15·40 + 15·91 = 5645 of 100.
    assert score.total(USUAL) == 56
    assert score.warnings(USUAL) == ("control",)
    weights = dict.fromkeys(CRITERIA, 0) | {"endowment": 7}
    await rules_are(pool, tenant, weights=weights)
    assert score.total((await rules_in_force(pool, tenant)).rules) == 91
    await score_entry(pool, tenant, "spa", alike(10), "bob")
    score = await score_of(pool, tenant, "spa")
    assert (score.number, score.total(USUAL), score.scored_by) == (2, 10, "bob")


@pytest.mark.parametrize(
    ("param", "given"),
    [
        ("market.points", {"market": Point(101, "x")}),
        ("market.points", {"market": Point(-1, "x")}),
        ("control.evidence", {"control": Point(1, " ")}),
        ("luck", {"luck": Point(1, "x")}),
    ],
)
async def test_points_need_bounds_and_evidence(
    pool: Any, tenant: int, templates: Templates, param: str, given: dict[str, Point]
) -> None:
    await candidate(pool, tenant, templates, "spa")
    with pytest.raises(Invalid) as caught:
        await score_entry(pool, tenant, "spa", {**alike(50), **given}, "ann")
    assert caught.value.param == param
    assert await read_scores(pool, tenant) == {}


async def test_rules_hold_when_a_second_person_approves_them(pool: Any, tenant: int) -> None:
    assert (await rules_in_force(pool, tenant)).version == 0
    rules = read_rules_of(msgspec.to_builtins(USUAL) | {"least_total": 60})
    version = await ask_rules(pool, tenant, rules, "fewer and better", "ann")
    assert (await rules_in_force(pool, tenant)).rules.least_total == 0
    with pytest.raises(Conflict):
        await ask_rules(pool, tenant, rules, "more", "cyd")
    with pytest.raises(Forbidden):
        await decide_rules(pool, tenant, version, "ann", approve=True)
    await decide_rules(pool, tenant, version, "bob", approve=True)
    assert (await rules_in_force(pool, tenant)).rules.least_total == 60
    with pytest.raises(Conflict):
        await decide_rules(pool, tenant, version, "bob", approve=True)
    second = await ask_rules(pool, tenant, USUAL, "back", "bob")
    await decide_rules(pool, tenant, second, "ann", approve=False)
    assert [(each.version, each.state) for each in await list_rules(pool, tenant)] == [
        (2, "refused"), (1, "approved"), (0, "approved"),
    ]  # fmt: skip
    assert (await rules_in_force(pool, tenant)).version == 1


@pytest.mark.parametrize(
    ("param", "given"),
    [
        ("weights", {"weights": {"customers": 1}}),
        ("weights", {"weights": dict.fromkeys(CRITERIA, 0)}),
        ("weights", {"weights": dict.fromkeys(CRITERIA, 101)}),
        ("review_months", {"review_months": {"key": 3}}),
        ("review_months", {"review_months": {"key": 3, "strategic": 0, "ordinary": 1}}),
        ("least", {"least": {"control": 101}}),
        ("least_total", {"least_total": -1}),
        ("closed_sectors", {"closed_sectors": [""]}),
        ("rules", {"least": {"luck": 1}}),
        ("rules", {"colour": "red"}),
    ],
)
def test_rules_that_cannot_be(param: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        read_rules_of(msgspec.to_builtins(USUAL) | given)
    assert caught.value.param == param


async def test_an_unscored_candidate_becomes_no_project(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "spa")
    with pytest.raises(Refused) as caught:
        await plan_project(pool, tenant, plan("spa"), "ann")
    assert caught.value.code == "planning.unscored"
    assert await list_projects(pool, tenant) == ()
    await score_entry(pool, tenant, "spa", alike(50), "ann")
    await plan_project(pool, tenant, plan("spa"), "ann")
    assert (await read_project(pool, tenant, "spa")).entry_ref == "spa"
    (entry,) = await list_entries(pool, tenant, {})
    assert (entry.state, entry.project) == ("project", "spa")
    for ref, code in (("spa", "planning.no_candidate"), ("none", "planning.no_entry")):
        with pytest.raises(EnsceneError) as found:
            await plan_project(pool, tenant, plan(ref, "again"), "ann")
        assert found.value.code == code


async def test_screening_refuses_with_its_reasons_and_again_at_the_approval(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "spa", sector="Mining")
    await score_entry(pool, tenant, "spa", alike(50, control=20), "ann")
    given = {"closed_sectors": ["mining"], "least_total": 60, "least": {"control": 30}}
    version = await rules_are(pool, tenant, **given)
    with pytest.raises(Refused) as caught:
        await plan_project(pool, tenant, plan("spa"), "ann")
    assert caught.value.facts == {
        "reasons": ["sector Mining", "total 45 60", "control 20 30"], "rules": version,
    }  # fmt: skip
    await rules_are(pool, tenant)
    await plan_project(pool, tenant, plan("spa"), "ann")
    await rules_are(pool, tenant, **given)
    with pytest.raises(Refused):
        await approve_project(pool, tenant, "spa", "bob")
    await score_entry(pool, tenant, "spa", alike(90), "ann")
    await change_entry(pool, tenant, "spa", None, {"sector": "tourism"}, {}, "ann")
    await approve_project(pool, tenant, "spa", "bob")
    assert (await read_project(pool, tenant, "spa")).state == "under_way"


async def test_likely_duplicates_are_shown_before_a_plan_is_approved(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await live_scene(pool, tenant, 7, "north", region="west", customer="acme")
    await candidate(pool, tenant, templates, "hall", 50, pack="smart_canteen", customer="Acme")
    await plan_project(pool, tenant, plan("hall"), "ann")
    with pytest.raises(Refused) as caught:
        await approve_project(pool, tenant, "spa", "bob")
    assert caught.value.code == "planning.not_compared"
    (found,) = await compare_entry(pool, tenant, "hall", templates, "ann")
    assert (found.ref, set(found.same)) == ("north", {"pack", "sector", "customer"})
    # With another customer, what was compared is another candidate.
    await change_entry(pool, tenant, "hall", None, {"customer": "beta"}, templates.packs, "ann")
    with pytest.raises(Refused):
        await approve_project(pool, tenant, "spa", "bob")
    assert len(await compare_entry(pool, tenant, "hall", templates, "ann")) == 1
    await change_entry(pool, tenant, "hall", None, {"owner": "cyd"}, templates.packs, "ann")
    await approve_project(pool, tenant, "spa", "bob")
    entry = await read_entry(pool, tenant, "hall", templates.packs)
    kept = await read_comparison(pool, tenant, entry)
    assert kept is not None
    assert [each.title for each in kept.found] == ["north"]
    await candidate(pool, tenant, templates, "bare")
    with pytest.raises(Invalid):
        await compare_entry(pool, tenant, "bare", templates, "ann")


async def test_a_candidate_becomes_the_scene_that_its_project_is_tied_to(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await candidate(pool, tenant, templates, "hall", 50, owner="ann")
    await plan_project(pool, tenant, plan("hall"), "ann")
    await live_scene(pool, tenant, 7, "north")
    await tie_scene(pool, tenant, "spa", "north")
    (entry,) = await list_entries(pool, tenant, templates.packs)
    assert (entry.ref, entry.scene_ref, entry.state) == ("hall", "north", "live")
    assert entry.content.owner == "ann"
    await live_scene(pool, tenant, 8, "south")
    await change_entry(pool, tenant, "south", None, {"owner": "bob"}, templates.packs, "bob")
    await candidate(pool, tenant, templates, "late")
    late = await read_entry(pool, tenant, "late", {})
    assert late.id is not None
    async with operations_store.writing(pool, tenant) as connection:
        await take_scene(connection, tenant, late.id, 8, "ann")
    states = {each.ref: each.state for each in await list_entries(pool, tenant, {})}
    assert states == {"hall": "live", "south": "live", "late": "dropped"}


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("planning_screened", test_an_unscored_candidate_becomes_no_project),
        ("planning_compared", test_likely_duplicates_are_shown_before_a_plan_is_approved),
    ],
)
async def test_without_its_control_nothing_holds(
    pool: Any, tenant: int, templates: Templates, monkeypatch: pytest.MonkeyPatch, name: str,
    fact: Any,
) -> None:  # fmt: skip
    monkeypatch.setitem(controls._CONTROLS, name, lambda *_: None)
    with pytest.raises(BaseException):  # noqa: B017, PT011
        await fact(pool, tenant, templates)


async def test_without_its_control_one_person_decides(
    pool: Any, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(controls._CONTROLS, "planning_second_person", lambda *_: None)
    # The database still says no.
    with pytest.raises(BaseException):  # noqa: B017, PT011
        await test_rules_hold_when_a_second_person_approves_them(pool, tenant)
