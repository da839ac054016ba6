"""The console in a real browser: the story of a launch, accessibility, keyboard, policy."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from web.conftest import Bank, Window, Windows
from web.test_pages import PAGES

AXE = """async () => {
  const told = await axe.run(document, {resultTypes: ["violations"]});
  return told.violations
    .filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(" | ")}`);
}"""


async def serious_faults(page: Page, assets: Path) -> list[str]:
    """What axe finds serious or worse. It is put in by the driver, past the page's own policy."""
    await page.evaluate((assets / "axe.min.js").read_text("utf-8"))
    faults: list[str] = await page.evaluate(AXE)
    return faults


async def fill_wizard(maker: Window) -> None:
    """Template, options, a part, a block."""
    page = maker.page
    await page.locator("article", has_text="智慧食堂").get_by_role("button").first.click()
    await page.fill("#name", "滨江园区食堂")
    await page.fill("#ref", "riverside")
    await page.fill("#region", "滨江")
    # A value beyond the bank's bounds is told while one edits, and its correction too.
    await page.fill("#option-daily_limit", "900.00")
    await expect(page.locator("#told .proofs.bad")).to_be_visible()
    limit, told = page.locator("#option-daily_limit"), page.locator("#error-option-daily_limit")
    await expect(limit).to_have_attribute("aria-invalid", "true")
    await expect(told).to_contain_text("超出上下限")
    await page.fill("#option-daily_limit", "80.00")
    await expect(page.locator("#told .proofs.bad")).to_have_count(0)
    await expect(limit).not_to_have_attribute("aria-invalid", "true")
    await expect(told).to_be_empty()
    # Switching a part off takes its accounts from the money map.
    await expect(page.locator("#map")).to_contain_text("数字人民币钱包")
    await page.uncheck('input[name="part.digital_rmb"]')
    await expect(page.locator("#map")).not_to_contain_text("数字人民币钱包")
    await expect(page.locator("#option-daily_limit")).to_have_value("80.00")
    await page.select_option("#add-block", "notify")
    await page.select_option("#arg-who", "diner")
    await page.select_option("#arg-text", "notices.meal_refunded")
    await page.select_option("#add-action", "top_up")
    await page.locator('button[name="find"]').click()
    await page.get_by_role("button", name="放在最后").click()
    await expect(page.locator("#blocks ul")).to_contain_text("通知")
    await expect(page.locator('input[name="product.auto_topup"]')).to_be_checked()


async def enrol(window: Window, role: str, people: str) -> None:
    """Through the page of parties."""
    page = window.page
    await page.goto(f"{window.url}/scenes/riverside/people?role={role}")
    await page.fill("#people", people)
    await page.locator("form:has(#people) button").click()
    await expect(page.locator("table")).to_contain_text(people.split(",")[0])


async def test_template_to_live_and_a_payment(
    windows: Windows, bank: Bank, assets: Path, capsys: pytest.CaptureFixture[str]
):
    maker, checker = await windows.new("maker"), await windows.new("checker")
    await fill_wizard(maker)
    page = maker.page
    await page.locator("#rehearsal button").click()
    await expect(page.locator("#rehearsal .note.good")).to_be_visible(timeout=90_000)
    assert await serious_faults(page, assets) == []
    await page.get_by_role("button", name="提交审批").click()
    await expect(page.locator("h1")).to_have_text("滨江园区食堂")
    await expect(page.get_by_role("button", name="批准")).to_have_count(0)

    await checker.page.goto(f"{checker.url}/approvals")
    await checker.page.get_by_role("link", name="滨江园区食堂").click()
    await expect(checker.page.locator("dl").first).to_contain_text("80.00")
    assert await serious_faults(checker.page, assets) == []
    await checker.page.get_by_role("button", name="批准").click()
    await expect(checker.page.locator("h1")).to_contain_text("沙箱")

    await page.goto(f"{maker.url}/scenes/riverside")
    await page.get_by_role("button", name="开始试点").click()
    await expect(page.locator("h1")).to_contain_text("试点")
    await expect(page.get_by_role("button", name="投产")).to_have_count(0)
    await expect(page.locator(".head")).to_contain_text("须由另一位审批人投产")
    await checker.page.goto(f"{checker.url}/approvals")
    await checker.page.get_by_role("link", name="滨江园区食堂").first.click()
    await checker.page.get_by_role("button", name="投产").click()
    await expect(checker.page.locator("h1")).to_contain_text("投产")
    await page.goto(f"{maker.url}/scenes/riverside")
    seconds = float(await page.locator("#took").get_attribute("data-seconds") or "nan")
    assert 0 < seconds < 600
    with capsys.disabled():
        print(f"\ntemplate to live: {seconds:.1f} s", file=sys.stderr)

    await enrol(maker, "bank", "BANK, 银行")
    await enrol(maker, "canteen", "R-hall, 滨江食堂")
    await enrol(maker, "sponsor", "R-acme, 园区公司")
    await enrol(maker, "diner", "R-001, 周员工")
    await pay_in_h5(maker)
    await page.goto(f"{maker.url}/scenes/riverside")
    await expect(page.locator('[data-live="acts"]')).to_have_text("2")
    for window in windows.open:
        assert window.faults == []


async def pay_in_h5(maker: Window) -> None:
    """Top up and pay a meal as the customer, in the new scene's own page."""
    page = maker.page
    await page.goto(f"{maker.url}/scenes/riverside/pages")
    async with maker.context.expect_page() as opened:
        await page.locator('form:has(input[value="wallet"]) button').click()
    h5 = await opened.value
    await expect(h5.locator(".purse b").first).to_have_text("¥0.00")
    assert "#" not in h5.url
    await h5.locator("summary", has_text="充值").click()
    await h5.fill('form[data-path="/do/top_up"] input[name="amount"]', "30.00")
    await h5.locator('form[data-path="/do/top_up"] button').click()
    await expect(h5.locator(".said.good")).to_be_visible()
    await expect(h5.locator(".purse b").first).to_have_text("¥30.00")
    await h5.fill('form[data-path="/do/pay_by_code"] input[name="price"]', "12.00")
    await h5.locator('form[data-path="/do/pay_by_code"] button').click()
    await expect(h5.locator(".purse b").first).to_have_text("¥18.00")
    await h5.close()


@pytest.mark.parametrize(("language", "size"), [("zh-CN", (390, 844)), ("en", (1280, 800))])
async def test_every_page_is_accessible_and_keeps_its_policy(
    windows: Windows, assets: Path, language: str, size: tuple[int, int]
):
    width, height = size
    window = await windows.new(locale=language, viewport={"width": width, "height": height})
    page = window.page
    await page.goto(f"{windows.url}/login")
    faults = {"/login": await serious_faults(page, assets)}
    await window.log_in("maker")
    for path in PAGES:
        await page.goto(f"{windows.url}{path}")
        faults[path] = await serious_faults(page, assets)
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{path} is wider than the window"
    assert {path: found for path, found in faults.items() if found} == {}
    assert window.faults == []


async def test_wizard_by_keyboard_alone(windows: Windows, bank: Bank):
    window = await windows.new("maker")
    page = window.page
    await page.goto(f"{windows.url}/templates/smart_canteen")
    await page.locator("main form button").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#wizard")
    await page.locator("#name").focus()
    reached: list[str] = []
    for _ in range(70):
        name = await page.evaluate(
            "document.activeElement.name || document.activeElement.textContent.trim()"
        )
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"{name} has no visible focus"
        reached.append(name)
        if name == "提交审批":
            break
        await page.keyboard.press("Tab")
    assert {"name", "ref", "variant", "part.recognition", "option.daily_limit"} <= set(reached)
    assert {"add.block", "add.action", "product.auto_topup", "演练一周"} <= set(reached)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("智慧食堂")
    await expect(page.locator(".chip.submitted").first).to_be_visible()


async def test_what_is_chosen_while_a_fragment_reloads_stays(windows: Windows, bank: Bank):
    window = await windows.new("maker")
    page = window.page
    await page.goto(f"{windows.url}/templates/smart_canteen")
    await page.locator("main form button").click()
    await page.wait_for_selector("#wizard")
    held: list[Route] = []
    arrived = asyncio.Event()

    async def hold(route: Route) -> None:
        held.append(route)
        arrived.set()

    await page.route("**/block", hold)
    await page.select_option("#add-block", "notify")
    await arrived.wait()
    await page.select_option("#add-action", "top_up")
    await page.fill("#name", "滨江")
    (route,) = held
    await route.continue_()
    await expect(page.locator("#arg-who")).to_be_visible()
    await expect(page.locator("#add-action")).to_have_value("top_up")
    await expect(page.locator("#add-block")).to_have_value("notify")
    await expect(page.locator("#name")).to_have_value("滨江")
    assert window.faults == []


CHOOSE_AT_ONCE = """() => new MutationObserver((_, watch) => {
  watch.disconnect();
  const field = document.getElementById("add-block");
  field.value = "notify";
  field.dispatchEvent(new Event("change", {bubbles: true}));
}).observe(document.getElementById("wizard").parentElement, {childList: true})"""


async def test_what_is_chosen_as_soon_as_a_fragment_stands_is_heard(windows: Windows, bank: Bank):
    page = (await windows.new("maker")).page
    await page.goto(f"{windows.url}/templates/smart_canteen")
    await page.locator("main form button").click()
    await page.wait_for_selector("#wizard")
    await page.evaluate(CHOOSE_AT_ONCE)
    await page.uncheck('input[name="part.digital_rmb"]')
    await expect(page.locator("#arg-who")).to_be_visible()


async def test_figures_arrive_as_they_are_committed(windows: Windows, bank: Bank):
    window = await windows.new("maker")
    await window.page.goto(f"{windows.url}/scenes/canteen")
    acts = window.page.locator('[data-live="acts"]')
    await expect(acts).to_have_text("6")
    await bank.do("top_up", "bob", amount="5.00")
    await expect(acts).to_have_text("7")
    await expect(window.page.locator(".log li").first).to_contain_text("充值")
    assert window.faults == []
