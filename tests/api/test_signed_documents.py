"""Documents over HTTP: read before they are signed, and afterwards with what became of the text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from jsonschema_rs import validator_for

from api.partner import Partner, make_partner
from enscene.api.documents.signed import document_schema
from enscene.shelf import Opening, standard_shelf
from lending import Lending, open_lending


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        yield found


@pytest.fixture
async def bank(lending: Lending, pool: Any) -> Partner:
    scopes = ["contracts:read", "contracts:write", "contracts:manage"]
    return await make_partner(
        pool, lending.gateway, lending.trip.tenant, "mobile", scopes=scopes, level="A2"
    )


async def opened(lending: Lending, product: str, amount: int, months: int) -> UUID:
    rows = await lending.sql("select id from party where ref = 'ann'")
    opening = Opening(standard_shelf().products[product], rows[0][0], amount, months=months)
    tenant = lending.trip.tenant.id
    answer = await lending.trip.host.contracts.open(tenant, opening, once=None, actor="test")
    assert not answer.refused, answer.body
    return UUID(msgspec.json.decode(answer.body)["contract"])


async def test_an_application_is_read_before_it_is_signed(lending: Lending) -> None:
    decided = await lending.decide("B1")
    quote = decided["quote"]
    for name in quote["documents"]:
        answer = await lending.get(f"/{decided['id']}/documents/{name}")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        validator_for(document_schema()).validate(told)
        assert (told["name"], told["language"]) == (name, "zh")
        assert told["version"] == standard_shelf().documents[name].version
        assert answer.headers["content-language"] == "zh"
        assert "accept-language" in answer.headers["vary"]
    told = (await lending.get(f"/{decided['id']}/documents/credit_agreement")).json()
    text = "".join(told["clauses"])
    assert told["title"] == "借款合同"
    instalment = f"{float(quote['instalments'][0]['amount']):,.2f} 元"
    for said in ("3,600.00 元", "12 个月", quote["annual_cost"], quote["rates"]["rate"], "B1",
                 instalment, quote["rates"]["penalty"], "3 天"):  # fmt: skip
        assert said in text, said
    assert len(told["clauses"]) == 7


async def test_the_language_is_asked_for_by_the_query_or_the_header(lending: Lending) -> None:
    begun = await lending.begin("B1")
    path = f"/v1/travel/applications/{begun['id']}/documents/credit_agreement"
    for asked, accept, language in [
        ("", "en-GB,en;q=0.9", "en"), ("?lang=zh", "en", "zh"), ("?lang=en", "zh", "en"),
        ("", "fr", "zh"),
    ]:  # fmt: skip
        answer = await lending.app.get(
            path + asked, party="ann", headers={"accept-language": accept}
        )
        assert answer.json()["language"] == language, (asked, accept)
    english = (await lending.app.get(f"{path}?lang=en", party="ann")).json()
    assert english["title"] == "Credit agreement"
    assert "CNY 3,600.00 over 12 months." in english["clauses"][0]
    wrong = await lending.app.get(f"{path}?lang=fr", party="ann")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid.language")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("documents/policy_terms", 404, "document.not_found"),
        ("documents/nothing", 404, "document.not_found"),
        ("documents", 404, "http.no_route"),
        ("documents/credit_agreement/more", 404, "http.no_route"),
        ("talk/credit_agreement", 404, "http.no_route"),
    ],
)
async def test_what_is_not_there(lending: Lending, path: str, status: int, code: str) -> None:
    begun = await lending.begin("B1")
    answer = await lending.get(f"/{begun['id']}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_another_customers_document_is_not_there(lending: Lending) -> None:
    begun = await lending.begin("B1")
    path = f"/{begun['id']}/documents/credit_agreement"
    for who, refused in (("bob", path), ("ann", path.replace(begun["id"], "appl_x"))):
        answer = await lending.get(refused, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "application.not_found")
    posted = await lending.post(path)
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET")


async def test_a_contract_keeps_which_text_was_signed(
    lending: Lending, bank: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = await opened(lending, "instalment", 1_200_00, 12)
    terms = (await bank.get(f"/v1/contracts/{loan}")).json()["terms"]
    documents = standard_shelf().documents
    name = "credit_agreement"
    assert terms["document_versions"] == {n: documents[n].version for n in terms["documents"]}
    path = f"/v1/contracts/{loan}/documents/{name}"
    told = (await bank.get(path)).json()
    assert (told["signed"], told["changed"]) == (documents[name].version, False)
    assert f"首期还款 {terms['instalment']} 元" in "".join(told["clauses"])
    # Nothing of a scene was verified for it: that clause is not there.
    assert len(told["clauses"]) == 6
    # The text is rewritten: what was signed stays told apart from it.
    clause = {"zh": "新条款。", "en": "A new clause."}
    old = documents[name]
    monkeypatch.setitem(documents, name, replace(old, clauses=(*old.clauses, clause)))
    told = (await bank.get(f"{path}?lang=en")).json()
    assert told["clauses"][-1] == "A new clause."
    assert (told["signed"], told["changed"]) == (old.version, True)
    assert told["version"] != old.version
    # A contract from before versions were kept says that nobody can tell.
    await lending.sql("update contract set terms = terms - 'document_versions'")
    told = (await bank.get(path)).json()
    assert (told["signed"], told["changed"]) == (None, None)


async def test_a_cover_is_told_with_its_premium(lending: Lending, bank: Partner) -> None:
    await bank.post("/v1/sandbox/customers/ann/account", {"amount": "20000.00"})
    cover = await opened(lending, "critical_illness_insurance", 100_000_00, 12)
    told = (await bank.get(f"/v1/contracts/{cover}/documents/policy_terms")).json()
    assert told["clauses"][1:3] == [
        "保费为 600.00 元，投保时支付。",
        "保障期 12 个月，从投保当日开始。",
    ]
    assert told["clauses"][-1].startswith("12 个月的保障期内可以随时退保")


async def test_a_cover_of_the_scene_promises_nothing_that_the_scene_does_not(
    lending: Lending, bank: Partner
) -> None:
    await lending.trip.book("ann", "B7", "100.00", flight="MU5101-2026-12-01-PVG")
    await lending.trip.do("buy_cover", "ann", "C1", policy="P1", flight="MU5101-2026-12-01-PVG")
    held = (await bank.get("/v1/customers/ann/contracts")).json()["data"]
    (cover,) = [each["id"] for each in held if each["product"] == "delay_insurance"]
    terms = (await bank.get(f"/v1/contracts/{cover}")).json()["terms"]
    assert terms["documents"] == ["policy_terms"]
    told = (await bank.get(f"/v1/contracts/{cover}/documents/policy_terms")).json()
    assert (told["changed"], len(told["clauses"])) == (False, 3)
    text = "".join(told["clauses"])
    assert "航班延误险" in text
    # The premium is the scene's, and what it gives back too.
    for word in ("保费", "保障期", "退保"):
        assert word not in text


async def test_a_contract_has_only_what_it_was_signed_with(lending: Lending, bank: Partner) -> None:
    loan = await opened(lending, "instalment", 1_200_00, 12)
    for path in (f"{loan}/documents/policy_terms", f"{loan}/documents/x"):
        answer = await bank.get(f"/v1/contracts/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "document.not_found")
    nobody = await bank.get(f"/v1/contracts/{UUID(int=0)}/documents/credit_agreement")
    assert nobody.json()["code"] == "contract.not_found"
    posted = await bank.post(f"/v1/contracts/{loan}/documents/credit_agreement", {})
    assert posted.status_code == 405
    other = await lending.app.get(f"/v1/contracts/{loan}/documents/credit_agreement")
    assert (other.status_code, other.json()["code"]) == (403, "auth.scope")
