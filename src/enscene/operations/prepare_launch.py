"""The maker's half of a launch: choose a template, fill it, submit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store
from enscene.operations.check_wish import check_products, check_wish, refuse_mistakes
from enscene.operations.launch import (
    EDITABLE,
    Launch,
    Wish,
    check_described,
    check_fields,
    lock_launch,
    moved_on,
)
from enscene.operations.templates import Templates
from enscene.scenes.administer import refuse_parts_in_use
from enscene.scenes.language import Pack


async def begin_launch(source: store.Source, tenant: int, pack: Pack, who: str) -> UUID:
    """Choose a template for a new scene; the time to its opening runs from here."""
    launch = new_uuid()
    wish = Wish(name=pack.text("title"), ref=f"{pack.id}_{str(launch)[-4:]}")
    wish = msgspec.structs.replace(wish, products=list(pack.products))
    async with store.writing(source, tenant) as connection:
        await store.insert_launch(
            connection, tenant, launch, "new", None, pack.id, _plain(wish), who
        )
    return launch


async def begin_change(
    source: store.Source, tenant: int, scene: str, who: str, *, terms: int | None = None
) -> UUID:
    """Prepare other terms for a scene, from its present ones or from earlier `terms`."""
    async with store.writing(source, tenant) as connection:
        card, wish = await _wish_of(connection, tenant, scene, terms)
        if card["state"] == "retired":
            raise Conflict("the scene is retired", code="scene.retired")
        launch = new_uuid()
        await store.insert_launch(
            connection, tenant, launch, "change", scene, card["pack"], _plain(wish), who
        )
    return launch


async def read_wish_in_force(source: store.Source, tenant: int, scene: str) -> Wish:
    """What a scene is now, as somebody would have to wish for it. Raises: NotFound."""
    async with store.reading(source, tenant) as connection:
        return (await _wish_of(connection, tenant, scene, None))[1]


async def _wish_of(
    connection: store.Connection, tenant: int, scene: str, terms: int | None
) -> tuple[Mapping[str, Any], Wish]:
    """The scene, and the wish for its present or its earlier terms."""
    clock = await store.read_clock(connection, tenant)
    cards = await store.list_scenes(connection, tenant, clock["now"], scene)
    if not cards:
        raise NotFound(f"there is no scene {scene[:60]!r}", code="scene.not_found")
    card = cards[0]
    rows = await store.read(connection, "terms", tenant, card["id"])
    number = card["terms"] if terms is None else terms
    row = next((row for row in rows if row["number"] == number), None)
    if row is None:
        raise Invalid(f"there are no terms {number}", code="scene.no_terms", param="terms")
    profile = card["profile"]
    return card, Wish(
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


async def save_wish(
    source: store.Source, tenant: int, launch: UUID, wish: Wish, *, version: int | None = None
) -> None:
    """Keep what was filled in; an earlier rehearsal no longer counts. A change keeps the
    reference of its scene.

    Raises: NotFound, Invalid (too long, no origin), Conflict (it was submitted by now, or is not
    the `version` that was looked at).
    """
    check_fields(wish)
    async with store.writing(source, tenant) as connection:
        found = await lock_launch(connection, tenant, launch, version)
        if found.kind == "change":
            wish = msgspec.structs.replace(wish, ref=found.wish.ref)
        if found.wish == wish and found.state in EDITABLE:
            return
        await _update(connection, tenant, launch, EDITABLE, wish=_plain(wish), rehearsal=None)


async def change_wish(
    source: store.Source,
    tenant: int,
    templates: Templates,
    launch: UUID,
    changes: Mapping[str, Any],
    *,
    whole: bool = False,
    version: int | None = None,
) -> None:
    """Change the fields of a wish that are named. Options and parts are changed one by one, None
    takes the template's own again; with `whole` what is not named is as in an empty wish.

    Raises: as `save_wish`; Invalid for a product that the template does not have.
    """
    async with store.writing(source, tenant) as connection:
        found = await lock_launch(connection, tenant, launch, version)
        old = Wish(ref=found.wish.ref) if whole else found.wish
        values = dict(changes)
        for name in ("options", "parts"):
            if name in values:
                merged = {**getattr(old, name), **values[name]}
                values[name] = {key: item for key, item in merged.items() if item is not None}
        wish = msgspec.structs.replace(old, **values)
        check_products(templates.get(found.pack), wish)
        await save_wish(connection, tenant, launch, wish)


async def keep_rehearsal(
    source: store.Source, tenant: int, launch: UUID, wish: Wish, rehearsal: dict[str, Any]
) -> None:
    """Keep what the rehearsal of a wish gave, unless something else is wished by now."""
    async with store.writing(source, tenant) as connection:
        row = await store.read_launch(connection, tenant, launch, lock=True)
        if row is None or row["wish"] != _plain(wish):
            return
        await _update(connection, tenant, launch, EDITABLE, rehearsal=rehearsal)


async def submit_launch(
    source: store.Source,
    tenant: int,
    templates: Templates,
    launch: UUID,
    who: str,
    zone: str,
    *,
    version: int | None = None,
) -> None:
    """Put a wish before a second person.

    Raises: Invalid (it does not pass the checks, has no name), NotFound, Conflict (also a part
    that is in use would go).
    """
    async with store.writing(source, tenant) as connection:
        # Held while it is checked: what is submitted is what was checked.
        found = await lock_launch(connection, tenant, launch, version)
        if found.state not in EDITABLE:
            raise moved_on()
        pack = templates.get(found.pack)
        check_described(found.wish)
        check_products(pack, found.wish)
        checked = await check_wish(pack, found.wish, zone)
        refuse_mistakes(found.wish, checked)
        clock = await store.read_clock(connection, tenant)
        cards = await store.list_scenes(connection, tenant, clock["now"], found.wish.ref)
        if found.kind == "change" and cards and checked.pack is not None:
            await refuse_parts_in_use(connection, tenant, cards[0]["id"], pack, checked.pack)
        if found.kind == "new" and cards:
            raise Conflict(
                f"there is a scene {found.wish.ref} already", code="scene.exists", param="ref"
            )
        await _update(
            connection,
            tenant,
            launch,
            EDITABLE,
            state="submitted",
            digest=pack.digest,
            submitted_by=who,
            submitted_at=clock["now"],
            decided_by=None,
            decided_at=None,
        )


async def withdraw_launch(source: store.Source, tenant: int, launch: UUID) -> None:
    """Give a request up. Raises: NotFound, Conflict (it was decided)."""
    async with store.writing(source, tenant) as connection:
        await lock_launch(connection, tenant, launch)
        before = (*EDITABLE, "submitted")
        await _update(connection, tenant, launch, before, state="withdrawn")


async def _update(
    connection: store.Connection, tenant: int, launch: UUID, before: Sequence[str], **values: Any
) -> None:
    if not await store.update_launch(connection, tenant, launch, before, **values):
        raise moved_on()


def _plain(wish: Wish) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(wish)
    return plain


__all__ = [
    "Launch",
    "begin_change",
    "begin_launch",
    "change_wish",
    "keep_rehearsal",
    "read_wish_in_force",
    "save_wish",
    "submit_launch",
    "withdraw_launch",
]
