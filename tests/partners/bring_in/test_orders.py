"""Orders: told again, late and out of order; paid at the cashier, given back, and seen by few."""

from __future__ import annotations

import asyncio

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import NotFound, Refused
from enscene.partners.bring_in import find_orders, order_id, read_own_order
from enscene.partners.bring_in.cashier import due_name


@pytest.fixture
async def shop(outside):
    found = await outside.partner("外卖", "A2")
    await found.agree()
    return found


async def test_states_come_in_order_and_again(shop):
    came = await shop.came(await shop.entry())
    first = await shop.told("o-1", came, "placed")
    assert (first["state"], first["applied"], first["paid"]) == ("placed", True, "0.00")
    again = await shop.told("o-1", came, "placed")
    assert (again["id"], again["applied"]) == (first["id"], False)
    paid = await shop.told("o-1", came, "paid")
    assert (paid["state"], paid["paid"]) == ("paid", "32.00")
    assert (await shop.told("o-1", came, "delivered"))["state"] == "delivered"
    listed = (await shop.app.get("/v1/brought-in/orders")).json()["data"]
    assert [(each["number"], each["state"]) for each in listed] == [("o-1", "delivered")]


async def test_old_news_change_nothing(shop):
    came = await shop.came(await shop.entry())
    assert (await shop.told("o-1", came, "delivered"))["paid"] == "32.00"
    for late in ("placed", "paid"):
        told = await shop.told("o-1", came, late)
        assert (told["state"], told["applied"]) == ("delivered", False)
    await shop.told("o-2", came, "cancelled")
    for late in ("placed", "paid", "delivered"):
        assert (await shop.told("o-2", came, late))["state"] == "cancelled"
    back = await shop.told("o-1", came, "refunded", refunded="10.00")
    assert (back["state"], back["refunded"]) == ("delivered", "10.00")
    assert (await shop.told("o-1", came, "refunded", refunded="4.00"))["refunded"] == "10.00"
    whole = await shop.told("o-1", came, "refunded")
    assert (whole["state"], whole["refunded"]) == ("refunded", "32.00")


@pytest.mark.parametrize(
    ("before", "said", "more", "code"),
    [
        ("paid", "cancelled", {}, "brought_in.paid"),
        ("delivered", "cancelled", {}, "brought_in.paid"),
        ("cancelled", "refunded", {}, "brought_in.ended"),
        ("refunded", "cancelled", {}, "brought_in.ended"),
        ("placed", "paid", {"amount": "33.00"}, "brought_in.other_order"),
        ("placed", "paid", {"title": "鱼"}, "brought_in.other_order"),
        ("placed", "placed", {"pay": "bank"}, "brought_in.other_order"),
    ],
)
async def test_what_cannot_be_is_a_conflict(shop, before, said, more, code):
    came = await shop.came(await shop.entry())
    await shop.told("o-1", came, before)
    answer = await shop.tell("o-1", came, said, **more)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    now = (await shop.app.get("/v1/brought-in/orders/o-1")).json()
    assert now["state"] == before


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"amount": "0"}, 400, "amount"), ({"amount": "-1"}, 400, "amount"),
        ({"amount": 32}, 400, "amount"), ({"amount": "1.001"}, 400, "amount"),
        ({"amount": "9" * 20}, 400, "amount"), ({"currency": "USD"}, 400, "currency"),
        ({"state": "lost"}, 400, "state"), ({"refunded": "1.00"}, 400, "refunded"),
        ({"person": "per_1"}, 404, "person"), ({"visit": "vis_1"}, 404, "visit"),
        ({"entry": "ent_1"}, 404, "entry"), ({"title": "\u202e!"}, 400, "title"),
        ({"return_to": "https://evil.example/"}, 400, "return_to"),
        ({"return_to": "javascript:1"}, 400, "return_to"), ({"more": 1}, 400, "more"),
    ],
)  # fmt: skip
async def test_bad_reports_are_told_by_field_and_leave_nothing(shop, change, status, param):
    came = await shop.came(await shop.entry())
    answer = await shop.tell("o-1", came, **{"state": "placed"} | change)
    assert (answer.status_code, answer.json()["param"]) == (status, param)
    assert (await shop.app.get("/v1/brought-in/orders/o-1")).status_code == 404


async def test_twenty_first_reports_at_once_make_one_order(shop):
    came = await shop.came(await shop.entry())
    told = await asyncio.gather(*[shop.told("o-1", came, "placed") for _ in range(20)])
    assert len({each["id"] for each in told}) == 1
    assert sum(each["applied"] for each in told) == 1


async def test_a_number_is_each_partners_own(outside, shop):
    other = await outside.partner("购物")
    await other.agree()
    came, else_ = await shop.came(await shop.entry()), await other.came(await other.entry())
    await shop.told("o-1", came, "placed")
    assert (await other.app.get("/v1/brought-in/orders/o-1")).status_code == 404
    assert (await other.tell("o-2", came, "placed")).status_code == 404
    await other.told("o-1", else_, "placed")
    assert len((await shop.app.get("/v1/brought-in/orders")).json()["data"]) == 1


