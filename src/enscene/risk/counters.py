"""Counters: sums and counts over time windows, declared by a scene and kept by the write path."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import asyncpg

from enscene.commit import NotRead, Script, Stamp
from enscene.risk import store

Key = tuple[int, int, str, int, str]
"""Tenant, scene, name, owner, span."""

REMEMBERED_MOST = 200_000
ANY_HIGH = 2**62
ANY_LOW = -(2**62)


class Counter:
    """Working value of one counter in one window; `most`/`least` bound its start."""

    __slots__ = ("exists", "key", "least", "most", "value", "value_0")

    def __init__(self, key: Key, value: int, *, exists: bool) -> None:
        self.key = key
        self.value = self.value_0 = value
        self.exists = exists
        self.least = ANY_LOW
        self.most = ANY_HIGH


class Tally:
    """The counters of one batch."""

    def __init__(self, cache: dict[Key, int | None], *, fresh: bool) -> None:
        self._cache = cache
        self._known: dict[Key, int | None] = {} if fresh else cache
        self._fresh = fresh
        self._counters: dict[Key, Counter] = {}
        self._journal: list[tuple[Counter, int, int, int]] = []

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        if self._fresh:
            return keys
        return [key for key in keys if key not in self._cache]

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        found = await store.read_counters(connection, keys)
        for key in keys:
            self._cache[key] = self._known[key] = found.get(key)

    def counter(self, key: Key) -> Counter:
        """The working counter; one that was never added to stands at 0."""
        counter = self._counters.get(key)
        if counter is None:
            if self._fresh and key not in self._known:
                raise NotRead(key)
            value = self._known.get(key)
            counter = Counter(key, value or 0, exists=value is not None)
            self._counters[key] = counter
        return counter

    def look(self, key: Key) -> int:
        """The value, depended on exactly."""
        counter = self.counter(key)
        self._keep(counter)
        counter.least = counter.most = counter.value_0
        return counter.value

    def add(self, key: Key, amount: int, *, limit: int | None = None) -> bool:
        """Add to it; False, and nothing changed, if that would pass the limit."""
        counter = self.counter(key)
        if limit is not None and counter.value + amount > limit:
            return False
        self._keep(counter)
        if limit is not None:
            counter.most = min(counter.most, limit - amount - (counter.value - counter.value_0))
        counter.value += amount
        return True

    def _keep(self, counter: Counter) -> None:
        self._journal.append((counter, counter.value, counter.least, counter.most))

    def mark(self) -> int:
        return len(self._journal)

    def rollback(self, mark: int) -> None:
        for counter, value, least, most in reversed(self._journal[mark:]):
            counter.value, counter.least, counter.most = value, least, most
        del self._journal[mark:]

    def write(self, stamp: Stamp, script: Script) -> None:
        touched = {id(entry[0]): entry[0] for entry in self._journal}.values()
        store.write_counters(script, list(touched))

    def publish(self) -> None:
        for key, counter in self._counters.items():
            if counter.exists or counter.value != counter.value_0:
                self._cache[key] = counter.value

    def forget(self) -> None:
        for key in self._counters:
            self._cache.pop(key, None)


class Counters:
    """The kind "counter"."""

    name = "counter"

    def __init__(self) -> None:
        self._cache: dict[Key, int | None] = {}

    def open(self, *, fresh: bool) -> Tally:
        if len(self._cache) > REMEMBERED_MOST:
            self._cache.clear()
        return Tally(self._cache, fresh=fresh)
