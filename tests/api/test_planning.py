"""The register over HTTP, by the bank's own programs: entered, scored, screened, ordered, proposed."""

from __future__ import annotations

from asyncio import gather
from typing import Any

import pytest

from api.test_launch import Bank, bank  # noqa: F401

AT = "/v1/planning"
SPA: dict[str, Any] = {
    "ref": "spa", "name": "Hot springs", "sector": "tourism", "level": "key", "serves": ["C", "B"],
    "mode": "co_build", "route": "turnkey", "needed_by": "2999-01-01", "lines": ["wealth"],
    "frequent_act": "a ticket is bought", "drives": "a saving plan",
}  # fmt: skip
RULES: dict[str, Any] = {
    "weights": {"customers": 20, "market": 20, "traffic": 15, "control": 15, "advantage": 15,
                "endowment": 15},
    "principles": {"tiered": 100, "strategy": 0, "urgent": 0, "core": 0},
    "review_months": {"strategic": 2, "key": 4, "ordinary": 8}, "least_total": 60,
    "reason": "fewer and better",
}  # fmt: skip


def score(points: int, **others: int) -> dict[str, Any]:
    return {name: {"points": others.get(name, points), "evidence": "counted"}
            for name in RULES["weights"]}  # fmt: skip


@pytest.mark.usefixtures("bank")
async def test_a_candidate_is_entered_scored_and_becomes_a_project(bank: Bank) -> None:  # noqa: F811
    made = await bank.maker.post(f"{AT}/entries", SPA, key="e1")
    assert made.status_code == 200, made.text
    assert (await bank.maker.post(f"{AT}/entries", SPA, key="e1")).json() == made.json()
    told = made.json()
    assert (told["state"], told["version"], told["serves"]) == ("candidate", 1, ["B", "C"])
    assert told["organisation"]["owns"]["rules"] == "customer"
    changed = await bank.maker.send("PATCH", f"{AT}/entries/spa", {"version": 1, "owner": "cyd"})
    assert changed.json()["history"][0]["fields"] == ["owner"]
    stale = await bank.maker.send("PATCH", f"{AT}/entries/spa", {"version": 1, "owner": "x"})
    assert (stale.status_code, stale.json()["code"]) == (409, "planning.version")
    plan = {"ref": "spa", "name": "Spa", "owner": "ann", "entry": "spa"}
    unscored = await bank.maker.post("/v1/projects", plan)
    assert (unscored.status_code, unscored.json()["code"]) == (422, "planning.unscored")
    scored = await bank.maker.post(f"{AT}/entries/spa/score", score(55, control=10))
    assert scored.json()["score"]["warnings"] == ["control"]
    assert scored.json()["total"] == 48
    asked = (await bank.maker.post(f"{AT}/rules", RULES)).json()
    assert (asked["version"], asked["state"]) == (1, "asked")
    assert (await bank.maker.post(f"{AT}/rules/1/approve", {})).status_code == 403
    approved = await bank.checker.post(f"{AT}/rules/1/approve", {})
    assert approved.json()["state"] == "approved", approved.text
    refused = await bank.maker.post("/v1/projects", plan)
    assert refused.json()["facts"]["reasons"] == ["total 48 60"]
    await bank.maker.post(f"{AT}/entries/spa/score", score(60))
    planned = await bank.maker.post("/v1/projects", plan)
    assert (planned.status_code, planned.json()["entry"]) == (200, "spa")
    (card,) = (await bank.reader.get(f"{AT}/entries")).json()["data"]
    assert (card["state"], card["project"], card["total"]) == ("project", "spa", 60)
    versions = (await bank.reader.get(f"{AT}/rules")).json()["data"]
    assert [each["version"] for each in versions] == [1, 0]


