"""Create a scene of a tenant from a pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Invalid
from enscene.kernel.ids import check_ref
from enscene.scenes.administer._log import lock, log
from enscene.scenes.language import AddedStep, Pack, configure
from enscene.tenants.quotas import check_quota


@dataclass(frozen=True, slots=True)
class SceneOrder:
    """What a scene is to be. `added` are steps {action, index, step}; `profile` is what the
    catalogue keeps of it: class, region, unit, owner."""

    ref: str
    name: str
    variant: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, bool] = field(default_factory=dict)
    added: Sequence[Mapping[str, Any]] = ()
    products: Sequence[str] = ()
    profile: Mapping[str, Any] = field(default_factory=dict)


def configured(pack: Pack, order: SceneOrder, zone: str) -> Pack:
    """The pack as the order has it. Raises: Invalid, with every mistake."""
    result = configure(
        pack,
        variant=order.variant,
        options=order.options,
        parts=order.parts,
        added_steps=[AddedStep(s["action"], s["index"], s["step"]) for s in order.added],
        zone=zone,
    )
    if result.pack is None:
        first = result.mistakes[0]
        raise Invalid(
            first.message,
            code="scene.configuration",
            param=first.path,
            hint=first.hint or None,
            facts={"mistakes": [f"{m.path}: {m.message}" for m in result.mistakes]},
        )
    return result.pack


async def store_pack(connection: asyncpg.Connection[Any], pack: Pack) -> None:
    """Keep the pack's files, so that what runs under them can always be compiled again."""
    await connection.execute(
        """
insert into pack_source (digest, pack, version, files) values ($1, $2, $3, $4)
on conflict do nothing""",
        pack.digest,
        pack.id,
        pack.version,
        dict(pack.files),
    )


async def insert_terms(
    connection: asyncpg.Connection[Any],
    tenant: int,
    scene: int,
    number: int,
    pack: Pack,
    order: SceneOrder,
    actor: str,
) -> None:
    """Write what the scene is configured to be."""
    await connection.execute(
        """
insert into terms (tenant, scene, number, digest, variant, options, parts, added, products,
                   created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        tenant,
        scene,
        number,
        pack.digest,
        order.variant,
        dict(order.options),
        dict(order.parts),
        [dict(step) for step in order.added],
        list(order.products),
        actor,
    )


async def create_scene(
    connection: asyncpg.Connection[Any], tenant: int, pack: Pack, order: SceneOrder, actor: str
) -> int:
    """Create the scene as a draft and return its id. The caller's transaction decides.

    Raises: Invalid (configuration, reference), Conflict (the reference is taken),
    Refused("quota.exceeded").
    """
    check_ref(order.ref)
    await admit(connection, [tenant])
    zone = await connection.fetchval("select zone from tenant where id = $1", tenant)
    configured(pack, order, zone)
    await check_quota(connection, tenant, "scenes")
    stamp = await lock(connection, tenant)
    await store_pack(connection, pack)
    scene: int | None = await connection.fetchval(
        """
insert into scene (tenant, ref, name, pack, profile) values ($1, $2, $3, $4, $5)
on conflict do nothing returning id""",
        tenant,
        order.ref,
        order.name,
        pack.id,
        dict(order.profile),
    )
    if scene is None:
        raise Conflict(f"there is a scene {order.ref} already", code="scene.exists", param="ref")
    await insert_terms(connection, tenant, scene, 1, pack, order, actor)
    await log(connection, stamp, tenant, scene, "scene.created", actor, pack=pack.id, ref=order.ref)
    return scene
