"""The register: every scene that has gone live and every candidate, each in one entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.planning import store
from enscene.operations.planning.entry import (
    LINE_MOST,
    NAME_MOST,
    REF,
    Content,
    Entry,
    changed,
    differences,
    filled,
)
from enscene.operations.planning.rules import Rules, rules_in_force
from enscene.scenes.language import Pack
from enscene.shelf.day_count import months_later

Packs = Mapping[str, Pack]


@dataclass(frozen=True, slots=True)
class Version:
    """What an entry said from then on; `fields` are those that it says otherwise than before."""

    version: int
    what: str
    note: str
    fields: tuple[str, ...]
    content: Content
    changed_by: str
    changed_at: datetime


async def list_entries(
    source: operations_store.Source, tenant: int, packs: Packs
) -> tuple[Entry, ...]:
    """All, the latest first. What nobody has said of one is told by its template."""
    async with operations_store.reading(source, tenant) as connection:
        return await _read(connection, tenant, packs, None)


async def read_entry(source: operations_store.Source, tenant: int, ref: str, packs: Packs) -> Entry:
    """One. Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        found = await _read(connection, tenant, packs, ref)
    if not found:
        raise NotFound(f"there is no entry {ref[:60]!r}", code="planning.not_found")
    return found[0]


async def _read(
    connection: operations_store.Connection, tenant: int, packs: Packs, ref: str | None
) -> tuple[Entry, ...]:
    rules = (await rules_in_force(connection, tenant)).rules
    zone = (await operations_store.read_clock(connection, tenant))["zone"]
    found = {}
    for row in await store.read_untouched(connection, tenant, ref):
        made = _of_scene(row, rules, local_day(row["live_at"], zone))
        found[row["ref"]] = Entry(
            None, row["ref"], 0, filled(made, packs), "", row["live_at"], None, row["id"],
            row["ref"], row["state"], row["live_at"],
        )  # fmt: skip
    for row in await store.read_entries(connection, tenant, ref):
        values = dict(row) | {"content": filled(msgspec.convert(row["content"], Content), packs)}
        live = found.get(row["ref"])
        if live is not None:
            # A candidate that a scene of its reference has made good.
            values |= {"scene": live.scene, "scene_ref": live.ref, "live_at": live.live_at,
                       "scene_state": live.scene_state}  # fmt: skip
        found[row["ref"]] = Entry(**values)
    return tuple(sorted(found.values(), key=lambda each: (-each.made_at.timestamp(), each.ref)))


def _of_scene(row: operations_store.Row, rules: Rules, day: date) -> Content:
    """What is known of a scene that nobody has described."""
    profile = row["profile"]
    return Content(
        name=row["name"][:NAME_MOST], pack=row["pack"], region=profile_text(profile, "region"),
        unit=profile_text(profile, "unit"), customer=profile_text(profile, "customer"),
        next_review=months_later(day, rules.review_months["ordinary"]),
    )  # fmt: skip


def profile_text(profile: Mapping[str, Any], name: str) -> str:
    """What a scene's profile says, as far as an entry has room for it."""
    return str(profile.get(name) or "")[:NAME_MOST]


def matches(entry: Entry, wanted: str, *more: str) -> bool:
    """Whether a word stands in the name, reference, sector, unit, customer, owner or region, or in
    what else the caller knows of it."""
    content = entry.content
    texts = (entry.ref, content.name, content.sector, content.unit, content.customer,
             content.owner, content.region, *more)  # fmt: skip
    return any(wanted.casefold().strip() in text.casefold() for text in texts)


async def add_candidate(
    source: operations_store.Source, tenant: int, ref: str, values: Mapping[str, Any],
    packs: Packs, who: str,
) -> UUID:  # fmt: skip
    """Enter a candidate. Raises: Invalid, Conflict("planning.ref_taken")."""
    if not re.fullmatch(REF, ref):
        raise Invalid("small letters, digits, _ and -", code="planning.ref", param="ref")
    async with operations_store.writing(source, tenant) as connection:
        rules = (await rules_in_force(connection, tenant)).rules
        clock = await operations_store.read_clock(connection, tenant)
        content = changed(Content(name=""), values)
        if content.next_review is None:
            today = local_day(clock["now"], clock["zone"])
            due = months_later(today, rules.review_months[content.level])
            content = msgspec.structs.replace(content, next_review=due)
        await _check(connection, tenant, ref, None, content, packs, rules)
        if await store.read_untouched(connection, tenant, ref):
            raise Conflict("a scene has this reference", code="planning.ref_taken")
        return await _insert(
            connection, tenant, ref, None, filled(content, packs), who, clock["now"]
        )


