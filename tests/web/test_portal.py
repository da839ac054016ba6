"""The developer portal and the bank's pages of partners, by forms alone and in a browser."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import expect

from enscene.api.partners import ConformanceWorker
from enscene.api.webhooks import Rules, WebhookSettings
from enscene.partners.conformance import read_words
from enscene.partners.find_partner import list_partners
from enscene.partners.inventory import put_asset, read_assets
from enscene.partners.open_sandbox import new_pair
from enscene.partners.standard import read_standard
from enscene.storage import seal_of_environment
from enscene.web.portal.docs import titles
from web.conftest import ROOT, Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults

sys.path.insert(0, str(ROOT / "examples" / "partners"))
from receiver import Receiver

LOOPBACK = WebhookSettings(rules=Rules(loopback=frozenset({"127.0.0.1"})))
WHO = {"name": "<b>快餐</b>到家", "contact": "Li", "email": "li@partner.example",
       "purpose": "customers pay in our app"}  # fmt: skip


class Outside:
    """A partner's person without a browser: knows the address of the portal, and reads pages."""

    def __init__(self, bank: Bank, language: str = "en") -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(bank.app), base_url="http://bank.test",
            headers={"accept-language": language}, follow_redirects=True,
        )  # fmt: skip
        self.text = ""

    async def look(self, rest: str = "") -> str:
        answer = await self.http.get(f"/portal/bank{rest}")
        assert answer.status_code == 200, (rest, answer.status_code)
        self.text = answer.text
        return self.text

    async def send(self, rest: str, **fields: str) -> httpx.Response:
        """A form of the page that is open."""
        csrf = re.findall(r'name="csrf" value="([^"]+)"', self.text)[0]
        answer = await self.http.post(f"/portal/bank{rest}", data={"csrf": csrf, **fields})
        self.text = answer.text
        return answer

    def secret(self, name: str) -> str:
        return unescape(re.findall(rf'data-secret="{name}">([^<]+)<', self.text)[0])

    async def sign_up(self) -> str:
        await self.look()
        assert (await self.send("/signup", **WHO)).status_code == 200
        return self.secret("access_key")

    async def apply(self, **changes: str) -> httpx.Response:
        await self.look("/application")
        answers = {}
        for question in read_standard().asked("A1"):
            answers[f"answer.{question.id}"] = "yes"
            answers[f"evidence.{question.id}"] = "a report"
        return await self.send(
            "/application", **WHO, level="A1", scopes="scene:canteen:top_up", do="submit",
            **(answers | changes),
        )  # fmt: skip


class Desk:
    """Somebody of the bank at the console, by forms."""

    def __init__(self, bank: Bank, login: str, client: httpx.AsyncClient) -> None:
        self.csrf = bank.sessions[login].csrf
        self.http = client

    async def send(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf, **fields})


async def desk(bank: Bank, login: str, language: str = "en") -> Desk:
    client = await bank.client(login, **{"accept-language": language})
    client.follow_redirects = True
    return Desk(bank, login, client)


def invalid(page: str) -> list[str]:
    """The names of the inputs that a page marks as wrong; each is told why by `said`."""
    marked = re.findall(r"<(?:input|select)[^>]*aria-invalid=[^>]*>", page)
    assert all('aria-describedby="said"' in each for each in marked)
    assert page.count('id="said"') == (1 if marked else page.count('id="said"'))
    return [re.findall(r'name="([^"]*)"', each)[0] for each in marked]


async def only_partner(bank: Bank) -> str:
    [partner] = await list_partners(bank.pool, bank.tenant.id)
    return partner.number


async def admit(bank: Bank) -> tuple[Desk, Desk, str]:
    """Two people look at the evidence and say yes."""
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    path = f"/partners/{await only_partner(bank)}"
    for question in read_standard().asked("A1"):
        answer = await maker.send(f"{path}/evidence/{question.id}", do="accept", note="")
        assert answer.status_code == 200
    for who in (maker, checker):
        answer = await who.send(f"{path}/decision", do="admit", why="all as it should be")
        assert answer.status_code == 200
    return maker, checker, path


