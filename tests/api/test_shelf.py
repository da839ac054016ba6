"""The shelf over HTTP: what fits whom, what it costs, who may set a price and who approves it."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel import controls
from enscene.shelf import standard_shelf
from enscene.tenants.apps import ActsFor

SHELF = standard_shelf()


@pytest.fixture
async def staff(world) -> Any:
    """Two applications of the bank's people: one sets prices, the other approves."""
    maker = await world.partner("maker", party="BANK", scopes=["shelf:read", "shelf:edit"])
    checker = await world.partner("checker", party="BANK", scopes=["shelf:approve"])
    return maker, checker


async def know(world, ref: str, **profile: Any) -> None:
    """What the bank knows of a party."""
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute(
            "update party set profile = $3 where tenant = $1 and ref = $2",
            world.tenant.id, ref, profile,
        )  # fmt: skip


async def quote(partner, party: str | None = None, **ask: Any) -> Any:
    answer = await partner.post("/v1/canteen/quotes", ask, party=party)
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(quote: Any) -> dict[str, str]:
    """The code of each product that was judged."""
    return {each["product"]: each["why"]["code"] for each in quote["eligible"] + quote["refused"]}


async def test_the_whole_shelf_is_judged_for_a_diner(world):
    await know(world, "ann", born="1996-05-01", customer_since="2020-01-01")
    found = await quote(world.h5, "ann", need="wallet_runs_empty")
    assert found["customer"] == "ann"
    assert found["best"] == "auto_topup"
    assert told(found).keys() == SHELF.products.keys()
    best = found["eligible"][0]
    assert best["why"] == {
        "code": "covers_need", "zh": "正好解决：余额不足付不了款",
        "en": "meets your need: the wallet runs empty",
    }  # fmt: skip
    assert best["documents"] == [
        {"name": "debit_authorisation", "zh": "代扣授权书", "en": "Debit authorisation"}
    ]
    assert told(found)["car_loan"] == "not_in_scene"
    assert all(each["why"]["zh"] and each["data"] for each in found["refused"])


async def test_a_scene_offers_what_it_has_mounted_and_the_bank_may_decline(world, staff):
    maker, _ = staff
    assert told(await quote(world.h5, "ann"))["points"] == "not_mounted"
    order = {"product": "auto_topup", "stance": "declined", "scene": "canteen", "reason": "test"}
    assert (await maker.post("/v1/shelf/choices", order)).status_code == 200
    found = await quote(world.h5, "ann")
    assert told(found)["auto_topup"] == "declined"
    assert found["best"] is None
    gaps = (await maker.get("/v1/shelf/gaps")).json()
    (pair,) = [p for p in gaps["pairs"] if p["product"] == "auto_topup"]
    assert (pair["status"], pair["by"]) == ("on", ["auto_topup"])
    (choice,) = (await maker.get("/v1/shelf/choices")).json()["data"]
    assert (choice["reason"], choice["review_due"]) == ("test", False)


async def test_the_bank_asks_for_anybody_and_others_for_themselves(world):
    assert (await quote(world.bank, customer="ann"))["customer"] == "ann"
    answer = await world.hall.post("/v1/canteen/quotes", {"customer": "ann"})
    assert answer.json()["code"] == "shelf.not_own"
    answer = await world.bank.post("/v1/canteen/quotes", {"customer": "nobody"})
    assert answer.status_code == 404
    other = await world.partner("x", party="BANK", scopes=["scene:canteen:pay_by_code"])
    assert (await other.post("/v1/canteen/quotes", {})).json()["code"] == "auth.scope"


