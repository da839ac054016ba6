"""Erase a person: in one transaction all that rests on consents ends, and nobody is left to be
named. What was posted stays as it was posted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from enscene.customers.authorizations import end_consent, lock_consent, log_consent
from enscene.customers.erasure import (
    Erased,
    Erasure,
    check_nothing_stands,
    check_ready,
    note_erased,
    read_erasure,
    sweep_person,
    what_stands,
)
from enscene.customers.erasure import store as erasures
from enscene.customers.store import lock
from enscene.engagement import store
from enscene.engagement.applications import (
    end_applications_of,
    lock_applications_under,
    writing,
)
from enscene.engagement.circles import forget_circles
from enscene.engagement.outside import forget_outside
from enscene.engagement.running.store import turn_over
from enscene.engagement.say_consent import end_what_rests
from enscene.engagement.spectrum import forget_customer
from enscene.kernel.errors import NotFound
from enscene.lake import note_erasure
from enscene.scenes.language.model import Field
from enscene.scenes.runtime import RunningScene, SceneHost

Names = dict[int, frozenset[str]]


async def erase_customer(
    pool: store.Pool,
    host: SceneHost,
    tenant: int,
    erasure: UUID,
    who: str,
    *,
    noted_in: Path | None = None,
) -> str:
    """The second person decides that it is done; what the party is called since.

    `noted_in` is the list by which it is done again after a restore. Raises: NotFound, Forbidden
    (who looked at it), Conflict (not to be decided), Refused (something stands against it).
    """
    async with writing(pool, tenant) as connection:
        found = await read_erasure(connection, tenant, erasure)
    names = await names_of(pool, host, tenant, found.party)
    async with writing(pool, tenant) as connection:
        found = await read_erasure(connection, tenant, erasure)
        check_ready(found, who, "erase")
        check_nothing_stands(await what_stands(connection, tenant, found.party, found.ref))
        await _end_everything(connection, host, tenant, found)
        # What was begun before the shard was held is committed by now, and told here as well.
        check_nothing_stands(await what_stands(connection, tenant, found.party, found.ref))
        opaque = f"erased-{secrets.token_hex(8)}"
        changed = await sweep_person(connection, tenant, found.party, opaque, names)
        await note_erasure(connection, tenant, changed)
        await turn_over(connection, tenant)
        stamp = await lock(connection, tenant)
        await erasures.end_erasure(
            connection, tenant, erasure, "erased", who, opaque, stamp.base + 1
        )
        if noted_in is not None:
            row = await erasures.read_party(connection, tenant, found.party)
            assert row is not None, "it was erased just now"
            since = row["created_at"].isoformat()
            note_erased(noted_in, Erased(tenant, found.party, opaque, found.number, since))
    return opaque


async def erase_again(pool: store.Pool, host: SceneHost, gone: Iterable[Erased]) -> int:
    """Erase those of a list who are here as they were before: after a restore. How many."""
    done = 0
    for each in gone:
        names = await names_of(pool, host, each.tenant, each.party)
        async with writing(pool, each.tenant) as connection:
            row = await erasures.read_party(connection, each.tenant, each.party)
            if row is None or row["created_at"].isoformat() != each.since:
                continue  # of another database
            if row["ref"] == each.opaque:
                continue
            await _end_consents(connection, host, each.tenant, each.party, row["ref"])
            changed = await sweep_person(connection, each.tenant, each.party, each.opaque, names)
            await note_erasure(connection, each.tenant, changed)
            await turn_over(connection, each.tenant)
            await erasures.restate_erasure(
                connection, each.tenant, each.party, each.opaque, each.number
            )
            done += 1
    return done


async def names_of(pool: store.Pool, host: SceneHost, tenant: int, party: int) -> Names:
    """By scene, the fields of texts that may identify a person: of things and of what actions
    are given."""
    async with writing(pool, tenant) as connection:
        scenes = await erasures.read_scenes(connection, tenant, party)
    found: Names = {}
    for number in scenes:
        try:
            scene = await host.catalogue.scene_by_id(tenant, number)
        except NotFound:
            continue
        found[number] = frozenset(_identifying(scene))
    return found


def _identifying(scene: RunningScene) -> Iterable[str]:
    holders = [thing.fields for thing in scene.pack.things.values()]
    holders += [action.input for action in scene.pack.actions.values()]
    for fields in holders:
        for field in fields.values():
            if _identifies(field):
                yield field.name


def _identifies(field: Field) -> bool:
    kind = field.type.item or field.type
    return field.level in ("C2", "C3") and kind.name == "text"


async def _end_everything(
    connection: store.Connection, host: SceneHost, tenant: int, found: Erasure
) -> None:
    """Consents, permissions in scenes, open applications; and whoever had the person's data by a
    consent is told by the number of that consent alone."""
    await _end_consents(connection, host, tenant, found.party, found.ref)
    for grant in await erasures.read_grants(connection, tenant, found.ref):
        stamp = await lock(connection, tenant)
        await log_consent(
            connection, stamp, tenant, "customer.erased", grant["app"], grant["id"],
            party=found.ref, scene=grant["scene"], purpose=grant["purpose"],
        )  # fmt: skip


async def _end_consents(
    connection: store.Connection, host: SceneHost, tenant: int, party: int, ref: str
) -> None:
    open_now = [g for g in await erasures.read_grants(connection, tenant, ref) if g["open"]]
    for grant in open_now:
        await lock_consent(connection, tenant, grant["id"], ref)
        await lock_applications_under(connection, tenant, grant["id"])
    await lock(connection, tenant)
    for grant in open_now:
        await end_consent(connection, tenant, grant["id"], ref)
    await store.lock_party(connection, tenant, ref)
    for grant in open_now:
        await end_what_rests(connection, tenant, ref, grant=grant["id"], host=host)
    for agreed in await erasures.read_agreed(connection, tenant, party):
        await end_what_rests(connection, tenant, ref, scene=agreed["scene"], item=agreed["item"])
    await erasures.end_agreed(connection, tenant, party)
    await forget_customer(connection, tenant, party)
    await forget_circles(connection, tenant, party)
    await forget_outside(connection, tenant, ref)
    await store.dismiss_all_offers(connection, tenant, party)
    await end_applications_of(connection, tenant, party)
