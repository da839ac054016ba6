"""Screening over the open API: who may see cases, decide them, and try other figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.partner import Partner, make_partner
from enscene.risk.screening import Screening
from enscene.scenes.reactions import LogReader
from lending import Lending, open_lending


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as made:
        trip = made.trip
        for number, amount in enumerate([*["100.00"] * 5, "6000.00"]):
            await trip.do("pay_card", "ann", f"card-{number}", amount=amount)
            await trip.book("ann", f"S{number}", amount)
        reader = LogReader(pool, "screening", trip.tenant.shard, Screening(pool).handle)
        while await reader.step():
            pass
        yield made


async def partner(lending: Lending, pool: Any, name: str, *scopes: str) -> Partner:
    return await make_partner(
        pool, lending.gateway, lending.trip.tenant, name, scopes=list(scopes), level="A2"
    )


async def test_a_case_is_seen_and_decided_by_who_may(lending: Lending, pool: Any) -> None:
    reader = await partner(lending, pool, "reader", "screening:read")
    officer = await partner(lending, pool, "officer", "screening:decide")
    assert (await lending.app.get("/v1/screening/cases")).json()["code"] == "auth.scope"
    (case,) = (await reader.get("/v1/screening/cases?state=waiting")).json()["data"]
    assert (case["rule"], case["customer"], case["facts"]["amount"]) == (
        "unusual_amount", "ann", "6000.00",
    )  # fmt: skip
    path = f"/v1/screening/cases/{case['id']}/decide"
    order = {"outcome": "confirmed", "why": "a card that was stolen"}
    assert (await reader.post(path, order)).status_code == 403
    for wrong, code in (
        ({"outcome": "maybe", "why": "not sure at all"}, "invalid.choice"),
        ({"outcome": "confirmed", "why": "no"}, "screening.why"),
    ):
        answer = await officer.post(path, wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    done = (await officer.post(path, order)).json()
    assert (done["outcome"], done["decided_by"]) == ("confirmed", "app:officer")
    assert (await officer.post(path, order)).status_code == 409
    assert (await officer.post("/v1/screening/cases/none/decide", order)).status_code == 404
    assert (await reader.get("/v1/screening/cases?state=waiting")).json()["data"] == []
    assert len((await reader.get("/v1/screening/cases?rule=unusual_amount")).json()["data"]) == 1


async def test_other_figures_are_tried(lending: Lending, pool: Any) -> None:
    reader = await partner(lending, pool, "reader", "screening:read")
    rules = (await reader.get("/v1/screening/rules")).json()
    assert {"cash_day", "passed_on", "came_back"} <= {rule["name"] for rule in rules["data"]}
    told = await reader.post(
        "/v1/screening/backtests", {"rule": "unusual_amount", "figures": {"least": 900_000}}
    )
    assert (told.json()["now"]["hits"], told.json()["then"]["hits"]) == (1, 0)
    wrong = await reader.post(
        "/v1/screening/backtests", {"rule": "unusual_amount", "figures": {"x": 1}}
    )
    assert (wrong.status_code, wrong.json()["param"]) == (400, "figures.x")
    for method, path in (("PUT", "cases"), ("GET", "backtests"), ("POST", "rules")):
        assert (await reader.send(method, f"/v1/screening/{path}", {})).status_code == 405
    assert (await reader.get("/v1/screening/nothing")).status_code == 404
