"""People of the branches at the console in story `golden`, in a browser of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from enscene.cli._attack_frames import find_chromium
from enscene.kernel.errors import Unavailable

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

REHEARSAL_MS = 120_000
PATIENCE_MS = 30_000
TURNED_OVER = "10.00"
"""At least so much in the month by which a pilot is judged: a meal less its fee is more."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser. Raises: Unavailable where this machine has none."""
    from playwright.async_api import async_playwright  # only stories in a browser have it

    program = find_chromium()
    if program is None:
        raise Unavailable(
            "本机没有 Chromium · there is no Chromium on this machine", code="story.no_browser",
            hint="./enscene test",
        )  # fmt: skip
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            await browser.close()


class Desk:
    """Somebody of a branch, logged in. `steps` are the clicks and fields that they needed."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.steps = 0

    @classmethod
    async def open(cls, browser: Browser, url: str, login: str, password: str) -> Desk:
        """Log in."""
        context = await browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(f"{url}/login")
        await page.fill("#login", login)
        await page.fill("#password", password)
        await page.click("main button")
        await page.wait_for_url(f"{url}/")
        return cls(page, url)

    async def go(self, path: str) -> None:
        """To a page of the console."""
        await self.page.goto(f"{self.url}{path}")

    async def press(self, name: str) -> None:
        """The first button of a name."""
        self.steps += 1
        await self.page.get_by_role("button", name=name).first.click()

    async def follow(self, name: str) -> None:
        """The first link of a name."""
        self.steps += 1
        await self.page.get_by_role("link", name=name).first.click()

    async def fill(self, where: str, text: str) -> None:
        """A field."""
        self.steps += 1
        await self.page.fill(where, text)

    async def sees(self, where: str, text: str) -> None:
        """Wait until it stands there."""
        await self.page.locator(where, has_text=text).first.wait_for()

    async def rehearse(self) -> None:
        """Play a week of what is being launched, until it went well."""
        await self.press("演练一周")
        ended = self.page.locator("#rehearsal .note")
        await ended.first.wait_for(timeout=REHEARSAL_MS)
        if await self.page.locator("#rehearsal .note.good").count() == 0:
            told = await self.page.locator("#rehearsal").inner_text()
            raise Unavailable(f"the rehearsal did not go well: {told}", code="story.rehearsal")


async def ask_for(maker: Desk, ref: str, name: str) -> None:
    """The template, its options, a part less, a block more, a product of the shelf; then submit."""
    page = maker.page
    await maker.go("/")
    await page.locator("article", has_text="智慧食堂").get_by_role("button").first.click()
    await maker.fill("#name", name)
    await maker.fill("#ref", ref)
    await maker.fill("#region", "滨江")
    await maker.fill("#option-daily_limit", "80.00")
    await page.uncheck('input[name="part.digital_rmb"]')
    await page.select_option("#add-block", "notify")
    await page.select_option("#arg-who", "diner")
    await page.select_option("#arg-text", "notices.meal_refunded")
    await page.select_option("#add-action", "refund_outside_meal")
    await page.locator('button[name="find"]').click()
    await maker.press("放在最后")
    await maker.sees("#blocks ul", "通知")
    mounted = page.locator('input[name="product.auto_topup"]')
    await mounted.check()
    maker.steps += 8
    await page.locator("#told .proofs").first.wait_for()
    await maker.rehearse()
    await maker.press("提交审批")
    await maker.sees("h1", name)


async def approve(checker: Desk, name: str) -> None:
    """What another one asks for."""
    await checker.go("/approvals")
    await checker.follow(name)
    await checker.press("批准")
    await checker.sees("h1", "沙箱")


async def begin_pilot(maker: Desk, ref: str) -> None:
    """Open it to a few."""
    await maker.go(f"/scenes/{ref}")
    await maker.press("开始试点")
    await maker.sees("h1", "试点")


async def go_live(checker: Desk, ref: str) -> None:
    """Open it to all, by the second person."""
    await checker.go(f"/scenes/{ref}")
    await checker.press("投产")
    await checker.sees("h1", "投产")


async def seconds_to_live(desk: Desk, ref: str) -> float:
    """From the choice of the template to live, as the page tells it."""
    await desk.go(f"/scenes/{ref}")
    return float(await desk.page.locator("#took").get_attribute("data-seconds") or "nan")


async def set_criterion(maker: Desk, checker: Desk, ref: str, month: str) -> None:
    """What a good pilot is: somebody active, and money that was turned over, in a later month."""
    path = f"/copies/scene/{ref}"
    await maker.go(path)
    for number, (indicator, least) in enumerate(
        (("users.active", "1"), ("money.turnover", TURNED_OVER))
    ):
        await maker.page.select_option(f'[name="indicator.{number}"]', indicator)
        await maker.fill(f'[name="least.{number}"]', least)
        await maker.fill(f'[name="month.{number}"]', month)
    await maker.page.locator(f'form[action="{path}/criterion"] button').last.click()
    await maker.page.locator('[data-verdict="awaited"]').first.wait_for()
    await checker.go(path)
    await checker.page.locator(f'form[action="{path}/approve"] button').first.click()
    await checker.page.locator(f'form[action="{path}/approve"]').wait_for(state="detached")


async def offer_for_copying(maker: Desk, checker: Desk, ref: str, points: int) -> None:
    """With a share of what a copy turns over; the criterion was met, so no reason is needed."""
    path = f"/copies/scene/{ref}"
    await maker.go(path)
    form = maker.page.locator(f'form[action="{path}/offer"]')
    await form.locator('[name="says"]').fill("排队从 20 分钟降到 3 分钟")
    await form.locator('[name="basis"]').select_option("money.turnover")
    await form.locator('[name="points"]').fill(str(points))
    await form.locator('[name="months"]').fill("12")
    await form.locator("button").last.click()
    await maker.page.locator("[data-offer]").first.wait_for()
    await checker.go(path)
    decide = checker.page.locator('form[action^="/copies/offers/"][action$="/approve"] button')
    await decide.first.click()
    await checker.page.locator('[data-offer="offered"]').first.wait_for()


async def copy_scene(maker: Desk, checker: Desk, ref: str, name: str, region: str) -> None:
    """In another city: from the list of what is offered to live, by two people."""
    await maker.go("/")
    await maker.follow("复制推广")
    await maker.follow("复制到另一地")
    await maker.fill("#name", name)
    await maker.fill("#ref", ref)
    await maker.fill("#region", region)
    await maker.fill("#option-daily_limit", "75.00")
    await maker.press("开始复制")
    await maker.sees("#copied", "75.00")
    await maker.rehearse()
    await maker.press("提交审批")
    await maker.sees("h1", name)
    await approve(checker, name)
    await begin_pilot(maker, ref)
    await go_live(checker, ref)


async def enrol(desk: Desk, ref: str) -> None:
    """The parties of a canteen, through its page of people."""
    people = {"bank": "BANK, 银行", "canteen": f"{ref}-hall, 食堂", "sponsor": f"{ref}-firm, 园区公司",
              "diner": f"{ref}-1, 周员工"}  # fmt: skip
    for role, line in people.items():
        await desk.go(f"/scenes/{ref}/people?role={role}")
        await desk.page.fill("#people", line)
        await desk.page.locator("form:has(#people) button").click()
        await desk.sees("table", line.partition(",")[0])


async def read_account(desk: Desk, ref: str, month: str) -> dict[str, str]:
    """The lines of a scene's account of a month as its page tells them."""
    await desk.go(f"/scene-account/{ref}?month={month}")
    rows = desk.page.locator("[data-line]")
    await rows.first.wait_for()
    return {
        await row.get_attribute("data-line") or "": await row.locator("td").nth(1).inner_text()
        for row in await rows.all()
    }
