"""Shares of what scenes are made of, versions, and person-days saved, counted by hand beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from enscene.commit import admit
from enscene.operations import Templates
from enscene.operations.data_map import DAYS_TO_BUILD, read_rates, surplus
from enscene.operations.data_map.reuse import keys_of_pack
from enscene.scenes.administer import SceneOrder, change_state, change_terms, create_scene
from enscene.scenes.language.load import load_pack_files
from enscene.scenes.runtime import SceneHost
from enscene.tenants import create_tenant

PACKS = Path(__file__).parents[3] / "packs"


def parts_of(pack: Any) -> set[tuple[Any, ...]]:
    return {(kind, *map(str, key)) for kind, keys in keys_of_pack(pack).items() for key in keys}


async def add(pool: Any, tenant: int, ref: str, pack: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await create_scene(connection, tenant, pack, SceneOrder(ref, ref, profile={}), "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant, ref, state, "test")


def changed(pack: Any, before: str, after: str) -> Any:
    files = dict(pack.files)
    assert before in files["scene.yaml"]
    files["scene.yaml"] = files["scene.yaml"].replace(before, after, 1)
    loaded = load_pack_files(files)
    assert loaded.pack is not None, loaded.mistakes
    return loaded.pack


async def test_parts_origins_versions_and_days(pool: Any) -> None:
    templates = await Templates.load(PACKS)
    canteen, ward = templates.get("smart_canteen"), templates.get("hospital")
    tenant = (await create_tenant(pool, "bank", "bank")).id
    host = SceneHost(pool)
    try:
        none = await read_rates(host, pool, tenant)
        assert (none.whole.parts, none.whole.own_share, none.versions) == (0, None, ())
        await add(pool, tenant, "one", canteen)
        alone = await read_rates(host, pool, tenant)
        assert (alone.whole.parts, alone.whole.shared) == (len(parts_of(canteen)), 0)
        assert (alone.whole.own_share, alone.saved.days) == (100.0, 0)
        await add(pool, tenant, "two", canteen)
        twice = await read_rates(host, pool, tenant)
        assert twice.whole.shared_share == 100.0
        days = sum(DAYS_TO_BUILD[part[0]] for part in parts_of(canteen))
        assert (twice.saved.days, twice.saved.alone) == (days, 2 * days)
        assert twice.saved.per_scene == round(days / 2, 1)
        assert [(v.pack, v.scenes) for v in twice.versions] == [("smart_canteen", 2)]
        # A ward that was bought, with the library's blocks and the bank's products.
        await add(pool, tenant, "ward", changed(ward, "class: {", "class: {origin: bought, "))
        mixed = await read_rates(host, pool, tenant)
        its, theirs = parts_of(ward), parts_of(canteen)
        bought = {part for part in its - theirs if part[0] in ("flows", "pages")}
        assert (mixed.whole.parts, mixed.whole.bought) == (len(its | theirs), len(bought))
        assert mixed.whole.own == len(its | theirs) - len(bought)
        by_scene = {each.ref: each.rate for each in mixed.scenes}
        assert by_scene["ward"].shared == len(its & theirs)
        assert by_scene["ward"].own_share is not None
        assert by_scene["one"].shared_share == 100.0
        # A second version of a template is one more than it needs.
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            newer = changed(canteen, "version: 1.0.0", "version: 1.0.1")
            await change_terms(
                connection, tenant, "two", newer, SceneOrder("two", "two", profile={}), "test"
            )
        now = await read_rates(host, pool, tenant)
        assert (len(now.versions), surplus(now.versions)) == (3, 1)
        assert now.months[-1].versions == 3
        assert now.months[-1].rate == now.whole
    finally:
        await host.close()


async def test_months_before_tell_what_ran_then(pool: Any) -> None:
    templates = await Templates.load(PACKS)
    tenant = (await create_tenant(pool, "bank", "bank")).id
    host = SceneHost(pool)
    try:
        await add(pool, tenant, "one", templates.get("smart_canteen"))
        await add(pool, tenant, "two", templates.get("hospital"))
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await connection.execute(
                "update terms set created_at = date_trunc('month', now()) - interval '40 days' "
                "where tenant = $1 and scene = (select id from scene where tenant = $1 "
                "and ref = 'one')", tenant,
            )  # fmt: skip
            await connection.execute(
                "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                "value) values ($1, 'scenes.to_live', 1, 'day', '2026-03-02', '', '', 3600), "
                "($1, 'scenes.to_live', 2, 'day', '2026-03-09', '', '', 7200), "
                "($1, 'scenes.to_live', 3, 'day', '2026-03-31', '', '', 864000)", tenant,
            )  # fmt: skip
        found = await read_rates(host, pool, tenant)
    finally:
        await host.close()
    assert [each.scenes for each in found.months][-2:] == [1, 2]
    assert len(found.months) == 3
    assert found.months[0].rate.shared == 0
    (march,) = found.delivery
    assert (march.scenes, march.median_s, march.longest_s, march.in_time) == (3, 7200, 864000, 2)
