"""Prices in the console: proposed by a form, tried on the last month, decided by another person."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from enscene.billing import Billing, PlanBody
from enscene.kernel.clock import local_day
from enscene.metering import Reading, RollUp, after_month, take_readings
from enscene.operations import store as operations_store
from enscene.partners.open_sandbox import new_pair
from enscene.tenants.apps import register_app
from enscene.web.price_form import change_rows, draft_of, field_of, read_draft, read_plan
from web.conftest import Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_portal import Desk, desk


async def today_of(bank: Bank) -> Any:
    async with operations_store.reading(bank.pool, bank.tenant.id) as connection:
        clock = await operations_store.read_clock(connection, bank.tenant.id)
    return local_day(clock["now"], clock["zone"])


async def shop_of(bank: Bank) -> str:
    """An application that pays for itself."""
    _, public = new_pair()
    app = await register_app(
        bank.pool, bank.tenant, "shop-app", title="小店 · Little shop", level="A1", scopes=[],
        jwks=[public],
    )  # fmt: skip
    return app.name


def plan_form(starts: Any, **more: str) -> dict[str, str]:
    """A whole plan as the form sends it."""
    return {
        "title": "伙伴价 · For partners", "payer": "shop-app", "starts": str(starts),
        "subscription": "1,000", "minimum": "", "bank": "", "vendor": "",
        "items.0.title": "席位 · Seats", "items.0.price": "20", "items.0.quantity": "5",
        "items.0.period": "quarter", "items.0.name": "", "items.0.bank": "", "items.0.vendor": "",
        "charges.0.meter": "own.pages", "charges.0.name": "", "charges.0.title": "",
        "charges.0.kind": "data", "charges.0.mode": "graduated", "charges.0.free": "10",
        "charges.0.per": "", "charges.0.starts": "", "charges.0.bank": "50",
        "charges.0.vendor": "10%", "charges.0.tiers.0.up_to": "100",
        "charges.0.tiers.0.price": "0.10", "charges.0.tiers.0.flat": "",
        "charges.0.tiers.1.up_to": "", "charges.0.tiers.1.price": "0.05",
        "charges.0.tiers.1.flat": "2.00",
        "coupons.0.code": "OPEN", "coupons.0.off": "10%", "coupons.0.first": "",
        "coupons.0.until": "2099-01-01",
    } | more  # fmt: skip


async def plans(bank: Bank) -> list[Any]:
    return await Billing(bank.pool).plans(bank.tenant.id)


async def propose(bank: Bank, by: Desk, **more: str) -> Any:
    form = plan_form(await today_of(bank)) | more
    return await by.send("/prices/new", do="propose", **form)


async def use(bank: Bank, app: str, day: Any, quantity: int) -> None:
    """What an application's own service counted on a day."""
    billing = Billing(bank.pool)
    at = datetime.combine(day, time(4), UTC)
    reading = Reading(f"app:{app}", f"r-{day}", "own.pages", quantity, at, app, "", facts=None)
    await take_readings(billing.writer(bank.tenant.shard), bank.tenant.id, [reading])
    await RollUp(bank.pool, bank.tenant.shard).settle()
    await billing.close()


