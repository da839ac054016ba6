"""A morning in two hospitals, as patient, hospital, counter, bureau, outlet and bank."""

from __future__ import annotations

from typing import Any

from packs.open_scene import Story, open_story

PARTIES = {
    "ann": "patient", "bob": "patient", "east": "hospital", "west": "hospital",
    "till": "counter", "post": "kiosk", "bureau": "insurance_bureau", "out": "service_point", "bank": "bank",
}  # fmt: skip
MONEY = {
    ("card", "ann"): "400.00",
    ("card", "bob"): "50.00",
    ("insurance_fund", "bureau"): "1000000.00",
}


async def treated(story: Story, visit: str, who: str, card: str, price: str) -> Any:
    """Registered, examined and done: nothing is paid on the way."""
    given = {"visit": visit, "hospital": "east", "medical_card": card, "kind": "inpatient"}
    assert isinstance(await story.do("register", who, **given), dict)
    before = await story.balance("card", who)
    order = {"visit": visit, "charge": f"{visit}-1", "step": "ward", "price": price}
    assert isinstance(await story.do("order", "east", **order), dict)
    assert isinstance(await story.do("perform", "east", charge=f"{visit}-1"), dict)
    assert await story.balance("card", who) == before
    return await story.do("end_visit", "east", visit=visit)


async def registered_otherwise(story: Story) -> None:
    """Who comes without a telephone is helped, or pays first; the kiosk registers with a permit."""
    visit = {"patient": "bob", "medical_card": "M2", "kind": "outpatient"}
    assert await story.do("register", "post", visit="V8", **visit) == "thing.no_permit"
    face = {"medical_card": "M2", "patient": "bob", "use_credit": False, "face_match": "F"}
    assert isinstance(await story.do("assist_authorise", "out", confidence=9000, **face), dict)
    assert isinstance(await story.do("register", "post", visit="V8", **visit), dict)
    assert isinstance(await story.do("cancel_visit", "bob", visit="V8"), dict)
    assert isinstance(await story.do("register_at_counter", "till", visit="V9", **visit), dict)
    assert await story.balance("card", "bob") == "40.00"
    assert isinstance(await story.do("cancel_visit", "east", visit="V9"), dict)
    assert await story.balance("card", "bob") == "50.00"


async def test_a_patient_short_of_money_is_treated_lent_to_and_refunded(pool):
    async with open_story(
        pool, "hospital", PARTIES, MONEY, bound={"till": "east", "post": "east"}
    ) as story:
        # 1-3: the bureau enlists, the patient authorises once, nobody else may with her card
        assert isinstance(
            await story.do("enlist_member", "bureau", medical_card="M1", patient="ann"), dict
        )
        assert (
            await story.do("authorise", "bob", medical_card="M1", use_credit=True) == "not_own_card"
        )
        assert isinstance(
            await story.do("authorise", "ann", medical_card="M1", use_credit=True), dict
        )
        # 4: a wrong party and a thing of the wrong type are told apart from what is missing
        assert await story.do("fund_insurance", "ann", amount="1.00") == "role"
        assert await story.do("register", "ann", visit="V0", hospital="bank", medical_card="M1",
                              kind="inpatient") == "not_in_role"  # fmt: skip
        await registered_otherwise(story)
        # 5: without a line she agreed in vain; the visit waits for her
        answer = await treated(story, "V1", "ann", "M1", "7790.00")
        assert (answer["covered"], answer["own"], answer["enough"]) == ("5600.00", "2200.00", False)
        assert await story.state("visit", "V1") == "billed"
        await story.until("2026-03-02T10:30")
        assert await story.state("visit", "V1") == "owing"
        # 6-7: a line inside the product's bounds, drawn once for the visit
        await story.know("ann", born="1990-05-01", customer_since="2019-01-01")
        assert (
            await story.apply("ann", "medical_credit", "visit", "V1", amount="90000.00")
            == "shelf.amount_bounds"
        )
        assert await story.apply("ann", "medical_credit", "visit", "V1", amount="3000.00") == "done"
        assert await story.apply("ann", "medical_credit", "visit", "V1") == "lend.has_line"
        first = await story.do("settle_by_credit", "ann", key="once", visit="V1")
        again = await story.do("settle_by_credit", "ann", key="once", visit="V1")
        assert first["seq"] == again["seq"]
        assert await story.do("settle_by_credit", "ann", visit="V1") == "thing.wrong_state"
        assert await story.balance("takings", "east") == "7795.60"
        # 8: a second visit does not fit the line any more
        await treated(story, "V2", "ann", "M1", "7790.00")
        assert await story.do("settle_by_credit", "ann", visit="V2") == "shelf.over_limit"
        # 9: she repays a part; never more than she has, never more than she owes
        assert await story.do("repay_credit", "ann", amount="400.01") == "ledger.insufficient_funds"
        assert isinstance(await story.do("repay_credit", "ann", amount="200.00"), dict)
        await story.do("bring_money", "ann", amount="5000.00")
        assert await story.do("repay_credit", "ann", amount="2000.01") == "shelf.more_than_owed"
        # 10: the refund lowers the loan by what is owed, and gives her what she had repaid
        assert await story.do("refund_visit", "west", visit="V1") == "not_own"
        assert isinstance(await story.do("refund_visit", "east", visit="V1"), dict)
        assert await story.balance("card", "ann") == "5400.00"
        assert await story.balance("lending", "bank") == "0.00"
        assert await story.do("refund_visit", "east", visit="V1") == "thing.wrong_state"
        assert await story.do("repay_credit", "ann", amount="1.00") == "shelf.more_than_owed"
        # 11: the other visit is paid from the card
        await story.until("2026-03-02T13:30")
        assert isinstance(await story.do("pay_own", "ann", visit="V2"), dict)
        # 12: eligibility is asked for when she draws, not only when she opened the line
        await story.know("ann", born="1940-05-01")
        await treated(story, "V3", "ann", "M1", "20790.00")
        assert await story.state("visit", "V3") == "billed"
        assert await story.do("settle_by_credit", "ann", visit="V3") == "shelf.not_eligible"
        # 13: who never pays is the bank's to write off, once and not before
        assert await story.do("write_off", "bank", visit="V3") == "thing.wrong_state"
        await story.until("2026-04-03T12:00")
        assert isinstance(await story.do("write_off", "bank", visit="V3"), dict)
        assert await story.do("repay_debt", "ann", visit="V3") == "thing.wrong_state"
        assert story.idle == set()
        assert await story.contracts("ann") == [("medical_credit", "open")]
        assert await story.adds_up()


