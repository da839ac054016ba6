"""The registers of a tenant and of all below it in one list: a bank's, seen from its top."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from enscene.commit import admit
from enscene.operations.planning import store
from enscene.operations.planning.entry import Content, Entry, filled
from enscene.operations.planning.register import Packs, profile_text
from enscene.operations.store import Pool, Row
from enscene.tenants import Tenant, list_below

SHOWN = ("name", "route", "mode", "serves", "sector", "level", "owner", "unit", "region", "pack",
         "next_review", "lines")  # fmt: skip
"""What is told of those below: nothing of their customers, nor what is known of the industry."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry and whose register it stands in."""

    tenant: Tenant
    entry: Entry


async def list_bank_wide(pool: Pool, tenant: int, packs: Packs) -> tuple[Listed, ...]:
    """Own entries and those of all tenants below that are open, in the order of the tree, by name."""
    tenants = {each.id: each for each in await list_below(pool, tenant) if each.state == "open"}
    numbers = list(tenants)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, numbers)
        rows = await store.read_entries_of(connection, numbers)
        untouched = await store.read_untouched_of(connection, numbers)
    found: dict[tuple[int, str], Entry] = {}
    for row in untouched:
        content = Content(
            name=row["name"],
            pack=row["pack"],
            region=profile_text(row["profile"], "region"),
            unit=profile_text(row["profile"], "unit"),
        )
        found[row["tenant"], row["ref"]] = Entry(
            None, row["ref"], 0, filled(content, packs), "", row["live_at"], None, row["scene"],
            row["ref"], row["scene_state"], row["live_at"],
        )  # fmt: skip
    for row in rows:
        found[row["tenant"], row["ref"]] = _entry(
            row, packs, found.get((row["tenant"], row["ref"]))
        )
    place = {number: at for at, number in enumerate(numbers)}
    keys = sorted(found, key=lambda key: (place[key[0]], found[key].content.name, key[1]))
    return tuple(Listed(tenants[key[0]], found[key]) for key in keys)


def _entry(row: Row, packs: Packs, live: Entry | None) -> Entry:
    said = filled(msgspec.convert(row["content"], Content), packs)
    content = msgspec.structs.replace(
        Content(name=said.name), **{name: getattr(said, name) for name in SHOWN}
    )
    scene = (row["scene"], row["scene_ref"], row["scene_state"], row["live_at"])
    if live is not None:
        scene = (live.scene, live.scene_ref, live.scene_state, live.live_at)
    return Entry(
        row["id"], row["ref"], row["version"], content, row["made_by"], row["made_at"],
        row["dropped_at"], *scene, row["project"],
    )  # fmt: skip
