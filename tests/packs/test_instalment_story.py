"""A course of lessons on a loan, as customer, merchant and bank, until the merchant closes."""

from __future__ import annotations

from typing import Any

from packs.open_scene import Story, open_story

PARTIES = {"ann": "customer", "bob": "customer", "school": "merchant", "gym": "merchant",
           "bank": "bank"}  # fmt: skip
MONEY = {("card", "ann"): "2000.00", ("card", "bob"): "100.00"}
COURSE = {"admission": "A1", "title": "英语课程", "price": "6000.00", "months": 6, "stages": 4}
PAPER = {"kind": "enrolment", "age": 30, "student": False, "income": "8000.00"}


async def financed(story: Story, order: str, document: str, who: str) -> None:
    """Ordered, shown by evidence that the bank has verified, lent for."""
    assert isinstance(await story.do("place_order", who, order=order, **COURSE), dict)
    filed = await story.do("file_evidence", who, order=order, document=document, **PAPER)
    assert isinstance(filed, dict)
    # What the scene would refuse is said before anything is asked of the customer.
    assert await story.apply(who, "loan", "order", order) == "not_verified"
    assert isinstance(await story.do("verify_evidence", "bank", document=document), dict)
    # The action by itself lends nothing: it is applied for.
    assert await story.do("take_loan", who, order=order) == "lend.not_agreed"
    assert await story.apply(who, "loan", "order", order) == "done"


async def delivered(story: Any, stage: Any) -> None:
    """No more than its share, and once."""
    dear = {**stage, "price": "1500.01"}
    assert await story.do("deliver_stage", "school", **dear) == "more_than_its_share"
    assert isinstance(await story.do("deliver_stage", "school", **stage), dict)
    assert await story.balance("takings", "school") == "0.00"
    assert await story.do("confirm_stage", "bob", stage="S1") == "not_own"
    first = await story.do("confirm_stage", "ann", key="once", stage="S1")
    assert (await story.do("confirm_stage", "ann", key="once", stage="S1"))["seq"] == first["seq"]
    assert await story.balance("takings", "school") == "1485.00"


