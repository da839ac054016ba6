"""Compare a candidate with the scenes that run and the requests that are open, before money is spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from enscene.kernel.errors import Invalid
from enscene.operations import store as operations_store
from enscene.operations.launch import Wish
from enscene.operations.likely_duplicates import Likeness, Wanted, find_likely
from enscene.operations.planning import store
from enscene.operations.planning.entry import Entry
from enscene.operations.planning.register import locked, read_entry
from enscene.operations.templates import Templates


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found when the entry was at that version."""

    version: int
    found: tuple[Likeness, ...]
    compared_by: str
    compared_at: datetime


async def compare_entry(
    source: operations_store.Source, tenant: int, ref: str, templates: Templates, who: str
) -> tuple[Likeness, ...]:
    """Likely duplicates by template, structure, sector, region, customer and name; kept, so that
    whoever approves sees them. Raises: NotFound, Invalid("planning.no_pack")."""
    async with operations_store.writing(source, tenant) as connection:
        number = await locked(connection, tenant, ref, who)
        entry = await read_entry(connection, tenant, ref, {})
        content = entry.content
        if content.pack not in templates.packs:
            raise Invalid("it has no template", code="planning.no_pack", param="pack")
        wish = Wish(ref=ref, name=content.name, region=content.region, customer=content.customer)
        wanted = Wanted(content.pack, wish, entry.scene_ref)
        found = tuple(await find_likely(connection, tenant, templates, wanted))
        clock = await operations_store.read_clock(connection, tenant)
        kept = [{"title": each.title, "ref": each.ref, "state": each.state,
                 "same": list(each.same)} for each in found]  # fmt: skip
        await store.put_comparison(
            connection, tenant, number, entry.version, kept, who, clock["now"]
        )
    return found


async def read_comparison(
    source: operations_store.Source, tenant: int, entry: Entry
) -> Comparison | None:
    """The last one of an entry."""
    if entry.id is None:
        return None
    async with operations_store.reading(source, tenant) as connection:
        row = await store.read_comparison(connection, tenant, entry.id)
    if row is None:
        return None
    found = tuple(
        Likeness(each["title"], each["ref"], each["state"], tuple(each["same"]))
        for each in row["found"]
    )
    return Comparison(row["version"], found, row["compared_by"], row["compared_at"])
