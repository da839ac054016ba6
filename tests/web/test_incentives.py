"""Incentives in the console: agreed, reckoned, released, read down to the figure, printed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import expect

from enscene.commit import admit
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.operations.copying import family_of
from enscene.operations.incentives import (
    RuleOrder,
    WantedMeasure,
    WantedShare,
    ask_rule,
    decide_rule,
    decide_run,
    make_run,
)
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.users import create_user, log_in
from enscene.web.console import COOKIE
from enscene.web.language import Texts
from web.conftest import PASSWORD, Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults

AT = "/incentives"


async def token(client: httpx.AsyncClient, path: str) -> str:
    return re.findall('name="csrf" value="([^"]+)"', (await client.get(path)).text)[0]


async def months(bank: Bank) -> list[date]:
    """Three that have not begun."""
    async with operations_store.reading(bank.pool, bank.tenant.id) as connection:
        clock = await operations_store.read_clock(connection, bank.tenant.id)
    found = [local_day(clock["now"], clock["zone"]).replace(day=1)]
    for _ in range(3):
        found.append((found[-1] + timedelta(32)).replace(day=1))
    return found[1:]


def cohort(month: date) -> str:
    years, of_year = divmod(month.year * 12 + month.month - 4, 12)
    return f"{years}-{of_year + 1:02}"


async def branch(bank: Bank) -> Tenant:
    made = await create_tenant(bank.pool, "ningbo", "宁波分行", sandbox=True, parent=bank.tenant)
    await create_user(
        bank.pool, made, "maker", name="maker", password=PASSWORD, roles=["scene_team"]
    )
    return made


async def agreed(bank: Bank) -> list[date]:
    """A rule that holds; its months."""
    these = await months(bank)
    order = RuleOrder(
        "autumn", "秋季用餐", "更多人来，并且留下", f"{these[0]:%Y-%m}", f"{these[-1]:%Y-%m}",
        "2000.00",
        [WantedMeasure("users.active", ["canteen"], "500.00", "100"),
         WantedMeasure("account:fees", ["canteen"], "2.00", "", "100.00"),
         WantedMeasure("users.cohort", ["canteen"], "5.00", "", "1", 3)],
        [WantedShare("branch", "ningbo", 2_500), WantedShare("department", "technology", 3_333),
         WantedShare("department", "scene_business", 4_167)],
    )  # fmt: skip
    pool, tenant = bank.pool, bank.tenant.id
    await ask_rule(pool, tenant, await family_of(pool, tenant), order, "maker@bank")
    await decide_rule(pool, tenant, "autumn", "checker@bank", approve=True)
    return these


async def figures(bank: Bank, month: date, users: int, fees: int, stayed: int) -> str:
    last = (month + timedelta(32)).replace(day=1) - timedelta(1)
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, $2, 2) "
            "on conflict do nothing", bank.tenant.id, last,
        )  # fmt: skip
        for name, grain, day, key, currency, value in (
            ("users.active", "month", month, "", "", users),
            ("users.active", "day", last, "", "", users),
            ("account.moved", "month", month, "fees", "CNY", fees),
            ("users.cohort", "month", month, cohort(month), "", stayed),
        ):  # fmt: skip
            await connection.execute(
                "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                "value) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant, indicator, scene, "
                "grain, day, key, currency) do update set value = excluded.value",
                bank.tenant.id, name, bank.scene, grain, day, key, currency, value,
            )  # fmt: skip
    return f"{month:%Y-%m}"


async def test_a_rule_is_entered_with_a_warning_and_approved_by_another(bank: Bank) -> None:
    await branch(bank)
    maker, checker = await bank.client("maker"), await bank.client("checker")
    assert f'href="{AT}"' in (await maker.get("/")).text
    these = await months(bank)
    form: dict[str, Any] = {
        "csrf": await token(maker, f"{AT}/new"), "name": "秋 <b>", "ref": "autumn", "says": "更多人",
        "first": f"{these[0]:%Y-%m}", "last": f"{these[0]:%Y-%m}", "ceiling": "500.00",
        "figure.0": "users.active", "scene.0": "*", "amount.0": "100.00", "least.0": "10",
        "unit.0": "branch:ningbo", "points.0": "4000", "unit.1": "copies:", "points.1": "6000",
    }  # fmt: skip
    warned = await maker.post(f"{AT}/new", data=form)
    assert 'data-warning="season_only"' in warned.text
    assert 'value="秋 &lt;b&gt;"' in warned.text
    assert "autumn" not in (await maker.get(AT)).text
    bad = await maker.post(f"{AT}/new", data=form | {"season": "1", "points.1": "x"})
    assert (bad.status_code, "shares[1].points" in bad.text) == (400, False)
    assert f"<b>{Texts('zh').field('incentives', 'shares[1].points')}</b>" in bad.text
    bad = await maker.post(f"{AT}/new", data=form | {"season": "1", "points.1": "1"})
    assert (bad.status_code, "4001" in bad.text) == (400, True)
    done = await maker.post(f"{AT}/new", data=form | {"season": "1"})
    assert (done.status_code, done.headers["location"]) == (303, f"{AT}/autumn")
    page = unescape((await maker.get(f"{AT}/autumn")).text)
    assert "达到 10 即付 ¥100.00" in page
    assert "宁波分行" in page
    assert f"{AT}/autumn/approve" not in page
    assert AT in (await checker.get("/approvals")).text
    csrf = await token(checker, f"{AT}/autumn")
    refused = await maker.post(f"{AT}/autumn/approve", data={"csrf": form["csrf"]})
    assert refused.status_code == 403
    approved = await checker.post(f"{AT}/autumn/approve", data={"csrf": csrf})
    assert approved.status_code == 303
    again = await checker.post(f"{AT}/autumn/refuse", data={"csrf": csrf})
    assert again.status_code == 409
    # One figure that looks ahead is enough.
    ahead = form | {"ref": "winter", "figure.1": "users.cohort", "scene.1": "canteen",
                    "amount.1": "1.00", "per.1": "1", "after.1": "6"}  # fmt: skip
    assert (await maker.post(f"{AT}/new", data=ahead)).status_code == 303
    assert "首次使用后 6 个月" in unescape((await maker.get(f"{AT}/winter")).text)
    for path in ("none", "runs/2026-01", "runs/x", "runs/2026-01.csv"):
        assert (await maker.get(f"{AT}/{path}")).status_code in (400, 404), path
    partner = await bank.client("partner")
    assert (await partner.get(AT)).status_code == 403


async def test_a_month_is_reckoned_released_and_taken_as_a_file(bank: Bank) -> None:
    city = await branch(bank)
    these = await agreed(bank)
    maker, checker = await bank.client("maker"), await bank.client("checker")
    csrf = await token(maker, f"{AT}/new")
    month = f"{these[0]:%Y-%m}"
    early = await maker.post(f"{AT}/runs", data={"csrf": csrf, "month": month})
    assert early.status_code == 409
    await figures(bank, these[0], 120, 99_950, 7)
    assert f"<option>{month}</option>" in (await maker.get(AT)).text
    made = await maker.post(f"{AT}/runs", data={"csrf": csrf, "month": month})
    assert made.headers["location"] == f"{AT}/runs/{month}"
    page = unescape((await maker.get(f"{AT}/runs/{month}")).text)
    # 500.00, 19.99 and 35.00, split by 25, 33.33 and 41.67 %.
    assert re.findall(r'data-sum="(\d+)"', page) == ["50000", "1999", "3500"]
    assert sum(int(each) for each in re.findall(r'data-total="(\d+)"', page)) == 55_499
    (link,) = re.findall(r'href="(/board/bank/figures/users\.active[^"]*)"', page)
    days = (await maker.get(link)).text
    assert "data-day" in days
    assert "120" in days
    (fees,) = re.findall(r'href="(/board/bank/figures/account\.moved[^"]*)"', page)
    assert "999.50" in (await maker.get(fees)).text
    (stayed,) = re.findall(r'href="(/board/bank/figures/users\.cohort[^"]*)"', page)
    assert stayed.endswith(f"key={cohort(these[0])}")
    assert (await maker.get(stayed)).status_code == 200
    assert (await maker.get(f"{AT}/runs/{month}.csv")).status_code == 404
    csrf = await token(checker, f"{AT}/runs/{month}")
    release = f"{AT}/runs/{month}/release"
    assert (await checker.post(release, data={"csrf": csrf})).status_code == 303
    assert (await checker.post(release, data={"csrf": csrf})).status_code == 409
    rows = (await maker.get(f"{AT}/runs/{month}.csv")).text.splitlines()
    assert len(rows) == 10
    assert sum(float(each.rsplit(",", 1)[1]) for each in rows[1:]) == 554.99
    other = await bank.client()
    other.cookies.set(COOKIE, (await log_in(bank.pool, "maker@ningbo", PASSWORD)).token)
    own = unescape((await other.get(AT)).text)
    assert re.findall(r'data-credit="(\d+)"', own) == ["12500", "500", "875"]
    assert (await other.get(f"{AT}/runs/{month}")).status_code == 404
    assert city.ref == "ningbo"


@looks
async def test_pages_are_for_everybody(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    await branch(bank)
    window = await windows.new(viewport=size, locale=language)
    page = window.page

    async def look(name: str, path: str) -> None:
        await page.goto(f"{window.url}{path}")
        assert await serious_faults(page, assets) == [], name
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], name
        await picture(page, f"incentives-{name}", size, language)

    async def be(login: str) -> None:
        session = await log_in(bank.pool, login, PASSWORD)
        await window.context.add_cookies(
            [{"name": COOKIE, "value": session.token, "url": window.url}]
        )

    await be("maker@bank")
    await look("empty", AT)
    await look("new", f"{AT}/new")
    these = await agreed(bank)
    await look("rule", f"{AT}/autumn")
    pool, tenant = bank.pool, bank.tenant.id
    first = await figures(bank, these[0], 120, 99_950, 7)
    await make_run(pool, tenant, first, "maker@bank")
    await decide_run(pool, tenant, first, "checker@bank", release=True)
    await figures(bank, these[0], 90, 99_950, 7)
    second = await figures(bank, these[1], 140, 120_000, 12)
    await make_run(pool, tenant, second, "maker@bank")
    await be("checker@bank")
    await look("run", f"{AT}/runs/{second}")
    await expect(page.locator('tr[data-sign="-1"]')).to_have_count(1)
    await expect(page.get_by_role("button", name=re.compile("^(发布|Release)$"))).to_be_visible()
    await page.emulate_media(media="print")
    await expect(page.locator("form").first).to_be_hidden()
    await page.emulate_media(media="screen")
    await look("list", AT)
    await be("maker@ningbo")
    await look("own", AT)
    assert window.faults == []
