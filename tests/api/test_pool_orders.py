"""Filling the pool of benefits over the API: proposed by one program, decided by another."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from api.conftest import World
from api.partner import Partner
from api.test_campaigns import ORDERS, chief, crm

__all__ = ["chief", "crm"]


@pytest.fixture
async def live_bank(world: World) -> World:
    await world.pool.execute("update tenant set sandbox = false where id = $1", world.tenant.id)
    return world


async def ask(by: Partner, amount: str = "12.00", **more: Any) -> Any:
    return await by.post(ORDERS, {"amount": amount, "reason": "spring", **more})


async def left(by: Partner) -> list[str]:
    return [each["left"] for each in (await by.get("/v1/benefits")).json()["pools"]]


async def test_one_program_proposes_another_approves(
    live_bank: World, crm: Partner, chief: Partner
) -> None:
    made = (await ask(crm)).json()
    assert (made["state"], made["amount"], made["proposed_by"], made["decided_by"]) == (
        "proposed", "12.00", "app:crm", None,
    )  # fmt: skip
    at = f"{ORDERS}/{made['id']}"
    own = await crm.post(f"{at}/decide", {"decision": "approve"})
    assert (own.status_code, own.json()["code"]) == (403, "benefits.four_eyes")
    assert (await ask(chief)).json()["code"] == "auth.scope"
    other = await chief.post(f"{at}/withdraw", None)
    assert (other.status_code, other.json()["code"]) == (403, "auth.scope")
    assert await left(crm) == []
    done = (await chief.post(f"{at}/decide", {"decision": "approve"})).json()
    assert (done["state"], done["decided_by"]) == ("approved", "app:chief")
    assert await left(crm) == ["12.00"]
    late = await crm.post(f"{at}/withdraw", None)
    assert (late.status_code, late.json()["code"]) == (409, "benefits.decided")
    back = (await ask(crm, "-12.01")).json()
    refused = await chief.post(f"{ORDERS}/{back['id']}/decide", {"decision": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "benefits.pool")
    gone = (await crm.post(f"{ORDERS}/{back['id']}/withdraw", None)).json()
    assert gone["state"] == "withdrawn"
    listed = (await chief.get(ORDERS)).json()["data"]
    assert [each["state"] for each in listed] == ["withdrawn", "approved"]


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [({"amount": "0.00"}, "benefits.amount", "amount"), ({"amount": "x"}, None, "amount"),
     ({"amount": "1.234"}, None, "amount"), ({"currency": "cny"}, None, "currency"),
     ({"reason": " "}, "benefits.reason", "reason"), ({"wish": 1}, "invalid.unknown_field", "wish")],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_with_its_place(
    live_bank: World, crm: Partner, body: dict[str, Any], code: str | None, param: str
) -> None:
    found = await ask(crm, **body) if "amount" not in body else await ask(crm, body["amount"])
    assert found.status_code == 400
    assert found.json()["param"] == param
    assert code is None or found.json()["code"] == code
    assert (await crm.get(ORDERS)).json()["data"] == []


async def test_what_is_not_there_is_not_found(crm: Partner, chief: Partner) -> None:
    for order in (uuid4(), "x"):
        found = await chief.post(f"{ORDERS}/{order}/decide", {"decision": "approve"})
        assert (found.status_code, found.json()["code"]) == (404, "benefits.not_found")
    assert (await crm.post("/v1/benefits/pool", {"amount": "1.00"})).status_code == 404
    assert (await crm.get(f"{ORDERS}/x/decide")).status_code == 405
