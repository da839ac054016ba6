"""A journey, as travellers, site, shop, insurer, feed and bank: booked, covered, lent for, undone."""

from __future__ import annotations

from typing import Any

from packs.open_scene import Story, open_story

PARTIES = {"ann": "traveller", "bob": "traveller", "tours": "site", "cafe": "shop",
           "sure": "insurer", "tower": "feed", "bank": "bank"}  # fmt: skip
LATE, LOST = "CA1832-2026-03-03-PEK", "MU5101-2026-03-03-PVG"
BOOK = {"booking": "B1", "site": "tours", "title": "海边三日", "price": "3600.00",
        "departs": "2026-03-10", "returns": "2026-03-14"}  # fmt: skip


async def booked(story: Story) -> None:
    """Once, within the limits of the day and of the card; only its own people undo it."""
    early = {**BOOK, "returns": "2026-03-09"}
    assert await story.do("book_package", "ann", **early) == "returns_too_early"
    assert await story.do("book_package", "cafe", **BOOK) == "role"
    assert isinstance(await story.do("book_package", "ann", **BOOK), dict)
    assert await story.do("book_package", "ann", **BOOK) == "thing.exists"
    assert await story.do("cancel_booking", "bob", booking="B1") == "not_own"
    for price, why in (("46400.01", "daily_limit"), ("16400.01", "ledger.insufficient_funds")):
        dear = {**BOOK, "booking": "B2", "price": price}
        assert await story.do("book_package", "ann", **dear) == why
    # 2: the site books for somebody, and takes it back
    given = {**BOOK, "booking": "B2", "traveller": "bob", "price": "800.00"}
    del given["site"]
    assert isinstance(await story.do("book_package", "tours", **given), dict)
    assert isinstance(await story.do("cancel_booking", "tours", booking="B2"), dict)
    assert await story.balance("card", "bob") == "0.00"
    assert await story.balance("card", "ann") == "-3600.00"
    assert await story.balance("takings", "tours") == "3573.60"


async def lent_for(story: Story) -> tuple[str, str]:
    """The order carries one loan and a line is one; what is drawn twice is over the limit."""
    about = ("booking", "B1")
    assert await story.apply("bob", "instalment", *about) == "thing.not_found"
    assert await story.apply("ann", "instalment", *about, amount="3600.01") == (
        "application.above_fact"
    )
    assert await story.apply("ann", "instalment", *about) == "done"
    loan = await story.last_contract("ann")
    assert await story.apply("ann", "instalment", *about) == "fact_not_used"
    assert await story.balance("current", "ann") == "3600.00"
    beside = {**BOOK, "booking": "B3", "price": "500.00"}
    assert isinstance(await story.do("book_package", "ann", **beside), dict)
    about = ("booking", "B3")
    assert await story.apply("ann", "temporary_limit", *about, amount="3000.00") == "done"
    line = await story.last_contract("ann")
    assert await story.apply("ann", "temporary_limit", *about) == "lend.has_line"
    assert await story.act(line, "draw", "ann", amount="3000.00") == "open"
    assert await story.act(line, "draw", "ann", amount="3000.00") == "shelf.over_limit"
    assert await story.balance("current", "ann") == "6600.00"
    return loan, line


async def shown_nearby(story: Story) -> None:
    """Where she is, is hers to show; nobody is told where another is."""
    area = {"area": "wx4g0", "offers": ["海边咖啡九折"]}
    assert await story.do("open_area", "ann", **area) == "role"
    assert isinstance(await story.do("open_area", "bank", **area), dict)
    assert isinstance(await story.do("start_trip", "ann", trip="V1"), dict)
    at = {"trip": "V1", "area": "wx4g0"}
    assert await story.do("report_position", "ann", **at) == "thing.wrong_state"
    assert await story.do("nearby", "ann", trip="V1") == "position_off"
    assert isinstance(await story.do("share_position", "ann", trip="V1"), dict)
    assert isinstance(await story.do("report_position", "ann", **at), dict)
    assert (await story.do("nearby", "ann", trip="V1"))["offers"] == ["海边咖啡九折"]
    assert await story.do("nearby", "bob", trip="V1") == "not_own"


