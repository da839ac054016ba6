"""Legal limits of data: uses to which no consent entitles, refused and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec
import yaml

from enscene.customers.authorizations import store
from enscene.customers.authorizations.asked import PURPOSES
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden

FILE = Path(__file__).parents[4] / "admission" / "data_limits.yaml"


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields by thing of a pack that are opened for `only` these purposes, by which law."""

    id: str
    pack: str
    things: Mapping[str, Sequence[str]]
    only: Sequence[str]
    law: str
    law_en: str
    zh: str
    en: str


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, as of a version."""

    version: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class ForbiddenUse:
    """A use that was refused. `fields` are `thing.field`; `at` is the real time."""

    id: int
    app: str
    scene: str
    party: str
    purpose: str
    limit: str
    fields: list[str]
    at: datetime


@cache
def read_limits(file: Path = FILE) -> Limits:
    """What stands in the file."""
    told = msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), Limits)
    for limit in told.limits:
        assert set(limit.only) < set(PURPOSES), limit.id
    return told


def find_limits(
    pack: str, things: Mapping[str, Sequence[str]], purpose: str
) -> list[tuple[Limit, list[str]]]:
    """Which limits these fields run against when they are read for the purpose."""
    found = []
    for limit in read_limits().limits:
        if limit.pack != pack or purpose in limit.only:
            continue
        hit = [
            f"{thing}.{name}"
            for thing, names in things.items()
            for name in names
            if name in (known := limit.things.get(thing, ())) or "*" in known
        ]
        if hit:
            found.append((limit, sorted(hit)))
    return found


@control("forbidden_use")
def check_use(found: Sequence[tuple[Limit, list[str]]]) -> None:
    """Raises: Forbidden("consent.forbidden_use")."""
    for limit, fields in found:
        raise Forbidden(
            f"the law does not allow this use: {limit.en}",
            code="consent.forbidden_use",
            param=fields[0],
            hint="ask for another consent without these fields",
            facts={"limit": limit.id, "law": limit.law, "fields": fields},
        )


async def note_forbidden(
    pool: store.Pool,
    tenant: int,
    app: int,
    scene: str,
    party: str,
    purpose: str,
    found: Sequence[tuple[Limit, list[str]]],
) -> None:
    """Keep that it was tried."""
    async with store.admitted(pool, tenant) as connection:
        for limit, fields in found:
            await store.insert_forbidden(
                connection, tenant, app, scene, party, purpose, limit.id, fields
            )


async def find_forbidden(
    connection: store.Connection,
    tenant: int,
    *,
    party: str | None = None,
    app: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[ForbiddenUse]:
    """Newest first; `before` is the number of the last one of the page before."""
    rows = await store.read_forbidden(connection, tenant, party, app, before, limit)
    return [ForbiddenUse(*row) for row in rows]
