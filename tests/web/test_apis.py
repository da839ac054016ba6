"""The pages of interfaces: catalogue, calls, limits and blocks, by forms and in a browser."""

from __future__ import annotations

import os
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from enscene.api.catalogue import CatalogueDoor
from enscene.commit.move_clock import move_clock
from enscene.kernel.clock import local_day
from enscene.partners import store
from enscene.partners.apis import list_limits, list_notices, read_owners
from enscene.partners.monitor import count_calls, list_blocks, note_first_calls
from enscene.partners.monitor.watch_calls import watch_calls
from enscene.partners.sign_up import sign_up
from enscene.tenants.apps import find_app, register_app
from enscene.web.api_groups import PAGE
from web.conftest import Bank, Windows
from web.looks import looks
from web.test_browser import serious_faults
from web.test_portal import Outside, desk

SHOTS = os.environ.get("ENSCENE_SHOTS")
ONE = "smart_canteen.top_up"
TODAY = local_day(datetime.now(UTC), "Asia/Shanghai")
"""At the bank's place."""
MONTHS = {"deprecated": str(TODAY), "sunset": str(TODAY + timedelta(days=90))}
DECLARED = MONTHS | {
    "do": "declare", "successor": "smart_canteen.pay_by_code", "zh": "请改用扫码支付",
    "en": "pay by <code> instead",
}  # fmt: skip


@pytest.fixture
def open_bank(bank: Bank) -> Bank:
    """One whose console knows the interfaces."""
    known = CatalogueDoor(bank.host, bank.pool, "http://bank.test")
    bank.console.settings = replace(bank.console.settings, apis=known.entries)
    return bank


async def live_partner(bank: Bank, name: str = "快餐到家") -> Any:
    known, _ = await sign_up(
        bank.pool, bank.tenant, name=name, contact="Li", email="li@partner.example",
        purpose="customers pay in our app", level="A1", scopes=["scene:canteen:top_up"],
    )  # fmt: skip
    await register_app(
        bank.pool, bank.tenant, known.app_name, title=name, jwks=[KEY], scopes=["scene:canteen:*"]
    )
    app = await find_app(bank.pool, f"bank.{known.app_name}")
    async with store.admitted(bank.pool, bank.tenant.id) as connection:
        await store.log_stage(connection, bank.tenant.id, known.id, "applied", "x", "")
        await connection.execute(
            "update partner_stage set at = at - interval '40 days' where partner = $1", known.id
        )
        await store.update(
            connection, bank.tenant.id, known.id, {"stage": "live", "live_app": app.id}
        )
    return known, app


