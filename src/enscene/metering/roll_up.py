"""Sums of readings by minute, hour and day: brought up to date, or made anew from the readings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.metering import store

PAGE = 20_000
"""Numbers of the log in one transaction."""
PAUSE_S = 10.0
TENANTS_AT_ONCE = 20


class RollUp:
    """The sums of one shard, one process at a time; a reader for the reactor."""

    def __init__(
        self, pool: asyncpg.Pool[Any], shard: int, *, pause_s: float = PAUSE_S, page: int = PAGE
    ) -> None:
        self._pool = pool
        self._shard = shard
        self._pause_s = pause_s
        self._page = page
        self._next = 0.0

    async def step(self) -> int:
        """One page, if the last one was some seconds ago; how many readings it had."""
        if time.monotonic() < self._next:
            return 0
        moved, found = await self._page_on()
        if not moved:
            self._next = time.monotonic() + self._pause_s
        return found

    async def settle(self) -> int:
        """Sum up all that has been committed; how many readings."""
        total = 0
        while True:
            moved, found = await self._page_on(wait=True)
            total += found
            if not moved:
                return total

    async def _page_on(self, *, wait: bool = False) -> tuple[bool, int]:
        async with self._pool.acquire() as connection, connection.transaction():
            cursor = await store.lock_cursor(connection, self._shard, wait=wait)
            if cursor is None:
                return False, 0
            reach, tenants = await store.read_reach(connection, self._shard)
            to = min(reach, cursor + self._page)
            if to <= cursor or not tenants:
                return False, 0
            await admit(connection, tenants)
            found = await store.roll(connection, tenants, cursor, to)
            await store.move_cursor(connection, self._shard, to)
            return to < reach, found


async def rebuild(pool: asyncpg.Pool[Any], shard: int, tenants: Sequence[int] | None = None) -> int:
    """Make the sums of these tenants (None: all of the shard) anew from the readings, some at a
    time; how many readings. What is not summed up yet stays so."""
    async with pool.acquire() as connection:
        _, known = await store.read_reach(connection, shard)
    wanted = known if tenants is None else [each for each in tenants if each in known]
    total = 0
    for place in range(0, len(wanted), TENANTS_AT_ONCE):
        some = wanted[place : place + TENANTS_AT_ONCE]
        async with pool.acquire() as connection, connection.transaction():
            cursor = await store.lock_cursor(connection, shard, wait=True)
            assert cursor is not None
            await admit(connection, some)
            await store.drop_sums(connection, some)
            total += await store.roll(connection, some, 0, cursor)
    return total
