"""Customers' pages: who may frame them, whose token opens them, what they may do."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from enscene.api.server import serving
from enscene.web.h5_token import issue_h5_token, read_h5_token
from web.conftest import ORIGIN, Bank, Windows
from web.test_browser import serious_faults

WALLET = "/h5/bank/canteen/wallet"


async def _token(bank: Bank, party: str = "ann", scene: str = "canteen", **more: Any) -> str:
    return await issue_h5_token(bank.pool, bank.tenant.id, scene, party, **more)


async def _ask(bank: Bank, path: str, token: str | None, **more: Any) -> httpx.Response:
    client = await bank.client()
    headers = {"authorization": f"H5 {token}"} if token is not None else {}
    return await client.post(path, headers=headers | more.pop("headers", {}), **more)


async def test_shell_may_be_framed_by_the_scene_s_origins_alone(bank: Bank):
    answer = await (await bank.client()).get(WALLET)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors {ORIGIN}")
    assert "unsafe" not in policy
    assert "x-frame-options" not in answer.headers


async def test_without_origins_nobody_frames(bank: Bank):
    async with bank.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"set local enscene.tenants = '{{{bank.tenant.id}}}'")
        await connection.execute("update scene set profile = profile - 'origins'")
    answer = await (await bank.client()).get(WALLET)
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'none'")


async def test_person_sees_their_own(bank: Bank):
    answer = await _ask(bank, f"{WALLET}/content", await _token(bank))
    assert answer.status_code == 200
    assert "35.00" in answer.text  # 50.00 less a meal (9.00) and what is held for an order (6.00)
    assert "面&lt;i&gt;" in answer.text
    other = await _ask(bank, f"{WALLET}/content", await _token(bank, "bob"))
    assert "35.00" not in other.text
    assert "&lt;b&gt;鲍勃" in other.text


async def test_token_is_for_one_scene_party_and_time(bank: Bank):
    good = await _token(bank)
    body, _, sign = good.partition(".")
    changed = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).replace(b'"ann"', b'"bob"')
    ).decode().rstrip("=")  # fmt: skip
    bad = [
        None, "", "x", ".", f"{body}.", f"{changed}.{sign}", good + "x", "é.é",
        await _token(bank, life_s=-1), await _token(bank, "nobody"), await _token(bank, "hall"),
        await _token(bank, scene="travel"),
    ]  # fmt: skip
    for token in bad:
        if token is not None and not token.isascii():
            continue
        answer = await _ask(bank, f"{WALLET}/content", token)
        assert answer.status_code == 401, token
    session = await read_h5_token(bank.pool, good)
    assert (session.party, session.scene) == ("ann", "canteen")


async def test_console_session_opens_no_customer_page(bank: Bank):
    client = await bank.client("maker")
    assert (await client.post(f"{WALLET}/content")).status_code == 401


async def test_payment_is_done_once_for_its_form(bank: Bank):
    token = await _token(bank)
    form = {"ticket": "h1", "canteen": "hall", "price": "10.00"}
    for _ in range(2):
        answer = await _ask(
            bank, f"{WALLET}/do/pay_by_code", token, data=form,
            headers={"idempotency-key": "key-0001"},
        )  # fmt: skip
        assert "said good" in answer.text
        assert "28.00" in answer.text  # 35.00 less 7.00, the subsidy bears 3.00
    again = await _ask(
        bank, f"{WALLET}/do/pay_by_code", token, data=form | {"price": "11.00"},
        headers={"idempotency-key": "key-0001"},
    )  # fmt: skip
    assert "said good" not in again.text
    assert "28.00" in again.text


@pytest.mark.parametrize(
    ("action", "form", "said"),
    [
        ("pay_by_code", {"ticket": "h2", "canteen": "hall", "price": "70.00"}, "超过当日消费限额"),
        ("top_up", {"amount": "1e9"}, "金额 · 格式不正确"),
        ("top_up", {}, "金额 · 请填写"),
        ("fund_subsidy", {"amount": "1.00"}, "未能办理"),
        (
            "pay_by_code",
            {"ticket": "h3", "diner": "bob", "canteen": "hall", "price": "5.00"},
            "未能",
        ),
    ],
)
async def test_what_is_refused_says_why(bank: Bank, action: str, form: Any, said: str):
    answer = await _ask(
        bank, f"{WALLET}/do/{action}", await _token(bank), data=form,
        headers={"idempotency-key": "key-0002"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert said in answer.text
    assert "35.00" in answer.text


async def test_recommendations_are_on_until_they_are_switched_off(bank: Bank):
    token = await _token(bank)
    page = (await _ask(bank, f"{WALLET}/content", token)).text
    assert page.count('aria-checked="true"') == 1
    assert "您可能喜欢" in page
    form = {"item": "recommendations", "granted": "0"}
    answer = await _ask(bank, f"{WALLET}/consent", token, data=form)
    assert 'aria-checked="true"' not in answer.text
    assert "您可能喜欢" not in answer.text


async def test_permission_is_switched(bank: Bank):
    token = await _token(bank)
    form = {"item": "meals", "granted": "1"}
    answer = await _ask(bank, f"{WALLET}/consent", token, data=form)
    assert answer.text.count('aria-checked="true"') == 2
    answer = await _ask(bank, f"{WALLET}/consent", token, data=form | {"item": "soul"})
    assert "said good" not in answer.text


@asynccontextmanager
async def _partner(windows: Windows, bank: Bank, token: str) -> AsyncIterator[str]:
    """A site that frames the wallet and whose origin the scene allows; gives its address."""

    async def site(request: Request) -> Response:
        frame = f'<iframe src="{windows.url}{WALLET}#{token}" width="390" height="700"></iframe>'
        heard = """<script>window.heard = []; addEventListener("message", (event) =>
          heard.push([event.origin, event.data.type]));</script>"""
        return HTMLResponse(f"<!doctype html><title>p</title>{heard}{frame}")

    async with serving(Starlette(routes=[Route("/{rest:path}", site)]), port=0) as url:
        async with bank.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"set local enscene.tenants = '{{{bank.tenant.id}}}'")
            await connection.execute("update scene set profile = $1", {"origins": [url]})
        yield url


async def test_allowed_site_frames_the_page_and_hears_from_it(
    windows: Windows, bank: Bank, assets: Path
):
    async with _partner(windows, bank, await _token(bank)) as url:
        window = await windows.new(viewport={"width": 390, "height": 844})
        await window.page.goto(f"{url}/")
        frame = window.page.frame_locator("iframe")
        await expect(frame.locator(".purse b").first).to_have_text("¥35.00")
        heard = await window.page.evaluate("heard")
        assert heard
        assert {origin for origin, _ in heard} == {windows.url}
        # A token from the page around it is taken; the page belongs to somebody else then.
        token = await _token(bank, "bob")
        await window.page.evaluate(
            """([token, target]) => document.querySelector("iframe").contentWindow
                 .postMessage({type: "enscene.token", token}, target)""",
            [token, windows.url],
        )
        await expect(frame.locator(".purse b").first).to_have_text("¥0.00")
        await window.context.close()


async def test_other_sites_cannot_frame_it(windows: Windows, bank: Bank):
    async with _partner(windows, bank, await _token(bank)) as url:
        window = await windows.new(viewport={"width": 390, "height": 844})
        # The same machine and port under another name is another origin.
        await window.page.goto(url.replace("127.0.0.1", "localhost"))
        refused = window.page.frame_locator("iframe").locator("body")
        await expect(refused).not_to_contain_text("电子钱包")
        assert any("frame-ancestors" in fault for fault in window.faults), window.faults
        assert await window.page.evaluate("heard") == []
        await window.context.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_page_is_accessible(windows: Windows, bank: Bank, assets: Path, language: str):
    window = await windows.new(viewport={"width": 390, "height": 844}, locale=language)
    page = window.page
    for name, party in (("wallet", "ann"), ("kitchen", "hall"), ("sponsor", "acme")):
        await page.goto(f"{windows.url}/h5/bank/canteen/{name}#{await _token(bank, party)}")
        await expect(page.locator(".card").first).to_be_visible()
        assert await serious_faults(page, assets) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert window.faults == []


async def test_message_from_a_stranger_is_not_heard(windows: Windows, bank: Bank):
    """A page that opened the wallet in a window of its own is not its frame."""
    window = await windows.new()
    await window.page.goto(f"{windows.url}{WALLET}#{await _token(bank)}")
    await expect(window.page.locator(".purse b").first).to_have_text("¥35.00")
    token = await _token(bank, "bob")
    await window.page.evaluate(
        "(token) => window.postMessage({type: 'enscene.token', token}, '*')", token
    )
    await window.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
    await expect(window.page.locator(".purse b").first).to_have_text("¥35.00")
