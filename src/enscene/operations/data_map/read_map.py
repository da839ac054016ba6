"""The data map of a tenant: every item of every scene that runs, who may use it, who has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from enscene.engagement.moments import ACROSS
from enscene.kernel.errors import NotFound
from enscene.operations.data_map import store
from enscene.operations.data_map.items import Item, items_of
from enscene.operations.data_map.uses import Use, uses_of
from enscene.operations.store import Pool
from enscene.scenes.language import Pack
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.tenants.apps import App, list_apps

DAYS = 30
"""How far back uses are counted, in real days."""


@dataclass(frozen=True, slots=True)
class Served:
    """What an application was served within `DAYS`, for a purpose: answers, records, and when
    last. `what` is an item's id, or `events`, `webhooks`, `applications`, `queries.x`."""

    scene: int
    what: str
    app: str
    purpose: str
    times: int
    records: int
    last: datetime


@dataclass(frozen=True)
class DataMap:
    """As it stands at the moment of reading. `people` are the persons in each scene, by number."""

    scenes: Mapping[int, RunningScene]
    items: list[Item]
    apps: Mapping[str, App]
    people: Mapping[int, int]
    served: list[Served]
    _grants: Mapping[int, list[store.Row]]
    _roles: Mapping[int, list[store.Row]]
    _readers: list[tuple[str, int]]

    def pack(self, item: Item) -> Pack:
        """The pack that an item stands in."""
        return self.scenes[item.scene].pack

    def uses(self, item: Item) -> list[Use]:
        """Who may use it, and why."""
        return uses_of(
            item, self.pack(item), list(self.apps.values()), self._grants.get(item.scene, []),
            self._roles.get(item.scene, []), self._readers,
        )  # fmt: skip

    def served_of(self, item: Item) -> list[Served]:
        """Who has used it, the most first."""
        return self._by_item.get((item.scene, item.id), [])

    def find(self, scene: str, item: str) -> Item:
        """Raises: NotFound."""
        for each in self.items:
            if each.ref == scene and each.id == item:
                return each
        raise NotFound("there are no such data", code="data.not_found", param="item")

    def others_of(self, scene: int) -> list[Served]:
        """What was served of a scene that is no single item: events, queries, applications."""
        known = {item.id for item in self.items if item.scene == scene}
        return [each for each in self.served if each.scene == scene and each.what not in known]

    @cached_property
    def _by_item(self) -> dict[tuple[int, str], list[Served]]:
        found: dict[tuple[int, str], list[Served]] = defaultdict(list)
        for each in self.served:
            found[each.scene, each.what].append(each)
        return found


async def read_data_map(host: SceneHost, pool: Pool, tenant: int) -> DataMap:
    """The map of a tenant's scenes that have customers: in pilot, live, or paused."""
    async with store.reading(pool, tenant) as connection:
        refs = [row["ref"] for row in await store.read(connection, "scenes", tenant)]
    scenes = {scene.id: scene for scene in [await host.catalogue.read(tenant, ref) for ref in refs]}
    ids = list(scenes)
    async with store.reading(pool, tenant) as connection:
        people = await store.read(connection, "people", tenant, ids)
        grants = await store.read(connection, "grants", tenant)
        roles = await store.read(connection, "roles", tenant, ids)
        served = await store.read(connection, "served", tenant, DAYS)
        agreed = await store.read(connection, "agreed", tenant, ACROSS, ids)
    apps = {app.name: app for app in await list_apps(pool, tenant)}
    by_ref = {scene.ref: scene.id for scene in scenes.values()}
    yes = {row["scene"]: row["consents"] for row in agreed}
    return DataMap(
        scenes, [item for scene in scenes.values() for item in items_of(scene)], apps,
        {row["scene"]: row["people"] for row in people},
        [
            Served(
                row["scene"], f"{row['what']}.{row['field']}".rstrip("."), row["name"],
                row["purpose"], row["times"], row["records"], row["last"],
            )
            for row in served
        ],
        _by_scene((by_ref[row["scene"]], row) for row in grants if row["scene"] in by_ref),
        _by_scene((row["scene"], row) for row in roles),
        [(scene.ref, yes.get(scene.id, 0)) for scene in scenes.values() if looks_across(scene.pack)],
    )  # fmt: skip


def looks_across(pack: Pack) -> bool:
    """Whether a moment of the pack asks what its customers hold from other scenes."""
    return any(
        path.startswith("customer.")
        for moment in pack.moments.values()
        if moment.condition is not None
        for path in moment.condition.reads
    )


def _by_scene(rows: Iterable[tuple[int, store.Row]]) -> dict[int, list[store.Row]]:
    found: dict[int, list[store.Row]] = defaultdict(list)
    for scene, row in rows:
        found[scene].append(row)
    return found
