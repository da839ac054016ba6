"""The page of the simulated rails, by forms and in a browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.partner import KEY
from enscene.api import ApiSettings, create_app
from enscene.partners import store
from enscene.partners.find_partner import list_partners
from enscene.partners.rails import ACCOUNTS, RailClock
from enscene.tenants.apps import register_app
from web.conftest import Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_portal import Outside

NUMBERS = {each.name: each.number for each in ACCOUNTS}


@dataclass
class Desk:
    """A partner at the page, its access key, and whatever answers for the rails."""

    outside: Outside
    key: str
    clock: RailClock

    async def pay(self, account: str, kind: str = "pay_out", **more: str) -> str:
        """Pay by the form, and let the rail answer what is due."""
        await self.outside.look("/rails")
        answer = await self.outside.send(
            "/rails", **{"do": "pay", "kind": kind, "counter_account": NUMBERS[account],
                         "amount": "10.00", "currency": "CNY", "reference": "order-1",
                         "key": self.hidden("key"), **more},
        )  # fmt: skip
        await self.clock.step()
        return answer.text if answer.status_code != 200 else await self.outside.look("/rails")

    def hidden(self, name: str) -> str:
        """What a hidden field of the page holds."""
        return self.outside.text.split(f'name="{name}" value="')[1].split('"')[0]


async def sign_up(bank: Bank) -> tuple[Outside, str]:
    outside = Outside(bank)
    return outside, await outside.sign_up()


async def open_to(bank: Bank, level: str = "A2") -> None:
    """The sandbox, which the bank is itself, for the only partner."""
    [known] = await list_partners(bank.pool, bank.tenant.id)
    app = await register_app(
        bank.pool, bank.tenant, known.sandbox_app_name, title="t", level=level,
        scopes=["rails:payments"], jwks=[KEY.as_dict(private=False)],
    )  # fmt: skip
    async with store.admitted(bank.pool, bank.tenant.id) as connection:
        values = {"stage": "sandbox", "sandbox": bank.tenant.id, "sandbox_app": app.id}
        await store.update(connection, bank.tenant.id, known.id, values)


@pytest.fixture
async def desk(bank: Bank) -> AsyncIterator[Desk]:
    gateway = create_app(bank.host, bank.pool, ApiSettings())
    bank.console.settings = replace(bank.console.settings, next_day=gateway.clock.next_day)
    outside, key = await sign_up(bank)
    await open_to(bank)
    clock = RailClock(bank.console.rails, bank.pool, bank.tenant.shard, bank.host.service)
    yield Desk(outside, key, clock)
    await gateway.close()


async def test_before_the_sandbox_is_open_the_test_accounts_are_told_and_nothing_is_paid(bank):
    outside, _ = await sign_up(bank)
    page = await outside.look("/rails")
    assert NUMBERS["timed_out"] in page
    assert 'value="pay"' not in page
    await outside.look()
    assert (await outside.send("/rails", do="pay")).status_code == 409


async def test_an_application_of_level_a1_is_told_that_it_needs_a2(bank):
    outside, _ = await sign_up(bank)
    await open_to(bank, "A1")
    assert "A2" in await outside.look("/rails")
    assert 'value="pay"' not in outside.text
    await outside.look("/tickets")
    assert (await outside.send("/rails", do="pay")).status_code == 403


async def test_a_payment_shows_its_steps_and_the_next_day_brings_the_next(desk: Desk):
    page = await desk.pay("returned_next_day")
    assert page.count("settled") >= 2
    assert "¥999,990.00" in page
    assert "returned AC04" not in page
    answer = await desk.outside.send("/rails", do="next_day", key="k")
    assert answer.status_code == 200
    assert "returned AC04" in answer.text
    assert "¥1,000,000.00" in answer.text


async def test_what_was_collected_is_refunded_by_a_button(desk: Desk):
    page = await desk.pay("settled_at_once", "collect")
    assert "Refund ¥10.00" in page
    page = await desk.pay(
        "settled_at_once", "refund", counter_account="", of=desk.hidden("of"), do="refund"
    )
    assert "Refund ¥10.00" not in page
    assert "¥1,000,000.00" in page


async def test_the_statement_of_a_finished_day_is_a_link(desk: Desk):
    page = await desk.pay("settled_at_once")
    assert "/rails/statements/" not in page
    assert "None yet" in page
    page = (await desk.outside.send("/rails", do="next_day", key="k")).text
    [path] = re.findall(r'href="[^"]*(/rails/statements/[0-9-]{10}/CNY)"', page)
    answer = await desk.outside.http.get(f"/portal/bank{path}")
    assert answer.text.startswith("line,day,at,")
    assert answer.text.count("BOOK,") == 2
    name = f'attachment; filename="statement-{path.split("/")[3]}-CNY.csv"'
    assert answer.headers["content-disposition"] == name
    for none in ("2999-01-01/CNY", "x/CNY", "2026-01-01/XXY"):
        answer = await desk.outside.http.get(f"/portal/bank/rails/statements/{none}")
        assert answer.status_code in (400, 409), none


async def test_a_form_that_is_sent_twice_pays_once(desk: Desk):
    for _ in range(2):
        await desk.pay("settled_at_once", key="same")
    assert "¥999,990.00" in desk.outside.text


async def test_what_is_refused_is_told_and_what_was_typed_stays(desk: Desk):
    page = await desk.pay("settled_at_once", amount="1000000.01")
    assert "has not enough" in page
    assert 'value="1000000.01"' in page
    assert "test account" in await desk.pay("settled_at_once", counter_account="1")
    marked = await desk.pay("settled_at_once", reference="<i>x")
    assert 'value="&lt;i&gt;x"' in marked


@looks
async def test_the_page_in_a_browser(
    windows: Windows, desk: Desk, assets: Path, size: dict[str, int], language: str
) -> None:
    window = await windows.new(viewport=size, locale=language)
    page = window.page
    await page.goto(f"{windows.url}/portal/bank")
    await page.fill("#access_key", desk.key)
    await page.locator("form[action$='/login'] button").click()
    await page.wait_for_load_state()
    for state in ("empty", "paid"):
        if state == "paid":
            for account, kind in (
                ("pending", "pay_out"),
                ("answered_twice", "pay_out"),
                ("settled_at_once", "collect"),
                ("out_of_order", "collect"),
            ):
                await desk.pay(account, kind)
            await page.goto(f"{windows.url}/portal/bank/rails")
            await page.locator("button[value=next_day]").click()
        await page.goto(f"{windows.url}/portal/bank/rails")
        await page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert await serious_faults(page, assets) == []
        if SHOTS:
            shot = f"{SHOTS}/rails-{size['width']}-{language}-{state}.png"
            await page.screenshot(path=shot, full_page=True)
    assert window.faults == []
