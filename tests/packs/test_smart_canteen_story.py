"""A day in a canteen, as diners, till, canteen, employer, a restaurant nearby and the bank."""

from __future__ import annotations

from typing import Any

from packs.open_scene import Story, open_story

PARTIES = {"ann": "diner", "bob": "diner", "hall": "canteen", "till": "terminal",
           "acme": "sponsor", "noodles": "restaurant", "bank": "bank"}  # fmt: skip
LINKS = {"works_for": [("ann", "acme"), ("bob", "acme")]}


async def funded(story: Story) -> None:
    """The employer's money is the employer's to give; a wallet has its bounds."""
    assert await story.do("fund_subsidy", "ann", amount="100.00") == "role"
    assert isinstance(await story.do("fund_subsidy", "acme", amount="100.00"), dict)
    assert isinstance(await story.do("fund_outside_meals", "acme", amount="200.00"), dict)
    assert await story.do("top_up", "ann", amount="1000.01") == "top_up_too_large"
    assert isinstance(await story.do("top_up", "ann", amount="100.00"), dict)
    assert await story.do("withdraw", "ann", amount="100.01") == "ledger.insufficient_funds"


async def on_the_menu(story: Story) -> None:
    """What the canteen offers, and nobody else."""
    dish = {"dish": "D1", "title": "宫保鸡丁", "price": "8.00", "sold_by": "portion"}
    weighed = {"dish": "W1", "title": "自选热菜", "price": "0.30", "sold_by": "weight"}
    assert await story.do("offer_dish", "till", **dish) == "role"
    assert isinstance(await story.do("offer_dish", "hall", **dish), dict)
    assert await story.do("offer_dish", "hall", **dish) == "thing.exists"
    assert isinstance(await story.do("offer_dish", "hall", **weighed), dict)


async def paid_by_code(story: Story) -> None:
    """A ticket is paid once, with a part from the employer; who is short moves nothing."""
    meal = {"ticket": "T1", "diner": "ann", "price": "12.00"}
    first = await story.do("pay_by_code", "till", key="once", **meal)
    assert (await story.do("pay_by_code", "till", key="once", **meal))["seq"] == first["seq"]
    assert await story.do("pay_by_code", "till", **meal) == "thing.exists"
    assert await story.balance("wallet", "ann") == "91.00"
    assert await story.balance("takings", "hall") == "11.96"
    short = {"ticket": "T2", "diner": "bob", "price": "12.00"}
    assert await story.do("pay_by_code", "till", **short) == "ledger.insufficient_funds"
    assert await story.balance("subsidy", "acme") == "97.00"


async def paid_otherwise(story: Story) -> None:
    """By face and by weight where the machine is sure, up to the limit of the day."""
    face = {"ticket": "T3", "diner": "ann", "price": "10.00", "face_match": "F"}
    assert await story.do("pay_by_face", "till", confidence=8999, **face) == "face_unsure"
    assert isinstance(await story.do("pay_by_face", "till", confidence=9000, **face), dict)
    weighed = {"ticket": "T4", "diner": "ann", "grams": 456}
    assert await story.do("pay_by_weight", "till", dish="D1", **weighed) == "not_by_weight"
    done = await story.do("pay_by_weight", "till", dish="W1", **weighed)
    assert done["total"] == "13.50"
    seen = {"ticket": "T5", "diner": "ann", "dishes": ["D1"]}
    assert await story.do("pay_by_dishes", "till", confidence=8499, **seen) == "dishes_unsure"
    assert isinstance(await story.do("pay_by_dishes", "till", confidence=8500, **seen), dict)
    dear = {"ticket": "T6", "diner": "ann", "price": "16.51"}
    assert await story.do("pay_by_code", "till", **dear) == "daily_limit"
    assert await story.balance("wallet", "ann") == "68.50"
    assert await story.balance("subsidy", "acme") == "88.00"


async def ordered_ahead(story: Story) -> None:
    """Held until it is collected; only who has ordered it or serves it cancels it."""
    order = {"canteen": "hall", "dishes": ["D1"], "serving": "lunch", "day": "2026-03-02"}
    for number in ("O1", "O2"):
        assert isinstance(await story.do("place_order", "ann", order=number, **order), dict)
    purse = await story.do("wallet_balance", "ann")
    assert (purse["balance"], purse["held"], purse["available"]) == ("68.50", "10.00", "58.50")
    assert await story.do("cancel_order", "bob", order="O1") == "not_own"
    assert isinstance(await story.do("collect_order", "till", order="O1"), dict)
    assert await story.do("cancel_order", "ann", order="O1") == "thing.wrong_state"
    assert isinstance(await story.do("cancel_order", "ann", order="O2"), dict)
    assert (await story.do("wallet_balance", "ann"))["available"] == "63.50"