async def _insert(
    connection: operations_store.Connection, tenant: int, ref: str, scene: int | None,
    content: Content, who: str, at: datetime,
) -> UUID:  # fmt: skip
    number = new_uuid()
    if not await store.insert_entry(connection, tenant, number, ref, scene, who, at):
        raise Conflict("there is an entry of this reference", code="planning.ref_taken")
    values = msgspec.to_builtins(content)
    await store.add_version(connection, tenant, number, 1, "made", "", values, who, at)
    return number


async def _check(
    connection: operations_store.Connection, tenant: int, ref: str, before: Content | None,
    content: Content, packs: Packs, rules: Rules,
) -> None:  # fmt: skip
    """What one entry alone cannot know. Raises: Invalid, Conflict("planning.flagships")."""
    if (
        content.pack
        and content.pack not in packs
        and (before is None or before.pack != content.pack)
    ):
        raise Invalid("there is no such template", code="planning.pack", param="pack")
    others = {each.ref: each for each in await _read(connection, tenant, {}, None)}
    for link in content.links:
        if link == ref or link not in others:
            raise Invalid("there is no other entry of this reference", code="planning.link",
                          param="links", facts={"link": link[:40]})  # fmt: skip
    if content.flagship is not None:
        marked = sum(each.is_flagship for each in others.values() if each.ref != ref)
        if marked >= rules.flagships_most:
            raise Conflict(
                "there are as many flagships as there may be", code="planning.flagships",
                facts={"most": rules.flagships_most},
            )  # fmt: skip


async def locked(connection: operations_store.Connection, tenant: int, ref: str, who: str) -> UUID:
    """The number of an entry that nobody else changes meanwhile; that of a scene which went live
    without one is made. Raises: NotFound."""
    for row in await store.read_untouched(connection, tenant, ref):
        await enter_scene(connection, tenant, row["id"], who)
    number = await store.lock_entry(connection, tenant, ref)
    if number is None:
        raise NotFound(f"there is no entry {ref[:60]!r}", code="planning.not_found")
    return number


async def change_entry(
    source: operations_store.Source, tenant: int, ref: str, version: int | None,
    values: Mapping[str, Any], packs: Packs, who: str,
) -> None:  # fmt: skip
    """Say something otherwise; what it said before stays in its history. `version` is the one that
    was looked at. With another level, and no date of its own, it is reviewed by that level's cycle.

    Raises: NotFound, Invalid, Conflict("planning.version", "planning.dropped", "planning.flagships").
    """
    async with operations_store.writing(source, tenant) as connection:
        await store.lock_register(connection, tenant)
        number = await locked(connection, tenant, ref, who)
        entry = await _present(connection, tenant, ref)
        # A scene's own entry is at version 0 until somebody touches it.
        if version is not None and max(version, 1) != entry.version:
            raise Conflict("it was changed meanwhile", code="planning.version",
                           facts={"version": entry.version})  # fmt: skip
        if entry.state == "dropped":
            raise Conflict("it was dropped", code="planning.dropped")
        # The template of a scene is the scene's own.
        said_now = {
            name: value for name, value in values.items()
            if name != "pack" or entry.scene is None
        }  # fmt: skip
        content = changed(entry.content, said_now)
        rules = (await rules_in_force(connection, tenant)).rules
        clock = await operations_store.read_clock(connection, tenant)
        if content.level != entry.content.level and (
            content.next_review == entry.content.next_review
        ):
            today = local_day(clock["now"], clock["zone"])
            due = months_later(today, rules.review_months[content.level])
            content = msgspec.structs.replace(content, next_review=due)
        if content == entry.content:
            return
        await _check(connection, tenant, ref, entry.content, content, packs, rules)
        await store.add_version(
            connection, tenant, number, entry.version + 1, "changed", "",
            msgspec.to_builtins(content), who, clock["now"],
        )  # fmt: skip


async def _present(connection: operations_store.Connection, tenant: int, ref: str) -> Entry:
    """As it was said itself, without what its template adds."""
    (found,) = await _read(connection, tenant, {}, ref)
    return found


