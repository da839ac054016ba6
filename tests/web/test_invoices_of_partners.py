"""Bills of applications that pay for themselves: in the console, and in the partner's portal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import msgspec

from enscene.billing import Line, PlanBody, list_received, prove
from enscene.billing.pdf import invoice_pdf
from enscene.commit import admit
from enscene.metering import Reading, RollUp, take_readings
from enscene.partners import store as partners_sql
from enscene.partners.find_partner import list_partners
from enscene.partners.open_sandbox import new_pair
from enscene.tenants.apps import App, register_app
from enscene.web.billing_view import line_name, line_says
from enscene.web.language import Texts
from enscene.web.meter_words import MeterWords
from web.conftest import Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_portal import Desk, Outside, desk
from web.test_prices import today_of

PLAN = {
    "title": "伙伴价 · For partners", "subscription": "30.00", "minimum": "5.00",
    "items": [{"name": "seats", "title": "席位 · Seats", "price": "20.00", "quantity": 2,
               "period": "quarter"}],
    "charges": [
        {"name": "pages", "meter": "own.pages", "title": "页面 · Pages", "free": 10,
         "tiers": [{"price": "0.10", "up_to": 100}, {"price": "0.05"}]},
        {"name": "turnover", "meter": "smart_canteen.turnover", "per": 10000,
         "tiers": [{"price": "1.00"}]},
    ],
    "shares": {"bank": "60%", "vendor": "10%"},
}  # fmt: skip


async def live(bank: Bank, name: str = "", outside: Outside | None = None) -> tuple[Outside, App]:
    """A partner with an application at the bank, as if it had gone live."""
    outside = outside or Outside(bank)
    await outside.sign_up()
    partner = (await list_partners(bank.pool, bank.tenant.id))[0]
    _, public = new_pair()
    app = await register_app(
        bank.pool, bank.tenant, partner.app_name, title=partner.name, level="A1", scopes=[],
        jwks=[public],
    )  # fmt: skip
    async with partners_sql.admitted(bank.pool, bank.tenant.id) as connection:
        await partners_sql.update(
            connection, bank.tenant.id, partner.id, {"live_app": app.id, "name": name or "快餐到家"}
        )
    return outside, app


async def billed(bank: Bank, payer: str) -> date:
    """Prices of the last month, 160 pages used in it, and its invoice. The month."""
    month = ((await today_of(bank)).replace(day=1) - timedelta(days=1)).replace(day=1)
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        body = msgspec.convert(PLAN, PlanBody)
        await connection.execute(
            "insert into billing_plan (tenant, version, starts, body, made_by, payer, state, "
            "decided_by) values ($1, (select coalesce(max(version), 0) + 1 from billing_plan where "
            "tenant = $1), $2, $3::text::jsonb, 'maker@bank', $4, 'approved', 'checker@bank')",
            bank.tenant.id, month, msgspec.json.encode(body).decode(), payer,
        )  # fmt: skip
    billing = bank.console.billing
    await used(bank, payer, month + timedelta(days=2), 120)
    await used(bank, payer, month + timedelta(days=9), 40)
    invoice = await billing.issue(bank.tenant, month, payer=payer)
    assert invoice is not None
    return month


async def used(bank: Bank, payer: str, day: date, quantity: int) -> None:
    at = datetime.combine(day, time(4), UTC)
    reading = Reading(f"app:{payer}", f"r-{day}", "own.pages", quantity, at, payer, "", facts=None)
    writer = bank.console.billing.writer(bank.tenant.shard)
    await take_readings(writer, bank.tenant.id, [reading])
    await RollUp(bank.pool, bank.tenant.shard).settle()


async def test_the_bank_reads_the_bill_of_a_partner_by_its_firm(bank: Bank) -> None:
    _, app = await live(bank)
    month = await billed(bank, app.name)
    auditor = await desk(bank, "auditor")

    async def look(path: str, status: int = 200) -> str:
        answer = await auditor.http.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return unescape(answer.text)

    page = await look(f"/invoices?month={month:%Y-%m}&payer={app.name}")
    assert "快餐到家" in page
    assert app.name in page
    assert "160" in page
    # 30.00, 2 x 20.00, 100 x 0.10 + 50 x 0.05
    assert "¥82.50" in page
    listed = await look("/invoices")
    assert f"快餐到家 ({app.name})" in listed
    earned = listed.partition('data-part="earned"')[2]
    assert "¥82.50" in earned
    assert "¥49.50" in earned, "the bank's share"
    assert "快餐到家" in earned
    one = await look(f"/invoices/{month:%Y-%m}?payer={app.name}")
    for said in ("快餐到家", "Subscription · Seats", "2 × ¥20.00 a quarter", "10 free",
                 "100 at ¥0.10 each", "50 at ¥0.05 each", "Share of the bank"):  # fmt: skip
        assert said in one, said
    n = re.findall(rf"/invoices/{month:%Y-%m}/lines/(\d+)\?payer={app.name}", one)[0]
    traced = await look(f"/invoices/{month:%Y-%m}/lines/{n}?payer={app.name}")
    assert "120" in traced.partition('id="readings"')[2]
    paper = await auditor.http.get(f"/invoices/{month:%Y-%m}/pdf?payer={app.name}")
    assert paper.content.startswith(b"%PDF-")
    assert app.name in paper.headers["content-disposition"]
    await look(f"/invoices/{month:%Y-%m}", 404)
    await look("/invoices?payer=nobody", 404)
    await look(f"/invoices/{month:%Y-%m}?payer=nobody", 404)


async def test_somebody_of_a_scenes_partner_reads_no_other_partners_bill(bank: Bank) -> None:
    _, app = await live(bank)
    month = await billed(bank, app.name)
    other = await desk(bank, "partner")
    page = (await other.http.get("/invoices")).text
    assert app.name not in page
    assert 'data-part="earned"' not in page
    for path in (f"/invoices?payer={app.name}", f"/invoices/{month:%Y-%m}?payer={app.name}",
                 f"/invoices/{month:%Y-%m}/pdf?payer={app.name}",
                 f"/invoices/{month:%Y-%m}/lines/1?payer={app.name}", "/prices"):  # fmt: skip
        assert (await other.http.get(path)).status_code == 403, path


async def pay(by: Desk, month: date, payer: str, receipt: str) -> Any:
    return await by.send(f"/invoices/{month:%Y-%m}/pay", payer=payer, receipt=receipt)


async def test_an_approver_enters_what_came_in_by_its_receipt(bank: Bank) -> None:
    _, app = await live(bank)
    month = await billed(bank, app.name)
    checker = await desk(bank, "checker")
    for login in ("maker", "auditor"):
        by = await desk(bank, login)
        assert (await pay(by, month, app.name, "T-1")).status_code == 403
        given = await by.send("/invoices/credits", payer=app.name, amount="5.00", receipt="T-1")
        assert given.status_code == 403
    assert (await pay(checker, month, app.name, "")).status_code == 400
    assert (await pay(checker, month, app.name, "x" * 65)).status_code == 400
    page = (await pay(checker, month, app.name, "T-1")).text
    assert "Paid" in page
    for fields, param in (
        ({"amount": "1.00"}, "receipt"), ({"amount": "much", "receipt": "T-2"}, "amount"),
        ({"amount": "0.00", "receipt": "T-2"}, "amount"),
        ({"amount": "-1.00", "receipt": "T-2"}, "amount"),
    ):  # fmt: skip
        answer = await checker.send("/invoices/credits", payer=app.name, **fields)
        assert answer.status_code == 400
        assert f'id="error-{param}"' in answer.text, fields
        assert f'value="{fields["amount"]}"' in answer.text
    for _ in range(2):
        answer = await checker.send(
            "/invoices/credits", payer=app.name, amount="1,250.00", receipt="T-2"
        )
    assert answer.status_code == 409
    assert "entered before" in answer.text
    billing = bank.console.billing
    assert await billing.credits(bank.tenant, app.name) == 125_000
    found = await list_received(bank.pool, bank.tenant, app.name, 9)
    assert [(each.kind, each.amount, each.receipt, each.month, each.who) for each in found] == [
        ("credits", 125_000, "T-2", "", "checker@bank"),
        ("payment", 8250, "T-1", f"{month:%Y-%m}", "checker@bank"),
    ]
    assert (await prove(billing, bank.tenant)).faults == []
    assert await billing.credits(bank.tenant) == 0
    assert (await checker.send("/invoices/credits", payer="nobody", amount="1.00",
                               receipt="T")).status_code == 404  # fmt: skip


async def test_a_partner_sees_its_own_usage_prices_and_invoices(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.sign_up()
    assert "no live application" in await outside.look("/usage")
    outside, app = await live(bank)
    assert "Nothing was used" in await outside.look("/usage")
    assert "No prices hold for you" in outside.text
    month = await billed(bank, app.name)
    await bank.console.billing.buy_credits(bank.tenant, 700, "k", "t", payer=app.name)
    page = unescape(await outside.look(f"/usage?month={month:%Y-%m}"))
    for said in ("160", "For partners", "2 × ¥20.00 a quarter", "up to 100: ¥0.10 each",
                 "¥1.00 per ¥100.00", "¥30.00 a month", "¥82.50", "¥7.00", "In force"):  # fmt: skip
        assert said in page, said
    assert page.count("<rect") >= 2
    for secret in ("60%", "Share of", "maker@bank", "checker@bank"):
        assert secret not in page, secret
    one = unescape(await outside.look(f"/usage/{month:%Y-%m}"))
    assert "Subscription · Seats" in one
    assert "Share of" not in one
    n = re.findall(rf"/usage/{month:%Y-%m}/lines/(\d+)", one)[0]
    assert "120" in (await outside.look(f"/usage/{month:%Y-%m}/lines/{n}")).partition("readings")[2]
    paper = await outside.http.get(f"/portal/bank/usage/{month:%Y-%m}/pdf")
    assert paper.content.startswith(b"%PDF-")
    for path in ("/usage/2001-01", "/usage/x", f"/usage/{month:%Y-%m}/lines/99"):
        assert (await outside.http.get(f"/portal/bank{path}")).status_code == 404
    for path in ("/usage?month=x", f"/usage/{month:%Y-%m}/lines/{n}?after=x"):
        assert (await outside.http.get(f"/portal/bank{path}")).status_code == 400


async def test_a_partner_sees_nothing_of_another_one(bank: Bank) -> None:
    _, app = await live(bank)
    month = await billed(bank, app.name)
    other, own = await live(bank, "另一家")
    assert own.name != app.name
    page = await other.look(f"/usage?month={month:%Y-%m}&payer={app.name}")
    assert "Nothing was used" in page
    assert "¥" not in page.replace("¥0.00", "")
    for path in (f"/usage/{month:%Y-%m}?payer={app.name}", f"/usage/{month:%Y-%m}/pdf",
                 f"/usage/{month:%Y-%m}/lines/1"):  # fmt: skip
        assert (await other.http.get(f"/portal/bank{path}")).status_code == 404
    assert "Sign in" in await Outside(bank).look("/usage")


def a_line(kind: str, name: str, amount: int, **more: Any) -> Line:
    day = date(2026, 6, 1)
    line = Line(kind, name, None, day, day + timedelta(days=30), 1, amount, {"bank": amount})
    return replace(line, **more)


def test_lines_say_how_they_came_about() -> None:
    words, t = {"own.pages": MeterWords("Pages")}, Texts("en")

    def said(line: Line) -> tuple[str, list[str]]:
        return line_name(line, words, t), line_says(line, words, "CNY", t)

    steps = [{"quantity": 100, "price": "0.10", "flat": "0"}]
    pages = a_line("traffic", "pages", -250, meter="own.pages", adjusts=True,
                   detail={"now": {"steps": steps, "amount": 1000}})  # fmt: skip
    assert said(pages) == ("Traffic · pages", ["billed ¥12.50 before, ¥10.00 reckoned anew"])
    back = a_line("subscription", "seats", -4000, quantity=-2, detail={"given_back": True})
    assert said(back) == ("Subscription · Seats", ["30 days that were paid and not used"])
    steps[0]["flat"] = "2.00"
    flat = a_line("data", "pages", 1, meter="own.pages",
                  detail={"steps": steps, "free": 0, "per": 1000})  # fmt: skip
    assert said(flat)[1] == ["100 at ¥0.10 per 1,000", "¥2.00 besides"]
    named = a_line("data", "own_pages", 1, meter="own.pages", adjusts=True, detail=pages.detail)
    assert said(named)[0] == "Data · Pages"
    assert said(a_line("minimum", "minimum", 5)) == ("Minimum", [])
    assert said(a_line("subscription", "subscription", 5, detail={"days": 12}))[1] == ["30 days"]


async def test_more_given_back_than_due_is_kept_as_credits(bank: Bank) -> None:
    _, app = await live(bank)
    month = await billed(bank, app.name)
    billing = bank.console.billing
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute(
            "update billing_invoice set total = -500, credit = -500, due = 0, state = 'paid', "
            "paid_seq = seq, paid_at = issued_at where payer = $1", app.name,
        )  # fmt: skip
    auditor = await desk(bank, "auditor")
    page = (await auditor.http.get(f"/invoices/{month:%Y-%m}?payer={app.name}")).text
    assert "Kept as credits" in page
    assert "¥5.00" in page.partition("Kept as credits")[2].partition("</dd>")[0]
    invoice, lines = await billing.invoice(bank.tenant.id, month, app.name)
    assert invoice_pdf(bank.tenant, invoice, lines, "en", None, "Shop").startswith(b"%PDF-")


async def played(bank: Bank) -> tuple[Outside, str, App, date]:
    """Two partners, one with a whole history."""
    outside = Outside(bank)
    key = await outside.sign_up()
    partner = (await list_partners(bank.pool, bank.tenant.id))[0]
    _, public = new_pair()
    app = await register_app(
        bank.pool, bank.tenant, partner.app_name, title="快餐到家", level="A1", scopes=[],
        jwks=[public],
    )  # fmt: skip
    async with partners_sql.admitted(bank.pool, bank.tenant.id) as connection:
        told = {"live_app": app.id, "name": "快餐到家", "stage": "live"}
        await partners_sql.update(connection, bank.tenant.id, partner.id, told)
    month = await billed(bank, app.name)
    day = await today_of(bank)
    for n in range(1, min(day.day, 20)):
        await used(bank, app.name, day - timedelta(days=n), 30 + 17 * n % 90)
    await bank.console.billing.buy_credits(
        bank.tenant, 200_000, "k", "checker@bank", payer=app.name, receipt="20261123-0071"
    )
    return outside, key, app, month


@looks
async def test_pages_read_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    _, key, app, month = await played(bank)
    window = await windows.new("checker", viewport=size, locale=language)
    page = window.page
    await page.goto(f"{windows.url}/portal/bank")
    await page.fill("#access_key", key)
    await page.locator("form[action$='/login'] button").click()
    await page.wait_for_load_state()
    of = f"?payer={app.name}"
    for name, path in (
        ("console", f"/invoices{of}"), ("tenant", "/invoices"),
        ("invoice", f"/invoices/{month:%Y-%m}{of}"), ("portal", "/portal/bank/usage"),
        ("portal-invoice", f"/portal/bank/usage/{month:%Y-%m}"),
    ):  # fmt: skip
        await page.goto(f"{windows.url}{path}")
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, name
        assert await serious_faults(page, assets) == [], name
        if SHOTS:
            shot = f"{SHOTS}/bills-{name}-{size['width']}-{language}.png"
            await page.screenshot(path=shot, full_page=True)
    assert window.faults == []
