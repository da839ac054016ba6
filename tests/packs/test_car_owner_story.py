"""A car from the dealer's desk to its sale, as owner, dealer, insurer, gate, workshop and bank."""

from __future__ import annotations

from typing import Any

from packs.open_scene import Story, open_story

PARTIES = {"ann": "owner", "bob": "owner", "shop": "dealer", "rival": "dealer", "sure": "insurer",
           "way": "road", "eye": "gate", "fix": "workshop", "bank": "bank"}  # fmt: skip
MONEY = {("card", "ann"): "50000.00", ("card", "bob"): "100.00"}
CAR = {"purchase": "P1", "owner": "ann", "model": "家用轿车", "vin": "L1", "price": "200000.00"}


async def tolled(story: Story) -> dict[str, str]:
    """Paid at the gate with a part from the bank, which a refund gives back; what a gate reads."""
    toll = {"passage": "G1", "plate": "A1", "toll": "25.00"}
    assert isinstance(await story.do("fund_promotion", "bank", amount="2.00"), dict)
    assert isinstance(await story.do("pass_gate", "eye", **toll), dict)
    assert await story.balance("promotion", "bank") == "0.75"
    assert await story.do("pass_gate", "eye", **toll) == "thing.exists"
    assert await story.do("pass_gate", "shop", **toll) == "role"
    assert await story.do("pass_unpaid", "eye", **{**toll, "passage": "G2"}) == (
        "enough_on_the_card"
    )
    assert isinstance(await story.do("refund_passage", "way", passage="G1"), dict)
    assert await story.balance("promotion", "bank") == "2.00"
    return toll


async def maintained(story: Any) -> None:
    """The money is held, and taken when the work is done."""
    service = {"plate": "A1", "service": "S1", "workshop": "fix", "price": "800.00",
               "day": "2026-03-04"}  # fmt: skip
    assert isinstance(await story.do("book_service", "ann", **service), dict)
    assert await story.balance("repairs", "fix") == "0.00"
    assert isinstance(await story.do("finish_service", "fix", service="S1"), dict)
    assert await story.do("cancel_service", "ann", service="S1") == "thing.wrong_state"
    assert await story.balance("repairs", "fix") == "795.20"


async def test_one_journey_from_the_desk_to_the_sale(pool):
    async with open_story(pool, "car_owner", PARTIES, MONEY, bound={"eye": "way"}) as story:
        # 1-2: the offer fills in the loan; what the owner sees is what the dealer offered
        assert await story.do("offer_car", "ann", **CAR) == "role"
        assert isinstance(await story.do("offer_car", "shop", **CAR), dict)
        filled = await story.do("loan_prefilled", "ann", purchase="P1")
        assert (filled["model"], filled["down"], filled["financed"], filled["months"]) == (
            "家用轿车", "40000.00", "160000.00", 36,
        )  # fmt: skip
        assert await story.do("loan_prefilled", "bob", purchase="P1") == "not_own"
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
        # 3: nothing is lent to another, nor over months that there are not
        assert await story.do("finance_car", "bob", purchase="P1") == "not_own"
        about = ("car_loan", "purchase", "P1")
        assert await story.apply("ann", *about, months=18) == "shelf.no_such_term"
        assert await story.do("finance_car", "ann", purchase="P1") == "lend.not_agreed"
        # 4: applied for, signed, and not twice
        assert await story.apply("ann", *about, months=36, income="30000.00") == "done"
        assert await story.do("finance_car", "ann", purchase="P1") == "thing.wrong_state"
        assert await story.balance("dealer_takings", "shop") == "199400.00"
        # 5: another dealer hands nothing over
        assert await story.do("hand_over", "rival", purchase="P1", plate="A1") == "not_own"
        assert isinstance(await story.do("hand_over", "shop", purchase="P1", plate="A1"), dict)
        assert (await story.do("my_car", "ann", plate="A1"))["owed"] == "160000.00"
        # 6: repaying: an early part costs its fee, more than there is on the card is refused
        assert await story.do("repay_car", "ann", plate="A1", amount="10000.01") == (
            "ledger.insufficient_funds"
        )
        assert isinstance(await story.do("repay_car", "ann", plate="A1", amount="2010.00"), dict)
        assert (await story.do("my_car", "ann", plate="A1"))["owed"] == "158000.00"
        await story.do("bring_money", "ann", amount="200000.00")
        assert await story.do("repay_car", "ann", plate="A1", amount="170000.00") == (
            "shelf.more_than_owed"
        )
        # 7: cover, in force after the cooling-off period
        cover = {"plate": "A1", "cover_no": "C1", "insurer": "sure"}
        assert (await story.do("take_cover", "ann", **cover))["premium"] == "5000.00"
        policy = await story.last_contract("ann")
        assert await story.do("take_cover", "ann", **cover) == "thing.exists"
        damage = {"cover_no": "C1", "damage": "D1", "amount": "1800.00"}
        assert await story.do("report_damage", "ann", **damage) == "thing.wrong_state"
        # 8: tolls at the gate; who is short drives on, and pays before the next one
        assert isinstance(await story.do("open_tag", "ann", plate="A1"), dict)
        toll = await tolled(story)
        # 9: maintenance: held, then taken
        await maintained(story)
        # 10: a damage is decided once; with it open the cover does not end
        await story.until("2026-03-18T10:00")
        assert isinstance(await story.do("report_damage", "ann", **damage), dict)
        assert await story.state("cover", "C1") == "reported"
        assert (await story.held(policy)).closing.blocked == "shelf.open_claim"
        assert await story.act(policy, "close", "ann") == "shelf.open_claim"
        assert isinstance(await story.do("sell_car", "ann", plate="A1"), dict)
        assert await story.state("cover", "C1") == "reported"
        assert isinstance(await story.do("pay_damage", "sure", damage="D1"), dict)
        assert await story.do("pay_damage", "sure", damage="D1") == "thing.wrong_state"
        assert await story.balance("premiums", "sure") == "3200.00"
        assert (await story.held(policy)).closing.blocked is None
        # 11: the tag ended with the sale
        assert await story.state("tag", "A1") == "ended"
        assert await story.do("pass_gate", "eye", **{**toll, "passage": "G3"}) == "tag_not_active"
        # 12: the loan outlives the car in the scene, and the books agree
        assert await story.do("repay_car", "ann", plate="A1", amount="10.00") == "thing.wrong_state"
        assert ("car_loan", "open") in await story.contracts("ann")
        assert story.idle == set()
        assert await story.adds_up()


async def test_a_purchase_undone_before_the_keys_leaves_no_debt(pool):
    async with open_story(pool, "car_owner", PARTIES, MONEY, bound={"eye": "way"}) as story:
        await story.do("offer_car", "shop", **CAR)
        await story.know("ann", born="1940-05-01")
        about = ("car_loan", "purchase", "P1")
        assert await story.apply("ann", *about, income="30000.00") == "eligible_age"
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01", overdue_days=0)
        assert await story.apply("ann", *about, income="30000.00") == "done"
        await story.until("2026-03-05T12:00")  # three days of interest have run, the dealer is paid
        assert await story.balance("dealer_takings", "shop") == "0.00"
        assert await story.do("cancel_purchase", "ann", purchase="P1") == "role"
        assert isinstance(await story.do("cancel_purchase", "shop", purchase="P1"), dict)
        assert await story.balance("lending", "bank") == "0.00"
        assert await story.balance("card", "ann") == "50000.00"
        assert await story.balance("dealer_takings", "shop") == "-199400.00"
        assert await story.do("hand_over", "shop", purchase="P1", plate="A1") == "thing.wrong_state"
        assert await story.adds_up()
