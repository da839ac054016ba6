"""The catalogue of a tenant's scenes, with today's figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from enscene.kernel.errors import NotFound
from enscene.operations import store


@dataclass(frozen=True, slots=True)
class SceneCard:
    """A scene as the catalogue shows it. `acts`, `transfers` and `minor` (turnover in minor
    units) are those of the tenant's present day."""

    id: int
    ref: str
    name: str
    pack: str
    state: str
    terms: int
    profile: dict[str, Any]
    created_at: datetime
    live_at: datetime | None
    people: int
    acts: int
    transfers: int
    minor: int


def start_of_day(now: datetime, zone: str) -> datetime:
    """When the tenant's present day began."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


async def list_scenes(source: store.Source, tenant: int) -> list[SceneCard]:
    """All scenes of a tenant, newest first."""
    async with store.reading(source, tenant) as connection:
        return await _cards(connection, tenant, None)


async def read_scene_card(source: store.Source, tenant: int, ref: str) -> SceneCard:
    """One scene. Raises: NotFound."""
    async with store.reading(source, tenant) as connection:
        cards = await _cards(connection, tenant, ref)
    if not cards:
        raise NotFound(f"there is no scene {ref[:60]!r}", code="scene.not_found")
    return cards[0]


async def _cards(connection: store.Connection, tenant: int, ref: str | None) -> list[SceneCard]:
    clock = await store.read_clock(connection, tenant)
    since = start_of_day(clock["now"], clock["zone"])
    rows = await store.list_scenes(connection, tenant, since, ref)
    return [SceneCard(**dict(row)) for row in rows]
