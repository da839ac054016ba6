"""Check every scene with customers against what holds now: language, template, levels, shared parts."""

from __future__ import annotations

import asyncio
import platform
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from enscene import __version__
from enscene.blocks import LIBRARY
from enscene.commit import admit
from enscene.operations.standard import store
from enscene.operations.store import Pool
from enscene.operations.templates import Templates
from enscene.scenes.language import AddedStep, Pack, configure, load_pack_files
from enscene.shelf import Shelf
from enscene.storage.migrations import read_migrations
from enscene.tenants import Tenant

Kind = Literal["language", "template", "level", "product", "quality"]
DEVIATIONS: tuple[Kind, ...] = ("language", "template", "level", "product", "quality")
NOTES: frozenset[Kind] = frozenset({"quality"})
"""What its author has said to be open yet: told, and no breach of the standard."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How a scene differs from the standard. `what` is a mistake of the language, a version, an
    action, a product or a rule; `since` is when it began (None: nobody knows)."""

    tenant: str
    scene: str
    name: str
    pack: str
    kind: Kind
    what: str
    since: datetime | None

    @property
    def is_note(self) -> bool:
        """Whether it is told without being a breach."""
        return self.kind in NOTES


@dataclass(frozen=True, slots=True)
class Used:
    """A shared part in its version, and how many scenes of how many tenants run on it."""

    kind: Literal["template", "block", "product"]
    name: str
    version: str
    scenes: int
    tenants: int


@dataclass(frozen=True, slots=True)
class Standard:
    """The report. All scenes run in one program on one schema: `platform` are its parts by name."""

    scenes: int
    tenants: int
    platform: dict[str, str]
    used: list[Used]
    deviations: list[Deviation]

    @property
    def breaches(self) -> list[Deviation]:
        """Those that are more than notes."""
        return [each for each in self.deviations if not each.is_note]

    @property
    def conform(self) -> int:
        """Scenes without a breach."""
        return self.scenes - len({(each.tenant, each.scene) for each in self.breaches})


async def check_standard(
    pool: Pool, tenants: Sequence[Tenant], templates: Templates, shelf: Shelf
) -> Standard:
    """Check the scenes of these tenants that are in pilot, live or paused."""
    by_id = {tenant.id: tenant for tenant in tenants}
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, list(by_id))
        rows = await store.read_running(connection, list(by_id))
        used = [pack.digest for pack in templates.packs.values()]
        first = await store.first_used(connection, used)
        database = await store.read_database(connection)
    # Beside the loop: packs are compiled, each once.
    judged = await asyncio.to_thread(
        lambda: [_judge(by_id[row["tenant"]], row, templates, shelf, first) for row in rows]
    )
    return Standard(
        len(rows), len({row["tenant"] for row in rows}),
        {"enscene": __version__, "python": platform.python_version(), "postgresql": database,
         "schema": str(len(read_migrations()))},
        _count_used([(row["tenant"], pack) for row, (pack, _) in zip(rows, judged, strict=True)],
                    shelf),
        [each for _, found in judged for each in found],
    )  # fmt: skip


def _judge(
    tenant: Tenant, row: store.Row, templates: Templates, shelf: Shelf,
    first: dict[str, datetime],
) -> tuple[Pack | None, list[Deviation]]:  # fmt: skip
    """A scene's pack as the language of now reads it, and how it deviates."""
    found: list[Deviation] = []

    def add(kind: Kind, what: str, since: datetime | None) -> None:
        found.append(Deviation(tenant.ref, row["ref"], row["name"], row["pack"], kind, what, since))

    present = templates.packs.get(row["pack"])
    if present is None:
        add("template", f"{row['version']} → —", None)
    elif present.digest != row["digest"]:
        # A scene deviates since the present template was first taken by any other.
        add("template", f"{row['version']} → {present.version}", first.get(present.digest))
    loaded = load_pack_files(row["files"], zone=tenant.zone)
    configured = loaded
    if loaded.pack is not None:
        added = [AddedStep(step["action"], step["index"], step["step"]) for step in row["added"]]
        configured = configure(
            loaded.pack, variant=row["variant"], options=row["options"], parts=row["parts"],
            added_steps=added, zone=tenant.zone,
        )  # fmt: skip
    pack = configured.pack
    if pack is None:
        for mistake in configured.mistakes[:1]:
            add("language", f"{mistake.file}:{mistake.line} {mistake.code}", None)
        return None, found
    for action in pack.actions.values():
        if action.level == "A1" and (action.flows or action.accounts):
            add("level", action.name, row["created_at"])
    for product in pack.products.values():
        if product.shelf not in shelf.products:
            add("product", product.shelf, None)
    for rule in pack.quality:
        if rule.said == "todo":
            add("quality", rule.rule, row["created_at"])
    return pack, found


def _count_used(running: Iterable[tuple[int, Pack | None]], shelf: Shelf) -> list[Used]:
    """Templates, blocks and products in their versions, the most used first."""
    scenes: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for tenant, pack in running:
        if pack is None:
            continue
        parts = {("template", pack.id, pack.version)}
        for action in pack.actions.values():
            parts |= {("block", s.block, LIBRARY[s.block].version) for s in action.steps}
        for product in pack.products.values():
            if product.shelf in shelf.products:
                parts.add(("product", product.shelf, str(shelf.products[product.shelf].version)))
        for part in parts:
            scenes[part].append(tenant)
    found = [
        Used(kind, name, version, len(where), len(set(where)))  # type: ignore[arg-type]
        for (kind, name, version), where in scenes.items()
    ]
    order = ("template", "block", "product")
    return sorted(found, key=lambda each: (order.index(each.kind), -each.scenes, each.name))
