"""Grants as cells: a unit that stands on a grant is committed only while the grant is in force.

Whoever ends a grant holds the shard's lock, as every batch does, so that one comes after the
other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import asyncpg

from enscene.commit import Script, Stamp
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden
from enscene.tenants.apps.store import IN_FORCE_AMONG

Key = tuple[int, int]
"""Tenant, number of the grant."""

_REMEMBERED_MOST = 100_000


class GrantGate:
    """The grants of one batch. What is remembered is a guess: the condition in the script is what
    counts, and a guess that it may not go on is judged again under the lock."""

    def __init__(self, cache: dict[Key, bool], *, fresh: bool) -> None:
        self._cache = cache
        self._known: dict[Key, bool] = {} if fresh else cache
        self._fresh = fresh
        self._used: set[Key] = set()

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        return keys if self._fresh else [key for key in keys if key not in self._cache]

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        rows = await connection.fetch(IN_FORCE_AMONG, *zip(*keys, strict=True))
        found = {(row[0], row[1]) for row in rows}
        if len(self._cache) > _REMEMBERED_MOST:
            self._cache.clear()
        for key in keys:
            self._cache[key] = self._known[key] = key in found

    def pass_through(self, key: Key) -> None:
        """Depend on the grant. Raises: Forbidden("consent.withdrawn")."""
        if not self._known.get(key):
            refuse_withdrawn()
        self._used.add(key)

    def mark(self) -> None:
        return None

    def rollback(self, mark: None) -> None:
        """A grant that a failed unit stood on does no harm as a condition."""

    def write(self, stamp: Stamp, script: Script) -> None:
        if self._used and not self._fresh:
            script.add(IN_FORCE_AMONG, *zip(*sorted(self._used), strict=True), rows=len(self._used))

    def publish(self) -> None:
        """Nothing changes here."""

    def forget(self) -> None:
        for key in self._used:
            self._cache.pop(key, None)


class GrantGates:
    """The kind "grant"."""

    name = "grant"

    def __init__(self) -> None:
        self._cache: dict[Key, bool] = {}

    def open(self, *, fresh: bool) -> GrantGate:
        return GrantGate(self._cache, fresh=fresh)


@control("grant_in_force")
def refuse_withdrawn() -> None:
    """A unit stands on a grant that is not in force. Raises: Forbidden("consent.withdrawn")."""
    raise withdrawn()


def withdrawn() -> Forbidden:
    """The customer has taken it back, or its time is over."""
    return Forbidden(
        "the consent was withdrawn, or is over", code="consent.withdrawn",
        hint="ask the customer for a new one",
    )  # fmt: skip
