"""On a telephone: no page is wider than the screen, no table is cut without a word, and nothing is
squeezed to a letter a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page

from web.conftest import Bank, Windows
from web.test_browser import serious_faults
from web.test_pages import PAGES

PHONE = {"width": 390, "height": 844}

LOOK = """() => {
  const faults = [];
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push(`page ${wide}px too wide`);
  const seen = (box) => box.offsetParent !== null && box.getClientRects().length > 0;
  for (const box of document.querySelectorAll(".scroll, .map")) {
    if (!seen(box) || box.scrollWidth - box.clientWidth <= 4) continue;
    const hint = box.previousElementSibling;
    if (!hint || !hint.classList.contains("beside") || hint.hidden)
      faults.push(`cut without a word: ${box.innerText.slice(0, 40)}`);
  }
  for (const cell of document.querySelectorAll("td, th, dd, dt, h1, h2, h3")) {
    if (!seen(cell)) continue;
    const style = getComputedStyle(cell);
    const room = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const words = cell.innerText.trim();
    if (words.length > 6 && room < 3.5 * parseFloat(style.fontSize))
      faults.push(`${Math.round(room)}px for ${words.slice(0, 30)}`);
  }
  return faults;
}"""


async def until(page: Page, expression: str) -> None:
    """Wait until it holds. The driver's own way would evaluate text, which the page forbids."""
    for _ in range(200):
        if await page.evaluate(expression):
            return
        await page.wait_for_timeout(25)
    raise AssertionError(expression)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
async def test_the_bar_of_places_shows_the_one_that_is_open_and_that_there_is_more(
    windows: Windows, bank: Bank, language: str
) -> None:
    window = await windows.new("checker", viewport=PHONE, locale=language)
    page = window.page
    await page.goto(f"{windows.url}/")
    await until(page, "document.querySelector('.nav').classList.contains('more')")
    assert not await page.evaluate("document.querySelector('.nav').classList.contains('less')")
    for path in ("/apis", "/institution"):
        await page.goto(f"{windows.url}{path}")
        await until(page, "document.querySelector('.nav').classList.contains('less')")
        here = await page.evaluate(
            "(({left, right}) => [left, right])"
            "(document.querySelector('.nav [aria-current]').getBoundingClientRect())"
        )
        assert 0 <= here[0] < here[1] <= PHONE["width"], path


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
async def test_every_page_of_the_console(
    windows: Windows, bank: Bank, assets: Path, language: str
) -> None:
    window = await windows.new("maker", viewport=PHONE, locale=language)
    faults = {}
    for path in PAGES:
        await window.page.goto(f"{windows.url}{path}")
        await until(
            window.page,
            "[...document.querySelectorAll('.scroll, .map')].every((box) => "
            "box.scrollWidth - box.clientWidth <= 4 || box.told)",
        )
        if found := await window.page.evaluate(LOOK):
            faults[path] = found
    assert faults == {}
    assert window.faults == []


async def test_a_row_names_its_cells_and_a_box_says_that_there_is_more(
    windows: Windows, bank: Bank, assets: Path
) -> None:
    window = await windows.new("maker", viewport=PHONE)
    page = window.page
    await page.goto(f"{windows.url}/shelf/gaps")
    cell = page.locator(".matrix td[data-label]").first
    assert await cell.evaluate("(td) => getComputedStyle(td, '::before').content") == '"一号食堂"'
    assert await serious_faults(page, assets) == []
    await page.goto(f"{windows.url}/scenes/canteen")
    hint = page.locator(".beside").first
    assert await hint.inner_text() == "左右滑动可查看更多"
    box = page.locator(".map.more").first
    await box.evaluate("(map) => { map.scrollLeft = map.scrollWidth; }")
    await until(page, "!document.querySelector('.map').classList.contains('more')")