async def paid_in_digital_money(story: Story) -> None:
    """It stays apart."""
    assert isinstance(await story.do("top_up_rmb", "ann", amount="4.00"), dict)
    before = await story.balance("takings", "hall")
    paid = {"ticket": "T7", "diner": "ann", "price": "4.01"}
    assert await story.do("pay_with_rmb", "till", **paid) == "ledger.insufficient_funds"
    assert isinstance(await story.do("pay_with_rmb", "till", **{**paid, "price": "4.00"}), dict)
    assert await story.balance("rmb_takings", "hall") == "4.00"
    assert await story.balance("takings", "hall") == before


async def eaten_outside(story: Story) -> None:
    """On the company: after hours or on an outing, within its bounds."""
    late = {"bill": "R1", "restaurant": "noodles", "price": "30.00", "reason": "overtime"}
    assert await story.do("pay_outside_meal", "ann", **late) == "not_overtime"
    await story.until("2026-03-02T18:30")
    assert isinstance(await story.do("pay_outside_meal", "ann", **late), dict)
    outing = {"bill": "R2", "diner": "ann", "reason": "outing"}
    assert await story.do("pay_outside_meal", "noodles", price="40.01", **outing) == "too_dear"
    assert isinstance(await story.do("pay_outside_meal", "noodles", price="40.00", **outing), dict)
    more = {**late, "bill": "R3", "price": "10.01"}
    assert await story.do("pay_outside_meal", "ann", **more) == "outside_limit"
    assert await story.do("refund_outside_meal", "hall", bill="R2") == "role"
    assert isinstance(await story.do("refund_outside_meal", "noodles", bill="R2"), dict)
    assert await story.balance("meal_fund", "acme") == "170.00"


async def topped_up_by_itself(story: Story) -> None:
    """What she opens is hers to close, once."""
    order = {"mandate": "A1", "amount": "50.00"}
    large = {**order, "amount": "1000.01"}
    assert await story.do("open_auto_top_up", "ann", **large) == "top_up_too_large"
    assert await story.do("open_auto_top_up", "till", **order) == "role"
    assert isinstance(await story.do("open_auto_top_up", "ann", **order), dict)
    mandate = await story.last_contract("ann")
    assert await story.act(mandate, "close", "bob") == "contract.not_found"
    assert await story.act(mandate, "close", "ann") == "closed"
    assert await story.act(mandate, "close", "ann") == "contract.not_open"
    assert await story.state("top_up_order", "A1") == "ended"
    assert await story.contracts("ann") == [("auto_topup", "closed")]


async def test_a_day_from_the_menu_to_the_pay_out(pool: Any) -> None:
    async with open_story(
        pool, "smart_canteen", PARTIES, {}, bound={"till": "hall"}, links=LINKS
    ) as story:
        # 1-2: money and a menu
        await funded(story)
        await on_the_menu(story)
        # 3-4: at the till
        await paid_by_code(story)
        await paid_otherwise(story)
        # 5: ordered ahead
        await ordered_ahead(story)
        # 6: taken back by the canteen alone, once, to both who had paid
        assert await story.do("refund_meal", "till", ticket="T1") == "role"
        assert isinstance(await story.do("refund_meal", "hall", ticket="T1"), dict)
        assert await story.do("refund_meal", "hall", ticket="T1") == "thing.wrong_state"
        assert await story.balance("wallet", "ann") == "72.50"
        assert await story.balance("subsidy", "acme") == "88.00"
        # 7: digital money
        await paid_in_digital_money(story)
        # 8-9: outside, in the evening; and a product of the bank
        await eaten_outside(story)
        await topped_up_by_itself(story)
        # 10: the menu has ended, the day is settled and paid out
        await story.until("2026-03-02T22:30")
        weighed = {"ticket": "T8", "diner": "ann", "dish": "W1", "grams": 100}
        assert await story.do("pay_by_weight", "till", **weighed) == "not_on_menu"
        assert await story.state("meal", "T3") == "settled"
        paid_out = ("takings", "hall"), ("rmb_takings", "hall"), ("table_takings", "noodles")
        assert [await story.balance(*each) for each in paid_out] == ["0.00"] * 3
        # 11: rated by who has eaten it; a refund after the pay-out is the canteen's to bear
        assert await story.do("rate_meal", "bob", ticket="T3", stars=1) == "not_own"
        assert await story.do("rate_meal", "ann", ticket="T3", stars=6) == "invalid.type"
        assert isinstance(await story.do("rate_meal", "ann", ticket="T3", stars=5), dict)
        assert isinstance(await story.do("refund_meal", "hall", ticket="T3"), dict)
        assert await story.balance("takings", "hall") == "-9.97"
        # 12: everybody had their part, and the books agree
        assert story.idle == set()
        assert await story.adds_up()
