"""Parties, tasks and teams over HTTP, by the bank's own programs."""

from __future__ import annotations

from typing import Any

import pytest

from api.test_launch import Bank, bank  # noqa: F401

AT = "/v1/teamwork"
TEAM: dict[str, Any] = {
    "ref": "lunch", "kind": "iron_triangle", "name": "Lunch", "goal": "all eat here", "unit": "cards",
    "scene": "north", "indicator": "users.active", "month": "2999-01", "least": "10",
    "members": [{"name": name, "unit": "cards", "role": role} for name, role in (
        ("ann", "developer_manager"), ("ben", "data_strategy_manager"), ("cyd", "product_manager"),
    )],
}  # fmt: skip


@pytest.mark.usefixtures("bank")
async def test_a_scene_goes_live_when_its_six_parties_are_known(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    at = f"{AT}/scenes/north"
    before = (await bank.reader.get(at)).json()
    assert (before["mode"], before["asked"]) == (None, False)
    chosen = await bank.maker.post(f"{at}/choose", {"mode": "co_build"}, key="c1")
    assert chosen.status_code == 200, chosen.text
    assert (await bank.maker.post(f"{at}/choose", {"mode": "co_build"}, key="c1")).json() == (
        chosen.json()
    )
    assert (await bank.reader.post(f"{at}/choose", {"mode": "co_build"})).status_code == 403
    await bank.maker.post("/v1/scenes/north/pilot", {})
    refused = await bank.checker.post("/v1/scenes/north/live", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "teamwork.empty_cells")
    assert refused.json()["facts"]["empty"] == chosen.json()["empty"]
    for side in chosen.json()["parties"]:
        body = {"party": side["party"], "who": "somebody", "benefits": "its share"}
        filled = await bank.maker.post(f"{at}/parties", body)
        assert filled.status_code == 200, filled.text
    assert filled.json()["empty"] == []
    assert (await bank.checker.post("/v1/scenes/north/live", {})).status_code == 200


@pytest.mark.usefixtures("bank")
async def test_a_task_goes_from_hand_to_hand(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    task = {"what": "settle the tills", "department": "branch", "due_on": "2020-01-01"}
    made = (await bank.maker.post(f"{AT}/scenes/north/tasks", task)).json()["tasks"][0]
    assert (made["overdue"], made["waits"], made["owner"]) == (True, True, "")
    at = f"{AT}/tasks/{made['id']}"
    assert (await bank.maker.post(f"{at}/take", {})).json()["owner"] == "app:maker"
    handed = await bank.maker.post(f"{at}/hand", {"department": "subsidiary", "owner": "dan"})
    assert (handed.json()["waits"], handed.json()["hands"]) == (True, 1)
    ended = await bank.maker.post(f"{at}/end", {"result": "settled"})
    assert (ended.json()["state"], ended.json()["owner"]) == ("done", "dan")
    (way,) = (await bank.reader.get(f"{AT}/scenes/north")).json()["handed"]
    assert (way["from"], way["to"], way["link"]) == ("branch", "subsidiary", "bank_subsidiary")
    again = await bank.maker.post(f"{at}/end", {"result": "x"})
    assert (again.status_code, again.json()["code"]) == (409, "teamwork.task_ended")


@pytest.mark.usefixtures("bank")
async def test_a_triangle_is_opened_works_and_is_closed(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    two = await bank.maker.post(f"{AT}/teams", TEAM | {"members": TEAM["members"][:2]})
    assert (two.status_code, two.json()["code"]) == (400, "teamwork.triangle")
    assert (await bank.reader.get(f"{AT}/teams")).json()["data"] == []
    made = await bank.maker.post(f"{AT}/teams", TEAM)
    assert made.status_code == 200, made.text
    assert [each["score"] for each in made.json()["members"]] == [None] * 3
    at = f"{AT}/teams/lunch"
    await bank.maker.post(f"{at}/notes", {"says": "begin in May"})
    task = {"what": "ask", "department": "partner", "due_on": "2999-01-01", "owner": "eve"}
    worked = (await bank.maker.post(f"{at}/tasks", task)).json()
    assert (worked["notes"][0]["kind"], worked["tasks"][0]["owner"]) == ("decision", "eve")
    taken = await bank.maker.post(f"{AT}/tasks/{worked['tasks'][0]['id']}/take", {})
    assert taken.json()["owner"] == "eve"
    closed = (await bank.maker.post(f"{at}/close", {"outcome": "reached"})).json()
    assert (closed["outcome"], closed["tasks"][0]["state"]) == ("reached", "dropped")
    assert (await bank.reader.get(f"{AT}/teams")).json()["data"][0]["closed_by"] == "app:maker"


@pytest.mark.usefixtures("bank")
async def test_what_is_wrong_says_where(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    assert set((await bank.reader.get(f"{AT}/standard")).json()["modes"]) == {
        "cooperate", "self_build", "co_build",
    }  # fmt: skip
    for param, wrong in (("ref", {"ref": "A"}), ("kind", {"kind": "x"}), ("month", {"month": "x"}),
                         ("month", {"month": "2020-01"}), ("least", {"least": "x"}),
                         ("members[0].role", {"members": [{"name": "a", "unit": "b", "role": ""}]}),
                         ):  # fmt: skip
        bad = await bank.maker.post(f"{AT}/teams", TEAM | wrong)
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    for path in ("", "none", "teams/none", "scenes/none", "tasks/x/take"):
        assert (await bank.maker.post(f"{AT}/{path}", {})).status_code in (404, 405), path
    assert (await bank.maker.post(f"{AT}/tasks/x/take", {})).status_code == 404
    assert (await bank.maker.send("DELETE", f"{AT}/teams", {})).status_code == 405
