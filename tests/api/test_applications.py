"""Applications over the open API: from a booking to a contract, and all that must be refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from enscene.engagement.applications import (
    application_id,
    read_application,
    requote_application,
    writing,
)
from enscene.kernel.errors import Refused
from enscene.shelf import Opening, standard_shelf
from lending import Lending, open_lending


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        yield found


async def test_from_a_booking_to_a_contract(lending: Lending) -> None:
    begun = await lending.begin("B1")
    assert (begun["state"], begun["amount"], begun["months"]) == ("begun", "3600.00", 12)
    assert begun["fields"]["amount"] == {"value": "3600.00", "from": "scene"}
    assert begun["fields"]["born"]["from"] == "bank"
    assert begun["fields"]["income"] == {"value": "9000.00", "from": "customer"}
    assert begun["missing"] == []
    assert begun["fact"]["fields"]["title"] == "海边三日"
    assert "scene.booking.price" in begun["data"]
    paid = sum(float(item["amount"]) for item in begun["quote"]["instalments"])
    assert paid == pytest.approx(float(begun["quote"]["pays"]))
    assert begun["quote"]["annual_cost"].endswith("%")
    decided = (await lending.post(f"/{begun['id']}/decide")).json()
    assert decided["state"] == "approved"
    assert {"zh", "en", "code"} == set(decided["reasons"][0])
    # Instalments are not finished by an API: the shelf says where, before a code is sent for nothing.
    sent = await lending.post(f"/{begun['id']}/code")
    assert (sent.status_code, sent.json()["code"]) == (422, "application.channel")
    assert await lending.sql("select from phone_message where kind = 'code'") == []
    done = await lending.post(f"/{begun['id']}/confirm", {"code": await lending.code(begun["id"])})
    for answer in (sent, done):
        told = answer.json()
        assert (told["code"], told["facts"]) == (
            "application.channel", {"here": "api", "channels": ["app", "h5", "manager"]},
        )  # fmt: skip
        assert told["hint"] == "hand the customer off to the mobile bank"


async def finish(lending: Lending, application: str, who: str = "ann") -> dict[str, Any]:
    """As the mobile bank does."""
    await lending.sign(application, who)
    answer = (await lending.get(f"/{application}", who)).json()
    assert answer["state"] == "done", answer
    return answer


async def test_the_contract_holds_the_fact_and_the_partner_hears_of_it(lending: Lending) -> None:
    decided = await lending.decide("B1")
    done = await finish(lending, decided["id"])
    contract = (await lending.sql("select * from contract"))[0]
    assert str(contract["id"]) == done["contract"]
    assert (contract["product"], contract["amount"], contract["about"]) == (
        "instalment", 360_000, "B1",
    )  # fmt: skip
    assert contract["facts"]["fact"]["fields"]["price"]
    assert contract["facts"]["application"] == decided["id"]
    assert (done["began_in"], done["ended_in"]) == ("api", "bank_app")
    assert [s["step"] for s in done["steps"]] == [
        "begun", "decided", "confirmed", "done",
    ]  # fmt: skip
    events = (await lending.site.get("/v1/travel/events")).json()["data"]
    heard = [e for e in events if e["action"] == "contract.opened"]
    assert [e["contract"] for e in heard] == [done["contract"]]
    # Bob has no part in it.
    others = await lending.app.get("/v1/travel/events", party="bob")
    assert [e for e in others.json()["data"] if e["action"].startswith("contract.")] == []
    figures = (await lending.bank.get("/v1/travel/applications/figures")).json()
    assert figures["channels"] == [{"began_in": "api", "ended_in": "bank_app", "count": 1}]
    assert figures["finished_in_bank"] == 1.0
    assert figures["asked_twice"] == 0


async def test_what_is_not_known_is_asked_for_once(lending: Lending) -> None:
    begun = await lending.begin("B1", fields={})
    assert begun["missing"] == ["income"]
    refused = await lending.post(f"/{begun['id']}/decide")
    assert (refused.status_code, refused.json()["code"]) == (422, "application.fields_missing")
    assert refused.json()["facts"] == {"fields": ["income"]}
    decided = await lending.post(f"/{begun['id']}/decide", {"fields": {"income": "9000.00"}})
    assert decided.json()["state"] == "approved"


async def test_a_product_before_any_service_is_refused_and_counted(lending: Lending) -> None:
    answer = await lending.post("", {"product": "instalment", "amount": "2000.00"}, "bob")
    told = answer.json()
    assert (answer.status_code, told["state"]) == (200, "refused")
    assert told["reasons"][0]["code"] == "before_service"
    figures = (await lending.bank.get("/v1/travel/applications/figures")).json()
    assert figures["before_service"] == 1


@pytest.mark.parametrize("known", [{}, {"fields": {"income": "9000.00"}}])
async def test_a_loan_about_nothing_is_not_begun(lending: Lending, known: Any) -> None:
    refused = await lending.post("", {"product": "instalment", **known})
    told = refused.json()
    assert (refused.status_code, told["code"], told["param"]) == (
        422, "application.needs_fact", "about",
    )  # fmt: skip
    assert await lending.sql("select from application") == []
    # A line is opened for whoever is served, not for one thing.
    assert (await lending.post("", {"product": "temporary_limit"})).json()["state"] == "begun"


async def test_the_same_order_carries_one_application(lending: Lending) -> None:
    first = await lending.decide("B1")
    second = await lending.decide("B1")
    assert (first["state"], second["state"]) == ("approved", "refused")
    assert [r["code"] for r in second["reasons"]] == ["fact_not_used"]
    # Given up, the order is free again.
    assert (await lending.post(f"/{first['id']}/give_up")).json()["state"] == "given_up"
    assert (await lending.decide("B1"))["state"] == "approved"


async def test_a_copied_order_goes_to_a_person(lending: Lending) -> None:
    await lending.trip.book("ann", "B2", "3600.00")
    assert (await lending.decide("B1"))["state"] == "approved"
    copied = await lending.decide("B2")
    assert copied["state"] == "referred"
    assert [r["code"] for r in copied["reasons"]] == ["fact_not_alike"]
    tasks = await lending.sql("select kind, state, staff from staff_task")
    assert [tuple(row) for row in tasks] == [("refer", "open", "sun@bank")]


async def test_an_order_that_pays_by_the_scene_already_is_not_financed_twice(
    lending: Lending,
) -> None:
    rows = await lending.sql("select id from party where ref = 'ann'")
    opening = Opening(standard_shelf().products["instalment"], rows[0][0], 3_600_00, months=12,
                      scene=lending.trip.scene, about="B1")  # fmt: skip
    await lending.trip.host.contracts.open(lending.trip.tenant.id, opening, once=None, actor="test")
    told = await lending.decide("B1")
    assert [r["code"] for r in told["reasons"]] == ["fact_not_used"]


async def test_of_two_clients_who_race_for_one_order_one_wins(lending: Lending) -> None:
    begun = [await lending.begin("B1") for _ in range(4)]
    answers = await asyncio.gather(*(lending.post(f"/{b['id']}/decide") for b in begun))
    states = sorted(answer.json()["state"] for answer in answers)
    assert states == ["approved", "refused", "refused", "refused"]
    # One decision asked for twice at once is made once.
    await lending.trip.book("ann", "B3", "800.00")
    one = await lending.begin("B3")
    answers = await asyncio.gather(*(lending.post(f"/{one['id']}/decide") for _ in range(3)))
    assert sorted(a.status_code for a in answers) == [200, 409, 409]


async def test_limits_hold_over_all_that_was_promised(lending: Lending) -> None:
    await lending.know("ann", born="1990-05-01")  # with the bank since today
    states = []
    for number in range(5):
        await lending.trip.do("pay_card", "ann", f"P{number}", amount="9999.00")
        await lending.trip.book("ann", f"L{number}", f"{9000 + number}.00")
        told = await lending.decide(f"L{number}", months=24, fields={"income": "60000.00"})
        states.append((told["state"], told["reasons"][0]["code"]))
    assert states[0] == ("approved", "approved")
    assert ("refused", "within_limit") in states
    rows = await lending.sql(
        "select coalesce(sum(amount), 0), (select max((record ->> 'limit')::bigint) "
        "from credit_decision) from application where state = 'approved'"
    )
    assert rows[0][0] <= rows[0][1]


async def test_claims_are_compared_and_never_believed(lending: Lending) -> None:
    told = await lending.decide("B1", claims={"price": "9000.00"})
    assert told["state"] == "refused"
    assert told["reasons"] == [
        {
            "code": "claim",
            "zh": "填报的“price”与场景记录不一致",
            "en": "What was said of “price” differs from the scene's record",
        }
    ]


async def test_no_more_is_lent_for_an_order_than_it_is_worth(lending: Lending) -> None:
    wish = {"product": "instalment", "about": {"thing": "booking", "key": "B1"}}
    over = await lending.post("", {**wish, "amount": "5000.00"})
    assert (over.status_code, over.json()["code"]) == (422, "application.above_fact")
    assert over.json()["facts"] == {"most": "3600.00"}
    begun = (await lending.post("", wish)).json()
    trip = lending.trip
    async with writing(trip.pool, trip.tenant.id) as connection:
        found = await read_application(
            connection, trip.tenant.id, application_id(begun["id"]), lock=True
        )
        with pytest.raises(Refused, match="above that of"):
            await requote_application(connection, trip.tenant.id, found, 3_600_01, None)


async def test_what_was_said_before_is_not_asked_again(lending: Lending) -> None:
    await lending.trip.book("ann", "B2", "1200.00")
    first = await lending.begin("B1", fields={})
    assert first["missing"] == ["income"]
    await lending.post(f"/{first['id']}/decide", {"fields": {"income": "9000.00"}})
    second = await lending.begin("B2", fields={})
    assert second["missing"] == []
    assert second["fields"]["income"] == {"value": "9000.00", "from": "earlier"}
    # Said again it stays; said otherwise it is what the customer says now.
    told = (await lending.post(f"/{second['id']}/decide", {"fields": {"income": "8000.00"}})).json()
    assert told["fields"]["income"] == {"value": "8000.00", "from": "customer"}


async def test_what_has_ended_is_not_quoted(lending: Lending) -> None:
    await lending.trip.do("cancel_booking", "ann", "K1", booking="B1")
    told = await lending.begin("B1")
    assert (told["state"], [r["code"] for r in told["reasons"]]) == ("refused", ["fact_goes_on"])


async def test_errors_are_told_in_chinese_to_who_asks_for_it(lending: Lending) -> None:
    asked = {"product": "nothing"}
    told = await lending.post("", asked, headers={"accept-language": "zh-CN"})
    assert (told.status_code, told.headers["content-language"]) == (422, "zh")
    assert told.json()["detail"] == "场景未上架该产品。"
    assert (await lending.post("", asked)).json()["title"] == "Refused by a rule"


async def test_anothers_order_and_application_are_not_there(lending: Lending) -> None:
    body = {"product": "instalment", "about": {"thing": "booking", "key": "B1"}}
    assert (await lending.post("", body, "bob")).json()["code"] == "thing.not_found"
    mine = await lending.begin("B1")
    for answer in (
        await lending.get(f"/{mine['id']}", "bob"),
        await lending.post(f"/{mine['id']}/decide", who="bob"),
        await lending.post(f"/{mine['id']}/handoff", who="bob"),
        await lending.get("/nonsense"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "application.not_found")
    assert (await lending.get("", "bob")).json()["data"] == []
    # The bank sees it, and does not go on with it in the customer's place.
    assert (await lending.bank.get(f"/v1/travel/applications/{mine['id']}")).status_code == 200
    tried = await lending.bank.post(f"/v1/travel/applications/{mine['id']}/decide", {})
    assert tried.json()["code"] == "application.not_own"


async def test_a_key_is_one_application(lending: Lending) -> None:
    body = {"product": "instalment", "about": {"thing": "booking", "key": "B1"}}
    first = await lending.post("", body, key="same")
    again = await lending.post("", body, key="same")
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await lending.post("", body | {"months": 6}, key="same")
    assert other.json()["code"] == "idempotency.key_reused"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid.missing_field"),
        ({"product": "nonsense"}, "application.not_mounted"),
        ({"product": "instalment", "amount": "-5"}, "money.bad_amount"),
        ({"product": "instalment", "amount": "1e400"}, "money.bad_amount"),
        ({"product": "instalment", "amount": "100.00"}, "shelf.amount_bounds"),
        ({"product": "instalment", "amount": "1000.00", "months": 7}, "shelf.no_such_term"),
        ({"product": "instalment", "offer": "x"}, "id.malformed"),
        ({"product": "instalment", "offer": "0" * 32}, "offer.not_found"),
        ({"product": "instalment", "about": {"thing": "no", "key": "B1"}}, "thing.not_found"),
        ({"product": "instalment", "about": {"thing": "booking", "key": "B9"}}, "thing.not_found"),
        ({"product": "instalment", "fields": {"income": "lots"}}, "money.bad_amount"),
        ({"product": "instalment", "more": 1}, "invalid.unknown_field"),
    ],
)
async def test_bad_input(lending: Lending, body: Any, code: str) -> None:
    answer = await lending.post("", body)
    assert answer.status_code in (400, 404, 422)
    assert answer.json()["code"] == code


async def test_the_auditor_sees_every_rule_and_what_the_challenger_would_say(
    lending: Lending,
) -> None:
    decided = await lending.decide("B1")
    path = f"/v1/travel/applications/{decided['id']}/decision"
    told = (await lending.bank.get(path)).json()
    rules = {rule["rule"]: rule["says"] for rule in told["record"]["rules"]}
    assert {"eligible", "fact_not_used", "score", "within_limit", "affordable"} <= rules.keys()
    assert sum(told["record"]["points_by_fact"].values()) == told["record"]["score"]["points"]
    assert told["challenger"]["policy"] != told["policy"]
    assert told["took_us"] < 300_000
    assert (await lending.get(f"/{decided['id']}/decision")).status_code == 403


async def test_what_a_partner_reads_by_a_grant_leaves_a_receipt(lending):
    from enscene.tenants.apps import grant_app

    begun = await lending.begin("B1")
    trip = lending.trip
    await grant_app(
        trip.pool, lending.site.app, party="ann", scene="travel", actions=["applications.read"]
    )
    path = "/v1/travel/applications"
    assert (await lending.site.get(f"{path}/{begun['id']}", party="ann")).status_code == 200
    assert len((await lending.site.get(path, party="ann")).json()["data"]) == 1
    rows = await lending.sql("select what, party, records from receipt order by id")
    assert [tuple(row) for row in rows] == [("applications", "ann", 1)] * 2


async def test_who_owes_what_was_written_off_is_lent_nothing(lending: Lending) -> None:
    contract = await lending.sign((await lending.decide("B1"))["id"])
    trip = lending.trip
    await trip.host.contracts.act(
        trip.tenant.id, UUID(contract), "write_off", {}, once=None, actor="bank"
    )
    closed = await trip.host.contracts.close(
        trip.tenant.id, UUID(contract), once=None, actor="customer:ann"
    )
    assert closed.refused
    assert '"shelf.written_off"' in closed.body
    assert (await lending.sql("select state from contract"))[0][0] == "open"
    await trip.book("ann", "B9", "3600.00")
    told = await lending.decide("B9")
    assert told["state"] == "refused"
    assert "not_overdue" in [reason["code"] for reason in told["reasons"]]
