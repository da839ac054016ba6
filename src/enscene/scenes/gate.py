"""The scene's own row as a cell: whoever planned under an older state or roster plans again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import asyncpg

from enscene.commit import NotRead, Script, Stamp

Key = tuple[int, int]
"""Tenant, scene."""

_READ = """
select s.tenant, s.id, s.version
  from unnest($1::int[], $2::int[]) as u(tenant, id)
  cross join lateral (
    select * from scene s where s.tenant = u.tenant and s.id = u.id limit 1) s"""

_CHECK = """
select from unnest($1::int[], $2::int[], $3::bigint[]) as u(tenant, id, version)
  cross join lateral (
    select * from scene s where s.tenant = u.tenant and s.id = u.id and s.version = u.version limit 1) s"""


class Gate:
    """Versions of scenes for one batch."""

    def __init__(self, cache: dict[Key, int], *, fresh: bool) -> None:
        self._cache = cache
        self._known: dict[Key, int] = {} if fresh else cache
        self._fresh = fresh
        self._used: dict[Key, int] = {}

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        return keys if self._fresh else [key for key in keys if key not in self._cache]

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        for tenant, scene, version in await connection.fetch(_READ, *zip(*keys, strict=True)):
            self._cache[tenant, scene] = self._known[tenant, scene] = version

    def pass_through(self, key: Key, version: int) -> None:
        """Depend on the scene's version. Raises: NotRead (it has moved: resolve anew)."""
        if self._known.get(key) != version:
            raise NotRead(key)
        self._used[key] = version

    def mark(self) -> None:
        return None

    def rollback(self, mark: None) -> None:
        """A version that a failed unit depended on does no harm as a condition."""

    def write(self, stamp: Stamp, script: Script) -> None:
        if self._used and not self._fresh:
            rows = [(*key, version) for key, version in self._used.items()]
            script.add(_CHECK, *zip(*rows, strict=True), rows=len(rows))

    def publish(self) -> None:
        """Nothing changes here."""

    def forget(self) -> None:
        for key in self._used:
            self._cache.pop(key, None)


class Gates:
    """The kind "scene"."""

    name = "scene"

    def __init__(self) -> None:
        self._cache: dict[Key, int] = {}

    def open(self, *, fresh: bool) -> Gate:
        return Gate(self._cache, fresh=fresh)

    def moved(self, key: Key, version: int) -> None:
        """This process has just read the scene's row."""
        self._cache[key] = version