async def test_one_proposes_and_another_one_approves(bank: Bank) -> None:
    await shop_of(bank)
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    assert (await propose(bank, checker)).status_code == 403
    page = unescape((await propose(bank, maker)).text)
    for said in ("Little shop", "For partners", "¥1,000.00 a month", "5 × ¥20.00 a quarter",
                 "10 free a month", "up to 100: ¥0.10 each", "above 100: ¥0.05 each, ¥2.00 besides",
                 "bank 50%, vendor 10%", "OPEN: 10% off, before 2099-01-01", "bank 100%",
                 "Another person decides"):  # fmt: skip
        assert said in page, said
    (plan,) = await plans(bank)
    assert (plan.payer, plan.made_by, plan.state) == ("shop-app", "maker@bank", "proposed")
    assert plan.body.items[0].name == "seats"
    assert plan.body.charges[0].name == "own_pages"
    assert (await maker.send("/prices/1/approve")).status_code == 403
    assert (await checker.send("/prices/1/perhaps")).status_code == 404
    assert (await checker.send("/prices/77/approve")).status_code == 404
    page = (await checker.send("/prices/1/approve")).text
    assert "In force" in page
    assert "checker@bank" in page
    assert (await checker.send("/prices/1/reject")).status_code == 409
    assert [each.state for each in await plans(bank)] == ["approved"]


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(bank: Bank) -> None:
    await shop_of(bank)
    maker = await desk(bank, "maker")
    answer = await propose(
        bank, maker, **{"items.0.price": "cheap", "charges.0.tiers.0.up_to": "",
                        "charges.0.meter": "", "coupons.0.off": "120%"},
    )  # fmt: skip
    assert answer.status_code == 400
    page = answer.text
    for at in ("items.0.price", "charges.0.tiers.0.up_to", "charges.0.meter"):
        assert f'id="error-{at}"' in page, at
        assert f'aria-describedby="error-{at}"' in page, at
    for kept in ("cheap", "120%", "席位 · Seats", "OPEN", "2.00"):
        assert f'value="{kept}"' in page, kept
    for change, at in (
        ({"coupons.0.off": "120%"}, "coupons.0.off"),
        ({"charges.0.bank": "95%"}, "charges.0.bank"),
        ({"starts": "2001-01-01"}, "starts"),
        ({"payer": "nobody"}, "payer"),
        ({"title": ""}, "title"),
        ({"charges.0.tiers.1.up_to": "50"}, "charges.0.tiers.1.up_to"),
        ({"coupons.0.code": "a b"}, "coupons.0.code"),
        ({"items.0.quantity": "0"}, "items.0.quantity"),
        ({"charges.0.free": "-1"}, "charges.0.free"),
        ({"charges.0.kind": "odd"}, "charges.0.kind"),
    ):
        answer = await propose(bank, maker, **change)
        assert answer.status_code == 400, change
        assert f'id="error-{at}"' in answer.text, (change, re.findall('error-[^"]+', answer.text))
    assert await plans(bank) == []


async def test_rows_come_and_go_and_keep_what_was_typed(bank: Bank) -> None:
    await shop_of(bank)
    maker = await desk(bank, "maker")
    form = plan_form(await today_of(bank))
    for do, has, lacks in (
        ("add.items", "items.1.price", ""), ("add.charges", "charges.1.tiers.0.price", ""),
        ("add.tiers.0", "charges.0.tiers.2.price", ""), ("add.coupons", "coupons.1.off", ""),
        ("drop.items.0", "charges.0.meter", "items.0.price"),
        ("drop.tiers.0.0", "charges.0.tiers.0.price", "charges.0.tiers.1.price"),
        ("drop.coupons.0", "items.0.price", "coupons.0.off"),
    ):  # fmt: skip
        answer = await maker.send("/prices/new", do=do, **form)
        assert answer.status_code == 200
        assert f'name="{has}"' in answer.text, do
        assert not lacks or f'name="{lacks}"' not in answer.text, do
        assert 'value="伙伴价 · For partners"' in answer.text
    for odd in (
        "add.x",
        "drop.items.9",
        "drop.tiers.0",
        "drop.items.1.2",
        "add.tiers.7",
        "drop.x.1",
    ):
        assert not change_rows(read_draft(form.items()), odd)
    assert await plans(bank) == []


async def test_the_last_month_is_reckoned_with_the_new_prices(bank: Bank) -> None:
    shop = await shop_of(bank)
    today = await today_of(bank)
    last = (today.replace(day=1) - (after_month(today) - today)).replace(day=1)
    await use(bank, shop, last, 160)
    maker = await desk(bank, "maker")
    page = (await maker.send("/prices/new", do="try", **plan_form(today))).text
    # 1000.00, 5 x 20.00, and of 150 that are not free 100 x 0.10 + 50 x 0.05 + 2.00
    assert "¥1,114.50" in page
    assert "none held then" in page
    assert "OPEN" in page, "what was typed stays"
    assert "Coupon · OPEN" not in page, "a coupon of certain days is not of every month"
    answer = await maker.send(
        "/prices/new", do="try", **plan_form(today, **{"coupons.0.until": ""})
    )
    assert "Coupon · OPEN" in answer.text
    nobody = await maker.send("/prices/new", do="try", **plan_form(today, payer="nobody"))
    assert (nobody.status_code, 'id="error-payer"' in nobody.text) == (400, True)
    assert await plans(bank) == []