async def test_who_never_pays_costs_the_bank_and_not_the_hospital(pool):
    async with open_story(
        pool, "hospital", PARTIES, MONEY, bound={"till": "east", "post": "east"}
    ) as story:
        face = {"medical_card": "M2", "patient": "bob", "use_credit": False, "face_match": "F"}
        assert await story.do("assist_authorise", "out", confidence=8000, **face) == "face_unsure"
        assert isinstance(await story.do("assist_authorise", "out", confidence=9800, **face), dict)
        answer = await treated(story, "V1", "bob", "M2", "490.00")
        assert answer["own"] == "500.00"
        assert await story.state("visit", "V1") == "owing"
        assert await story.do("pay_own", "bob", visit="V1") == "ledger.insufficient_funds"
        await story.until("2026-03-10T09:00")
        assert await story.state("visit", "V1") == "reminded"
        assert await story.do("default_visit", "bank", visit="V1") == "role"
        await story.until("2026-04-02T12:00")
        assert await story.state("visit", "V1") == "defaulted"
        assert await story.balance("guarantee", "bank") == "-500.00"
        assert await story.state("permit", "M2") == "suspended"
        given = {"visit": "V2", "hospital": "west", "medical_card": "M2", "kind": "outpatient"}
        assert await story.do("register", "bob", **given) == "no_permit"
        # he is treated all the same, and pays first
        at_counter = {"visit": "V3", "patient": "bob", "medical_card": "M2", "kind": "outpatient"}
        assert isinstance(await story.do("register_at_counter", "till", **at_counter), dict)
        order = {"visit": "V3", "charge": "X", "step": "pharmacy", "price": "30.00"}
        assert await story.do("order", "east", **order) == "pay_first"
        assert isinstance(await story.do("order_prepaid", "east", **order), dict)
        assert await story.do("perform", "east", charge="X") == "thing.wrong_state"
        assert isinstance(await story.do("pay_charge", "till", charge="X"), dict)
        # an open case does not let the permit go
        assert await story.do("end_permit", "bob", medical_card="M2") == "thing.wrong_state"
        await story.do("bring_money", "bob", amount="500.00")
        assert isinstance(await story.do("repay_debt", "bob", visit="V1"), dict)
        assert await story.state("permit", "M2") == "active"
        assert await story.balance("guarantee", "bank") == "0.00"
        assert await story.adds_up()
