"""What is signed is read before it is signed, in the scene and in the mobile bank, and afterwards."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.shelf import standard_shelf
from enscene.web import ConsoleSettings, create_console
from enscene.web.h5_token import issue_h5_token
from lending import Lending, open_lending

PACKS = Path(__file__).parents[2] / "packs"
NAMES = ["credit_agreement", "credit_inquiry_consent"]


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        yield found


async def bank_of(lending: Lending, who: str = "ann", language: str = "zh-CN") -> httpx.AsyncClient:
    """Somebody's mobile bank, logged in."""
    app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"accept-language": language}, follow_redirects=True,
    )  # fmt: skip
    await client.post("/bank/bank/login", data={"customer": who, "next": ""})
    return client


async def sign(lending: Lending, client: httpx.AsyncClient, application: str) -> str:
    """Sign it there; the contract."""
    page = (await client.get("/bank/bank/messages")).text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    code = await lending.code(application)
    page = (
        await client.post(
            f"/bank/bank/applications/{application}/sign", data={"csrf": csrf, "code": code}
        )
    ).text
    return str(re.findall(r"/bank/bank/contracts/([0-9a-f-]{36})", page)[0])


def links(page: str) -> list[str]:
    return re.findall(r'href="(/bank/bank/[^"]+/documents/[^"]+)"', page)


async def test_an_application_leads_to_its_documents_before_the_code(lending: Lending) -> None:
    decided = await lending.decide("B1")
    client = await bank_of(lending)
    page = (await client.get(f"/bank/bank/applications/{decided['id']}")).text
    found = links(page)
    assert [link.rpartition("/")[2] for link in found] == NAMES
    assert page.index(found[-1]) < page.index("发送验证码")
    text = (await client.get(found[0])).text
    for said in ("<h1>借款合同</h1>", "3,600.00 元", "12 个月", decided["quote"]["annual_cost"]):
        assert said in text
    assert text.count("<li>") == 7
    assert f'href="/bank/bank/applications/{decided["id"]}"' in text
    assert standard_shelf().documents[NAMES[0]].version in text
    consent = (await client.get(found[1])).text
    assert "征信查询授权书" in consent


async def test_a_contract_shows_what_was_signed_and_when_its_text_changed(
    lending: Lending, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = await lending.decide("B1")
    client = await bank_of(lending)
    contract = await sign(lending, client, decided["id"])
    path = f"/bank/bank/contracts/{contract}"
    page = (await client.get(path)).text
    assert [link.rpartition("/")[2] for link in links(page)] == NAMES
    assert "正文已更新" not in page
    text = (await client.get(links(page)[0])).text
    assert "与您签署时一致" in text
    # Whoever comes back by the application's link is led to the contract's.
    behind = await client.get(f"/bank/bank/applications/{decided['id']}/documents/{NAMES[0]}")
    assert behind.url.path == links(page)[0]
    # The same that the quote said, word for word.
    quoted = (await lending.get(f"/{decided['id']}/documents/{NAMES[0]}")).json()
    assert [unescape(c) for c in re.findall(r"<li>(.*?)</li>", text)] == quoted["clauses"]
    documents = standard_shelf().documents
    old = documents[NAMES[0]]
    clause = {"zh": "新条款。", "en": "A new clause."}
    monkeypatch.setitem(documents, old.name, replace(old, clauses=(*old.clauses, clause)))
    assert (await client.get(path)).text.count("正文已更新") == 1
    text = (await client.get(links(page)[0])).text
    assert "您签署后改过" in text
    assert old.version in text


async def test_others_and_unknown_documents_are_not_there(lending: Lending) -> None:
    decided = await lending.decide("B1")
    client = await bank_of(lending)
    contract = await sign(lending, client, decided["id"])
    other = await bank_of(lending, "bob")
    for base in (f"applications/{decided['id']}", f"contracts/{contract}"):
        path = f"/bank/bank/{base}/documents"
        assert (await client.get(f"{path}/{NAMES[0]}")).status_code == 200
        missing = await client.get(f"{path}/policy_terms")
        assert (missing.status_code, "没有这份文件" in missing.text) == (404, True)
        assert (await other.get(f"{path}/{NAMES[0]}")).status_code == 404


async def test_a_document_in_english_has_no_chinese_but_the_customers_data(
    lending: Lending,
) -> None:
    decided = await lending.decide("B1")
    client = await bank_of(lending, language="en-GB")
    name_of_scene = (await lending.trip.host.scene(lending.trip.tenant.id, "travel")).name
    for name in NAMES:
        page = await client.get(f"/bank/bank/applications/{decided['id']}/documents/{name}")
        text = re.sub(r"<[^>]+>", " ", page.text)
        own = re.sub(re.escape(name_of_scene), "", text).replace("中文", "")
        assert re.findall(r"[一-鿿]", own) == []
        assert "it holds once it is signed" in text


@pytest.mark.parametrize(("language", "title"), [("zh", "借款合同"), ("en", "Credit agreement")])
async def test_the_page_of_a_scene_opens_them_where_one_is(
    lending: Lending, language: str, title: str
) -> None:
    trip = lending.trip
    app = create_console(trip.host, trip.pool, ConsoleSettings(packs=PACKS))
    token = await issue_h5_token(trip.pool, trip.tenant.id, "travel", "ann")
    phone = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"authorization": f"H5 {token}"},
    )  # fmt: skip
    begun = await lending.begin("B1")
    for state in ("begun", "approved"):
        address = f"/h5/bank/travel/trips/content?lang={language}"
        page = (await phone.post(address)).text
        assert f'data-state="{state}"' in page
        assert re.findall(r'<details class="fold paper" data-document="(\w+)">', page) == NAMES
        assert f"<summary>{title}</summary>" in page
        assert "3,600.00" in page[page.index(title) :]
        if state == "begun":
            await lending.post(f"/{begun['id']}/decide")