async def test_lists_go_on_by_cursor(shop):
    came = await shop.came(await shop.entry())
    for number in range(3):
        await shop.told(f"o-{number}", came, "placed")
    first = (await shop.app.get("/v1/brought-in/orders?limit=2")).json()
    rest = (await shop.app.get(f"/v1/brought-in/orders?limit=2&cursor={first['next']}")).json()
    assert [each["number"] for each in first["data"] + rest["data"]] == ["o-2", "o-1", "o-0"]
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def cashed(shop, number="o-1"):
    """An order to be paid at the bank."""
    came = await shop.came(await shop.entry())
    told = await shop.told(number, came, "placed", pay="bank")
    return came, order_id(told["id"]), told


async def test_paid_at_the_cashier_and_given_back_on_the_ledger(outside, shop):
    await outside.give("ann", 5_000)
    came, order, told = await cashed(shop)
    assert told["pay_at"].endswith(f"/bank/bank/outside/orders/{told['id']}")
    answer = await shop.tell("o-1", came, "paid", pay="bank")
    assert (answer.status_code, answer.json()["code"]) == (409, "brought_in.unpaid")
    ann = outside.people["ann"]
    paid = await asyncio.gather(
        *[outside.cashier.pay(outside.tenant.id, order, ann) for _ in range(8)]
    )
    assert {each.state for each in paid} == {"paid"}
    assert await outside.balance("current", ann) == 1_800
    assert await outside.balance(due_name(shop.id)) == 3_200
    assert (await shop.told("o-1", came, "paid", pay="bank"))["applied"] is False
    part = await shop.told("o-1", came, "refunded", pay="bank", refunded="12.00")
    assert (part["state"], part["refunded"]) == ("paid", "12.00")
    whole = await asyncio.gather(
        *[shop.told("o-1", came, "refunded", pay="bank") for _ in range(6)]
    )
    assert {each["refunded"] for each in whole} == {"32.00"}
    assert await outside.balance("current", ann) == 5_000
    assert await outside.balance(due_name(shop.id)) == 0


async def test_an_account_without_enough_pays_nothing_and_may_pay_later(outside, shop):
    _, order, _ = await cashed(shop)
    ann = outside.people["ann"]
    with pytest.raises(Refused) as refused:
        await outside.cashier.pay(outside.tenant.id, order, ann)
    assert refused.value.code == "brought_in.no_funds"
    await outside.give("ann", 3_200)
    assert (await outside.cashier.pay(outside.tenant.id, order, ann)).state == "paid"


async def test_a_cancelled_order_is_not_paid(outside, shop):
    await outside.give("ann", 5_000)
    came, order, _ = await cashed(shop)
    await shop.told("o-1", came, "cancelled", pay="bank")
    with pytest.raises(Refused) as refused:
        await outside.cashier.pay(outside.tenant.id, order, outside.people["ann"])
    assert refused.value.code == "brought_in.not_payable"
    assert await outside.balance("current", outside.people["ann"]) == 5_000


async def test_paying_and_cancelling_at_once_never_both(outside, shop):
    await outside.give("ann", 100_000)
    entry, ann = await shop.entry(), outside.people["ann"]
    came = await shop.came(entry)
    for number in range(6):
        told = await shop.told(f"r-{number}", came, "placed", pay="bank")
        order = order_id(told["id"])
        await asyncio.gather(
            outside.cashier.pay(outside.tenant.id, order, ann),
            shop.tell(f"r-{number}", came, "cancelled", pay="bank"), return_exceptions=True,
        )  # fmt: skip
        now = (await shop.app.get(f"/v1/brought-in/orders/r-{number}")).json()
        assert (now["state"], now["paid"]) in {("paid", "32.00"), ("cancelled", "0.00")}
    kept = [each.order.paid for each in await find_orders(outside.pool, outside.tenant.id)]
    assert sum(kept) == await outside.balance(due_name(shop.id))


async def test_only_applications_that_may_move_funds_ask_for_the_cashier(outside, monkeypatch):
    taxi = await outside.partner("出租车", "A1")
    await taxi.agree()
    came = await taxi.came(await taxi.entry(class_="taxi"))
    answer = await taxi.tell("t-1", came, "placed", pay="bank")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.level")
    monkeypatch.setitem(controls._CONTROLS, "brought_in_cashier", lambda **_: None)
    assert (await taxi.tell("t-1", came, "placed", pay="bank")).status_code == 200


async def test_a_customer_sees_only_its_own(outside, shop):
    _, order, _ = await cashed(shop)
    tenant, ann, bob = outside.tenant.id, outside.people["ann"], outside.people["bob"]
    assert (await read_own_order(outside.pool, tenant, order, ann)).order.number == "o-1"
    assert await find_orders(outside.pool, tenant, customer=bob) == []
    for look in (read_own_order(outside.pool, tenant, order, bob),
                 outside.cashier.pay(tenant, order, bob)):  # fmt: skip
        with pytest.raises(NotFound):
            await look