async def test_the_docs_hold_all_that_partners_need_with_titles_in_both_languages(
    bank: Bank,
) -> None:
    zh, en = await Outside(bank, "zh").look("/docs"), await Outside(bank).look("/docs")
    for name in ("bring-in", "callers", "customer-pages", "capabilities", "billing"):
        assert f'href="/portal/bank/docs/{name}"' in zh
    for _, title in titles():
        said = title.split(" · ")
        assert len(said) == 2, title
        assert f">{said[0]}<" in zh
        assert f">{said[1]}<" in unescape(en)


async def test_scenes_and_actions_are_chosen_from_those_of_the_bank(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.sign_up()
    page = await outside.look("/application")
    assert 'type="checkbox" name="scopes" value="scene:canteen:top_up"' in page
    assert "scene:canteen:settle_meal" not in page, "the clock alone does it"
    answer = await outside.send(
        "/application", **WHO, level="A1", scopes="scene:canteen:top_up scene:nowhere:*", do="save"
    )
    assert answer.status_code == 400
    assert "Not one of the scenes and actions of this bank: scene:nowhere:*" in answer.text
    assert 'value="scene:nowhere:*" checked' in answer.text, "what was typed is not lost"
    kept = await outside.send(
        "/application", **WHO, level="A1", scopes="scene:canteen:top_up", do="save"
    )
    assert kept.status_code == 200
    assert 'value="scene:canteen:top_up" checked' in await outside.look("/application")


async def test_from_sign_up_to_live_by_the_pages_alone(bank: Bank) -> None:
    outside = Outside(bank)
    key = await outside.sign_up()
    assert "&lt;b&gt;快餐&lt;/b&gt;" in await outside.look()
    incomplete = await outside.apply(**{"answer.tls": "", "answer.keys": ""})
    assert incomplete.status_code == 422
    assert "not answered" in incomplete.text
    await outside.apply()
    assert "two people decide" in outside.text
    maker, checker, path = await admit(bank)
    assert "get the keys" in await outside.look()
    await outside.look("/keys")
    await outside.send("/keys", do="generate")
    assert json.loads(outside.secret("private"))["kty"] == "EC"
    receiver = Receiver(0, outside.secret("hook"), None)
    receiver.act = lambda event, message: None  # type: ignore[method-assign]
    receiver.start()
    worker = ConformanceWorker(bank.pool, seal_of_environment(), LOOPBACK, act_s=0.3)
    try:
        await outside.look("/try")
        url = f"http://127.0.0.1:{receiver.port}/hook"
        bad = await outside.send("/try", do="settings", webhook_url="javascript:1", software="1")
        assert bad.status_code == 400
        await outside.send("/try", do="settings", webhook_url=url, software="1.0")
        await outside.send("/try", do="delivery", fault="twice")
        assert "waiting" in outside.text
        await worker.step()
        assert outside.text.count("disabled") >= 1
        await outside.look("/try")
        await outside.send("/try", do="run")
        await worker.step()
        page = await outside.look("/try")
        # It has no API beside it here, so the two checks of calls fail, and say why.
        assert page.count("Your call never came") == 2
        assert "Way out" in page
    finally:
        await worker.stop()
        await asyncio.to_thread(receiver.stop)
    await outside.look("/keys")
    refused = await outside.send("/keys", do="live", jwks=json.dumps(new_pair()[1]))
    assert refused.status_code == 422
    bank_page = (await checker.http.get(path)).text
    assert "Your call never came" in bank_page
    suspended = await checker.send(f"{path}/act", do="suspend", why="they leak keys")
    assert "Suspended" in suspended.text
    assert "they leak keys" in await outside.look()
    assert (await maker.send(f"{path}/act", do="resume", why="all is well")).status_code == 403
    await checker.send(f"{path}/act", do="resume", why="all is well")
    assert "Try out" in await outside.look()
    again = Outside(bank)
    await again.look()
    await again.send("/login", access_key=key)
    assert "快餐" in again.text
    wrong = Outside(bank)
    await wrong.look()
    assert (await wrong.send("/login", access_key="epk_1_" + "a" * 43)).status_code == 401


async def test_one_person_does_not_admit_and_reasons_are_kept(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.sign_up()
    await outside.apply()
    checker = await desk(bank, "checker")
    path = f"/partners/{await only_partner(bank)}"
    short = await checker.send(f"{path}/decision", do="refuse", why="no")
    assert short.status_code == 400
    assert 'value="no"' in short.text
    for _ in range(2):
        await checker.send(f"{path}/decision", do="refuse", why="keys lie in the code")
    assert "Applied" in (await checker.http.get("/partners")).text
    maker = await desk(bank, "maker")
    await maker.send(f"{path}/decision", do="refuse", why="no monitoring at all")
    page = await outside.look()
    assert "keys lie in the code / no monitoring at all" in page
    await outside.apply(**{"evidence.keys": "a new vault"})
    assert "two people decide" in outside.text


async def test_who_may_not_sees_nothing(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.sign_up()
    path = f"/partners/{await only_partner(bank)}"
    auditor = await desk(bank, "auditor")
    assert (await auditor.http.get(path)).status_code == 200
    assert (await auditor.send(f"{path}/decision", do="admit", why="because")).status_code == 403
    partner = await desk(bank, "partner")
    for page in ("/partners", path):
        assert (await partner.http.get(page)).status_code == 403
    stranger = Outside(bank)
    for rest in ("/application", "/keys", "/try", "/calls"):
        assert "Sign in" in await stranger.look(rest)  # at the door
    stranger.text = outside.text
    forged = await stranger.send("/signup", **WHO)
    assert forged.status_code == 403
    assert (await stranger.http.get("/portal/nobody")).status_code == 404


async def test_the_bank_hands_out_another_access_key(bank: Bank) -> None:
    outside = Outside(bank)
    old = await outside.sign_up()
    checker, path = await desk(bank, "checker"), f"/partners/{await only_partner(bank)}"
    page = (await checker.send(f"{path}/act", do="access")).text
    assert "Sign in" in await outside.look("/keys")  # its session has ended with its key
    fresh = unescape(re.findall(r'data-secret="access_key">([^<]+)<', page)[0])
    for key, status in ((old, 401), (fresh, 200)):
        again = Outside(bank)
        await again.look()
        assert (await again.send("/login", access_key=key)).status_code == status


async def test_assets_and_holes_are_kept_by_forms(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.sign_up()
    maker, path = await desk(bank, "maker"), f"/partners/{await only_partner(bank)}"
    added = await maker.send(
        f"{path}/assets", do="add", kind="domain", name="pay.partner.example",
        supplier="a host", version="nginx 1.27", certificate_until="2020-01-01",
    )  # fmt: skip
    assert "certificate ends 2020-01-01" in added.text
    bad = await maker.send(f"{path}/assets", do="add", kind="domain", name="x",
                           domain_until="tomorrow")  # fmt: skip
    assert bad.status_code == 400
    [asset] = await read_assets(bank.pool, bank.tenant.id)
    hole = {"asset": str(asset.id), "hole": "CVE-2026-0001"}
    found = await maker.send(f"{path}/assets", do="report", severity="high", **hole)
    assert "CVE-2026-0001 · high" in found.text
    fixed = await maker.send(f"{path}/assets", do="fix", **hole)
    assert "CVE-2026-0001 · fixed" in fixed.text
    await maker.send(f"{path}/assets", do="drop", asset=str(asset.id))
    assert await read_assets(bank.pool, bank.tenant.id) == []


async def test_docs_are_the_files_themselves(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.look("/docs")
    for name in ("partners", "api", "webhooks", "fapi"):
        page = await outside.look(f"/docs/{name}")
        assert "<script>" not in page
        for link in re.findall(r'href="([^"#]+)"', page.partition("<article")[2]):
            if link.startswith("/portal"):
                assert (await outside.http.get(link)).status_code == 200, link
    assert (await outside.http.get("/portal/bank/docs/architecture")).status_code == 404


def test_every_check_and_reason_has_words() -> None:
    from enscene.partners.conformance import CHECKS, RAILS

    words = read_words()
    assert {*CHECKS, RAILS, "delivery"} == words.checks.keys()


PAGES = ("", "/application", "/keys", "/try", "/calls", "/docs", "/docs/webhooks", "/reference")


@looks
async def test_pages_read_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    outside = Outside(bank)
    key = await outside.sign_up()
    await outside.apply()
    _, _, path = await admit(bank)
    partner = (await list_partners(bank.pool, bank.tenant.id))[0].id
    await put_asset(bank.pool, bank.tenant.id, partner, "maker@bank", "domain", "a.example")
    await outside.look("/keys")
    await outside.send("/keys", do="generate")
    window = await windows.new("checker", viewport=size, locale=language)
    page = window.page
    seen = ["/partners", path]
    await check(page, windows.url, seen, assets)
    await page.goto(f"{windows.url}/portal/bank")
    assert await serious_faults(page, assets) == []
    await page.fill("#access_key", key)
    await page.locator("form[action$='/login'] button").click()
    await expect(page.locator("h1")).to_contain_text("快餐")
    await check(page, windows.url, [f"/portal/bank{rest}" for rest in PAGES], assets)
    assert [fault for fault in window.faults if "404" not in fault] == []


async def check(page: Any, url: str, paths: list[str], assets: Path) -> None:
    for path in paths:
        await page.goto(f"{url}{path}")
        if SHOTS:
            name = path.partition("/ptn_")[0].replace("/", "_") + ("_one" if "ptn_" in path else "")
            size = f"{page.viewport_size['width']}-{await page.evaluate('navigator.language')}"
            await page.screenshot(path=f"{SHOTS}/page{name}-{size}.png", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
        assert await serious_faults(page, assets) == [], path


async def test_the_reference_is_made_from_the_document_and_sends(
    windows: Windows, bank: Bank
) -> None:
    window = await windows.new()
    page, sent = window.page, []
    document = {
        "openapi": "3.1.0",
        "paths": {"/v1/{scene}/actions/pay": {"post": {
            "summary": "支付 · pay", "x-scope": "scene:canteen:pay",
            "parameters": [
                {"name": "scene", "in": "path", "required": True},
                {"name": "Idempotency-Key", "in": "header", "required": True},
            ],
            "requestBody": {"content": {"application/json": {"schema": {
                "type": "object", "required": ["price"], "properties": {"price": {"type": "string"}},
            }}}},
        }}},
    }  # fmt: skip

    async def answer(route: Any) -> None:
        request = route.request
        if request.url.endswith("/openapi.json"):
            await route.fulfill(json=document)
            return
        sent.append((request.method, request.url, request.headers, request.post_data))
        await route.fulfill(json={"total": "12.00"})

    await page.route("**/openapi.json", answer)
    await page.route("**/v1/**", answer)
    await page.goto(f"{windows.url}/portal/bank/reference")
    await page.fill("#token", "a-token")
    await page.locator("summary", has_text="pay").click()
    await page.get_by_label("path scene").fill("canteen")
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator("pre.answer")).to_contain_text('"total": "12.00"')
    [(method, url, headers, body)] = sent
    assert (method, url) == ("POST", f"{windows.url}/v1/canteen/actions/pay")
    assert headers["authorization"] == "Bearer a-token"
    assert len(headers["idempotency-key"]) == 36
    assert json.loads(body) == {"price": ""}
    assert window.faults == []