async def test_an_application_without_a_right_to_account_data_learns_nothing_of_them(world):
    small = await world.partner(
        "small", party="BANK", level="A1", scopes=["scene:canteen:quotes.read"],
        acts_for=[ActsFor("canteen", "diner")],
    )  # fmt: skip
    found = await quote(small, "ann")
    personal = [r for r in found["refused"] if any(p.startswith("customer.") for p in r["data"])]
    assert personal == []


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"amount": "0"}, "shelf.bad_amount"),
        ({"amount": "1.234"}, "money.bad_amount"),
        ({"amount": 12}, "invalid.type"),
        ({"months": 481}, "invalid.type"),
        ({"need": "hungry"}, "shelf.no_need"),
        ({"wish": 1}, "invalid.unknown_field"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_told(world, ask, code):
    answer = await world.h5.post("/v1/canteen/quotes", ask, party="ann")
    assert answer.status_code == 400
    assert answer.json()["code"] == code


async def test_products_are_found_by_what_they_are(world, staff):
    maker, _ = staff
    everything = (await maker.get("/v1/shelf")).json()["data"]
    assert len(everything) == len(SHELF.products)
    loans = (await maker.get("/v1/shelf?kind=loan&sector=wedding&serves=C")).json()["data"]
    assert {each["product"] for each in loans} == {"instalment", "instalment_wedding"}
    assert (await maker.get("/v1/shelf?kind=toy")).json()["code"] == "shelf.filter"
    assert (await world.till.get("/v1/shelf")).status_code == 403
    assert (await maker.get("/v1/shelf/nothing")).json()["code"] == "shelf.no_product"


async def test_a_variant_tells_how_it_differs_from_its_base(world, staff):
    maker, _ = staff
    found = (await maker.get("/v1/shelf/instalment_wedding")).json()
    assert found["base"] == "instalment"
    assert {"what": "months", "base": "3, 6, 12, 24", "variant": "6, 12, 24, 36"} in found[
        "differs"
    ]
    base = (await maker.get("/v1/shelf/instalment")).json()
    assert "differs" not in base
    assert "instalment_wedding" in base["variants"]


async def test_a_price_within_limits_holds_at_once_and_shows_in_the_product(world, staff):
    maker, _ = staff
    order = {"product": "instalment", "name": "rate", "value": "4.8%", "why": "spring"}
    first = await maker.post("/v1/shelf/prices", order, key="one")
    assert first.status_code == 200, first.text
    assert first.json()["state"] == "in_force"
    again = await maker.post("/v1/shelf/prices", order, key="one")
    assert again.headers["idempotency-replayed"] == "true"
    product = (await maker.get("/v1/shelf/instalment")).json()
    assert (product["prices"]["rate"], product["prices_today"]["rate"]) == ("7.2%", "4.8%")
    ended = await maker.post(f"/v1/shelf/prices/{first.json()['id']}/end", {"why": "over"})
    assert ended.json()["ends"] == first.json()["id"]
    product = (await maker.get("/v1/shelf/instalment")).json()
    assert product["prices_today"]["rate"] == "7.2%"


async def test_a_price_beyond_the_limits_needs_another_hand(world, staff):
    maker, checker = staff
    order = {"product": "instalment", "name": "rate", "value": "2%", "why": "students"}
    price = (await maker.post("/v1/shelf/prices", order)).json()
    assert (price["state"], price["outside"]) == ("asked", True)
    path = f"/v1/shelf/prices/{price['id']}/approve"
    assert (await maker.post(path, {})).status_code == 403
    approved = await checker.post(path, {"note": "ok"})
    assert approved.json()["decided_by"] == "app:checker"
    assert (await checker.post(path, {})).json()["code"] == "price.moved_on"
    both = await world.partner("both", party="BANK", scopes=["shelf:edit", "shelf:approve"])
    own = (await both.post("/v1/shelf/prices", order)).json()
    answer = await both.post(f"/v1/shelf/prices/{own['id']}/approve", {})
    assert answer.json()["code"] == "price.own_request"
    listed = (await checker.get("/v1/shelf/prices?product=instalment&limit=1")).json()
    assert listed["has_more"]
    assert listed["data"][0]["id"] == own["id"]
    rest = await checker.get(f"/v1/shelf/prices?product=instalment&limit=1&cursor={listed['next']}")
    assert [each["id"] for each in rest.json()["data"]] == [price["id"]]


async def test_no_price_passes_the_cap(world, staff):
    maker, _ = staff
    order = {"product": "instalment", "name": "rate", "value": "30%", "why": "greed"}
    answer = await maker.post("/v1/shelf/prices", order)
    assert answer.status_code == 422
    assert answer.json()["facts"]["most"] == "24%"


async def test_bundles_and_articles_are_told(world, staff):
    maker, _ = staff
    bundles = {b["bundle"]: b for b in (await maker.get("/v1/shelf/bundles")).json()["data"]}
    assert bundles["being_ill"]["left"] == ["income_lost"]
    (scene,) = bundles["small_shop"]["scenes"]
    assert scene["scene"] == "canteen"
    assert scene["covered"] == []
    articles = (await maker.get("/v1/shelf/articles")).json()["data"]
    assert [each["article"] for each in articles] == [
        "technology", "green", "inclusive", "pension", "digital",
    ]  # fmt: skip
    assert articles[-1]["scenes"] == ["canteen"]


async def test_without_its_control_one_person_sets_a_price(world, staff, monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "price_second_person", lambda set_by, who: None)
    both = await world.partner("both", party="BANK", scopes=["shelf:edit", "shelf:approve"])
    order = {"product": "instalment", "name": "rate", "value": "2%", "why": "students"}
    own = (await both.post("/v1/shelf/prices", order)).json()
    answer = await both.post(f"/v1/shelf/prices/{own['id']}/approve", {})
    assert answer.json().get("code") != "price.own_request"
