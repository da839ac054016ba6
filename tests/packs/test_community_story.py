"""A household, its property company, a cleaner and a studio; the bank stays in the back."""

from __future__ import annotations

from typing import Any

from packs.open_scene import open_story

PARTIES = {"ann": "owner", "bob": "owner", "prop": "company", "other": "company", "mop": "cleaner",
           "gym": "studio", "bank": "bank"}  # fmt: skip
MONEY = {("card", "ann"): "3000.00", ("card", "bob"): "10.00"}


async def paid_by_itself(story: Any, bill: Any) -> None:
    """A bill of this home and this company pays itself, another waits."""
    assert isinstance(await story.do("agree_auto_pay", "ann", home="H1", company="prop"), dict)
    assert await story.do("agree_auto_pay", "bob", home="H1", company="prop") == "thing.exists"
    await story.do("issue_bill", "prop", **{**bill, "bill": "B3", "amount": "300.00"})
    assert await story.state("bill", "B3") == "paid"
    await story.do("issue_bill", "other", **{**bill, "bill": "B4", "amount": "300.00"})
    assert await story.state("bill", "B4") == "issued"
    assert isinstance(await story.do("cancel_bill", "other", bill="B4"), dict)


async def cleaned(story: Any) -> None:
    """Nobody but the cleaner finishes it; it is rated within the stars there are."""
    await story.do("fund_promotion", "bank", amount="15.00")
    book = {"cleaning": "C1", "cleaner": "mop", "price": "200.00", "day": "2026-03-03"}
    assert isinstance(await story.do("book_cleaning", "ann", **book), dict)
    assert await story.balance("cleaning_takings", "mop") == "0.00"
    assert await story.do("finish_cleaning", "gym", cleaning="C1") == "role"
    assert isinstance(await story.do("finish_cleaning", "mop", cleaning="C1"), dict)
    assert await story.balance("promotion", "bank") == "0.00"
    assert await story.do("rate_cleaning", "ann", cleaning="C1", stars=6) == "invalid.type"
    assert isinstance(await story.do("rate_cleaning", "ann", cleaning="C1", stars=5), dict)


async def owed_on(story: Any, bill: Any) -> None:
    """Nothing is half done, and another company has no hand in it."""
    late = {**bill, "bill": "B2", "owner": "bob", "home": "H2"}
    assert isinstance(await story.do("issue_bill", "prop", **late), dict)
    assert await story.do("pay_bill", "bob", bill="B2") == "ledger.insufficient_funds"
    assert await story.balance("receivables", "prop") == "1200.00"
    # 4: another company has no hand in it
    assert await story.do("cancel_bill", "other", bill="B2") == "not_own"


async def test_a_household_pays_books_and_takes_an_instalment(pool):
    async with open_story(pool, "community", PARTIES, MONEY) as story:
        # 1: a bill is owed on one side and to be had on the other
        bill = {
            "bill": "B1",
            "home": "H1",
            "owner": "ann",
            "period": "2026-Q1",
            "amount": "1200.00",
        }
        assert await story.do("issue_bill", "ann", **bill) == "role"
        assert isinstance(await story.do("issue_bill", "prop", **bill), dict)
        assert await story.do("issue_bill", "prop", **bill) == "thing.exists"
        assert (await story.do("my_dues", "ann"))["due"] == "1200.00"
        # 2: paying it closes the receivable in the same unit
        assert await story.do("pay_bill", "bob", bill="B1") == "not_own"
        paid = await story.do("pay_bill", "ann", key="once", bill="B1")
        assert (await story.do("pay_bill", "ann", key="once", bill="B1"))["seq"] == paid["seq"]
        assert paid["moved"] == {"pay_fee": "1200.00", "close_due": "1200.00"}
        assert await story.balance("receivables", "prop") == "0.00"
        assert await story.balance("dues", "ann") == "0.00"
        # 3: who cannot pay owes on; nothing is half done
        await owed_on(story, bill)
        # 5: automatic from now on, for this home and this company
        await paid_by_itself(story, bill)
        # 6-7: cleaning is held, done, paid, with a part from the bank
        await cleaned(story)
        # 8: an instalment inside the app, once for an order, within the product's bounds
        order = {"membership": "M1", "studio": "gym", "title": "健身年卡", "price": "3600.00",
                 "months": 12}  # fmt: skip
        assert isinstance(await story.do("order_membership", "ann", **order), dict)
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
        assert await story.do("take_instalment", "ann", membership="M1") == "lend.not_agreed"
        assert await story.apply("ann", "instalment", "membership", "M1") == "done"
        assert await story.do("take_instalment", "ann", membership="M1") == "thing.wrong_state"
        assert await story.balance("studio_takings", "gym") == "3578.40"
        # 9: never more than is owed; a part of it is welcome
        assert (
            await story.do("repay_instalment", "bob", membership="M1", amount="1.00") == "not_own"
        )
        assert isinstance(
            await story.do("repay_instalment", "ann", membership="M1", amount="600.00"), dict
        )
        await story.do("bring_money", "ann", amount="5000.00")
        assert await story.do("repay_instalment", "ann", membership="M1", amount="3000.01") == (
            "shelf.more_than_owed"
        )
        # 10: cancelled in time, after the studio was paid out
        before = float(await story.balance("card", "ann"))
        await story.until("2026-03-02T22:00")
        assert await story.balance("studio_takings", "gym") == "0.00"
        assert isinstance(await story.do("cancel_membership", "gym", membership="M1"), dict)
        assert float(await story.balance("card", "ann")) == before + 600
        assert await story.balance("studio_takings", "gym") == "-3578.40"
        assert await story.do("repay_instalment", "ann", membership="M1", amount="1.00") == (
            "thing.wrong_state"
        )
        # 11: who is no longer eligible gets no new loan, by whatever door
        await story.do("order_membership", "ann", **{**order, "membership": "M2"})
        await story.know("ann", born="1940-05-01")
        assert await story.apply("ann", "instalment", "membership", "M2") == "eligible_age"
        # 12: what is kept is the owner's, and the books agree
        products = [product for product, _ in await story.contracts("ann")]
        assert products == ["property_fee", "instalment"]
        assert story.idle == set()
        assert await story.balance("lending", "bank") == "0.00"
        assert await story.adds_up()


async def test_what_is_covered_and_held_is_opened_with_its_money(pool):
    """Nothing of the bank's is opened empty: a cover has its premium, a holding its money."""
    async with open_story(pool, "community", PARTIES, MONEY) as story:
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
        await story.do("agree_auto_pay", "ann", home="H1", company="prop")
        cover = ("household_insurance", "mandate", "H1")
        held = ("wealth_flex", "mandate", "H1")
        # 1-2: within bounds, and only with money
        assert await story.apply("ann", *cover, amount="9999.99") == "shelf.amount_bounds"
        assert await story.apply("ann", *cover, amount="100000.00") == "no_money"
        await story.pay_in("ann", "10000.00")
        assert await story.apply("ann", *cover, amount="100000.00") == "done"
        assert await story.balance("current", "ann") == "9960.00"
        # 3: whoever was not found able to bear the risk does not get it
        assert await story.apply("ann", *held, amount="5000.00") == "unsuitable"
        await story.know("ann", risk_level=2)
        assert await story.apply("ann", *held, amount="5000.00") == "done"
        assert await story.balance("current", "ann") == "4960.00"
        assert await story.contracts("ann") == [
            ("property_fee", "open"), ("household_insurance", "open"), ("wealth_flex", "open"),
        ]  # fmt: skip
        assert await story.adds_up()
