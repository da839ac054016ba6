"""Teams of several units: one figure for all, opened and closed in one step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from enscene.kernel.errors import Conflict, EnsceneError
from enscene.operations.teamwork import (
    TRIANGLE,
    Charter,
    Member,
    add_to_team,
    close_team,
    list_teams,
    note_in_team,
    open_team,
    read_team,
)
from operations.teamwork.conftest import figures, next_month

THREE = tuple(Member(f"m{at}", "cards", role) for at, role in enumerate(TRIANGLE))


async def charter(pool: Any, tenant: int, **given: Any) -> Charter:
    month = await next_month(pool, tenant)
    made = Charter(
        "lunch", "iron_triangle", "Lunch", "half of the staff eat here", "cards", "mall",
        "users.active", f"{month:%Y-%m}", "200", THREE,
    )  # fmt: skip
    return replace(made, **given)


async def test_the_score_of_all_three_is_one_and_is_computed(pool: Any, tenant: int) -> None:
    await open_team(pool, tenant, await charter(pool, tenant), "ann")
    assert (await read_team(pool, tenant, "lunch")).score is None
    month = await next_month(pool, tenant)
    await figures(pool, tenant, month, users__active=150)
    team = await read_team(pool, tenant, "lunch")
    assert (team.value, team.least, team.score) == (150, 200, 75)
    assert team.members == THREE
    assert (await list_teams(pool, tenant))[0].score == 75


async def test_a_team_works_and_is_closed_with_what_is_left_open(pool: Any, tenant: int) -> None:
    await open_team(pool, tenant, await charter(pool, tenant), "ann")
    await add_to_team(pool, tenant, "lunch", "ask the tills", "branch", "ben", "2030-01-01", "ann")
    await note_in_team(pool, tenant, "lunch", "begin in May", "", "ann")
    await note_in_team(pool, tenant, "lunch", "the plan", "https://files.bank/1", "ann")
    await close_team(pool, tenant, "lunch", "reached", "bob")
    team = await read_team(pool, tenant, "lunch")
    assert (team.closed_by, team.outcome) == ("bob", "reached")
    assert [(each.kind, each.link) for each in team.notes] == [
        ("file", "https://files.bank/1"), ("decision", None),
    ]  # fmt: skip
    assert [each.state for each in team.tasks] == ["dropped"]
    for act in (
        close_team(pool, tenant, "lunch", "again", "bob"),
        note_in_team(pool, tenant, "lunch", "late", "", "bob"),
        add_to_team(pool, tenant, "lunch", "x", "branch", "", "2030-01-01", "bob"),
    ):
        with pytest.raises(Conflict) as refused:
            await act
        assert refused.value.code == "teamwork.closed"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"members": THREE[:2]}, "teamwork.triangle"),
        ({"members": (*THREE, Member("x", "y", "guest"))}, "teamwork.triangle"),
        ({"members": (THREE[0], replace(THREE[0], name="x"), THREE[2])}, "teamwork.triangle"),
        ({"kind": "task"}, "teamwork.units"),
        ({"kind": "club"}, "teamwork.kind"),
        ({"kind": "task", "members": (THREE[0], replace(THREE[0], unit="it"))},
         "teamwork.member_twice"),
        ({"month": "2020-01"}, "project.beforehand"),
        ({"indicator": "none"}, "project.indicator"),
        ({"least": "0"}, "project.least"),
        ({"scene": "none"}, "scene.not_found"),
        ({"goal": " "}, "teamwork.text"),
        ({"ref": "A"}, "project.ref"),
    ],
)  # fmt: skip
async def test_what_is_no_team_is_not_opened(
    pool: Any, tenant: int, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(EnsceneError) as refused:
        await open_team(pool, tenant, await charter(pool, tenant, **given), "ann")
    assert refused.value.code == code
    assert await list_teams(pool, tenant) == ()


async def test_a_reference_is_used_once_and_links_are_addresses(pool: Any, tenant: int) -> None:
    await open_team(pool, tenant, await charter(pool, tenant), "ann")
    with pytest.raises(Conflict):
        await open_team(pool, tenant, await charter(pool, tenant), "ann")
    for link in ("http://x", "javascript:alert(1)", "https://a b"):
        with pytest.raises(EnsceneError) as refused:
            await note_in_team(pool, tenant, "lunch", "x", link, "ann")
        assert refused.value.code == "teamwork.link"
