"""A district: merchants join, an order is paid either way, benefits are used, and somebody leaves."""

from __future__ import annotations

from typing import Any

from packs.open_scene import Story, open_story

PARTIES = {"ann": "cardholder", "bob": "cardholder", "noodles": "merchant", "coffee": "merchant",
           "till": "till", "other": "till", "bank": "bank"}  # fmt: skip
BOUND = {"till": "noodles", "other": "coffee"}
MONEY = {("card", "ann"): "1000.00", ("card", "bob"): "300.00"}
SHOP = {"store": "S1", "title": "春风面馆", "category": "food", "lat_e5": 3125000,
        "lon_e5": 12147000, "area": "wtw3s"}  # fmt: skip
LUNCH = {"offer": "F1", "store": "S1", "title": "80 抵 100", "price": "80.00", "worth": "100.00",
         "starts": "2026-03-01", "until": "2026-03-09", "quantity": 2}  # fmt: skip
CARD = {"plan": "P1", "store": "S1", "title": "午餐月卡", "per_use": "15.00", "uses": 4}


async def done(story: Story, action: str, by: str, **given: Any) -> Any:
    answer = await story.do(action, by, **given)
    assert isinstance(answer, dict), (action, answer)
    return answer


async def joined(story: Story) -> None:
    """Nothing is sold before the bank has admitted the store, and nothing from another's."""
    assert await story.do("join", "ann", **SHOP) == "role"
    await done(story, "join", "noodles", **SHOP)
    assert await story.do("open_offer", "noodles", **LUNCH) == "store_not_open"
    assert await story.do("admit_store", "noodles", store="S1") == "role"
    await done(story, "admit_store", "bank", store="S1")
    await done(story, "open_area", "bank", area="wtw3s")
    assert await story.do("open_offer", "coffee", **LUNCH) == "not_own"
    await done(story, "open_offer", "noodles", **LUNCH)


async def paid_either_way(story: Story) -> None:
    """One order, once, online or at the terminal of its own shop."""
    order = {"order": "O1", "store": "S1", "price": "100.00"}
    await done(story, "place_order", "ann", **order)
    assert await story.do("pay_online", "bob", order="O1") == "not_own"
    assert await story.do("pay_in_shop", "other", order="O1") == "not_own"
    await done(story, "pay_in_shop", "till", order="O1")
    assert await story.do("pay_online", "ann", order="O1") == "thing.wrong_state"
    await done(story, "place_order", "till", **{**order, "order": "O2", "cardholder": "bob"})
    await done(story, "pay_online", "bob", order="O2")
    assert await story.do("pay_in_shop", "till", order="O2") == "thing.wrong_state"
    assert await story.balance("card_fees", "bank") == "1.20"
    assert await story.balance("takings", "noodles") == "198.80"


async def near_by(story: Story) -> None:
    """Of one's own purchase; what ends is not shown any more."""
    assert (await done(story, "around_order", "ann", order="O1"))["offers"] == ["F1"]
    assert await story.do("around_order", "bob", order="O1") == "not_own"
    for name in ("F2", "F3", "F4", "F5", "F6"):
        await done(story, "open_offer", "noodles", **{**LUNCH, "offer": name, "price": "0.00"})
    newest = (await done(story, "around_order", "ann", order="O1"))["offers"]
    assert newest == ["F6", "F5", "F4", "F3", "F2"]
    for name in ("F2", "F4", "F6"):
        await done(story, "close_offer", "noodles", offer=name)
    assert (await done(story, "around_order", "ann", order="O1"))["offers"] == ["F5", "F3"]


async def redeemed(story: Story) -> None:
    """The code is good once, at its own merchant; the fee is income of its own."""
    await done(story, "take_coupon", "ann", offer="F1", coupon="C1")
    assert await story.do("take_coupon", "bob", offer="F1", coupon="C1") == "thing.exists"
    assert await story.balance("prepaid", "noodles") == "80.00"
    assert await story.do("redeem_coupon", "coffee", coupon="C1") == "not_own"
    assert await story.do("redeem_coupon", "ann", coupon="C1") == "role"
    await done(story, "redeem_coupon", "till", coupon="C1")
    assert await story.do("redeem_coupon", "till", coupon="C1") == "thing.wrong_state"
    assert await story.do("give_back_coupon", "ann", coupon="C1") == "thing.wrong_state"
    assert await story.balance("benefit_fees", "bank") == "0.50"
    assert await story.contracts("ann") == [("coupon", "closed")]


async def given_back(story: Story) -> None:
    """A monthly card is closed with one key: what was not used comes back."""
    await done(story, "open_plan", "noodles", **CARD)
    await done(story, "buy_pass", "ann", **{"pass": "M1", "plan": "P1"})
    await done(story, "use_pass", "till", **{"pass": "M1"})
    before = float(await story.balance("card", "ann"))
    held = await story.last_contract("ann")
    assert await story.act(held, "close", "bob") == "contract.not_found"
    assert await story.act(held, "close", "ann") == "closed"
    assert await story.state("pass", "M1") == "given_back"
    assert float(await story.balance("card", "ann")) == before + 45
    assert await story.do("use_pass", "till", **{"pass": "M1"}) == "thing.wrong_state"


async def left(story: Story) -> None:
    """Who leaves sells nothing more, and nobody's money stays behind."""
    await done(story, "take_coupon", "bob", offer="F1", coupon="C2")
    await done(story, "buy_pass", "bob", **{"pass": "M2", "plan": "P1"})
    assert await story.do("leave", "coffee", store="S1") == "not_own"
    await done(story, "leave", "noodles", store="S1")
    assert await story.state("coupon", "C2") == "given_back"
    assert await story.state("pass", "M2") == "given_back"
    assert await story.state("offer", "F1") == "closed"
    assert await story.balance("card", "bob") == "200.00"
    assert await story.balance("prepaid", "noodles") == "0.00"
    assert await story.do("take_coupon", "bob", offer="F1", coupon="C3") == "thing.wrong_state"
    assert await story.do("buy_pass", "bob", **{"pass": "M3", "plan": "P1"}) == "not_on_sale"
    # A refund is still owed: the merchant bears the fee.
    await done(story, "refund_order", "noodles", order="O2")
    assert await story.balance("card", "bob") == "300.00"
    assert await story.balance("card_fees", "bank") == "1.20"
    await story.until("2026-03-09T23:00")
    assert await story.state("store", "S1") == "closed"


async def test_a_district_sells_redeems_and_lets_a_merchant_go(pool: Any) -> None:
    async with open_story(pool, "business_district", PARTIES, MONEY, bound=BOUND) as story:
        await joined(story)
        await paid_either_way(story)
        await near_by(story)
        await redeemed(story)
        await given_back(story)
        await left(story)
        assert story.idle == set()
        assert await story.adds_up()
