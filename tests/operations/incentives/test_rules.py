"""A rule is agreed by two before its first month, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid
from enscene.operations.incentives import (
    Unit,
    WantedMeasure,
    WantedShare,
    ask_rule,
    decide_rule,
    list_rules,
    read_rule,
)
from operations.incentives.conftest import Town

USERS = WantedMeasure("users.active", ["mall"], "300.00", "100")
ALL = WantedShare("department", "technology", 10_000)


async def test_one_enters_and_another_approves(town: Town) -> None:
    await ask_rule(town.pool, town.tenant, town.family, town.order(), "ann")
    with pytest.raises(Forbidden):
        await decide_rule(town.pool, town.tenant, "autumn", "ann", approve=True)
    await decide_rule(town.pool, town.tenant, "autumn", "bob", approve=True)
    rule = await read_rule(town.pool, town.tenant, "autumn")
    assert (rule.state, rule.decided_by, rule.ceiling) == ("approved", "bob", 100_000)
    assert rule.measures[1].scenes == (7, 8)
    assert rule.shares[0] == (Unit("branch", "north"), 5_000)
    assert rule.looks_ahead
    with pytest.raises(Conflict):
        await decide_rule(town.pool, town.tenant, "autumn", "cyd", approve=False)
    with pytest.raises(Conflict):
        await ask_rule(town.pool, town.tenant, town.family, town.order(), "ann")


async def test_without_the_control_one_would_agree_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask_rule(town.pool, town.tenant, town.family, town.order(), "ann")
    monkeypatch.setitem(controls._CONTROLS, "incentive_second_person", lambda *_: None)
    with pytest.raises(Exception, match="incentive_rule_check"):
        await decide_rule(town.pool, town.tenant, "autumn", "ann", approve=True)


async def test_a_refused_rule_gives_its_reference_back(town: Town) -> None:
    await ask_rule(town.pool, town.tenant, town.family, town.order(), "ann")
    await decide_rule(town.pool, town.tenant, "autumn", "bob", approve=False)
    await ask_rule(town.pool, town.tenant, town.family, town.order(measures=[USERS]), "ann")
    rule = await read_rule(town.pool, town.tenant, "autumn")
    assert (rule.state, len(await list_rules(town.pool, town.tenant))) == ("asked", 2)
    assert not rule.looks_ahead


async def test_a_rule_whose_month_has_begun_is_not_approved(town: Town) -> None:
    await ask_rule(town.pool, town.tenant, town.family, town.order(), "ann")
    await town.pool.execute(
        "update shard set clocks = jsonb_build_object($1::text, 40::bigint * 86400 * 1000000)",
        str(town.tenant),
    )
    with pytest.raises(Invalid) as late:
        await decide_rule(town.pool, town.tenant, "autumn", "bob", approve=True)
    assert late.value.code == "incentive.beforehand"
    await decide_rule(town.pool, town.tenant, "autumn", "bob", approve=False)


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"ref": "A"}, "project.ref", "ref"),
        ({"name": " "}, "incentive.text", "name"),
        ({"says": "x" * 501}, "incentive.text", "says"),
        ({"first_month": "2020-01"}, "incentive.months", "last_month"),
        ({"first_month": "2020-01", "last_month": "2020-01"}, "incentive.beforehand", "first_month"),
        ({"last_month": "x"}, "account.month", "last_month"),
        ({"currency": "XXQ"}, "money.unknown_currency", "currency"),
        ({"ceiling": "0"}, "incentive.amount", "ceiling"),
        ({"ceiling": "1.005"}, "money.bad_amount", "ceiling"),
        ({"measures": []}, "incentive.measures", "measures"),
        ({"measures": [USERS, USERS]}, "incentive.measure_twice", "measures[1]"),
        ({"measures": [WantedMeasure("none", ["mall"], "1", "1")]}, "incentive.figure",
         "measures[0].figure"),
        ({"measures": [WantedMeasure("account.moved", ["mall"], "1", "1")]}, "incentive.figure",
         "measures[0].figure"),
        ({"measures": [WantedMeasure("users.active", ["none"], "1", "1")]}, "incentive.scenes",
         "measures[0].scenes"),
        ({"measures": [WantedMeasure("users.active", [], "1", "1")]}, "incentive.scenes",
         "measures[0].scenes"),
        ({"measures": [WantedMeasure("users.retained_share", ["mall", "hall"], "1", "0.5")]},
         "incentive.one_scene", "measures[0].scenes"),
        ({"measures": [WantedMeasure("users.active", ["mall"], "1", "1", "", 3)]},
         "incentive.months_after", "measures[0].months_after"),
        ({"measures": [WantedMeasure("users.cohort", ["mall"], "1", "1")]},
         "incentive.months_after", "measures[0].months_after"),
        ({"measures": [WantedMeasure("users.active", ["mall"], "1")]}, "project.least",
         "measures[0].least"),
        ({"measures": [WantedMeasure("users.active", ["mall"], "1", "", "0.5")]}, "project.least",
         "measures[0].per"),
        ({"measures": [WantedMeasure("users.active", ["mall"], "-1", "1")]}, "incentive.amount",
         "measures[0].amount"),
        ({"shares": [WantedShare("club", "x", 10_000)]}, "incentive.kind", "shares[0].kind"),
        ({"shares": [WantedShare("branch", "other", 10_000)]}, "incentive.unit", "shares[0].name"),
        ({"shares": [WantedShare("team", "none", 10_000)]}, "incentive.unit", "shares[0].name"),
        ({"shares": [WantedShare("copies", "x", 10_000)]}, "incentive.unit", "shares[0].name"),
        ({"shares": [ALL, ALL]}, "incentive.unit", "shares[1].name"),
        ({"shares": [WantedShare("department", "technology", 0)]}, "incentive.points",
         "shares[0].points"),
        ({"shares": [WantedShare("department", "technology", 9_999)]}, "incentive.shares", "shares"),
        ({"shares": []}, "incentive.shares", "shares"),
    ],
)  # fmt: skip
async def test_what_is_no_rule_leaves_no_trace(
    town: Town, given: dict[str, Any], code: str, param: str
) -> None:
    with pytest.raises(EnsceneError) as refused:
        await ask_rule(town.pool, town.tenant, town.family, town.order(**given), "ann")
    assert (refused.value.code, refused.value.param) == (code, param)
    assert await list_rules(town.pool, town.tenant) == ()
