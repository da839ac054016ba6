"""Things as a kind of cell: (tenant, scene, type, key)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from enscene.commit import NotRead, Script, Stamp
from enscene.kernel.errors import Conflict, NotFound
from enscene.scenes.things import store
from enscene.scenes.things.thing import Key, Thing

REMEMBERED_MOST = 100_000


class ThingExists(Conflict):
    """A thing of this type has this key already."""

    code = "thing.exists"


class Vault:
    """The things of one batch."""

    def __init__(self, cache: dict[Key, Thing], *, fresh: bool) -> None:
        self._cache = cache
        self._known: dict[Key, Thing] = {} if fresh else cache
        self._fresh = fresh
        self._asked: set[Key] = set()
        self._things: dict[Key, Thing] = {}
        self._missing: set[Key] = set()
        self._journal: list[tuple[Thing, tuple[Any, ...] | None]] = []

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        if self._fresh:
            return keys
        return [key for key in keys if key not in self._cache]

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        self._asked.update(keys)
        for thing in await store.read_things(connection, keys):
            self._cache[thing.key] = self._known[thing.key] = thing

    def find(self, key: Key) -> Thing | None:
        """The working thing; the batch depends on its version, or on its being absent."""
        thing = self._things.get(key)
        if thing is None:
            known = self._known.get(key)
            if known is None:
                if self._fresh and key not in self._asked:
                    raise NotRead(key)
                self._missing.add(key)
                return None
            thing = self._things[key] = known.copy()
        return thing

    def get(self, key: Key) -> Thing:
        """The working thing. Raises: NotFound."""
        thing = self.find(key)
        if thing is None:
            raise NotFound(
                f"there is no {key[2]} {key[3]}",
                code="thing.not_found",
                facts={"thing": key[2]},
            )
        return thing

    def create(
        self,
        unit: int,
        key: Key,
        state: str,
        terms: int,
        fields: str,
        *,
        money: str | None = None,
        bind: str | None = None,
        due: datetime | timedelta | None = None,
        timer: str | None = None,
    ) -> Thing:
        """A new thing. Raises: ThingExists."""
        if self.find(key) is not None:
            raise ThingExists(f"{key[2]} {key[3]} exists already", facts={"thing": key[2]})
        thing = Thing(key, state, 1, terms, fields, money, bind, due, timer, 0, 0)
        thing.version_0 = None
        thing.unit = thing.unit_0 = unit
        self._things[key] = thing
        self._journal.append((thing, None))
        return thing

    def change(self, unit: int, thing: Thing) -> Thing:
        """Say that the caller is about to change it; one version more."""
        self._journal.append((thing, thing.values))
        thing.version += 1
        thing.unit = unit
        return thing

    def mark(self) -> int:
        return len(self._journal)

    def rollback(self, mark: int) -> None:
        for thing, values in reversed(self._journal[mark:]):
            if values is None:
                del self._things[thing.key]
            else:
                thing.values = values
        del self._journal[mark:]

    def write(self, stamp: Stamp, script: Script) -> None:
        things = self._things.values()
        new = [thing for thing in things if thing.version_0 is None]
        changed = [t for t in things if t.version_0 is not None and t.version != t.version_0]
        read = [t for t in things if t.version_0 is not None and t.version == t.version_0]
        store.insert_things(script, stamp, new)
        store.update_things(script, stamp, changed)
        store.check_things(script, read)
        # A thing that was made after it was not found answers for itself: its insert would fail.
        store.check_absent(script, self._missing.difference(self._things))

    def publish(self) -> None:
        for key, thing in self._things.items():
            if isinstance(thing.due, timedelta):
                # Its moment is only known when it is written.
                self._cache.pop(key, None)
            else:
                self._cache[key] = thing.copy()

    def forget(self) -> None:
        for key in self._things:
            self._cache.pop(key, None)


class Things:
    """The kind "thing"."""

    name = "thing"

    def __init__(self) -> None:
        self._cache: dict[Key, Thing] = {}

    def peek(self, key: Key) -> Thing | None:
        """The thing as this process last saw it; never to be changed."""
        return self._cache.get(key)

    def keep(self, thing: Thing) -> None:
        """Remember a thing that was read outside a batch, unless a later one is known."""
        known = self._cache.get(thing.key)
        if known is None or known.version < thing.version:
            self._cache[thing.key] = thing

    def open(self, *, fresh: bool) -> Vault:
        if len(self._cache) > REMEMBERED_MOST:
            self._cache.clear()
        return Vault(self._cache, fresh=fresh)
