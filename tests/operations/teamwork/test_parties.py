"""Parties of a scene: a standard is chosen, cells are filled, and nothing goes live before."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.kernel.errors import Conflict, EnsceneError, NotFound
from enscene.operations.move_scene import move_scene, resume_scene
from enscene.operations.projects import Plan, plan_project, tie_scene
from enscene.operations.teamwork import (
    CELLS,
    DEPARTMENTS,
    MODES,
    PARTIES,
    add_to_scene,
    choose_standard,
    end_task,
    fill_party,
    hand_task,
    read_division,
    read_standard,
    take_task,
)
from operations.teamwork.conftest import write


async def fill(pool: Any, tenant: int) -> None:
    for party in PARTIES:
        cells = {"who": f"the {party}", "benefits": "its share"}
        await fill_party(pool, tenant, "mall", party, cells, "ann")


def test_each_standard_has_a_word_for_each_party_and_tasks_of_four_departments() -> None:
    standard = read_standard()
    assert set(standard.modes) == set(MODES)
    for mode in MODES:
        assert set(standard.modes[mode]) == set(PARTIES)
        for cells in standard.modes[mode].values():
            assert {"duties", "rights"} <= set(cells) <= set(CELLS) - {"who"}
    assert set(standard.departments) == set(DEPARTMENTS)
    assert {each.department for each in standard.tasks} == {
        "segment_lead", "scene_business", "technology", "branch",
    }  # fmt: skip


async def test_a_scene_for_which_nobody_asks_goes_live_without(pool: Any, tenant: int) -> None:
    assert not (await read_division(pool, tenant, "mall")).is_asked
    await move_scene(pool, tenant, "mall", "live", "bob")


async def test_a_chosen_standard_keeps_a_scene_from_going_live_until_no_cell_is_empty(
    pool: Any, tenant: int
) -> None:
    await choose_standard(pool, tenant, "mall", "cooperate", "ann")
    division = await read_division(pool, tenant, "mall")
    assert set(division.empty) == {f"{each}.who" for each in PARTIES} | {"cooperation.benefits"}
    with pytest.raises(Conflict) as refused:
        await move_scene(pool, tenant, "mall", "live", "bob")
    assert refused.value.code == "teamwork.empty_cells"
    assert refused.value.facts["empty"] == list(division.empty)
    await fill(pool, tenant)
    await fill_party(pool, tenant, "mall", "user", {"who": " "}, "ann")
    assert (await read_division(pool, tenant, "mall")).empty == ("user.who",)
    await fill_party(pool, tenant, "mall", "user", {"who": "shoppers"}, "ann")
    await move_scene(pool, tenant, "mall", "live", "bob")
    await fill_party(pool, tenant, "mall", "user", {"who": ""}, "ann")
    await move_scene(pool, tenant, "mall", "suspended", "bob")
    assert await resume_scene(pool, tenant, "mall", "bob") == "live"


async def test_a_scene_of_a_project_has_its_parties_asked_for(pool: Any, tenant: int) -> None:
    await plan_project(pool, tenant, Plan("p", "P", "ann"), "ann")
    await tie_scene(pool, tenant, "p", "mall")
    await write(pool, tenant, "update project set state = 'done' where tenant = $1", tenant)
    with pytest.raises(Conflict) as refused:
        await move_scene(pool, tenant, "mall", "live", "bob")
    assert len(refused.value.facts["empty"]) == len(PARTIES) * len(CELLS)
    await choose_standard(pool, tenant, "mall", "self_build", "ann")
    await fill(pool, tenant)
    await move_scene(pool, tenant, "mall", "live", "bob")


async def test_another_standard_keeps_what_was_filled_in_and_gives_no_task_twice(
    pool: Any, tenant: int
) -> None:
    await choose_standard(pool, tenant, "mall", "cooperate", "ann")
    await fill_party(pool, tenant, "mall", "builder", {"duties": "builds it"}, "ann")
    before = await read_division(pool, tenant, "mall")
    assert len(before.tasks) == len(read_standard().tasks)
    await choose_standard(pool, tenant, "mall", "co_build", "bob")
    after = await read_division(pool, tenant, "mall")
    assert (after.mode, len(after.tasks)) == ("co_build", len(before.tasks))
    builder = next(each for each in after.sides if each.party == "builder")
    assert (builder.own, builder.cells["duties"].en) == (("duties",), "builds it")


async def test_waiting_between_departments_is_counted_and_within_one_is_not(
    pool: Any, tenant: int
) -> None:
    await add_to_scene(pool, tenant, "mall", "build", "branch", "", "2030-01-01", "ann")
    (task,) = (await read_division(pool, tenant, "mall")).tasks
    await take_task(pool, tenant, task.id, "ann")
    await hand_task(pool, tenant, task.id, "branch", "ben", "ann")
    assert (await read_division(pool, tenant, "mall")).handed == ()
    await hand_task(pool, tenant, task.id, "technology", "", "ben")
    await write(
        pool, tenant, "update unit_task_hand set at = at - interval '1 hour' "
        "where tenant = $1 and number = 2", tenant,
    )  # fmt: skip
    (handed,) = (await read_division(pool, tenant, "mall")).handed
    assert (handed.giver, handed.taker, handed.times, handed.waiting) == (
        "branch", "technology", 1, 1,
    )  # fmt: skip
    assert (handed.link, handed.waited_s // 60) == ("head_office_branch", 60)
    await take_task(pool, tenant, task.id, "cyd")
    with pytest.raises(Conflict):
        await take_task(pool, tenant, task.id, "dan")
    await hand_task(pool, tenant, task.id, "partner", "", "cyd")
    await end_task(pool, tenant, task.id, "built", "eve")
    (done,) = (await read_division(pool, tenant, "mall")).tasks
    assert (done.state, done.owner, done.hands, done.waits) == ("done", "eve", 3, False)
    handed_on = (await read_division(pool, tenant, "mall")).handed
    assert {each.link: each.waiting for each in handed_on} == {
        "head_office_branch": 0, "inside_outside": 0,
    }  # fmt: skip
    with pytest.raises(Conflict):
        await hand_task(pool, tenant, task.id, "branch", "", "eve")


@pytest.mark.parametrize(
    ("party", "cells", "code"),
    [
        ("nobody", {"who": "x"}, "teamwork.party"),
        ("user", {"colour": "x"}, "teamwork.cell"),
        ("user", {"who": "x" * 501}, "teamwork.text"),
    ],
)
async def test_what_is_wrong_leaves_no_trace(
    pool: Any, tenant: int, party: str, cells: dict[str, str], code: str
) -> None:
    with pytest.raises(Conflict):
        await fill_party(pool, tenant, "mall", "user", {"who": "x"}, "ann")
    await choose_standard(pool, tenant, "mall", "cooperate", "ann")
    before = await read_division(pool, tenant, "mall")
    with pytest.raises(EnsceneError) as refused:
        await fill_party(pool, tenant, "mall", party, {"rights": "y"} | cells, "ann")
    assert refused.value.code == code
    assert await read_division(pool, tenant, "mall") == before
    with pytest.raises(NotFound):
        await choose_standard(pool, tenant, "none", "cooperate", "ann")
    with pytest.raises(EnsceneError):
        await choose_standard(pool, tenant, "mall", "other", "ann")