@pytest.mark.usefixtures("bank")
async def test_a_live_scene_stands_in_the_register(bank: Bank) -> None:  # noqa: F811
    await bank.live(customer="acme")
    (card,) = (await bank.reader.get(f"{AT}/entries?q=ACME&state=live")).json()["data"]
    assert (card["ref"], card["scene"], card["sector"]) == ("north", "north", "catering")
    assert (await bank.reader.get(f"{AT}/entries?level=key")).json()["data"] == []
    depth = {"flagship": {"weekly_percent": 30, "products_per_100": 150}}
    await bank.maker.send("PATCH", f"{AT}/entries/north", depth)
    (flagship,) = (await bank.reader.get(f"{AT}/flagships")).json()["data"]
    assert flagship["weekly_percent"] == {"target": 30, "value": None, "met": None}
    twin = {"ref": "hall", "name": "Hall", "pack": "smart_canteen", "customer": "acme"}
    await bank.maker.post(f"{AT}/entries", twin)
    compared = (await bank.maker.post(f"{AT}/entries/hall/compare", {})).json()["comparison"]
    assert compared["found"][0]["ref"] == "north"
    lines = {
        each["line"]: each for each in (await bank.reader.get(f"{AT}/coverage")).json()["data"]
    }
    assert lines["payments"]["scenes"] == ["north"]
    assert not lines["international"]["covered"]
    near = (await bank.reader.get(f"{AT}/entries/north/neighbours")).json()["data"]
    assert near[0]["ref"] == "hall"
    assert near[0]["same_customer"]
    listed = (await bank.reader.get(f"{AT}/bank?q=hall")).json()["data"]
    assert [(each["ref"], each["state"]) for each in listed] == [("hall", "candidate")]
    assert (await bank.reader.get(f"{AT}/modes")).json()["modes"]["self_build"]["en"]


@pytest.mark.usefixtures("bank")
async def test_a_need_is_proposed_and_stands_on_the_map(bank: Bank) -> None:  # noqa: F811
    need = {"who": "growers", "need": "sell before the harvest", "served_today": "by hand",
            "source": "visits", "sector": "agriculture"}  # fmt: skip
    made = (await bank.maker.post(f"{AT}/needs", need)).json()
    proposed = await bank.maker.post(f"{AT}/needs/{made['id']}/propose", {})
    assert (proposed.json()["ref"], proposed.json()["segments"]) == ("need-1", "growers")
    again = await bank.maker.post(f"{AT}/needs/{made['id']}/propose", {})
    assert (again.status_code, again.json()["code"]) == (409, "planning.proposed")
    assert (await bank.reader.get(f"{AT}/needs")).json()["data"][0]["entry"] == "need-1"
    await bank.maker.post(f"{AT}/entries", SPA | {"needed_by": "2020-01-01"})
    rows = (await bank.reader.get(f"{AT}/map")).json()["data"]
    assert [(row["ref"], row["points"]) for row in rows] == [("spa", 40), ("need-1", 5)]
    await bank.maker.send("PATCH", f"{AT}/entries/need-1", {"level": "strategic"})
    rows = (await bank.reader.get(f"{AT}/map?urgent=0&strategy=0&core=0")).json()["data"]
    assert [(row["ref"], row["place_before"], row["passed"]) for row in rows] == [
        ("need-1", 2, ["spa"]), ("spa", 1, []),
    ]  # fmt: skip
    dropped = await bank.maker.post(f"{AT}/entries/need-1/drop", {"note": "no market"})
    assert dropped.json()["state"] == "dropped"


@pytest.mark.usefixtures("bank")
async def test_what_is_wrong_says_where(bank: Bank) -> None:  # noqa: F811
    for param, wrong in (
        ("ref", {"ref": "A"}), ("level", {"level": "huge"}), ("lines", {"lines": ["lottery"]}),
        ("colour", {"colour": "red"}), ("links", {"links": ["none"]}),
    ):  # fmt: skip
        bad = await bank.maker.post(f"{AT}/entries", SPA | wrong)
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    for path in ("entries/none", "entries/none/neighbours", "none", "", "entries/a/b/c"):
        assert (await bank.reader.get(f"{AT}/{path}")).status_code == 404, path
    for path in ("map?tiered=101", "map?tiered=x", "map?none=1", "entries?level=huge",
                 "map?tiered=0&strategy=0&urgent=0&core=0"):  # fmt: skip
        assert (await bank.reader.get(f"{AT}/{path}")).status_code == 400, path
    assert (await bank.reader.post(f"{AT}/entries", SPA)).status_code == 403
    assert (await bank.maker.post(f"{AT}/map", {})).status_code == 405
    assert (await bank.maker.get(f"{AT}/entries/spa/score")).status_code == 405
    assert (await bank.checker.post(f"{AT}/rules/x/approve", {})).status_code == 404
    assert (await bank.maker.post(f"{AT}/needs/x/propose", {})).status_code == 404
    assert (await bank.maker.post(f"{AT}/rules", RULES | {"weights": {}})).json()[
        "param"
    ] == "weights"


@pytest.mark.usefixtures("bank")
async def test_many_write_at_once(bank: Bank) -> None:  # noqa: F811
    orders = [SPA | {"ref": f"spa-{number}"} for number in range(30)]
    answers = await gather(*(bank.maker.post(f"{AT}/entries", each) for each in orders))
    assert {each.status_code for each in answers} == {200}
    assert len((await bank.reader.get(f"{AT}/entries")).json()["data"]) == 30
