"""A tenant with all that its plan promises: limits, steps, its first person, a scene with pages."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.commit import admit
from enscene.operations.tenancy.ask import TenantOrder
from enscene.scenes.administer import SceneOrder, change_state, create_scene
from enscene.scenes.language import Pack
from enscene.tenants import Tenant
from enscene.tenants.plans import open_tenant
from enscene.tenants.store import Source, within
from enscene.tenants.users import User, insert_person

OWNER = "admin"
_ROLES = ("admin", "scene_team")
"""It adds its second person, who approves, by itself."""


@dataclass(frozen=True, slots=True)
class Opened:
    """`owner` is its first person (None: nobody was made), `pack` that of its scene."""

    tenant: Tenant
    owner: User | None
    pack: Pack | None


async def open_whole(
    source: Source, order: TenantOrder, *, who: str, parent: Tenant | None = None,
    pack: Pack | None = None, hashed: str | None = None, sandbox: bool = False,
) -> Opened:  # fmt: skip
    """Make it, whole or not at all. With `hashed`, the hash of a password that has to be changed,
    it has a first person who adds others. The scene of `pack` can be tried at once; it goes live by
    the way that every scene goes: rehearsed, and approved by a second person.
    Raises: what `open_tenant` and `create_scene` raise.
    """
    async with within(source) as connection:
        tenant = await open_tenant(
            connection, order.ref, order.name, plan=order.plan, who=who, parent=parent,
            level=order.level, manager=order.manager, sandbox=sandbox,
        )  # fmt: skip
        owner = None
        if hashed is not None:
            owner = await insert_person(
                connection, tenant, OWNER, name=tenant.name[:48], hashed=hashed, roles=_ROLES,
                must_change=True,
            )  # fmt: skip
        if pack is not None:
            profile = {"sector": pack.sector, "region": tenant.region, "unit": tenant.name}
            scene = SceneOrder(pack.id, pack.texts["zh"]["title"], profile=profile)
            await create_scene(connection, tenant.id, pack, scene, who)
            await change_state(connection, tenant.id, pack.id, "sandbox", who)
        await admit(connection, [tenant.id])
    return Opened(tenant, owner, pack)
