"""The pool of benefits in the console, what a campaign's subsidy left behind, and what offers give."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

from engagement.results.test_campaign_effect import END, MET, live_through
from enscene.commit import admit
from enscene.engagement.benefits import keep_books
from web.conftest import ROOT, Bank, Windows
from web.looks import SHOTS, looks
from web.test_browser import serious_faults
from web.test_campaigns import campaigns, form, pay, propose, rules, run, settle
from web.test_portal import Desk, desk

AT = "/campaigns/benefits"


async def ask(by: Desk, **more: str) -> Any:
    page = (await by.http.get(AT)).text
    key = re.findall(r'name="key" value="([^"]+)"', page)
    typed = {"amount": "5,000.00", "currency": "CNY", "reason": "spring", "key": (key or ["x"])[0]}
    return await by.send(AT, **typed | more)


async def order(bank: Bank) -> str:
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        found = await connection.fetchval(
            "select id from pool_order order by proposed_at desc limit 1"
        )
    return f"{AT}/orders/{found}"


async def test_one_asks_another_approves_and_the_page_shows_it(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    auditor = await desk(bank, "auditor")
    assert "Nothing was put in yet" in (await auditor.http.get(AT)).text
    assert 'id="propose"' not in (await auditor.http.get(AT)).text
    for nobody in (checker, auditor):
        assert (
            await nobody.send(AT, amount="1", currency="CNY", reason="x", key="x")
        ).status_code == 403
    page = unescape((await ask(maker)).text)
    assert "Put in ¥5,000.00" in page
    assert "Withdraw" in page
    assert "Nothing was put in yet" in page
    assert "1 orders for the pool" in (await checker.http.get("/approvals")).text
    assert (await maker.send(f"{await order(bank)}/approve")).status_code == 403
    page = unescape((await checker.send(f"{await order(bank)}/approve")).text)
    assert "Pool in CNY" in page
    assert "together what was put in" in page
    assert page.count("¥5,000.00") == 3  # put in, free, and the order
    await ask(maker, amount="-5000.01")
    refused = await checker.send(f"{await order(bank)}/approve")
    assert (refused.status_code, "not so much in the pool" in refused.text) == (409, True)
    assert "Withdrawn" in (await maker.send(f"{await order(bank)}/withdraw")).text
    assert (await checker.send(f"{await order(bank)}/perhaps")).status_code == 404


async def test_what_is_wrong_is_told_and_nothing_is_lost(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    for change, at in (
        ({"amount": "much"}, "amount"), ({"amount": "0"}, "amount"), ({"amount": "1.234"}, "amount"),
        ({"currency": "yuan"}, "currency"), ({"reason": " "}, "reason"),
        ({"reason": "\x00"}, "reason"),
    ):  # fmt: skip
        answer = await ask(maker, **change)
        assert answer.status_code == 400, change
        marked = re.findall(r'id="(\w+)"[^>]*aria-invalid', answer.text)
        assert marked == [at], change
    answer = await ask(maker, amount="much")
    assert 'value="spring"' in answer.text
    assert (await ask(maker, key="x")).status_code == 404
    again = {"key": "5b0f4f7e-93e3-4a35-a4ac-8c6e0a4b0d6e"}
    await ask(maker, **again)
    page = (await ask(maker, **again)).text
    assert page.count('id="order-') == 1


async def test_who_paid_for_what_leads_to_every_entry(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    await run(bank, maker, checker, **{"offers.1.gives": "coupon"})
    for n, who in enumerate(("ann", "bob")):
        await pay(bank, who, f"p{n}")
    await settle(bank)
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute("update decision set state = 'taken' where state = 'offered'")
        taken = await connection.fetchval("select count(*) from benefit")
    await keep_books(bank.pool, bank.tenant.id)
    page = unescape((await maker.http.get(AT)).text)
    assert f'href="{AT}/lunch"' in page
    assert "Lunch" in page
    entries = unescape((await maker.http.get(f"{AT}/lunch")).text)
    assert "Budget from the pool" in entries
    assert "¥1,000.00" in entries
    paid = re.search(r'\?account=(\d+)"[^>]*>Paid by retail', entries)
    assert (paid is not None) == (taken > 0)
    if paid is not None:
        spent = unescape((await maker.http.get(f"{AT}/lunch?account={paid[1]}")).text)
        assert spent.count("Taken, and paid") == taken
    assert (await maker.http.get(f"{AT}/nothing")).status_code == 404
    assert (await maker.http.get(f"{AT}/lunch?account=x&before=x-1")).status_code == 200


async def test_what_an_offer_gives_is_chosen_kept_and_told(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    page = unescape((await propose(maker, **{"offers.1.gives": "monthly_card"})).text)
    assert "gives Monthly card" in page
    (campaign,) = await campaigns(bank)
    assert campaign.body.offers["coupon"].gives == "monthly_card"
    like = (await maker.http.get("/campaigns/new?like=lunch")).text
    assert '<option value="monthly_card" selected>' in like
    wrong = await propose(maker, **{"offers.1.gives": "car"})
    assert (wrong.status_code, 'id="error-offers.1.gives"' in wrong.text) == (400, True)
    assert "gives" not in form()


async def subsidised(bank: Bank, maker: Desk, checker: Desk) -> None:
    """A campaign that ended three months ago, of 1,500 customers, and what of it stayed."""
    names = {"offers.0.name": "plan", "offers.1.name": "coupon"}
    await run_as(maker, checker, ref="winter", holdout="30", budget="9000", **names)
    await live_through(
        bank, lambda n, side: [-10.0, 5.0, 50.0] if n % 5 < (3 if side else 1) else [],
        1_500, END + timedelta(weeks=13), pack_at=ROOT / "packs" / "smart_canteen", role="diner",
    )  # fmt: skip
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute(
            "insert into benefit (tenant, decision, campaign, line, offer, kind, minor, currency, "
            "said_at, state) values ($1, gen_random_uuid(), 'winter', 'retail', 'coupon', 'coupon', "
            "400000, 'CNY', $2, 'taken')", bank.tenant.id, MET,
        )  # fmt: skip


async def run_as(maker: Desk, checker: Desk, ref: str, **more: str) -> None:
    await maker.send("/campaigns/rules", do="propose", **rules())
    await checker.send("/campaigns/rules/1/approve")
    assert (await propose(maker, ref=ref, **more)).status_code == 200
    assert (await checker.send(f"/campaigns/{ref}/1/approve")).status_code == 200


async def test_what_stayed_is_one_sentence_with_amounts_and_a_picture(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    await propose(maker, ref="idle")
    assert "It never ran" in (await maker.http.get("/campaigns/idle")).text
    await subsidised(bank, maker, checker)
    page = unescape((await maker.http.get("/campaigns/winter")).text)
    part = page.partition('id="effect"')[2].partition("</section>")[0]
    assert "The subsidy cost ¥4,000.00. While it ran, the " in part
    assert re.search(r"In weeks 5 to 12, ¥[0-9,.]+ more stayed \(¥[0-9,.]+ to ¥[0-9,.]+\)", part)
    assert re.search(r"[0-9]+ customers more than without it still pay: ¥[0-9.]+ each", part)
    assert part.count("<polyline") == 2
    assert part.count('<th scope="row">') == 6
    chinese = await desk(bank, "auditor", "zh")
    said = (await chinese.http.get("/campaigns/winter")).text
    assert "补贴共花费 ¥4,000.00。活动期间" in said


@looks
async def test_pages_read_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    window = await windows.new("maker", viewport=size, locale=language)
    page = window.page

    async def check(name: str) -> None:
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert await serious_faults(page, assets) == [], name
        if SHOTS:
            shot = f"{SHOTS}/benefits-{name}-{size['width']}-{language}.png"
            await page.screenshot(path=shot, full_page=True)

    await page.goto(f"{windows.url}{AT}")
    await check("empty")
    await page.fill("#amount", "5,000.00")
    await page.fill("#reason", "spring")
    await page.click("#propose button:not([name])")
    await page.wait_for_selector("[id^='order-']")
    await check("waits")
    await checker.send(f"{await order(bank)}/approve")
    await ask(maker, amount="-10.00")
    await subsidised(bank, maker, checker)
    for path, name in ((AT, "pool"), (f"{AT}/winter", "entries"), ("/campaigns/winter", "effect")):
        await page.goto(f"{windows.url}{path}")
        await check(name)
    assert window.faults == []
