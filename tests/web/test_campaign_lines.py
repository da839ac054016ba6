"""The page of lines together: what they share, who gave way, and the calendar on which they meet."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from web.conftest import Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults
from web.test_campaigns import pay, propose, run, settle
from web.test_portal import desk

AT = "/campaigns/lines"
WIDTHS = """[...document.querySelectorAll("svg.calendar rect.bar")].map(
  each => [each.getBBox().width.toFixed(1), Number(each.getAttribute("width")).toFixed(1)])"""


async def three_lines(bank: Bank) -> None:
    """Payroll, credit and wealth on the same payers; one of them waits for approval."""
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    await run(bank, maker, checker, line="payroll")
    for ref, line in (("credit", "credit"), ("wealth", "wealth")):
        await propose(maker, ref=ref, line=line, title_zh=f"{line} 活动", title_en=f"Our {line}")
        if ref == "credit":
            assert (await checker.send(f"/campaigns/{ref}/1/approve")).status_code == 200
    await settle(bank)
    for n, who in enumerate(("ann", "bob", "ann")):
        await pay(bank, who, f"p{n}")
    await settle(bank)


async def test_three_lines_are_one_set(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    assert "what they share stands here" in (await maker.http.get(AT)).text
    await three_lines(bank)
    page = unescape((await maker.http.get(AT)).text)
    for line in ("payroll", "credit", "wealth"):
        assert f'data-line="{line}"' in page
    assert page.count('data-conflict="') == 3
    assert 'data-conflict="credit/lunch"' in page
    assert "Another one fitted better" in page
    assert 'class="bar waits"' in page
    assert (await propose(maker, ref="lines")).status_code == 400, "the page has this name"


@looks
async def test_the_page_reads_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    window = await windows.new("maker", viewport=size, locale=language)
    page = window.page
    for name in ("lines-empty", "lines"):
        if name == "lines":
            await three_lines(bank)
        await page.goto(f"{windows.url}{AT}")
        for drawn, wanted in await page.evaluate(WIDTHS):
            assert drawn == wanted, "a bar ends on its own last day"
        bars = await page.locator("svg.calendar rect.bar").count()
        assert bars == (3 if name == "lines" else 0)
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert await serious_faults(page, assets) == [], name
        await picture(page, name, size, language)
    assert window.faults == []
