"""The inventory over all partners, and how each is kept: by forms and in a browser."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from enscene.partners import store
from enscene.partners.clauses import today_of
from enscene.partners.find_partner import list_partners
from enscene.partners.governance import list_outsiders, list_records, put_record
from enscene.partners.inventory import list_components, put_asset, read_assets, report_hole
from enscene.partners.open_sandbox import new_pair
from enscene.partners.opinions import list_opinions, take_opinions
from enscene.partners.sign_up import sign_up
from web.conftest import Bank, Windows
from web.looks import looks
from web.test_browser import serious_faults
from web.test_portal import Outside, desk, invalid

SHOTS = os.environ.get("ENSCENE_SHOTS")
SBOM = {
    "bomFormat": "CycloneDX", "specVersion": "1.5",
    "components": [{"name": "lodash", "version": "4.17.0", "purl": "pkg:npm/lodash@4.17.0"}],
}  # fmt: skip
SYSTEM = {
    "f.supplier": "一家软件公司", "f.form": "code", "f.ownership": "licence",
    "f.builders": "", "f.deposit_on": "",
}  # fmt: skip


async def partner_of(bank: Bank, name: str = "快餐到家", **more: Any) -> Any:
    known, _ = await sign_up(
        bank.pool, bank.tenant, name=name, contact="Li", email="li@partner.example",
        purpose="customers pay in our app", level="A1", scopes=["scene:canteen:top_up"],
    )  # fmt: skip
    async with store.admitted(bank.pool, bank.tenant.id) as connection:
        await store.update(connection, bank.tenant.id, known.id, {"stage": "proven"} | more)
    return known


async def filled(bank: Bank) -> Any:
    """A partner with something of everything, and another with nothing."""
    known = await partner_of(bank)
    place = (bank.pool, bank.tenant.id, known.id)
    today = await today_of(bank.pool, bank.tenant.id)
    days = timedelta(days=1)
    for n, (kind, name) in enumerate(
        [("domain", "pay.partner.example"), ("app", "快餐 Android"), ("host", "10-0-0-1.example")]
    ):
        asset = await put_asset(
            *place, "maker@bank", kind, name, owner="Li", supplier=f"供应商 {n}", version="1.2",
            certificate_until=today + 25 * n * days, domain_until=today + 200 * days,
        )  # fmt: skip
    await report_hole(bank.pool, bank.tenant.id, asset, "CVE-2026-0001", "high", "maker@bank")
    told = {"data_class": "C2", "money": "moved", "customers": 20_000, "open_high": 0,
            "findings": "测试环境与生产隔离"}  # fmt: skip
    drill = {"drill": "backup", "result": "passed", "evidence": "一小时内恢复"}
    system = {"supplier": "一家软件公司", "form": "code", "ownership": "licence"}
    for kind, ago, fields in (
        ("assessment", 3, told), ("drill", 200, drill), ("system", 30, system),
    ):  # fmt: skip
        await put_record(
            *place, kind=kind, about="payments", on_day=today - ago * days, fields=fields,
            side="bank", who="maker@bank",
        )  # fmt: skip
    lines = [
        {"partner": known.number, "source": "论坛", "url": f"https://forum.example/{n}",
         "time": (datetime.now(UTC) - timedelta(hours=9 * n)).isoformat(),
         "text": "退款难，投诉无门" if n % 3 == 0 else "点餐方便"} for n in range(40)
    ]  # fmt: skip
    body = "\n".join(json.dumps(line) for line in lines).encode()
    await take_opinions(bank.pool, bank.tenant.id, body, "maker@bank")
    await partner_of(bank, "空台账商户", stage="live")
    return known


async def test_the_inventory_filters_over_all_partners_and_exports_inert_cells(bank: Bank) -> None:
    known = await filled(bank)
    await put_asset(
        bank.pool, bank.tenant.id, known.id, "maker@bank", "api", "=HYPERLINK(1)", owner="Wang"
    )
    client = await bank.client("auditor", **{"accept-language": "en"})
    page = (await client.get("/partners/assets")).text
    assert "4 assets" in page
    assert "CVE-2026-0001" in page
    for query, names in (
        ("kind=app", ["快餐 Android"]), ("q=wang", ["=HYPERLINK(1)"]), ("q=供应商 0", ["pay."]),
        ("risk=high", ["10-0-0-1"]), ("ends=30", ["pay.", "快餐"]), ("ends=ended", []),
        (f"partner={known.number}&kind=host", ["10-0-0-1"]), ("partner=x", []),
        ("ends=nonsense", []), ("ends=9999-99", []),
    ):  # fmt: skip
        answer = await client.get(f"/partners/assets?{query}")
        assert answer.status_code == 200
        assert f"{len(names)} assets" in answer.text, query
        rows = (await client.get(f"/partners/assets.csv?{query}")).text.splitlines()[1:]
        assert len(rows) == len(names), query
        assert all(any(name in row for row in rows) for name in names), query
    cells = (await client.get("/partners/assets.csv")).text
    assert "'=HYPERLINK(1)" in cells
    assert (await (await bank.client()).get("/partners/assets.csv")).status_code == 303


async def test_records_components_access_and_opinions_are_kept_by_forms(bank: Bank) -> None:
    known = await partner_of(bank)
    today = await today_of(bank.pool, bank.tenant.id)
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    path = f"/partners/{known.number}"
    bad = await maker.send(f"{path}/records", kind="system", about="pay", on_day=str(today), **SYSTEM
                           | {"f.supplier": ""})  # fmt: skip
    assert (bad.status_code, "Supplier: This is missing" in unescape(bad.text)) == (400, True)
    assert invalid(bad.text) == ["f.supplier"]
    assert 'value="pay"' in bad.text  # what was typed stays
    done = await maker.send(
        f"{path}/records", kind="system", about="pay", on_day=str(today), **SYSTEM
    )
    assert "source out of reach" in done.text
    assert len(await list_records(bank.pool, bank.tenant.id)) == 1
    await put_asset(bank.pool, bank.tenant.id, known.id, "maker@bank", "app", "pay")
    [asset] = await read_assets(bank.pool, bank.tenant.id)

    async def upload(rest: str, name: str, body: bytes, **fields: str) -> Any:
        return await maker.http.post(
            f"{path}/{rest}", data={"csrf": maker.csrf, **fields},
            files={name: ("file.json", body, "application/json")},
        )  # fmt: skip

    wrong = await upload("components", "sbom", b"{}", asset=str(asset.id))
    assert (wrong.status_code, "bomFormat" in wrong.text) == (400, True)
    taken = await upload("components", "sbom", json.dumps(SBOM).encode(), asset=str(asset.id))
    assert "CVE-2021-23337 npm/lodash 4.17.0" in taken.text
    assert len(await list_components(bank.pool, bank.tenant.id)) == 1
    asked = {"person": "Zhao", "firm": "A firm", "what": "logs", "why": "fault 7"}
    await maker.send(f"{path}/outsiders", do="ask", until=str(today), **asked)
    [outsider] = await list_outsiders(bank.pool, bank.tenant.id)
    number = {"outsider": outsider.id.hex}
    assert (await maker.send(f"{path}/outsiders", do="grant", **number)).status_code == 403
    assert (
        "maker@bank → checker@bank"
        in (await checker.send(f"{path}/outsiders", do="grant", **number)).text
    )
    ended = await maker.send(f"{path}/outsiders", do="end", why="done", **number)
    assert "revoked" in ended.text
    line = {"partner": known.number, "source": "forum", "url": "https://forum.example/1",
            "time": datetime.now(UTC).isoformat(), "text": "投诉"}  # fmt: skip
    assert "nothing was kept" in (await upload("opinions", "feed", b"{}")).text
    assert (
        "https://forum.example/1"
        in (await upload("opinions", "feed", json.dumps(line).encode())).text
    )
    assert len(await list_opinions(bank.pool, bank.tenant.id, known.id)) == 1
    # Without an assessment it does not go live, and the page says what is missing.
    page = (await maker.http.get(path)).text
    assert "What is lacking, and keeps it from going live" in page
    assert 'there is no assessment in force <a href="#r-assessment">' in page
    assert '<details id="r-assessment"' in page
    assert "A person has assessed it on a date" not in page


async def test_a_refused_form_names_and_marks_its_field(bank: Bank) -> None:
    known = await partner_of(bank)
    path, today = f"/partners/{known.number}", str(await today_of(bank.pool, bank.tenant.id))
    asked = {"do": "ask", "person": "Zhao", "firm": "A firm", "what": "logs", "why": "fault 7"}
    for language, until, who in (("en", "Until: ", "Name: "), ("zh", "到哪天：", "姓名：")):
        maker = await desk(bank, "maker", language)
        late = await maker.send(f"{path}/outsiders", until="2999-01-01", **asked)
        assert (late.status_code, until in late.text) == (400, True)
        assert invalid(late.text) == ["until"]
        empty = await maker.send(f"{path}/outsiders", until=today, **asked | {"person": ""})
        assert (who in empty.text, invalid(empty.text)) == (True, ["person"])
        assert 'value="fault 7"' in empty.text  # nothing that was typed is lost
        odd = await maker.send(f"{path}/records", kind="system", about="pay", on_day="2999-01-01",
                               **SYSTEM)  # fmt: skip
        assert invalid(odd.text) == ["on_day"]
        assert "param" not in odd.text + late.text + empty.text
    checker = await desk(bank, "checker")
    short = await checker.send(f"{path}/act", do="live", why="ok")
    assert (short.status_code, invalid(short.text)) == (400, ["why"])
    assert "Say why, in 5 to 500 characters" in short.text


async def test_the_button_to_go_live_says_what_is_in_its_way(bank: Bank) -> None:
    known = await partner_of(bank)
    place = (bank.pool, bank.tenant.id)
    checker = await desk(bank, "checker")
    path = f"/partners/{known.number}"
    button = '<button name="do" value="live"'
    page = (await checker.http.get(path)).text
    assert f"{button} disabled" in page
    told = page.partition("It cannot go live yet:")[2].partition("</div>")[0]
    assert "it has not asked to go live with its keys" in told
    assert "nobody has entered an asset yet" in told
    await put_asset(*place, known.id, "maker@bank", "host", "h.example")
    fields = {
        "data_class": "none", "money": "none", "customers": 0, "open_high": 0,
        "findings": "no risk found",
    }  # fmt: skip
    await put_record(
        *place, known.id, kind="assessment", about="connection", on_day=await today_of(*place),
        fields=fields, side="bank", who="maker@bank",
    )  # fmt: skip
    page = (await checker.http.get(path)).text
    assert "It cannot go live yet:" in page, "there are no keys yet"
    async with store.admitted(*place) as connection:
        await store.update(connection, bank.tenant.id, known.id, {"live_keys": [new_pair()[1]]})
    page = (await checker.http.get(path)).text
    assert "It cannot go live yet:" not in page
    assert f"{button}>" in page


async def test_the_partner_sees_its_tier_and_writes_its_own_records(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.sign_up()
    await outside.look("/controls")
    early = await outside.send("/controls", do="asset", kind="domain", name="a.example")
    assert early.status_code == 409
    await outside.apply()
    page = await outside.look("/controls")
    assert "Pre-connection assessment" not in page.partition("<h2>Assess")[2]
    today = str(await today_of(bank.pool, bank.tenant.id))
    forbidden = await outside.send(
        "/controls", kind="exit_plan", about="pay", on_day=today, **{"f.owner": "me"}
    )
    assert "The bank writes this kind" in forbidden.text
    await outside.look("/controls")
    await outside.send("/controls", kind="system", about="pay", on_day=today, **SYSTEM)
    [found] = await list_records(bank.pool, bank.tenant.id)
    assert (found.side, found.who.startswith("ptn_")) == ("partner", True)
    await outside.look("/controls")
    await outside.send("/controls", do="asset", kind="domain", name="pay.partner.example")
    [asset] = await read_assets(bank.pool, bank.tenant.id)
    assert asset.seen_by.startswith("ptn_")


async def test_a_partner_that_is_asked_anew_answers_on_its_page(bank: Bank) -> None:
    outside = Outside(bank)
    await outside.sign_up()
    await outside.apply()
    [known] = await list_partners(bank.pool, bank.tenant.id)
    async with store.admitted(bank.pool, bank.tenant.id) as connection:
        values = {
            "stage": "live",
            "renewing": True,
            "admitted_at": datetime(2025, 11, 1, tzinfo=UTC),
        }
        await store.update(connection, bank.tenant.id, known.id, values)
    assert "Your admission ends" in await outside.look("/application")
    fields = {"answer.tls": "yes", "evidence.tls": "the scan of this year", "name": "Other"}
    answer = await outside.send("/application", do="submit", **fields)
    assert answer.status_code == 200
    [found] = await list_partners(bank.pool, bank.tenant.id)
    assert (found.name, found.stage) == (known.name, "live")
    assert found.answers["tls"]["evidence"] == "the scan of this year"
    client = await bank.client("checker", **{"accept-language": "en"})
    page = (await client.get(f"/partners/{known.number}")).text
    assert "asked anew" in page
    assert f"{known.number}/decision" in page


@looks
async def test_the_pages_read_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    known = await filled(bank)
    window = await windows.new("checker", viewport=size, locale=language)
    page = window.page
    for name, path in (
        ("assets", "/partners/assets"), ("empty", "/partners/assets?kind=component"),
        ("partner", f"/partners/{known.number}"),
    ):  # fmt: skip
        await page.goto(f"{windows.url}{path}")
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
        assert await serious_faults(page, assets) == [], path
        if SHOTS:
            file = f"{SHOTS}/governance-{name}-{size['width']}-{language}.png"
            await page.screenshot(path=file, full_page=True)
    outside = Outside(bank)
    key = await outside.sign_up()
    await page.goto(f"{windows.url}/portal/bank?lang={language}")
    await page.fill("#access_key", key)
    await page.locator("form[action$='/login'] button").click()
    await page.goto(f"{windows.url}/portal/bank/controls?lang={language}")
    await expect(page.locator("#tier")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert await serious_faults(page, assets) == []
    if SHOTS:
        file = f"{SHOTS}/governance-portal-{size['width']}-{language}.png"
        await page.screenshot(path=file, full_page=True)
    assert window.faults == []
