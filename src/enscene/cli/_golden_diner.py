"""A customer of the launched scene in story `golden`: its page and the mobile bank, on a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from enscene.cli._golden_console import PATIENCE_MS, Desk

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

PHONE_WIDTH, PHONE_HEIGHT = 390, 844
PAID_IN, MEAL, TOPPED_UP = 3_000, 1_200, 5_000
"""Minor units: what is paid in at first, a meal, what the product pays in when the purse runs low."""
PRODUCT = "自动充值"
NO_PRODUCT = "还没有开通产品"


def sum_of(text: str) -> int:
    """Minor units of a sum as a page tells it."""
    return int(re.sub(r"\D", "", text))


def _decimal(minor: int) -> str:
    return f"{minor / 100:.2f}"


class Wallet:
    """The page of the scene, open for its customer."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.purse = page.locator(".purse b").first
        self.offers = page.locator("section.offer")

    @classmethod
    async def open(cls, desk: Desk, ref: str) -> Wallet:
        """Through the scene's page of pages, as whoever tries it out does."""
        await desk.go(f"/scenes/{ref}/pages")
        async with desk.page.context.expect_page() as opened:
            await desk.page.locator('form:has(input[value="wallet"]) button').click()
        page = await opened.value
        page.set_default_timeout(PATIENCE_MS)
        await page.set_viewport_size({"width": PHONE_WIDTH, "height": PHONE_HEIGHT})
        wallet = cls(page)
        await wallet.purse.wait_for()
        return wallet

    async def holds(self) -> int:
        """What can be spent."""
        return sum_of(await self.purse.inner_text())

    async def pay_in(self, minor: int) -> int:
        """Pay in; what it holds then."""
        await self.page.locator("summary", has_text="充值").first.click()
        return await self._do("top_up", "amount", minor, await self.holds() + minor)

    async def eat(self, minor: int, topped_up: int = 0) -> int:
        """Pay for a meal; what it holds once what a product pays in is there, too."""
        after = await self.holds() - minor
        await self._do("pay_by_code", "price", minor, after)
        if topped_up:
            await self._again(after + topped_up)
        return await self.holds()

    async def _do(self, action: str, field: str, minor: int, after: int) -> int:
        form = f'form[data-path="/do/{action}"]'
        await self.page.fill(f'{form} input[name="{field}"]', _decimal(minor))
        await self.page.locator(f"{form} button").first.click()
        await self._shows(after)
        return after

    async def _shows(self, minor: int) -> None:
        await self.page.locator(".purse b", has_text=f"{minor / 100:,.2f}").first.wait_for()

    async def _again(self, minor: int) -> None:
        """What happened behind the page is told at its next look."""
        for _ in range(PATIENCE_MS // 500):
            await self.page.evaluate("ask('/content')")
            if await self.holds() == minor:
                return
            await self.page.wait_for_timeout(500)
        await self._shows(minor)

    async def offered(self) -> tuple[int, str]:
        """How many products are offered once one is, without another act; what the first says."""
        await self.offers.first.wait_for()
        return await self.offers.count(), await self.offers.first.inner_text()

    async def accept(self, minor: int) -> None:
        """Take the offer, with the one field that nobody can know."""
        await self.offers.first.locator("summary").click()
        await self.offers.first.locator('input[name="amount"]').fill(_decimal(minor))
        await self.offers.first.locator("form button").first.click()
        await self.page.locator(".rows", has_text=PRODUCT).first.wait_for()

    async def has_no_product(self) -> bool:
        """Whether the scene's page tells of none."""
        return await self.page.locator("li", has_text=NO_PRODUCT).count() == 1

    async def shut(self) -> None:
        """The page is closed."""
        await self.page.close()


class Phone:
    """The mobile bank of a customer."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base

    @classmethod
    async def open(cls, browser: Browser, url: str, tenant: str, customer: str) -> Phone:
        """Log in."""
        context = await browser.new_context(
            locale="zh-CN", viewport={"width": PHONE_WIDTH, "height": PHONE_HEIGHT}
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        base = f"{url}/bank/{tenant}"
        await page.goto(f"{base}/login")
        await page.fill('input[list="people"]', customer)
        await page.locator('form:has(input[list="people"]) button').click()
        await page.wait_for_url(base)
        return cls(page, base)

    async def finds(self, scene: str) -> bool:
        """Whether the product stands under its scene among "my scenes"."""
        await self.page.goto(self.base)
        return await self._held(scene).count() == 1

    async def close(self, scene: str) -> str:
        """Close it with one key, after what comes of it was shown; the state it is told in then."""
        await self._held(scene).locator("a.key").click()
        await self.page.locator('form[action$="/close"] button').click()
        shown = self.page.locator("[data-state]").first
        await shown.wait_for()
        return await shown.get_attribute("data-state") or ""

    def _held(self, scene: str) -> Locator:
        held = self.page.locator(f'[data-scene="{scene}"] li', has_text=PRODUCT)
        return held.filter(has=self.page.locator("a.key"))
