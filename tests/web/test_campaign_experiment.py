"""The page of an experiment: its verdict, its course by day as a picture and as a table, and its checks."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.results import read_lots
from enscene.scenes.administer import enrol
from web.conftest import Bank, Windows
from web.looks import looks, picture
from web.test_browser import serious_faults
from web.test_campaigns import propose, run
from web.test_portal import desk

AT = "/campaigns/lunch/experiment"
DAYS, MANY = 30, 900


async def people(bank: Bank, lift: float) -> None:
    """Many are met over 30 days; one in ten opens the plan by itself, of the open ones `lift` more."""
    random = Random(5)
    async with bank.pool.acquire() as connection, connection.transaction():
        tenant = bank.tenant.id
        await admit(connection, [tenant])
        scene = await bank.host.scene(tenant, "canteen")
        refs = [f"x{n}" for n in range(MANY)]
        await enrol(connection, tenant, scene.id, scene.pack,
                    [Enrolment(ref, "diner", "person") for ref in refs])  # fmt: skip
        parties = await connection.fetch(
            "select id from party where tenant = $1 and ref ~ '^x[0-9]' order by id", tenant
        )
        lots = await read_lots(connection, tenant, await read_versions(connection, tenant, "lunch"))
        now = await connection.fetchval("select clock_timestamp()")
        decisions: list[tuple[Any, ...]] = []
        contracts: list[tuple[Any, ...]] = []
        for n, (party,) in enumerate(parties):
            at = now - timedelta(days=DAYS) + timedelta(days=DAYS * n / MANY)
            side = lots.side(bank.tenant.ref, "lunch", party)
            rights = {"offer": "lunch/flexible_plan" if side else None,
                      "suppressed": {} if side else {"lunch/flexible_plan": "campaign_holdout"}}  # fmt: skip
            decisions.append((tenant, uuid4(), scene.id, "lunch/pays", party, n, at, None, rights,
                              "offered" if side else "none"))  # fmt: skip
            for begun, chance in ((-20, 0.3), (random.random() * 3, 0.1 + lift * bool(side))):
                if random.random() < chance:
                    contracts.append((tenant, uuid4(), scene.id, "wealth_flex", party, "CNY", n,
                                      at + timedelta(days=begun)))  # fmt: skip
        await connection.executemany(
            "insert into decision values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", decisions
        )
        await connection.executemany(
            "insert into contract (tenant, id, scene, product, customer, currency, seq, opened_at) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8)", contracts,
        )  # fmt: skip


async def test_what_it_shows_and_why_it_may_be_believed(bank: Bank) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    await run(bank, maker, checker, holdout="30")
    assert "Nothing can be told yet" in (await maker.http.get(AT)).text
    await people(bank, 0.3)
    page = unescape((await maker.http.get(AT)).text)
    assert 'data-verdict="better"' in page
    assert page.count("<circle") == DAYS + 1 - page.count('class="num">—</td>') // 2
    for said in ("as it should be", "tried on itself",
                 "70.0% of customers are open", "so many are needed"):  # fmt: skip
        assert said in page, said
    one = (await maker.http.get("/campaigns/lunch")).text
    assert f'href="{AT}"' in one


async def test_who_may_look(bank: Bank) -> None:
    maker = await desk(bank, "maker")
    await propose(maker)
    auditor = await desk(bank, "auditor")
    assert (await auditor.http.get(AT)).status_code == 200
    assert (await maker.http.get("/campaigns/nothing/experiment")).status_code == 404
    assert (await maker.http.get("/campaigns/No/experiment")).status_code == 404


@looks
async def test_the_page_reads_well(
    windows: Windows, bank: Bank, assets: Path, size: dict[str, int], language: str
) -> None:
    maker, checker = await desk(bank, "maker"), await desk(bank, "checker")
    window = await windows.new("maker", viewport=size, locale=language)
    page = window.page
    await run(bank, maker, checker, holdout="30")
    for name in ("experiment-empty", "experiment"):
        if name == "experiment":
            await people(bank, 0.15)
        await page.goto(f"{windows.url}{AT}")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        assert await serious_faults(page, assets) == [], name
        await picture(page, name, size, language)
    assert window.faults == []
