"""Contracts over HTTP: what a channel of the bank shows its customer, and lets them do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from api.partner import Partner, make_partner
from enscene.api.contracts.orders import BANKS, CUSTOMERS
from enscene.api.documents.contracts import SUMMARIES, TAKES
from enscene.shelf import Opening, standard_shelf
from lending import Lending, open_lending

SCOPES = ["contracts:read", "contracts:write", "contracts:manage"]
SURE = {"amr": ["pwd", "otp"]}


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as made:
        yield made


@pytest.fixture
async def bank(lending: Lending, pool: Any) -> Partner:
    return await make_partner(
        pool, lending.gateway, lending.trip.tenant, "mobile", scopes=SCOPES, level="A2"
    )


async def loan_of(lending: Lending, who: str = "ann", amount: int = 1_200_00) -> UUID:
    contracts = lending.trip.host.contracts
    tenant = lending.trip.tenant.id
    rows = await lending.sql("select id from party where ref = $1", who)
    opening = Opening(
        standard_shelf().products["instalment"], rows[0][0], amount, months=12,
        facts={"parties": {"traveller": who, "site": "site"}},
    )  # fmt: skip
    answer = await contracts.open(tenant, opening, once=None, actor="test")
    assert not answer.refused, answer.body
    return UUID(msgspec.json.decode(answer.body)["contract"])


async def test_a_customer_sees_what_they_hold_with_its_plan(
    lending: Lending, bank: Partner
) -> None:
    loan = await loan_of(lending)
    listed = (await bank.get("/v1/customers/ann/contracts")).json()
    assert [each["id"] for each in listed["data"]] == [str(loan)]
    assert listed["data"][0]["stands"]["owed"] == "1200.00"
    shown = (await bank.get(f"/v1/contracts/{loan}")).json()
    assert len(shown["plan"]) == 12
    assert shown["history"][-1] == {
        "n": 0, "day": shown["history"][-1]["day"], "what": "drawn", "principal": "1200.00",
    }  # fmt: skip
    assert (await bank.get("/v1/customers/bob/contracts")).json()["data"] == []
    account = (await bank.get("/v1/customers/ann/account")).json()
    assert account["available"] == "1200.00"


async def test_closing_shows_what_it_means_and_then_does_it(
    lending: Lending, bank: Partner
) -> None:
    loan = await loan_of(lending)
    closing = (await bank.get(f"/v1/contracts/{loan}/closing")).json()
    assert (closing["pays"], closing["blocked"]) == ("1200.00", None)
    done = await bank.post(f"/v1/contracts/{loan}/close", {})
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "closed"
    again = await bank.post(f"/v1/contracts/{loan}/close", {})
    assert (again.status_code, again.json()["code"]) == (409, "contract.not_open")


@pytest.mark.parametrize(
    ("verb", "body", "status", "code"),
    [
        ("repay", {"amount": "1300.00"}, 422, "shelf.more_than_owed"),
        ("repay", {"amount": "0.00"}, 400, "shelf.bad_amount"),
        ("repay", {"amount": "1.005"}, 400, "money.bad_amount"),
        ("repay", {"amount": 1}, 400, "invalid.type"),
        ("repay", {}, 400, "contract.arguments"),
        ("subscribe", {"amount": "1.00"}, 400, "contract.no_verb"),
        ("repay", {"amount": "1.00", "more": "1"}, 400, "invalid.unknown_field"),
        ("restructure", {"months": 6, "rate": "4,5"}, 400, "money.bad_portion"),
    ],
)
async def test_what_cannot_be_done_says_why(
    lending: Lending, bank: Partner, verb: str, body: Any, status: int, code: str
) -> None:
    loan = await loan_of(lending)
    answer = await bank.post(f"/v1/contracts/{loan}/{verb}", body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told


@pytest.mark.parametrize(
    ("verb", "takes"),
    [("repay", ["amount", "about", "keep"]), ("restructure", ["months", "rate", "about"])],
)
async def test_what_a_verb_takes_is_told_in_the_fields_of_the_body(
    lending: Lending, bank: Partner, verb: str, takes: list[str]
) -> None:
    loan = await loan_of(lending)
    told = (await bank.post(f"/v1/contracts/{loan}/{verb}", {})).json()
    assert (told["code"], told["facts"]) == ("contract.arguments", {"takes": takes})
    assert told["detail"] == f"{verb} takes {', '.join(takes)}"


async def test_an_application_without_the_scope_sees_nothing(lending: Lending) -> None:
    loan = await loan_of(lending)
    for path in (f"/v1/contracts/{loan}", "/v1/customers/ann/contracts"):
        answer = await lending.app.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope")


async def test_the_same_key_pays_in_once(lending: Lending, bank: Partner) -> None:
    for _ in range(2):
        answer = await bank.post(
            "/v1/sandbox/customers/bob/account", {"amount": "10.00"}, key="pay-1"
        )
        assert answer.status_code == 200, answer.text
    assert (await bank.get("/v1/customers/bob/account")).json()["available"] == "10.00"


def test_every_verb_is_in_the_document() -> None:
    assert set(SUMMARIES) == set(TAKES) == CUSTOMERS | BANKS


async def test_what_is_not_lent_is_opened_at_once(lending: Lending, bank: Partner) -> None:
    await bank.post("/v1/sandbox/customers/ann/account", {"amount": "20000.00"})
    opened = await bank.post(
        "/v1/customers/ann/contracts",
        {
            "product": "term_deposit",
            "amount": "10000.00",
            "months": 12,
            "at_maturity": "roll_all",
            **SURE,
        },
    )
    assert opened.status_code == 200, opened.text
    shown = (await bank.get(f"/v1/contracts/{opened.json()['contract']}")).json()
    assert shown["stands"]["balance"] == "10000.00"
    cover = await bank.post(
        "/v1/customers/ann/contracts",
        {"product": "accident_insurance", "amount": "100000.00", **SURE},
    )
    assert cover.status_code == 200, cover.text
    told = cover.json()["steps"]
    assert [step["what"] for step in told] == ["premium_paid"]
    for body, status, code in (
        ({"product": "instalment", "amount": "1000.00"}, 422, "contract.apply_first"),
        ({"product": "nothing"}, 404, "shelf.no_product"),
        ({"product": "wealth_flex", "amount": "10.00"}, 422, "shelf.not_eligible"),
        ({"product": "fx_purchase"}, 400, "shelf.no_quote"),
        ({"product": "term_deposit", "amount": "90000.00"}, 422, "ledger.insufficient_funds"),
        ({"product": "term_deposit", "amount": "100.00", "at_maturity": "x"}, 400,
         "contract.at_maturity"),
        ({"product": "term_deposit", "amount": "100.00", "amr": []}, 403, "factor.second_missing"),
        ({"product": "term_deposit", "amount": "100.00", "amr": ["pwd", "pin"]}, 403,
         "factor.second_missing"),
        ({"product": "term_deposit", "amount": "100.00", "amr": ["luck"]}, 400, "invalid.choice"),
    ):  # fmt: skip
        answer = await bank.post("/v1/customers/ann/contracts", {**SURE, **body})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert shown["facts"]["amr"] == ["pwd", "otp"]


async def test_wealth_is_for_those_who_can_bear_it(lending: Lending, bank: Partner) -> None:
    await bank.post("/v1/sandbox/customers/ann/account", {"amount": "500.00"})
    questions = (await bank.get("/v1/customers/ann/suitability")).json()["questions"]
    answers = {question["id"]: 3 for question in questions}
    half = await bank.put("/v1/customers/ann/suitability", {"answers": {"loss": 3}})
    assert (half.status_code, half.json()["param"]) == (400, "answers.income")
    level = await bank.put("/v1/customers/ann/suitability", {"answers": answers})
    assert level.json()["risk_level"] == 3, level.text
    bought = await bank.post(
        "/v1/customers/ann/contracts", {"product": "wealth_flex", "amount": "500.00", **SURE}
    )
    assert bought.status_code == 200, bought.text
    holding = bought.json()["contract"]
    await bank.post(f"/v1/contracts/{holding}/value", {"net_value": "1.02", "on": "2030-01-01"})
    assert (await bank.get(f"/v1/contracts/{holding}/closing")).json()["gets"] == "510.00"
    assert (await bank.post(f"/v1/contracts/{holding}/close", {})).json()["state"] == "closed"
    account = (await bank.get("/v1/customers/ann/account")).json()
    assert account["available"] == "510.00"


async def test_currency_is_bought_at_the_quote_once(lending: Lending, bank: Partner) -> None:
    await bank.post("/v1/sandbox/customers/ann/account", {"amount": "2000.00"})
    asked = {"amount": "712.13", "buy": "USD"}
    missing = await bank.post("/v1/customers/ann/exchange_quotes", asked)
    assert (missing.status_code, missing.json()["code"]) == (404, "exchange.no_rate")
    rate = await bank.put("/v1/exchange_rates/CNY/USD", {"rate": "7.1"})
    assert rate.status_code == 200, rate.text
    quote = (await bank.post("/v1/customers/ann/exchange_quotes", asked)).json()
    assert (quote["bought"], quote["rate"]) == ("100.00", "7.1213")
    order = {"product": "fx_purchase", "quote": quote["quote"], **SURE}
    theirs = await bank.post("/v1/customers/bob/contracts", order)
    assert theirs.json()["code"] == "exchange.no_quote"
    for _ in range(2):
        done = await bank.post("/v1/customers/ann/contracts", order)
        assert done.status_code == 200, done.text
    accounts = [
        (await bank.get(f"/v1/customers/ann/account?currency={each}")).json()["available"]
        for each in ("CNY", "USD")
    ]
    assert accounts == ["1287.87", "100.00"]


async def test_the_journey_is_told_and_cross_sales_are_counted(
    lending: Lending, bank: Partner
) -> None:
    await loan_of(lending)
    told = (await bank.get("/v1/customers/ann/journey")).json()
    assert {(stop["what"], stop["product"]) for stop in told["data"]} == {
        ("joined", None), ("opened", "instalment"),
    }  # fmt: skip
    assert (await bank.get("/v1/cross_sales")).json() == {"data": []}


async def test_a_household_sees_what_was_consented_to(lending: Lending, bank: Partner) -> None:
    loan = await loan_of(lending)

    async def seen() -> list[str]:
        told = (await bank.get("/v1/customers/bob/contracts?of=household")).json()
        return [each["id"] for each in told["data"]]

    assert await seen() == []
    for granted, wanted in ((True, [str(loan)]), (False, [])):
        said = await bank.put("/v1/customers/ann/household/bob", {"granted": granted})
        assert said.status_code == 200, said.text
        assert await seen() == wanted
    nobody = await bank.put("/v1/customers/ann/household/nobody", {"granted": True})
    assert nobody.json()["code"] == "party.not_found"


async def test_what_its_scene_keeps_the_money_of_is_closed_with_one_key_too(
    lending: Lending, bank: Partner
) -> None:
    await lending.trip.book("ann", "B7", "100.00", flight="MU5101-2026-12-01-PVG")
    await lending.trip.do("buy_cover", "ann", "C1", policy="P1", flight="MU5101-2026-12-01-PVG")
    held = (await bank.get("/v1/customers/ann/contracts")).json()["data"]
    (cover,) = [each["id"] for each in held if each["product"] == "delay_insurance"]
    shown = (await bank.get(f"/v1/contracts/{cover}/closing")).json()
    assert [each["what"] for each in shown["loses"]] == ["service_ends"]
    claimed = await bank.post(f"/v1/contracts/{cover}/claim", {"event": "x", "amount": "1.00"})
    assert (claimed.status_code, claimed.json()["code"]) == (400, "contract.no_verb")
    assert (await bank.post(f"/v1/contracts/{cover}/close", {})).json()["state"] == "closed"
    again = await bank.post(f"/v1/contracts/{cover}/close", {})
    assert again.json()["code"] == "contract.not_open"


async def test_no_scene_lends_on_its_own(lending: Lending) -> None:
    """Credit of the travel site is applied for: no action of the scene opens it."""
    for action in ("take_instalment", "raise_limit"):
        answer = await lending.app.post(
            f"/v1/travel/actions/{action}", {"amount": "5000.00"}, party="ann"
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "scene.no_action")