async def review_entry(
    source: operations_store.Source, tenant: int, ref: str, note: str, who: str
) -> date:
    """It was looked at: the next review is due after the cycle of its level. That day.
    Raises: NotFound, Invalid, Conflict("planning.dropped")."""
    async with operations_store.writing(source, tenant) as connection:
        number = await locked(connection, tenant, ref, who)
        entry = await _present(connection, tenant, ref)
        if entry.is_over:
            raise Conflict("it is over", code="planning.dropped")
        rules = (await rules_in_force(connection, tenant)).rules
        clock = await operations_store.read_clock(connection, tenant)
        today = local_day(clock["now"], clock["zone"])
        due = months_later(today, rules.review_months[entry.content.level])
        content = msgspec.structs.replace(entry.content, next_review=due)
        await store.add_version(
            connection, tenant, number, entry.version + 1, "reviewed", said(note),
            msgspec.to_builtins(content), who, clock["now"],
        )  # fmt: skip
    return due


def said(note: str) -> str:
    """A sentence. Raises: Invalid("planning.note")."""
    text = note.strip()
    if not text or len(text) > LINE_MOST:
        raise Invalid("a sentence", code="planning.note", param="note")
    return text


async def drop_candidate(
    source: operations_store.Source, tenant: int, ref: str, note: str, who: str
) -> None:
    """It is pursued no further. Raises: NotFound, Invalid, Conflict("planning.no_candidate")."""
    async with operations_store.writing(source, tenant) as connection:
        number = await locked(connection, tenant, ref, who)
        entry = await _present(connection, tenant, ref)
        if entry.state != "candidate":
            raise Conflict("it is no open candidate", code="planning.no_candidate")
        clock = await operations_store.read_clock(connection, tenant)
        await store.add_version(
            connection, tenant, number, entry.version + 1, "dropped", said(note),
            msgspec.to_builtins(entry.content), who, clock["now"],
        )  # fmt: skip
        await store.drop_entry(connection, tenant, number, clock["now"])


async def enter_scene(
    connection: operations_store.Connection, tenant: int, scene: int, who: str
) -> None:
    """A scene is live: it has its entry from now on, and no second one. A candidate of its reference
    becomes that entry."""
    for row in await store.read_untouched(connection, tenant, scene=scene):
        if await store.read_entries(connection, tenant, row["ref"]):
            await _tie(connection, tenant, row["ref"], scene, who)
            return
        rules = (await rules_in_force(connection, tenant)).rules
        clock = await operations_store.read_clock(connection, tenant)
        content = _of_scene(row, rules, local_day(row["live_at"], clock["zone"]))
        await _insert(connection, tenant, row["ref"], scene, content, who, clock["now"])


async def take_scene(
    connection: operations_store.Connection, tenant: int, entry: UUID, scene: int, who: str
) -> None:
    """The candidate has become that scene. Where the scene has an entry of its own already, that one
    stays, and the candidate ends in it."""
    ref = await store.ref_of_entry(connection, tenant, entry)
    await store.lock_entry(connection, tenant, ref)
    own = await store.entry_of_scene(connection, tenant, scene)
    if own is None:
        await _tie(connection, tenant, ref, scene, who)
    elif own != ref:
        present = await _present(connection, tenant, ref)
        clock = await operations_store.read_clock(connection, tenant)
        await store.add_version(
            connection, tenant, entry, present.version + 1, "dropped", own,
            msgspec.to_builtins(present.content), who, clock["now"],
        )  # fmt: skip
        await store.drop_entry(connection, tenant, entry, clock["now"])


async def _tie(
    connection: operations_store.Connection, tenant: int, ref: str, scene: int, who: str
) -> None:
    number = await store.lock_entry(connection, tenant, ref)
    assert number is not None
    entry = await _present(connection, tenant, ref)
    clock = await operations_store.read_clock(connection, tenant)
    await store.add_version(
        connection, tenant, number, entry.version + 1, "scene", "",
        msgspec.to_builtins(entry.content), who, clock["now"],
    )  # fmt: skip
    await store.set_scene(connection, tenant, number, scene)


async def read_history(
    source: operations_store.Source, tenant: int, entry: Entry
) -> tuple[Version, ...]:
    """Every version, the latest first; none of one that nobody has touched."""
    if entry.id is None:
        return ()
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_versions(connection, tenant, entry.id)
    found: list[Version] = []
    before: Content | None = None
    for row in rows:
        content = msgspec.convert(row["content"], Content)
        fields = differences(before, content)
        found.append(Version(row["version"], row["what"], row["note"], fields, content,
                             row["changed_by"], row["changed_at"]))  # fmt: skip
        before = content
    return tuple(reversed(found))
