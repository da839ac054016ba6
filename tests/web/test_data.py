"""The data map: who may use what and why, who has, what scenes share, and what stays where it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.customers.authorizations import Served, find_limits, note_forbidden, write_receipt
from enscene.operations import Templates
from enscene.operations.data_map import read_brought, read_data_map, read_reuse, read_silos
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.tenants.apps import App, register_app
from enscene.tenants.apps.store import insert_grant
from enscene.tenants.store import admitted
from web.conftest import Bank, Windows
from web.looks import SHOTS, looks
from web.test_apis import KEY
from web.test_browser import serious_faults
from web.test_portal import desk

MEAL = {"meal": ["price", "diner"]}


async def add_app(bank: Bank, name: str, level: str = "A2") -> App:
    return await register_app(
        bank.pool, bank.tenant, name, title=f"{name} 公司", jwks=[KEY],
        scopes=["scene:canteen:*"], level=level,
    )  # fmt: skip


async def grant(
    bank: Bank, app: App, party: str, *, scene: str = "canteen", purpose: str = "serve",
    things: dict[str, list[str]] | None = None,
) -> int:  # fmt: skip
    """A consent in force."""
    async with admitted(bank.pool, bank.tenant.id) as connection:
        return await insert_grant(
            connection, bank.tenant.id, app.id, party, scene, ["things.read"], None, purpose,
            {"things": MEAL if things is None else things, "accounts": []},
        )  # fmt: skip


async def serve(bank: Bank, app: App, consent: int, records: int) -> None:
    async with admitted(bank.pool, bank.tenant.id) as connection:
        served = Served(app.id, consent, "ann", bank.scene, "serve")
        await write_receipt(
            connection, bank.tenant.id, served, "things.meal", ["price"], level="C1",
            records=records,
        )  # fmt: skip


async def add_scene(bank: Bank, templates: Templates, ref: str, pack: str, **people: str) -> int:
    """A scene in which persons (ref and role) take part."""
    async with bank.pool.acquire() as connection, connection.transaction():
        tenant = bank.tenant.id
        await admit(connection, [tenant])
        order = SceneOrder(ref, ref, profile={})
        number: int = await create_scene(connection, tenant, templates.get(pack), order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant, ref, state, "test")
        enrolled = [Enrolment(party, role, "person") for party, role in people.items()]
        await enrol(connection, tenant, number, templates.get(pack), enrolled)
    return number


async def the_map(bank: Bank) -> Any:
    return await read_data_map(bank.host, bank.pool, bank.tenant.id)


async def test_every_field_of_every_running_scene_stands_in_it(
    bank: Bank, templates: Templates
) -> None:
    await add_scene(bank, templates, "ward", "hospital")
    found = await the_map(bank)
    for ref, pack in (("canteen", "smart_canteen"), ("ward", "hospital")):
        things = templates.get(pack).things.values()
        declared = {f"things.{thing.name}.{name}" for thing in things for name in thing.fields}
        assert declared <= {item.id for item in found.items if item.ref == ref}


async def test_a_partner_stands_by_a_field_while_the_consent_lasts(bank: Bank) -> None:
    app = await add_app(bank, "lender")
    await grant(bank, app, "ann")
    second = await grant(bank, app, "bob", purpose="insure")

    async def uses() -> list[tuple[str, str | None, int | None]]:
        found = await the_map(bank)
        item = found.find("canteen", "things.meal.price")
        return [(u.name, u.purpose, u.consents) for u in found.uses(item) if u.rule == "consent"]

    assert await uses() == [("lender", "insure", 1), ("lender", "serve", 1)]
    async with admitted(bank.pool, bank.tenant.id) as connection:
        await connection.execute(
            "update app_grant set revoked_at = now() where tenant = $1 and id = $2",
            bank.tenant.id, second,
        )  # fmt: skip
    assert await uses() == [("lender", "serve", 1)]


async def test_data_of_money_are_not_open_to_an_application_of_level_a1(bank: Bank) -> None:
    await grant(bank, await add_app(bank, "small", "A1"), "ann")
    found = await the_map(bank)
    item = found.find("canteen", "things.meal.price")
    assert item.api == "A2"
    assert [use for use in found.uses(item) if use.name == "small"] == []


async def test_what_the_law_closes_says_so_whatever_was_agreed(
    bank: Bank, templates: Templates
) -> None:
    await add_scene(bank, templates, "ward", "hospital", ann="patient")
    app = await add_app(bank, "lender")
    await grant(bank, app, "ann", scene="ward", purpose="credit", things={"visit": ["kind"]})
    limits = find_limits("hospital", {"visit": ["kind"]}, "credit")
    await note_forbidden(bank.pool, bank.tenant.id, app.id, "ward", "ann", "credit", limits)
    found = await the_map(bank)
    item = found.find("ward", "things.visit.kind")
    use = next(use for use in found.uses(item) if use.rule == "consent")
    assert (use.holds, use.closed_by) == (False, ("illness_not_for_credit",))
    page = (await (await desk(bank, "checker", "zh-CN")).http.get(
        "/data/of/ward/things.visit.kind"
    )).text  # fmt: skip
    assert "法律禁止" in page
    assert "征信业管理条例" in page
    assert "被拒绝的使用 1 次" in page


async def test_uses_are_counted_from_receipts_of_thirty_days(bank: Bank) -> None:
    app = await add_app(bank, "lender")
    consent = await grant(bank, app, "ann")
    for records in (3, 4):
        await serve(bank, app, consent, records)
    async with admitted(bank.pool, bank.tenant.id) as connection:
        await connection.execute(
            "insert into receipt (tenant, app, grant_id, party, scene, purpose, what, fields, "
            "level, records, at) select tenant, app, grant_id, party, scene, purpose, what, "
            "fields, level, 90, now() - interval '31 days' from receipt limit 1"
        )
    found = await the_map(bank)
    served = found.served_of(found.find("canteen", "things.meal.price"))
    assert [(each.app, each.times, each.records) for each in served] == [("lender", 2, 7)]
    assert found.served_of(found.find("canteen", "things.meal.diner")) == []


async def test_reuse_counts_customers_data_and_components_of_two_scenes(
    bank: Bank, templates: Templates
) -> None:
    alone = await read_reuse(await the_map(bank), bank.pool, bank.tenant.id)
    assert {count.kind: count.shared for count in alone.counts} == dict.fromkeys(
        ("customers", "data", "blocks", "products", "flows", "pages"), 0
    )
    await add_scene(bank, templates, "ward", "hospital", ann="patient", eve="patient")
    reuse = await read_reuse(await the_map(bank), bank.pool, bank.tenant.id)
    counts = {count.kind: count for count in reuse.counts}
    assert (counts["customers"].all, counts["customers"].shared) == (3, 1)
    assert counts["customers"].share == 33.3
    assert [{*pair[:2]} for pair in reuse.pairs] == [{"canteen", "ward"}]
    blocks = {
        name: {step.block for act in templates.get(name).actions.values() for step in act.steps}
        for name in ("smart_canteen", "hospital")
    }
    both = blocks["smart_canteen"] & blocks["hospital"]
    assert {each.name for each in reuse.of("blocks")} == both
    assert counts["blocks"].all == len(blocks["smart_canteen"] | blocks["hospital"])


async def test_a_silo_says_what_keeps_it_and_counts_what_sharing_takes(bank: Bank) -> None:
    async def silo(name: str) -> Any:
        every = await read_silos(await the_map(bank), bank.pool, bank.tenant.id)
        return next((each for each in every if each.item.id == name), None)

    first = await silo("things.meal.price")
    assert (first.kept, first.customers, first.agreed) == ("nobody_asks", 2, 0)
    assert (first.consents, first.reviews, first.clauses, first.steps) == (2, 1, 1, 4)
    app = await add_app(bank, "lender")
    await grant(bank, app, "ann")
    second = await silo("things.meal.price")
    assert (second.kept, second.consents, second.reviews, second.steps) == ("consent", 1, 0, 2)
    await grant(bank, app, "bob")
    assert await silo("things.meal.price") is None


async def test_what_the_law_keeps_has_no_price(bank: Bank, templates: Templates) -> None:
    await add_scene(bank, templates, "ward", "hospital", ann="patient")
    every = await read_silos(await the_map(bank), bank.pool, bank.tenant.id)
    limited = [each for each in every if each.item.limits]
    assert limited
    assert {each.kept for each in limited} == {"law"}
    assert all(each.steps is None for each in every if each.item.hidden)


async def test_it_is_searched_and_filtered(bank: Bank) -> None:
    app = await add_app(bank, "lender")
    await grant(bank, app, "ann")
    http = (await desk(bank, "maker", "en-GB")).http

    async def named(query: str) -> set[str]:
        text = (await http.get(f"/data?{query}")).text
        return set(re.findall(r'data-item="canteen/([^"]+)"', text))

    assert await named("app=lender") == {"things.meal.price", "things.meal.diner"}
    assert "things.meal.price" not in await named("level=C2")
    assert await named("q=things.meal.price") == {"things.meal.price"}
    assert await named("scene=nowhere") == set()
    assert (await http.get("/data/of/canteen/things.meal.nothing")).status_code == 404


async def test_partners_do_not_see_it(bank: Bank) -> None:
    client = await bank.client("partner")
    for path in ("/data", "/data/reuse", "/data/silos", "/data/of/canteen/things.meal.price"):
        assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize(
    "path", ["/data", "/data/reuse", "/data/silos", "/data/of/canteen/things.meal.price"]
)
async def test_a_page_in_english_has_no_chinese(bank: Bank, path: str) -> None:
    app = await add_app(bank, "lender")
    await serve(bank, app, await grant(bank, app, "ann"), 1)
    page = (await (await desk(bank, "checker", "en-GB")).http.get(path)).text
    body = page.partition("<main")[2].partition("</main>")[0]
    said = body.replace("一号食堂", "").replace("lender 公司", "")
    assert re.findall("[\u4e00-\u9fff：，。；]+", said) == []


async def test_a_bank_without_scenes_is_told_what_to_do(bank: Bank) -> None:
    async with admitted(bank.pool, bank.tenant.id) as connection:
        await connection.execute("update scene set state = 'retired'")
    http = (await desk(bank, "checker", "zh-CN")).http
    for path in ("/data", "/data/silos", "/data/reuse"):
        page = await http.get(path)
        assert page.status_code == 200
        assert 'class="empty"' in page.text


@looks
@pytest.mark.parametrize(
    "path",
    [
        "/data",
        "/data/reuse",
        "/data/silos",
        "/data/of/canteen/things.meal.price",
        "/scenes/canteen#brought",
    ],
)
async def test_it_fits_and_is_read_by_everybody(
    bank: Bank, templates: Templates, windows: Windows, assets: Path, size: dict[str, int],
    language: str, path: str,
) -> None:  # fmt: skip
    await add_scene(bank, templates, "ward", "hospital", ann="patient", eve="patient")
    app = await add_app(bank, "lender")
    await serve(bank, app, await grant(bank, app, "ann"), 1)
    window = await windows.new("checker", viewport=size, locale=language)
    page = window.page
    await page.goto(f"{window.url}{path}")
    assert await serious_faults(page, assets) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if SHOTS:
        name = path.strip("/").replace("/", "-").replace("#", "-")
        await page.screenshot(path=f"{SHOTS}/{name}-{size['width']}-{language}.png")


async def test_a_scene_shows_what_each_party_brings(bank: Bank, templates: Templates) -> None:
    await register_app(
        bank.pool, bank.tenant, "tills", title="收银系统", jwks=[KEY], party="hall",
        scopes=["scene:canteen:*"],
    )  # fmt: skip
    await add_scene(bank, templates, "second", "smart_canteen")
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        number = await connection.fetchval("select id from scene where ref = 'second'")
        await enrol(
            connection, bank.tenant.id, number, templates.get("smart_canteen"),
            [Enrolment("acme", "sponsor", "employer")],
        )  # fmt: skip
    scene = await bank.host.catalogue.read(bank.tenant.id, "canteen")
    brought = {each.ref: each for each in await read_brought(bank.pool, scene)}
    assert set(brought) == {"BANK", "hall", "acme"}
    assert (brought["acme"].customers, brought["acme"].scenes) == (2, ("second",))
    hall = brought["hall"]
    assert (hall.customers, hall.apps, hall.devices) == (0, ("收银系统",), 1)
    assert "dish" in hall.things
    assert (brought["BANK"].customers, hall.blocks) == (2, 0)
    assert brought["BANK"].blocks > 5
    page = (await (await desk(bank, "maker", "zh-CN")).http.get("/scenes/canteen")).text
    section = page.partition('id="brought"')[2]
    assert "收银系统" in section
    assert "设备 1 台" in section