async def test_prices_like_others_begin_with_what_those_say(bank: Bank) -> None:
    await shop_of(bank)
    maker, auditor = await desk(bank, "maker"), await desk(bank, "auditor")
    await propose(bank, maker)
    page = (await maker.http.get("/prices/new?like=1")).text
    for kept in ("伙伴价 · For partners", "席位 · Seats", "own_pages", "0.05", "50%", "OPEN"):
        assert f'value="{kept}"' in page, kept
    assert '<option value="shop-app" selected>' in page
    assert (await maker.http.get("/prices/new?like=9")).status_code == 404
    assert (await auditor.http.get("/prices/new")).status_code == 403
    assert "For partners" in (await auditor.http.get("/prices?payer=shop-app")).text
    assert "For partners" not in (await auditor.http.get("/prices?payer=")).text
    assert (await auditor.http.get("/prices?payer=nobody")).status_code == 404


async def test_odd_bytes_are_no_bug(bank: Bank) -> None:
    await shop_of(bank)
    maker = await desk(bank, "maker")
    page = await propose(bank, maker, title="a\x00b\x1b", **{"items.0.title": "\x00席位"})
    assert page.status_code == 200
    (plan,) = await plans(bank)
    assert (plan.body.title, plan.body.items[0].title) == ("ab", "席位")
    for field in ("subscription", "charges.0.free", "charges.0.meter", "coupons.0.off", "starts"):
        for odd in ("\x00", "１２", "9" * 119, "-", "1/0", "%", "NaN", "∞"):
            answer = await propose(bank, maker, **{field: odd})
            assert answer.status_code in (200, 400), (field, odd)


def test_a_form_makes_the_plan_that_it_was_made_of() -> None:
    draft = read_draft(plan_form("2030-01-01").items())
    body, starts, faults = read_plan(draft, "CNY", {})
    assert (faults, str(starts)) == ({}, "2030-01-01")
    assert isinstance(body, PlanBody)
    again = draft_of(body, {}) | {"starts": "2030-01-01", "payer": "shop-app"}
    assert read_plan(again, "CNY", {})[0] == body


@pytest.mark.parametrize(
    ("param", "field"),
    [("charges[0].tiers[1].up_to", "charges.0.tiers.1.up_to"), ("coupons[2].amount", "coupons.2.off"),
     ("coupons[2]", "coupons.2.off"), ("coupons[2].code", "coupons.2.code"),
     ("items[1].shares", "items.1.bank"), ("shares", "bank"), ("starts", "starts"), (None, "")],
)  # fmt: skip
def test_a_fault_leads_to_its_field(param: str | None, field: str) -> None:
    assert field_of(param) == field


@looks
async def test_pages_read_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    shop = await shop_of(bank)
    today = await today_of(bank)
    last = (today.replace(day=1) - (after_month(today) - today)).replace(day=1)
    await use(bank, shop, last, 160)
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    for _ in range(3):
        await propose(bank, maker)
    await checker.send("/prices/1/approve")
    await checker.send("/prices/2/reject")
    window = await windows.new("maker", viewport=size, locale=language)
    page = window.page

    async def check(name: str) -> None:
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert await serious_faults(page, assets) == [], name
        if SHOTS:
            shot = f"{SHOTS}/prices-{name}-{size['width']}-{language}.png"
            await page.screenshot(path=shot, full_page=True)

    await page.goto(f"{windows.url}/prices")
    await check("list")
    await page.goto(f"{windows.url}/prices/new?like=1")
    await page.fill("[id='items.0.price']", "cheap")
    await page.click("button[value='propose']")
    await page.wait_for_selector("[id='error-items.0.price']")
    await check("faults")
    await page.fill("[id='items.0.price']", "20.00")
    await page.click("button[value='add.tiers.0']")
    await page.wait_for_selector("[id='charges.0.tiers.2.price']")
    await page.click("button[value='drop.tiers.0.2']")
    await page.wait_for_selector("[id='charges.0.tiers.2.price']", state="detached")
    await page.click("button.second[value='try']")
    await page.wait_for_selector("#estimate")
    await check("try")
    await page.goto(f"{windows.url}/prices?payer=")
    await check("empty")
    assert [fault for fault in window.faults if "400" not in fault] == []
