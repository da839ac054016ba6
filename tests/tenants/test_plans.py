"""Plans: limits, project, care; what a tenant has chosen is kept over upgrades."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.scenes.administer import SceneOrder, create_scene
from enscene.scenes.language import load_pack
from enscene.storage import Database
from enscene.storage.migrations import migrate, roll_back
from enscene.tenants import create_tenant, list_tenants
from enscene.tenants.plans import finish_step, list_steps, open_tenant, plan_step, read_plans
from enscene.tenants.quotas import read_quotas, set_quota
from enscene.tenants.users import create_user, list_users
from trip import PACK


def test_the_free_plan_states_every_limit() -> None:
    plans = read_plans()
    assert plans.keys() == {"free", "joint", "turnkey"}
    assert plans["free"].limits.keys() == {"scenes", "users", "apps", "calls_day"}
    assert plans["turnkey"].project[0].title.en == "Research"
    assert plans["turnkey"].project[-1].title.en == "Training"
    assert plans["turnkey"].scene
    assert not plans["joint"].scene


async def test_a_plan_gives_limits_project_and_care(pool: Any) -> None:
    bank = await create_tenant(pool, "bank", "Bank", zone="Asia/Tokyo")
    with pytest.raises(Invalid) as error:
        await open_tenant(pool, "school", "School", plan="turnkey", who="t", parent=bank)
    assert error.value.code == "tenant.manager"
    school = await open_tenant(
        pool, "school", "School", plan="turnkey", who="t", parent=bank, level="tenant",
        manager="周洁",
    )  # fmt: skip
    assert (school.zone, school.manager, school.plan) == ("Asia/Tokyo", "周洁", "turnkey")
    limits = {quota.what: quota.most for quota in await read_quotas(pool, school.id)}
    assert limits == dict(read_plans()["turnkey"].limits)
    steps = await list_steps(pool, [school.id])
    assert [step.due for step in steps] == sorted(step.due for step in steps)
    assert [step.kind for step in steps].count("project") == 5
    assert steps[0].title == "调研 · Research"
    await finish_step(pool, school.id, "project", steps[0].n, "zhou", "访谈三场")
    with pytest.raises(Conflict):
        await finish_step(pool, school.id, "project", steps[0].n, "zhou")
    await plan_step(pool, school.id, "care", "开学前走访", date(2020, 1, 1))
    assert (await list_steps(pool, [school.id]))[0].title == "开学前走访"
    assert await list_steps(pool, [bank.id]) == []


async def test_the_free_plan_ends_where_it_says(pool: Any) -> None:
    shop = await open_tenant(pool, "shop", "Shop", plan="free", who="t")
    for n in range(3):
        await create_user(
            pool, shop, f"u{n}", name="u", password="a-long-password", roles=["auditor"]
        )
    with pytest.raises(Refused):
        await create_user(pool, shop, "u3", name="u", password="a-long-password", roles=["auditor"])
    with pytest.raises(Invalid) as error:
        await open_tenant(pool, "other", "Other", plan="golden", who="t")
    assert error.value.code == "tenant.plan"


_KEPT = """
select t.ref, t.name, t.brand, u.login, u.roles, r.options, r.parts
  from tenant t join console_user u on u.tenant = t.id join terms r on r.tenant = t.id"""


async def test_what_a_tenant_has_set_survives_an_upgrade(pool: Any, database: Database) -> None:
    """From the version before tenants had a tree: brand, options, roles and limits."""
    tenant = await create_tenant(pool, "bank", "Bank")
    await create_user(
        pool, tenant, "li", name="Li", password="a-long-password", roles=["approver", "auditor"]
    )
    pack = load_pack(PACK).pack
    assert pack is not None
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("update tenant set brand = $1", {"accent": "#123456"})
        await create_scene(connection, tenant.id, pack, SceneOrder("travel", "Travel"), "test")
        await connection.execute("update terms set options = $1", {"daily_limit": "1.00"})

    async def kept() -> list[tuple[Any, ...]]:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant.id])
            return [tuple(row) for row in await connection.fetch(_KEPT)]

    before = await kept()
    await roll_back(database, 21)
    await pool.expire_connections()
    assert await kept() == before
    await migrate(database)
    await pool.expire_connections()
    assert await kept() == before
    assert len(before) == 1
    (found,) = await list_tenants(pool)
    assert (found.level_name, found.plan, found.state) == ("bank", "joint", "open")
    (user,) = await list_users(pool, tenant.id)
    assert user.roles == {"approver", "auditor"}
    await set_quota(pool, tenant.id, "scenes", 3, "test")  # and all that is new works on it
    assert (await read_quotas(pool, tenant.id))[0].used == 1
