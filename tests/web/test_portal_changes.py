"""A partner is told of changed terms of the scenes that it works in: what, and since when."""

from __future__ import annotations

import re
from pathlib import Path

from enscene.commit import admit
from enscene.operations import Templates
from enscene.operations.terms_changes import read_terms_changes
from enscene.scenes.administer import SceneOrder, change_terms
from web.conftest import Bank, Windows
from web.looks import looks
from web.test_browser import serious_faults
from web.test_portal import Outside


async def change(bank: Bank, templates: Templates, **options: str) -> None:
    """The canteen under new terms."""
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        row = await connection.fetchrow(
            "select s.name, t.* from scene s join terms t on t.tenant = s.tenant "
            "and t.scene = s.id and t.number = s.terms where s.ref = 'canteen'"
        )
        order = SceneOrder(
            "canteen", row["name"], row["variant"], row["options"] | options, row["parts"],
            row["added"], row["products"],
        )  # fmt: skip
        pack = templates.get("smart_canteen")
        await change_terms(connection, bank.tenant.id, "canteen", pack, order, "maker")


async def live(bank: Bank) -> Outside:
    outside = Outside(bank)
    await outside.sign_up()
    await outside.apply()
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute("update partner set stage = 'live'")
    return outside


async def test_a_partner_of_the_scene_is_told(bank: Bank, templates: Templates) -> None:
    outside = await live(bank)
    assert 'id="changes"' not in await outside.look()
    await change(bank, templates, service_fee="0.5%")
    page = await outside.look()
    assert re.findall(r'data-terms="canteen:(\d+)"', page) == ["2"]
    assert "Service fee" in page
    assert "Daily limit" not in page
    await change(bank, templates, service_fee="0.5%")  # the same again is no change
    await change(bank, templates, service_fee="0.5%", daily_limit="80.00")
    page = await outside.look()
    assert re.findall(r'data-terms="canteen:(\d+)"', page) == ["4", "2"]
    assert "Daily limit" in page
    found = await read_terms_changes(bank.pool, bank.tenant.id, ["canteen"])
    assert [each.options for each in found] == [("daily_limit",), ("service_fee",)]
    assert await read_terms_changes(bank.pool, bank.tenant.id, ["elsewhere"]) == ()
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute("update terms set created_at = created_at - interval '91 days'")
    assert 'id="changes"' not in await outside.look()


async def test_who_works_in_another_scene_or_is_not_live_is_not(
    bank: Bank, templates: Templates
) -> None:
    outside = await live(bank)
    await change(bank, templates, service_fee="0.5%")
    for sql in (
        "update partner set scopes = '{webhooks:read}'",
        "update partner set scopes = '{scene:canteen:top_up}', stage = 'proven'",
    ):
        async with bank.pool.acquire() as connection, connection.transaction():
            await admit(connection, [bank.tenant.id])
            await connection.execute(sql)
        assert 'id="changes"' not in await outside.look()


@looks
async def test_it_reads_well(
    windows: Windows, bank: Bank, templates: Templates, assets: Path, size: dict[str, int],
    language: str,
) -> None:  # fmt: skip
    outside = await live(bank)
    await change(bank, templates, service_fee="0.5%")
    window = await windows.new("auditor", viewport=size, locale=language)
    await window.context.add_cookies([
        {"name": name, "value": value, "url": windows.url}
        for name, value in outside.http.cookies.items()
    ])  # fmt: skip
    await window.page.goto(f"{windows.url}/portal/bank")
    assert await window.page.locator("#changes li").count() == 1
    assert await serious_faults(window.page, assets) == []
    assert await window.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert window.faults == []
