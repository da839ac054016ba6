"""The maker's half of a launch: choose a template, fill it, submit it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.errors import Conflict, Invalid
from enscene.kernel.ids import check_ref, new_uuid
from enscene.operations import store
from enscene.operations.check_wish import check_wish
from enscene.operations.launch import Launch, Wish, read_launch
from enscene.operations.templates import Templates
from enscene.scenes.language import Pack

NAME_MOST = 60


async def begin_launch(pool: store.Pool, tenant: int, pack: Pack, who: str) -> UUID:
    """Choose a template for a new scene; the time to its opening runs from here."""
    launch = new_uuid()
    wish = Wish(name=pack.text("title"), ref=f"{pack.id}_{str(launch)[-4:]}")
    wish = msgspec.structs.replace(wish, products=list(pack.products))
    async with store.writing(pool, tenant) as connection:
        await store.insert_launch(
            connection, tenant, launch, "new", None, pack.id, _plain(wish), who
        )
    return launch


async def begin_change(
    pool: store.Pool, tenant: int, scene: str, who: str, *, terms: int | None = None
) -> UUID:
    """Prepare other terms for a scene, from its present ones or from earlier `terms`."""
    async with store.writing(pool, tenant) as connection:
        clock = await store.read_clock(connection, tenant)
        cards = await store.list_scenes(connection, tenant, clock["now"], scene)
        if not cards:
            raise Conflict(f"there is no scene {scene}", code="scene.not_found")
        card = cards[0]
        rows = await store.read(connection, "terms", tenant, card["id"])
        number = card["terms"] if terms is None else terms
        row = next((row for row in rows if row["number"] == number), None)
        if row is None:
            raise Invalid(f"there are no terms {number}", code="scene.no_terms", param="terms")
        profile = card["profile"]
        wish = Wish(
            ref=scene,
            name=card["name"],
            variant=row["variant"],
            options=row["options"],
            parts=row["parts"],
            added=row["added"],
            products=row["products"],
            region=profile.get("region", ""),
            unit=profile.get("unit", ""),
            customer=profile.get("customer", ""),
            origins=profile.get("origins", []),
        )
        launch = new_uuid()
        await store.insert_launch(
            connection, tenant, launch, "change", scene, card["pack"], _plain(wish), who
        )
    return launch


async def save_wish(pool: store.Pool, tenant: int, launch: UUID, wish: Wish) -> None:
    """Keep what was filled in; an earlier rehearsal no longer counts.

    Raises: Conflict (it was submitted by now).
    """
    async with store.writing(pool, tenant) as connection:
        row = await store.read_launch(connection, tenant, launch, lock=True)
        if row is not None and row["wish"] == _plain(wish):
            return
        await _update(
            connection, tenant, launch, ["draft", "returned"], wish=_plain(wish), rehearsal=None
        )


async def keep_rehearsal(
    pool: store.Pool, tenant: int, launch: UUID, wish: Wish, rehearsal: dict[str, Any]
) -> None:
    """Keep what the rehearsal of a wish gave, unless something else is wished by now."""
    async with store.writing(pool, tenant) as connection:
        row = await store.read_launch(connection, tenant, launch, lock=True)
        if row is None or row["wish"] != _plain(wish):
            return
        await _update(connection, tenant, launch, ["draft", "returned"], rehearsal=rehearsal)


async def submit_launch(
    pool: store.Pool, tenant: int, templates: Templates, launch: UUID, who: str, zone: str
) -> None:
    """Put a wish before a second person.

    Raises: Invalid (it does not pass the checks, has no name), Conflict.
    """
    found = await read_launch(pool, tenant, launch)
    pack = templates.get(found.pack)
    check_described(found.wish)
    checked = await check_wish(pack, found.wish, zone)
    if checked.mistakes:
        first = checked.mistakes[0]
        raise Invalid(first.message, code="launch.mistakes", param=first.path, hint=first.hint)
    async with store.writing(pool, tenant) as connection:
        if found.kind == "new":
            clock = await store.read_clock(connection, tenant)
            if await store.list_scenes(connection, tenant, clock["now"], found.wish.ref):
                raise Conflict(
                    f"there is a scene {found.wish.ref} already", code="scene.exists", param="ref"
                )
        await _update(
            connection,
            tenant,
            launch,
            ["draft", "returned"],
            state="submitted",
            digest=pack.digest,
            submitted_by=who,
            submitted_at=await connection.fetchval("select clock_timestamp()"),
            decided_by=None,
            decided_at=None,
        )


async def withdraw_launch(pool: store.Pool, tenant: int, launch: UUID) -> None:
    """Give a request up. Raises: Conflict (it was decided)."""
    async with store.writing(pool, tenant) as connection:
        before = ["draft", "submitted", "returned"]
        await _update(connection, tenant, launch, before, state="withdrawn")


def check_described(wish: Wish) -> None:
    """A scene has a name and a reference. Raises: Invalid."""
    check_ref(wish.ref)
    if not 1 <= len(wish.name.strip()) <= NAME_MOST:
        raise Invalid(f"a name has 1 to {NAME_MOST} characters", code="launch.name", param="name")


async def _update(
    connection: store.Connection, tenant: int, launch: UUID, before: list[str], **values: Any
) -> None:
    if not await store.update_launch(connection, tenant, launch, before, **values):
        raise Conflict("the request is in another state by now", code="launch.moved_on")


def _plain(wish: Wish) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(wish)
    return plain


__all__ = [
    "Launch",
    "begin_change",
    "begin_launch",
    "keep_rehearsal",
    "save_wish",
    "submit_launch",
    "withdraw_launch",
]