async def bought(story: Story) -> None:
    """The bank pays a part; it goes back the way it came, once."""
    assert isinstance(await story.do("fund_promotion", "bank", amount="12.00"), dict)
    sold = {"receipt": "R1", "traveller": "bob", "price": "100.00"}
    assert isinstance(await story.do("pay_shop", "cafe", **sold), dict)
    assert await story.do("pay_shop", "cafe", **sold) == "thing.exists"
    assert await story.balance("promotion", "bank") == "2.00"
    assert await story.do("refund_purchase", "tours", receipt="R1") == "role"
    assert isinstance(await story.do("refund_purchase", "cafe", receipt="R1"), dict)
    assert await story.do("refund_purchase", "cafe", receipt="R1") == "thing.wrong_state"
    assert await story.balance("promotion", "bank") == "12.00"


async def covered(story: Story) -> None:
    """A flight that is late pays by itself; where nobody knows, the insurer decides, once."""
    assert isinstance(await story.do("buy_cover", "ann", policy="C1", flight=LOST), dict)
    assert await story.do("buy_cover", "bob", policy="C1", flight=LATE) == "thing.exists"
    assert isinstance(await story.do("buy_cover", "bob", policy="C2", flight=LATE), dict)
    assert await story.balance("cover_pool", "sure") == "40.00"
    await story.until("2026-03-03T09:00")
    assert await story.do("report_landed", "tours", flight=LATE, delay=300) == "role"
    assert isinstance(await story.do("report_landed", "tower", flight=LATE, delay=120), dict)
    assert await story.do("report_landed", "tower", flight=LATE, delay=300) == "thing.exists"
    assert await story.state("policy", "C2") == "claimed"
    assert await story.balance("card", "bob") == "180.00"
    assert await story.do("buy_cover", "bob", policy="C3", flight=LATE) == "flight_over"
    assert isinstance(await story.do("report_departed", "tower", flight=LOST), dict)
    assert await story.state("policy", "C1") == "in_review"
    policy = await story.last_contract("ann")
    assert (await story.held(policy)).about == LOST
    assert await story.act(policy, "close", "ann") == "shelf.open_claim"
    assert await story.do("approve_claim", "ann", policy="C1") == "role"
    assert isinstance(await story.do("approve_claim", "sure", policy="C1"), dict)
    assert await story.do("decline_claim", "sure", policy="C1") == "thing.wrong_state"
    assert await story.balance("cover_pool", "sure") == "-360.00"
    # What was claimed has ended, and its contract with it.
    assert (await story.held(policy)).state == "closed"


async def test_a_journey_is_booked_lent_for_covered_and_undone(pool: Any) -> None:
    async with open_story(pool, "travel", PARTIES, {}) as story:
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
        # 1-2: bookings
        await booked(story)
        # 3-4: a loan for the booking, a limit beside it
        loan, line = await lent_for(story)
        # 5: where she is
        await shown_nearby(story)
        # 6: a shop on the way
        await bought(story)
        # 7-8: covers, over a night in which the site is paid out
        await covered(story)
        assert await story.balance("takings", "tours") == "0.00"
        # 9: undone after the pay-out the site bears the fee, once; the loan outlives the order
        assert isinstance(await story.do("cancel_booking", "ann", booking="B1"), dict)
        assert await story.do("cancel_booking", "tours", booking="B1") == "thing.wrong_state"
        assert await story.balance("takings", "tours") == "-3600.00"
        assert await story.balance("card", "ann") == "-320.00"
        assert (await story.held(loan)).state == "open"
        # 10: no more is taken than is owed, and from nobody else
        settles = (await story.held(loan)).told["to_settle_minor"]
        assert settles == 3600_72  # with the interest of a night
        assert await story.act(loan, "repay", "ann", amount="3600.73") == "shelf.more_than_owed"
        assert await story.act(loan, "close", "bob") == "contract.not_found"
        assert await story.balance("current", "ann") == "6600.00"
        # 11: both are closed, with what there is and not before
        assert await story.act(loan, "close", "ann") == "closed"
        assert await story.act(loan, "close", "ann") == "contract.not_open"
        assert await story.act(line, "close", "ann") == "ledger.insufficient_funds"
        assert (await story.held(line)).told["owed_minor"] == 3000_00
        await story.pay_in("ann", "0.72")
        assert await story.act(line, "close", "ann") == "closed"
        assert await story.balance("current", "ann") == "0.00"
        # 12: what is left is the cover, everybody had their part, and the books agree
        assert await story.contracts("ann") == [
            ("instalment", "closed"), ("temporary_limit", "closed"), ("delay_insurance", "closed"),
        ]  # fmt: skip
        assert story.idle == set()
        assert await story.adds_up()
