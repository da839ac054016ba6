"""The demo's operator, and a few tenants below the sandbox bank for it to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg

from enscene.cli._demo_logins import OPERATORS, DemoLogin, keep_logins
from enscene.kernel.errors import NotFound
from enscene.scenes.administer import SceneOrder, change_state, create_scene
from enscene.scenes.language import Pack
from enscene.tenants import Tenant, create_tenant, find_tenant
from enscene.tenants.plans import open_tenant
from enscene.tenants.quotas import set_quota

OPERATOR = "operator"
_NAME = "入景运营 · Enscene Operations"
_WHO = "enscene up"
# ref, name, the ref above it, plan, service manager: each after the one above it.
_TREE = (
    ("hangzhou", "杭州分行 · Hangzhou Branch", None, "joint", ""),
    ("yucai-school", "育才学校 · Yucai School", "hangzhou", "turnkey", "周洁"),
    ("yucai-east", "育才学校东校区 · Yucai School East", "yucai-school", "joint", ""),
    ("corner-shop", "街角小店 · Corner Shop", "hangzhou", "free", ""),
)
_TURNKEY = "yucai-school"
_LIMIT = ("hangzhou", "calls_day", 500_000)


async def keep_operator(pool: asyncpg.Pool[Any], home: Path) -> list[DemoLogin]:
    """The tenant that runs the others, with two people: what one asks for, the other decides."""
    try:
        tenant = await find_tenant(pool, OPERATOR)
    except NotFound:
        tenant = await create_tenant(pool, OPERATOR, _NAME)
    return await keep_logins(pool, tenant, home, OPERATORS)


async def keep_tree(pool: asyncpg.Pool[Any], bank: Tenant, pack: Pack) -> None:
    """Make what is missing below the bank. A tenant of that name elsewhere stays what it is."""
    for ref, name, above, plan, manager in _TREE:
        try:
            await find_tenant(pool, ref)
        except NotFound:
            parent = bank if above is None else await find_tenant(pool, above)
            if parent.state == "closed":
                continue
            tenant = await open_tenant(
                pool, ref, name, plan=plan, who=_WHO, parent=parent, manager=manager
            )
            if ref == _TURNKEY:
                await _open_scene(pool, tenant, pack)
            if ref == _LIMIT[0]:
                await set_quota(pool, tenant.id, _LIMIT[1], _LIMIT[2], _WHO)


async def _open_scene(pool: asyncpg.Pool[Any], tenant: Tenant, pack: Pack) -> None:
    async with pool.acquire() as connection, connection.transaction():
        profile = {"sector": pack.sector, "region": tenant.region}
        order = SceneOrder("smart_canteen", "育才食堂 · Yucai Canteen", profile=profile)
        await create_scene(connection, tenant.id, pack, order, _WHO)
        await change_state(connection, tenant.id, "smart_canteen", "sandbox", _WHO)