KEY = {
    "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}  # fmt: skip


async def calls(bank: Bank, app: int, days: int = 0, count: int = 5, **more: Any) -> None:
    at = datetime.now(UTC) - timedelta(days=days, minutes=2)
    row = {"status": 200, "code": None, "ms": 30, "api": ONE, "path": "top_up"} | more
    rows = [
        (bank.tenant.id, app, at, "POST", f"/v1/canteen/actions/{row['path']}", row["status"],
         row["code"], f"r-{n}", row["ms"], row["api"])
        for n in range(count)
    ]  # fmt: skip
    async with store.admitted(bank.pool, bank.tenant.id) as connection:
        await store.write_calls(connection, rows)


async def test_the_catalogue_shows_whose_each_is_and_an_end_is_announced(open_bank: Bank) -> None:
    bank = open_bank
    _, app = await live_partner(bank)
    await calls(bank, app.id)
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    page = (await maker.http.get("/apis")).text
    assert f'data-api="{ONE}"' in page
    assert 'data-api="platform.list_apis"' not in page
    page = (await maker.http.get("/apis?q=list_apis")).text
    assert 'data-api="platform.list_apis"' in page
    assert "There is no such API" in (await maker.http.get("/apis?q=zzz")).text
    place = f"/apis/of/{ONE}"
    assert (await maker.send(place, **DECLARED)).status_code == 403
    for change in ({"sunset": str(TODAY + timedelta(days=9))}, {"zh": ""}, {"deprecated": "soon"},
                   {"successor": "no.such"}, {"do": "odd"}):  # fmt: skip
        bad = await checker.send(place, **(DECLARED | change))
        assert bad.status_code in (400, 404), change
        assert "pay by &lt;code&gt; instead" in bad.text
    assert await list_notices(bank.pool, bank.tenant.id) == []
    page = (await checker.send(place, **DECLARED)).text
    assert app.name in page
    assert "pay by &lt;code&gt; instead" in page
    [notice] = await list_notices(bank.pool, bank.tenant.id)
    assert (notice.who, notice.told) == ("checker@bank", (app.name,))
    log = (await maker.http.get("/scenes/canteen/events")).text
    assert "API announced to end" in log
    outside = Outside(bank)
    page = await outside.look("/apis")
    assert "pay by &lt;code&gt; instead" in page
    assert page.index(ONE) < page.index('role="search"'), "what is going stands first"
    assert "checker@bank" not in page
    assert "platform.list_apis" in await outside.look("/apis?q=list_apis")
    await checker.send(place, do="owner", owner="支付团队")
    assert await read_owners(bank.pool, bank.tenant.id) == {ONE: "支付团队"}
    await checker.send(place, do="keep")
    assert await list_notices(bank.pool, bank.tenant.id) == []
    assert (await checker.http.get("/apis/of/no.such")).status_code == 404


async def test_interfaces_stand_in_groups_and_on_pages(open_bank: Bank) -> None:
    maker, outside = await desk(open_bank, "maker"), Outside(open_bank)
    every = await open_bank.console.settings.apis(open_bank.tenant.id)  # type: ignore[misc]
    for look in (lambda rest: maker.http.get(f"/apis{rest}"),
                 lambda rest: outside.http.get(f"/portal/bank/apis{rest}")):  # fmt: skip
        seen: list[str] = []
        pages = -(-len(every) // PAGE)
        for number in range(1, pages + 1):
            page = (await look(f"?where=all&page={number}")).text
            assert f"Page {number} of {pages}, {len(every)} in all" in page
            found = re.findall(r'<code class="small quiet">([^<]+)</code>', page)
            assert 0 < len(found) <= PAGE
            seen += found
        assert sorted(seen) == sorted(entry.id for entry in every), "each once"
        page = (await look("")).text
        assert page.count("<details") > 1
        assert '<details class="card section" open' not in page
        assert "Actions <span" in page
        for odd in ("?page=0", "?page=x", "?page=99999", "?where=none"):
            assert (await look(odd)).status_code == 200


async def test_health_is_not_good_where_much_is_refused(open_bank: Bank) -> None:
    _, app = await live_partner(open_bank)
    await calls(open_bank, app.id, count=7)
    await calls(open_bank, app.id, count=3, status=422, code="scene.role")
    await count_calls(open_bank.pool, open_bank.tenant.id)
    page = (await (await desk(open_bank, "maker")).http.get(f"/apis/of/{ONE}")).text
    assert "refuses much" in page
    assert "30.0 % failed, half within 50 ms" in page
    assert "<td>快餐到家<br>" in page, "the caller's own name"


async def test_dates_that_are_real_are_told_from_the_banks_clock(open_bank: Bank) -> None:
    maker = await desk(open_bank, "maker")
    page = (await maker.http.get("/partners")).text
    assert "(simulated)" not in page
    bank = open_bank.tenant
    async with open_bank.pool.acquire() as connection, connection.transaction():
        later = datetime.now(UTC) + timedelta(days=40)
        await move_clock(connection, bank.shard, bank.id, later)
    for path in ("/partners", "/apis", "/apis/calls"):
        assert "(simulated)" in (await maker.http.get(path)).text, path


async def test_calls_are_told_by_day_down_to_each_and_signed(open_bank: Bank) -> None:
    bank = open_bank
    known, app = await live_partner(bank)
    empty = (await (await desk(bank, "auditor")).http.get("/apis/calls")).text
    assert "No calls on this day" in empty
    await calls(bank, app.id, 1, 6)
    await calls(bank, app.id, 1, 2, status=422, code="ledger.insufficient_funds", ms=400)
    await count_calls(bank.pool, bank.tenant.id)
    maker, auditor = await desk(bank, "maker"), await desk(bank, "auditor")
    day = local_day(datetime.now(UTC) - timedelta(days=1, minutes=2), bank.tenant.zone)
    page = (await maker.http.get(f"/apis/calls?day={day}")).text
    assert "25.0 %" in page
    assert "ledger.insufficient_funds" in page
    assert "500 ms" in page
    link = f"/apis/calls/{known.number}?day={day}&api={ONE}"
    assert link.replace("&", "&amp;") in page
    every = (await maker.http.get(link)).text
    assert every.count("/v1/canteen/actions/top_up") == 8
    assert (await maker.http.get(f"{link}&failed=1")).text.count("actions/top_up") == 2
    form = {"day": str(day), "note": "<b>all</b> as usual"}
    assert (await auditor.send("/apis/calls", **form)).status_code == 403
    assert (await maker.send("/apis/calls", **form | {"note": "x"})).status_code == 400
    assert (await maker.send("/apis/calls", day="soon", note="well")).status_code == 400
    page = (await maker.send("/apis/calls", **form)).text
    assert "Signed by maker@bank" in page
    assert "&lt;b&gt;all&lt;/b&gt; as usual" in page
    assert (await maker.send("/apis/calls", **form)).status_code == 409


async def test_limits_are_asked_by_one_and_approved_by_another(open_bank: Bank) -> None:
    bank = open_bank
    await live_partner(bank)
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    form = {"do": "ask", "target": "scene:canteen", "rate": "50", "burst": "100", "addresses": ""}
    for change in ({"rate": "x"}, {"burst": "0"}, {"target": "scene:none"},
                   {"addresses": "10.0.0.0/8"}):  # fmt: skip
        assert (await maker.send("/apis/limits", **(form | change))).status_code in (400, 404)
    await maker.send("/apis/limits", **form)
    other = {"do": "approve", "target": "scene:canteen"}
    assert (await maker.send("/apis/limits", **other)).status_code == 403
    assert (await checker.send("/apis/limits", **form | {"rate": "60"})).status_code == 200
    assert (await checker.send("/apis/limits", **other)).status_code == 403  # its own by now
    await maker.send("/apis/limits", **form)
    assert "checker@bank" in (await checker.send("/apis/limits", **other)).text
    [limit], [] = await list_limits(bank.pool, bank.tenant.id)
    assert (limit.rate, limit.asked_by, limit.approved_by) == (50, "maker@bank", "checker@bank")


async def block(bank: Bank) -> Any:
    known, app = await live_partner(bank, "连锁便利店")
    await calls(bank, app.id, 0, 25, status=401, code="auth.signature")
    await watch_calls(bank.pool, bank.tenant.id)
    return known


async def test_a_block_is_lifted_by_an_approver(open_bank: Bank) -> None:
    bank = open_bank
    known = await block(bank)
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    page = (await maker.http.get("/apis/blocks")).text
    assert "Too many bad signatures" in page
    assert "100.0 % of 25 calls" in page
    assert "Why it is lifted" not in page
    [one] = [each for each in await list_blocks(bank.pool, bank.tenant.id) if each.lasts]
    form = {"block": str(one.id), "why": "their clock was wrong"}
    assert (await maker.send("/apis/blocks", **form)).status_code == 403
    assert (await checker.send("/apis/blocks", **form | {"why": "x"})).status_code == 400
    assert (await checker.send("/apis/blocks", block="x", why="their clock")).status_code == 404
    assert "Lifted by checker@bank" in (await checker.send("/apis/blocks", **form)).text
    page = (await maker.http.get(f"/partners/{known.number}")).text
    assert "Too many bad signatures" in page


async def test_days_to_the_first_call_are_on_the_page_of_partners(open_bank: Bank) -> None:
    bank = open_bank
    _, app = await live_partner(bank)
    maker = await desk(bank, "maker")
    assert "First live call" in (await maker.http.get("/partners")).text
    await calls(bank, app.id, 10)
    await note_first_calls(bank.pool, bank.tenant.id)
    page = (await maker.http.get("/partners")).text
    assert "30.0 days" in page
    assert f"{datetime.now(UTC) - timedelta(days=10):%Y-%m}" in page


@looks
async def test_pages_read_well(
    windows: Windows, open_bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    bank = open_bank
    known, app = await live_partner(bank)
    chance = random.Random(7)
    for day in range(29, -1, -1):
        await calls(bank, app.id, day, chance.randint(20, 60), ms=chance.randint(5, 300))
        await calls(bank, app.id, day, chance.randint(1, 9), status=422, code="scene.role",
                    api="smart_canteen.list_events")  # fmt: skip
    await block(bank)
    await count_calls(bank.pool, bank.tenant.id)
    await note_first_calls(bank.pool, bank.tenant.id)
    checker = await desk(bank, "checker")
    await checker.send(f"/apis/of/{ONE}", **DECLARED)
    form = {"do": "ask", "target": f"app:{app.name}", "rate": "50", "burst": "100",
            "addresses": "203.0.113.0/24 2001:db8::/32"}  # fmt: skip
    await checker.send("/apis/limits", **form)
    window = await windows.new("checker", viewport=size, locale=language)
    page = window.page
    for name, place in (
        ("apis", "/apis"), ("api", f"/apis/of/{ONE}"), ("calls", "/apis/calls"),
        ("calls-of", f"/apis/calls/{known.number}"), ("limits", "/apis/limits"),
        ("blocks", "/apis/blocks"), ("partners", "/partners"), ("portal", "/portal/bank/apis"),
    ):  # fmt: skip
        await page.goto(f"{windows.url}{place}")
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, place
        assert await serious_faults(page, assets) == [], place
        if SHOTS:
            shot = f"{SHOTS}/{name}-{size['width']}-{language}.png"
            await page.screenshot(path=shot, full_page=True)
    assert window.faults == []
