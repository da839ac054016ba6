"""The standard of all scenes: who deviates, in what, since when, and on what everybody runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.conftest import canteen_pack
from enscene.cli._verify_standard import _check, as_report, said
from enscene.commit import admit
from enscene.operations import Templates
from enscene.operations.standard import Standard, check_standard
from enscene.scenes.administer import SceneOrder, create_scene
from enscene.scenes.language import Pack, load_pack_files
from enscene.shelf import Shelf, standard_shelf
from enscene.storage import Database
from enscene.tenants import Tenant, create_tenant
from operations.test_releases import next_version, schools

__all__ = ["canteen_pack"]
PACKS = Path(__file__).parents[2] / "packs"


@pytest.fixture
async def bank(pool: Any) -> Tenant:
    return await create_tenant(pool, "bank", "Bank")


async def check(
    pool: Any, tenants: list[Tenant], present: Pack | None, shelf: Shelf | None = None
) -> Standard:
    templates = Templates({} if present is None else {present.id: present}, {})
    return await check_standard(pool, tenants, templates, shelf or standard_shelf())


async def test_a_scene_on_the_present_template_conforms(
    pool: Any, bank: Tenant, canteen_pack: Pack
) -> None:
    made = await schools(pool, bank, canteen_pack, "4.00", "5.00")
    found = await check(pool, made, canteen_pack)
    assert (found.scenes, found.conform, found.tenants) == (2, 2, 2)
    assert found.breaches == []
    todo = {rule.rule for rule in canteen_pack.quality if rule.said == "todo"}
    assert {each.what for each in found.deviations} == todo


async def test_an_older_version_deviates_since_the_newer_one_was_first_taken(
    pool: Any, bank: Tenant, canteen_pack: Pack
) -> None:
    newer = next_version(canteen_pack)
    (old,) = await schools(pool, bank, canteen_pack, "4.00")
    (breach,) = (await check(pool, [old], newer)).breaches
    assert (breach.kind, breach.what) == ("template", f"{canteen_pack.version} → 9.9.0")
    assert breach.since is None  # nobody runs on it yet
    other = await create_tenant(pool, "other", "Other")
    async with pool.acquire() as connection, connection.transaction():
        await create_scene(connection, other.id, newer, SceneOrder("canteen", "C"), "test")
        since = await connection.fetchval(
            "select created_at from pack_source where digest = $1", newer.digest
        )
    (breach,) = (await check(pool, [old, other], newer)).breaches
    assert (breach.tenant, breach.since) == ("school-0", since)


async def test_a_template_that_is_gone_and_a_product_that_left_the_shelf(
    pool: Any, bank: Tenant, canteen_pack: Pack
) -> None:
    made = await schools(pool, bank, canteen_pack, "4.00")
    (breach,) = (await check(pool, made, None)).breaches
    assert (breach.kind, breach.what) == ("template", f"{canteen_pack.version} → —")
    sold = sorted({product.shelf for product in canteen_pack.products.values()})
    shelf = standard_shelf()
    bare = replace(shelf, products={k: p for k, p in shelf.products.items() if k not in sold})
    breaches = (await check(pool, made, canteen_pack, bare)).breaches
    assert sorted(each.what for each in breaches) == sold
    assert {each.kind for each in breaches} == {"product"}


async def test_money_below_its_level_deviates_since_the_terms(
    pool: Any, bank: Tenant, canteen_pack: Pack
) -> None:
    text = canteen_pack.files["scene.yaml"]
    at = text.index("  top_up:")
    lowered = text[:at] + text[at:].replace("    by: ", "    level: A1\n    by: ", 1)
    pack = load_pack_files({**canteen_pack.files, "scene.yaml": lowered}).pack
    assert pack is not None
    made = await schools(pool, bank, pack, "4.00")
    (breach,) = (await check(pool, made, pack)).breaches
    assert (breach.kind, breach.what) == ("level", "top_up")
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [made[0].id])
        assert breach.since == await connection.fetchval("select created_at from terms")


async def test_what_the_language_no_longer_takes(
    pool: Any, bank: Tenant, canteen_pack: Pack
) -> None:
    made = await schools(pool, bank, canteen_pack, "4.00")
    async with pool.acquire() as connection, connection.transaction():
        files = {**canteen_pack.files, "scene.yaml": "id: smart_canteen\nversion: 1.0.0\n"}
        await connection.execute("update pack_source set files = $1", files)
    found = await check(pool, made, canteen_pack)
    assert [each.kind for each in found.breaches] == ["language"]
    assert found.breaches[0].what.startswith("scene.yaml:")
    assert found.conform == 0


async def test_the_stack_counts_scenes_and_tenants_by_version(
    pool: Any, bank: Tenant, canteen_pack: Pack
) -> None:
    made = await schools(pool, bank, canteen_pack, "4.00", "5.00")
    found = await check(pool, made, canteen_pack)
    used = {(each.kind, each.name): each for each in found.used}
    template = used["template", "smart_canteen"]
    assert (template.version, template.scenes, template.tenants) == (canteen_pack.version, 2, 2)
    blocks = {step.block for act in canteen_pack.actions.values() for step in act.steps}
    assert {name for kind, name in used if kind == "block"} == blocks
    assert set(found.platform) == {"enscene", "python", "postgresql", "schema"}


async def test_the_command_tells_it_as_json(
    database: Database, pool: Any, bank: Tenant, canteen_pack: Pack
) -> None:
    await schools(pool, bank, next_version(canteen_pack), "4.00")
    found = await _check(database.url_app)
    report = json.loads(json.dumps(as_report(found)))
    assert (report["scenes"], report["conform"]) == (1, 0)
    breach = next(each for each in report["deviations"] if not each["note"])
    assert (breach["tenant"], breach["scene"], breach["kind"]) == (
        "school-0", "canteen", "template",
    )  # fmt: skip
    assert said(found)[0].startswith("✗ 0 / 1")
