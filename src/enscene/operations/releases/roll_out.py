"""Bring a version of a template to all scenes that run on another: each in a unit of its own.

A tenant's options, parts, steps and products stay. Whoever is stopped in between leaves scenes
that wait, and anybody may go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, EnsceneError, Refused
from enscene.operations.releases import store
from enscene.operations.releases.release import PLATFORM, Release, read_release
from enscene.scenes.administer import SceneOrder, change_terms
from enscene.scenes.language import Pack
from enscene.tenants import Tenant
from enscene.tenants.store import Pool, admitted
from enscene.work.tickets.plan_release import release_tickets

TOGETHER = 20
WHY_MOST = 300


async def begin_roll_out(
    pool: Pool, tenant: int, release: UUID, pack: Pack | None, tenants: Sequence[Tenant], who: str
) -> Release:
    """Name every scene of the pack in sight as one that waits; nothing has changed by that. Without
    a pack it is the platform, which all have at once.

    Raises: NotFound, Refused("release.second_person"), Conflict("release.version",
    "release.begun").
    """
    found, _ = await read_release(pool, tenant, release)
    if found.what != PLATFORM and (pack is None or pack.version != found.version):
        there = "—" if pack is None else pack.version
        raise Conflict(
            f"the template is at {there}, the release tells of {found.version}",
            code="release.version",
            facts={"template": there, "release": found.version},
        )
    check_second(found.made_by, who)
    ids = [each.id for each in tenants if each.state == "open"]
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant, *ids])
        if not await store.begin(connection, tenant, release, who):
            raise Conflict("it has begun", code="release.begun")
        if pack is not None:
            scenes = await store.read_scenes(connection, ids, pack.id)
            await store.insert_targets(connection, tenant, release, scenes)
    return (await read_release(pool, tenant, release))[0]


@control("release_second_person")
def check_second(made_by: str, who: str) -> None:
    """Raises: Refused("release.second_person")."""
    if made_by == who:
        raise Refused(
            "somebody other than who told of it begins", code="release.second_person",
            hint="ask another operator",
        )  # fmt: skip


async def go_on(
    pool: Pool, tenant: int, release: UUID, pack: Pack | None, tenants: Sequence[Tenant]
) -> bool:
    """Bring it to some scenes that wait; False when none is left: then the wishes that it brings
    are solved. Two may do it at once: a scene is brought over once."""
    async with admitted(pool, tenant, readonly=True) as connection:
        waiting = await store.next_targets(connection, tenant, release, TOGETHER)
    for target, scene in waiting:
        assert pack is not None, "the platform goes to no scene"
        await _bring(pool, tenant, release, target, scene, pack)
    if waiting:
        return True
    async with admitted(pool, tenant) as connection:
        ended = await store.end(connection, tenant, release)
    if ended:
        found, _ = await read_release(pool, tenant, release)
        said = f"{found.what} {found.version}"
        who = found.begun_by or found.made_by
        await release_tickets(pool, [each.id for each in tenants], release, who, said)
    return False


async def _bring(
    pool: Pool, tenant: int, release: UUID, target: int, scene: str, pack: Pack
) -> None:
    state, why = "done", ""
    try:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [target])
            terms = await store.read_terms(connection, target, scene)
            if terms is None:
                state, why = "refused", "the scene is gone"
            elif terms["digest"] == pack.digest:
                state = "same"
            else:
                order = SceneOrder(
                    scene, terms["name"], terms["variant"], terms["options"], terms["parts"],
                    terms["added"], terms["products"],
                )  # fmt: skip
                await change_terms(
                    connection, target, scene, pack, order, f"release {pack.version}"
                )
    except EnsceneError as error:
        mistakes = (error.facts or {}).get("mistakes")
        told = "; ".join(map(str, mistakes)) if isinstance(mistakes, list) else ""
        state, why = "refused", (told or error.detail)[:WHY_MOST]
    async with admitted(pool, tenant) as connection:
        await store.settle(connection, tenant, release, target, scene, state, why)