async def test_a_loan_follows_the_lessons_and_comes_back_when_the_school_closes(pool):
    async with open_story(pool, "instalment", PARTIES, MONEY, variant="education") as story:
        # 1: only the bank admits, and only who was admitted sells
        assert await story.do("admit_merchant", "school", admission="A1", merchant="school",
                              trade="x") == "role"  # fmt: skip
        assert await story.do("place_order", "ann", order="O0", **COURSE) == "no_party"
        given = {"admission": "A1", "merchant": "school", "trade": "培训"}
        assert isinstance(await story.do("admit_merchant", "bank", **given), dict)
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
        # 2-3: what was verified is what is lent against; a copy of the document is refused
        await financed(story, "O1", "D1", "ann")
        assert await story.balance("escrow", "school") == "6000.00"
        assert await story.balance("takings", "school") == "0.00"
        assert isinstance(await story.do("place_order", "bob", order="O2", **COURSE), dict)
        copied = await story.do("file_evidence", "bob", order="O2", document="D1", **PAPER)
        assert copied == "thing.exists"
        assert await story.do("take_loan", "ann", order="O2") == "not_own"
        assert await story.do("take_loan", "bob", order="O2") == "not_verified"
        # 4: drawn twice
        assert await story.do("take_loan", "ann", order="O1") == "thing.wrong_state"
        assert await story.apply("ann", "loan", "order", "O1") == "thing.wrong_state"
        # 5: the school cannot deliver in the cooling-off period, nor another's order
        stage = {"order": "O1", "stage": "S1", "price": "1500.00"}
        assert await story.do("deliver_stage", "school", **stage) == "thing.wrong_state"
        await story.until("2026-03-05T10:00")
        assert await story.do("deliver_stage", "gym", **stage) == "not_own"
        # 6: not more than its share, and paid when it is confirmed
        await delivered(story, stage)
        # 7: a lesson that was not held is disputed; nothing moves until the bank decides
        assert isinstance(await story.do("deliver_stage", "school", order="O1", stage="S2",
                                         price="1500.00"), dict)  # fmt: skip
        assert isinstance(await story.do("dispute_stage", "ann", stage="S2"), dict)
        assert await story.do("confirm_stage", "ann", stage="S2") == "thing.wrong_state"
        await story.until("2026-03-12T10:00")
        assert await story.state("stage", "S2") == "disputed"
        # 8: for the customer: the loan goes down
        assert isinstance(await story.do("settle_for_customer", "bank", stage="S2"), dict)
        assert (await story.do("loan_owed", "ann", order="O1"))["owed"] == "4500.00"
        # 9: she repays, never more than is owed
        assert await story.do("repay_loan", "ann", order="O1", amount="2000.01") == (
            "ledger.insufficient_funds"
        )
        assert isinstance(await story.do("repay_loan", "ann", order="O1", amount="1900.00"), dict)
        # 10: the school closes: the loan first, then the customer
        owed = (await story.do("loan_owed", "ann", order="O1"))["owed"]
        assert "2600.00" < owed < "2620.00"  # ten days of interest came first
        assert isinstance(await story.do("close_merchant", "bank", admission="A1"), dict)
        assert await story.state("order", "O1") == "refunded"
        assert (await story.do("loan_owed", "ann", order="O1"))["owed"] == "0.00"
        back = 3000 - float(owed)
        assert await story.balance("card", "ann") == f"{100 + back:.2f}"
        assert await story.balance("escrow", "school") == "0.00"
        assert await story.balance("lending", "bank") == "0.00"
        # 11: nothing new at a school that is closed
        assert await story.do("place_order", "bob", order="O3", **COURSE) == "merchant_closed"
        assert await story.do("refund_rest", "school", order="O1") == "thing.wrong_state"
        # 12: a loan that is paid is over, and the books agree
        assert await story.do("repay_loan", "ann", order="O1", amount="1.00") in (
            "lend.nothing_owed", "shelf.more_than_owed",
        )  # fmt: skip
        assert [product for product, _ in await story.contracts("ann")] == ["instalment_education"]
        assert story.idle == set()
        assert await story.adds_up()


async def test_each_trade_has_its_own_segment_evidence_and_price(pool):
    """A student may learn on credit, and not have her nose done."""
    for number, (variant, said) in enumerate(
        {"education": "done", "medical_beauty": "no_students"}.items()
    ):
        kind = {"education": "enrolment", "medical_beauty": "treatment_plan"}[variant]
        parties = {f"{ref}{number}": role for ref, role in PARTIES.items() if ref != "gym"}
        me, shop, bank = f"ann{number}", f"school{number}", f"bank{number}"
        async with open_story(pool, "instalment", parties, {}, variant=variant,
                              tenant=f"tenant-{number}") as story:  # fmt: skip
            given = {"admission": "A1", "merchant": shop, "trade": "x"}
            await story.do("admit_merchant", bank, **given)
            await story.do("place_order", me, order="O1", **COURSE)
            paper = {**PAPER, "kind": kind, "student": True, "age": 23}
            await story.do("file_evidence", me, order="O1", document="D1", **paper)
            await story.do("verify_evidence", bank, document="D1")
            await story.know(me, born="2003-05-01", customer_since="2019-01-01")
            assert await story.apply(me, "loan", "order", "O1") == said


async def test_eligibility_is_asked_for_when_the_loan_is_taken(pool):
    async with open_story(pool, "instalment", PARTIES, {}) as story:
        await story.do("admit_merchant", "bank", admission="A1", merchant="school", trade="x")
        await story.do("place_order", "ann", order="O1", **COURSE)
        paper = {**PAPER, "kind": "purchase_contract"}
        await story.do("file_evidence", "ann", order="O1", document="D1", **paper)
        await story.do("verify_evidence", "bank", document="D1")
        await story.know("ann", born="1940-05-01")
        assert await story.apply("ann", "loan", "order", "O1") == "eligible_age"
        assert await story.balance("escrow", "school") == "0.00"
