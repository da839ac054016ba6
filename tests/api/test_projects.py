"""Projects over HTTP, by the bank's own programs: one plans and asks, another approves and lets pass."""

from __future__ import annotations

from typing import Any

import pytest

from api.test_launch import Bank, bank  # noqa: F401

PLAN: dict[str, Any] = {
    "ref": "mall", "name": "Mall", "owner": "ann", "currency": "CNY",
    "steps": {"research": {"amount": "10.00"}, "live": {"amount": "90.00", "owner": "bob",
              "department": "marketing"}},
    "targets": [{"step": "pilot", "indicator": "users.retained_share", "month": "2999-03",
                 "least": "0.35"}],
}  # fmt: skip


@pytest.mark.usefixtures("bank")
async def test_a_project_goes_through_its_first_gate(bank: Bank) -> None:  # noqa: F811
    made = await bank.maker.post("/v1/projects", PLAN, key="p1")
    assert made.status_code == 200, made.text
    again = await bank.maker.post("/v1/projects", PLAN, key="p1")
    assert again.json() == made.json()
    taken = await bank.maker.post("/v1/projects", PLAN)
    assert (taken.status_code, taken.json()["code"]) == (409, "project.ref_taken")
    told = made.json()
    assert (told["state"], told["planned"], told["released"]) == ("planned", "100.00", "0.00")
    live = next(each for each in told["steps"] if each["step"] == "live")
    assert (live["owner"], live["department"]) == ("bob", "marketing")
    pilot = next(each for each in told["steps"] if each["step"] == "pilot")
    assert pilot["targets"] == [
        {"indicator": "users.retained_share", "month": "2999-03", "least": "0.35", "value": None,
         "verdict": "awaited"}
    ]  # fmt: skip
    assert (await bank.maker.post("/v1/projects/mall/approve", {})).status_code == 403
    approved = await bank.checker.post("/v1/projects/mall/approve", {})
    assert approved.json()["released"] == "10.00"
    risk = {"level": "high", "what": "no licence", "owner": "cyd"}
    risks = (await bank.maker.post("/v1/projects/mall/risks", risk)).json()["risks"]
    shut = await bank.maker.post("/v1/projects/mall/ask", {})
    assert (shut.status_code, shut.json()["facts"]) == (409, {"shut_by": ["risks 1"]})
    where = f"/v1/projects/mall/risks/{risks[0]['id']}/close"
    closed = await bank.checker.post(where, {"answer": "it came"})
    assert closed.json()["shut_by"] == []
    assert (await bank.maker.post("/v1/projects/mall/ask", {})).status_code == 200
    passed = (await bank.checker.post("/v1/projects/mall/pass", {})).json()
    assert (passed["step"], passed["days"], passed["gates"][0]["state"]) == (
        "requirement", 0, "passed",
    )  # fmt: skip
    (card,) = (await bank.reader.get("/v1/projects")).json()["data"]
    assert card == {name: passed[name] for name in card}


@pytest.mark.usefixtures("bank")
async def test_what_is_wrong_says_where(bank: Bank) -> None:  # noqa: F811
    for param, wrong in (
        ("targets[0].least", {"targets": [PLAN["targets"][0] | {"least": "-1"}]}),
        ("steps.live.amount", {"targets": []}),
        ("currency", {"currency": "XXZ"}),
        ("ref", {"ref": "A"}),
    ):
        bad = await bank.maker.post("/v1/projects", PLAN | wrong)
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    for path in ("/v1/projects/none", "/v1/projects/none/more/and/more"):
        assert (await bank.reader.get(path)).status_code == 404
    assert (await bank.reader.post("/v1/projects", PLAN)).status_code == 403
    await bank.maker.post("/v1/projects", PLAN)
    close = await bank.maker.post("/v1/projects/mall/risks/x/close", {"answer": "it came"})
    assert (close.status_code, close.json()["code"]) == (404, "project.no_risk")
    assert (await bank.maker.get("/v1/projects/mall/ask")).status_code == 405
