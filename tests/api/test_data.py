"""The data map over the open API: for whoever audits, page by page, with counted uses."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import World
from enscene.tenants.apps.store import insert_grant
from enscene.tenants.store import admitted

MEAL = {"things": {"meal": ["price", "ticket"]}, "accounts": []}


async def auditor(world: World) -> Any:
    return await world.partner("auditor", scopes=["consents:audit"])


async def lend(world: World) -> Any:
    """A partner that ann has let read the price of her meals, and that has."""
    scopes = ["scene:canteen:things.read"]
    partner = await world.partner("lender", scopes=scopes, level="A2", party=None)
    async with admitted(world.pool, world.tenant.id) as connection:
        await insert_grant(
            connection, world.tenant.id, partner.app.id, "ann", "canteen", ["things.read"], None,
            None, MEAL,
        )  # fmt: skip
    await world.top_up("ann", "50.00")
    assert (await world.meal("t1")).status_code == 200
    answer = await partner.get("/v1/canteen/things/meal", headers={"acting-party": "ann"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"][0]["fields"] == {"ticket": "t1", "price": "12.00"}
    return partner


async def test_an_answer_under_a_consent_is_counted_by_the_field(world: World) -> None:
    await lend(world)
    http = await auditor(world)
    told = (await http.get("/v1/data/items/canteen/things.meal.price")).json()
    assert (told["level"], told["api_level"], told["about"]) == ("C1", "A2", ["diner"])
    (use,) = [use for use in told["uses"] if use["rule"] == "consent"]
    assert (use["name"], use["purpose"], use["consents"]) == ("lender", "serve", 1)
    (served,) = told["served"]
    assert (served["app"], served["answers"], served["records"]) == ("lender", 1, 1)
    unasked = (await http.get("/v1/data/items/canteen/things.meal.diner")).json()
    assert unasked["served"] == []
    assert [use for use in unasked["uses"] if use["rule"] == "consent"] == []


async def test_the_list_goes_page_by_page_and_is_filtered(world: World) -> None:
    await lend(world)
    http = await auditor(world)
    every: list[str] = []
    query = "/v1/data/items?limit=20"
    while query:
        told = (await http.get(query)).json()
        every += [item["id"] for item in told["data"]]
        query = f"/v1/data/items?limit=20&cursor={told['next']}" if told["has_more"] else ""
    assert len(every) == len(set(every))
    declared = {
        f"things.{thing.name}.{name}" for thing in world.pack.things.values()
        for name in thing.fields
    }  # fmt: skip
    assert declared <= set(every)
    mine = (await http.get("/v1/data/items?app=lender")).json()["data"]
    assert {item["id"] for item in mine} == {"things.meal.price", "things.meal.ticket"}
    masked = (await http.get("/v1/data/items?level=C2&limit=200")).json()["data"]
    assert {item["level"] for item in masked} == {"C2"}
    assert (await http.get("/v1/data/items?scene=nowhere")).json()["data"] == []


async def test_silos_count_what_sharing_takes(world: World) -> None:
    http = await auditor(world)
    told = (await http.get("/v1/data/silos?scene=canteen&limit=200")).json()["data"]
    price = next(each for each in told if each["id"] == "things.meal.price")
    people = 3
    assert (price["kept"], price["customers"], price["agreed"]) == ("nobody_asks", people, 0)
    assert price["steps"] == price["consents"] + price["reviews"] + price["clauses"]
    assert price["consents"] == people
    await lend(world)
    told = (await http.get("/v1/data/silos?limit=200")).json()["data"]
    price = next(each for each in told if each["id"] == "things.meal.price")
    assert (price["kept"], price["consents"]) == ("consent", people - 1)


async def test_reuse_is_told(world: World) -> None:
    reader = await auditor(world)
    told = (await reader.get("/v1/data/reuse")).json()
    kinds = ["customers", "data", "blocks", "products", "flows", "pages"]
    assert [count["kind"] for count in told["counts"]] == kinds
    assert told["shared"] == []
    rates = told["rates"]
    assert (rates["own_share"], rates["shared_share"], rates["days_saved"]) == (100.0, 0.0, 0)
    assert [each["scene"] for each in rates["scenes"]] == ["canteen"]
    assert rates["months"][-1]["versions"] == len(rates["versions"]) == 1
    dear = (await reader.get("/v1/data/reuse?day_cost=3000")).json()["rates"]
    assert (dear["day_cost"], dear["cost_saved"]) == (3000, 0)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/data/items/canteen/things.meal.nothing", 404, "data.not_found"),
        ("/v1/data/items/nowhere/things.meal.price", 404, "data.not_found"),
        ("/v1/data/items?level=C9", 400, "invalid.choice"),
        ("/v1/data/items?limit=0", 400, "invalid.limit"),
        ("/v1/data/reuse?day_cost=-1", 400, "data.day_cost"),
        ("/v1/data/reuse?day_cost=100001", 400, "data.day_cost"),
        ("/v1/data/silos?cursor=x", 400, "cursor.bad"),
        ("/v1/data/items/canteen", 404, "http.no_route"),
    ],
)
async def test_what_is_refused(world: World, path: str, status: int, code: str) -> None:
    answer = await (await auditor(world)).get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_without_the_scope_nobody_reads_it(world: World) -> None:
    for path in ("items", "reuse", "silos", "items/canteen/things.meal.price"):
        answer = await world.bank.get(f"/v1/data/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope")
    wrong = await (await auditor(world)).post("/v1/data/items", {})
    assert wrong.status_code == 405
