"""Three outside scenes, each a program of its own, opened in the bank's app by a real browser: their
orders come back to the customer, the bank sees them, and what the traffic cost."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright

from enscene.api import PREFIXES, ApiSettings, create_app, serving
from enscene.kernel.ids import public_id
from enscene.partners import store
from enscene.partners.bring_in import find_orders
from enscene.partners.bring_in.cashier import due_name
from enscene.partners.open_sandbox import new_pair
from enscene.partners.sign_up import sign_up
from enscene.tenants.apps import register_app
from enscene.tenants.users import create_user
from enscene.web import ConsoleSettings, create_console
from partners.bring_in.scenes import Live, Outside, close_outside, open_outside
from web.conftest import PASSWORD, PEOPLE

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "examples" / "outside"))

SHOTS = os.environ.get("ENSCENE_SHOTS")
PHONE = {"width": 390, "height": 844}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Shown:
    """The bank at one address, with three scenes beside it."""

    def __init__(self, url: str, bank: Outside, scenes: dict[str, Any]) -> None:
        self.url, self.bank, self.scenes = url, bank, scenes
        self.live: dict[str, Live] = {}


async def partner_of(bank: Outside, url: str, name: str, level: str, port: int) -> tuple[Any, Any]:
    """A live partner with an application that has keys of its own, and its configuration."""
    origin = f"http://127.0.0.1:{port}"
    known, _ = await sign_up(
        bank.pool, bank.tenant, name=f"{name} Ltd", contact="Li", email="li@partner.example",
        purpose="our scene in the bank's app", level=level, scopes=[],
    )  # fmt: skip
    private, public = new_pair()
    strict = level == "A2"
    app = await register_app(
        bank.pool, bank.tenant, f"partner-{known.ref}", title=name, level=level, jwks=[public],
        scopes=[], signing="message" if strict else "none",
        token_binding="dpop" if strict else "none",
    )  # fmt: skip
    async with store.admitted(bank.pool, bank.tenant.id) as connection:
        await store.update(
            connection, bank.tenant.id, known.id,
            {"stage": "live", "live_app": app.id, "redirect_uris": [f"{origin}/"]},
        )  # fmt: skip
    config = {"base": url, "issuer": url, "client_id": app.client_id, "private_jwk": private,
              "port": port}  # fmt: skip
    return Live(bank, known.id, origin, None), config  # type: ignore[arg-type]


@asynccontextmanager
async def open_all(pool: Any) -> AsyncIterator[Shown]:
    from run import open_scenes

    bank = await open_outside(pool)
    for login, role in PEOPLE.items():
        await create_user(pool, bank.tenant, login, name=login, password=PASSWORD, roles=[role])
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    gateway = create_app(bank.host, pool, ApiSettings(issuer=url))
    web = create_console(bank.host, pool, ConsoleSettings(packs=ROOT / "packs"))

    async def site(scope: Any, receive: Any, send: Any) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(PREFIXES)
        await (gateway if ours else web)(scope, receive, send)

    made, configs = {}, {}
    for name, level in (("takeaway", "A2"), ("taxi", "A1"), ("shopping", "A2")):
        made[name], configs[name] = await partner_of(bank, url, name, level, free_port())
    async with serving(site, port=port) as base:
        assert base == url
        scenes = open_scenes(configs)
        found = Shown(url, bank, scenes)
        found.live = made
        for name, live in made.items():
            await live.agree(in_kind="order", in_price="1.50")
            await live.entry(
                name.title(), title_zh={"takeaway": "外卖到家", "taxi": "打车", "shopping": "好物购"}[name],
                class_=name, url=f"{live.origin}/", shown="frame" if name == "shopping" else "page",
            )  # fmt: skip
        try:
            yield found
        finally:
            for scene in scenes.values():
                scene.stop()
    await web.state.console.close()
    await gateway.close()
    await close_outside(bank)


@pytest.fixture
async def shown(pool: Any) -> AsyncIterator[Shown]:
    async with open_all(pool) as found:
        yield found


async def picture(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


async def customer_page(browser: Browser, shown: Shown, faults: list[str], language: str) -> Page:
    context = await browser.new_context(viewport=PHONE, locale=language)
    page = await context.new_page()
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{shown.url}/bank/bank")
    await page.fill("input[name=customer]", "ann")
    await page.click("section form button")
    await page.wait_for_selector("#outside")
    return page


async def pay_at_bank(page: Page, shown: Shown, name: str) -> None:
    await page.wait_for_url(f"{shown.url}/bank/bank/outside/orders/ord_*")
    await picture(page, f"bring-in-pay-{name}")
    await page.locator("form[action$='/pay'] button").click()
    await page.wait_for_selector("[data-state=paid]")


async def test_three_scenes_from_the_tile_to_the_order(chromium_at: str, shown: Shown) -> None:
    bank, faults = shown.bank, []
    await bank.give("ann", 50_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        page = await customer_page(browser, shown, faults, "zh-CN")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await picture(page, "bring-in-home")

        await page.click("button[data-entry=takeaway]")
        await page.wait_for_url(f"{shown.live['takeaway'].origin}/")
        assert "visit_code" not in page.url
        await page.click("button[value=noodles]")
        await page.click("a[data-order]")
        await pay_at_bank(page, shown, "takeaway")
        await page.locator("a.button").click()
        await page.wait_for_url(f"{shown.live['takeaway'].origin}/")
        assert "已付款" in await page.inner_text("body")

        await page.goto(f"{shown.url}/bank/bank/outside")
        await page.click("button[data-entry=taxi]")
        await page.wait_for_url(f"{shown.live['taxi'].origin}/")
        await page.click("button[value=station]")
        await page.wait_for_selector("li")

        await page.goto(f"{shown.url}/bank/bank")
        await page.click("button[data-entry=shopping]")
        inside = page.frame_locator("iframe.outside")
        await inside.locator("button[value=lamp]").click()
        await inside.locator("a[data-order]").wait_for()
        await picture(page, "bring-in-frame")
        await inside.locator("a[data-order]").click()
        await pay_at_bank(page, shown, "shopping")

        await page.goto(f"{shown.url}/bank/bank/outside/orders")
        told = await page.inner_text("main")
        for said in ("牛肉面", "去火车站", "台灯", "¥129.00"):
            assert said in told
        await picture(page, "bring-in-orders")
        await page.goto(f"{shown.url}/bank/bank?lang=en")
        await picture(page, "bring-in-home-en")
        await see_at_the_bank(browser, shown, faults)
        await browser.close()
    assert faults == []
    orders = await find_orders(bank.pool, bank.tenant.id)
    assert {(each.entry.class_, each.order.state, each.order.cashier) for each in orders} == {
        ("takeaway", "paid", True), ("taxi", "paid", False), ("shopping", "paid", True),
    }  # fmt: skip
    due = {name: await bank.balance(due_name(live.id)) for name, live in shown.live.items()}
    assert due == {"takeaway": 3_200, "taxi": 0, "shopping": 12_900}
    assert await bank.balance("current", bank.people["ann"]) == 50_000 - 3_200 - 12_900


async def see_at_the_bank(browser: Browser, shown: Shown, faults: list[str]) -> None:
    """The orders are in the console, for people of the bank."""
    for language, size, name in (
        ("zh-CN", {"width": 1280, "height": 800}, "wide"), ("en-GB", PHONE, "phone"),
    ):  # fmt: skip
        context = await browser.new_context(viewport=size, locale=language)
        page = await context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        await page.goto(f"{shown.url}/login")
        await page.fill("#login", "maker@bank")
        await page.fill("#password", PASSWORD)
        await page.click("main button")
        await page.wait_for_url(f"{shown.url}/")
        await page.goto(f"{shown.url}/bring-in")
        line = await page.inner_text("tr[data-partner='takeaway Ltd']")
        assert "¥1.50" in line
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        await picture(page, f"bring-in-console-{name}")
        await page.click("tr[data-partner='takeaway Ltd'] a")
        assert ("牛肉面" in await page.inner_text("main")) is True
        await picture(page, f"bring-in-partner-{name}")
        await context.close()


async def test_another_origin_or_word_moves_the_page_nowhere(
    chromium_at: str, shown: Shown
) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        page = await customer_page(browser, shown, [], "zh-CN")
        await page.click("button[data-entry=shopping]")
        await page.frame_locator("iframe.outside").locator("button[value=lamp]").wait_for()
        frame = page.frames[-1]
        assert frame.parent_frame == page.main_frame
        here = page.url
        order = "ord_" + "0" * 26
        # The page itself, which is another source and another origin than the frame's.
        await page.evaluate("(order) => postMessage({type: 'enscene.pay', order}, '*')", order)
        for said in ("x", None, {"type": "other", "order": order},
                     {"type": "enscene.pay", "order": "//evil.example"},
                     {"type": "enscene.pay", "order": {"toString": "x"}}):  # fmt: skip
            await frame.evaluate("(said) => parent.postMessage(said, '*')", said)
        await page.evaluate("() => new Promise((done) => setTimeout(done))")
        assert page.url == here
        # The same from the frame is heard: the test above it would else prove nothing.
        await frame.evaluate(
            "(order) => parent.postMessage({type: 'enscene.pay', order}, '*')", order
        )
        await page.wait_for_url(f"{shown.url}/bank/bank/outside/orders/{order}")
        await browser.close()


async def test_a_page_of_somebody_else_frames_neither(chromium_at: str, shown: Shown) -> None:
    async def evil(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        body = f'<iframe src="{shown.live["shopping"].origin}/"></iframe>'.encode()
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-type", b"text/html")]})  # fmt: skip
        await send({"type": "http.response.body", "body": body})

    said: list[str] = []
    async with serving(evil, port=0) as other, async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_at)
        page = await browser.new_page()
        page.on("console", lambda m: said.append(m.text))
        await page.goto(other)
        await browser.close()
    assert any("frame-ancestors" in each for each in said)


async def test_forms_of_strangers_and_customers_of_others_get_nothing(shown: Shown) -> None:
    bank = shown.bank
    live = shown.live["takeaway"]
    entries = await bank.sql("select id from brought_in_entry where partner = $1", live.id)
    path = f"/bank/bank/outside/{public_id('ent', entries[0][0])}/open"
    async with httpx.AsyncClient(base_url=shown.url) as client:
        login = await client.post("/bank/bank/login", data={"customer": "bob"})
        assert login.status_code == 303
        foreign = await client.post(path, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert (await client.post(path, data={"csrf": "x"})).status_code == 403
        missing = await client.get("/bank/bank/outside/orders/ord_" + "0" * 26)
        assert missing.status_code == 404
        home = await client.get("/bank/bank")
        policy = home.headers["content-security-policy"]
        for each in shown.live.values():
            assert each.origin in policy
        assert "frame-ancestors 'none'" in policy
    assert await bank.sql("select id from brought_in_visit") == []
