"""A list of firms, its lines, and what has become of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from enscene.commit import admit
from enscene.kernel.errors import NotFound
from enscene.kernel.ids import find_uuid, public_id
from enscene.operations.firms import store
from enscene.tenants import Level
from enscene.tenants.store import Pool, admitted

PREFIX = "firms"
LISTED = 50


class FirmOrder(msgspec.Struct, kw_only=True, frozen=True):
    """What all firms of a list have in common. `title` is what the list is called; `pack` is the
    template of each one's first scene, "" for none."""

    title: str
    plan: str
    level: Level = "sub_tenant"
    manager: str = ""
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines wait, were made, were there before, and failed."""

    waiting: int
    done: int
    known: int
    failed: int

    @property
    def lines(self) -> int:
        """All of them."""
        return self.waiting + self.done + self.known + self.failed

    @property
    def over(self) -> int:
        """Those that do not wait."""
        return self.lines - self.waiting


@dataclass(frozen=True, slots=True)
class FirmList:
    """`tenant` is below whom the firms are made."""

    tenant: int
    id: UUID
    order: FirmOrder
    state: Literal["asked", "running", "done", "refused"]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    ended_at: datetime | None
    counts: Counts

    @property
    def ref(self) -> str:
        """As it is written outside."""
        return public_id(PREFIX, self.id)


@dataclass(frozen=True, slots=True)
class FirmLine:
    """`n` is its line in the file; `why` the code of what stood in its way."""

    n: int
    ref: str
    name: str
    state: Literal["waiting", "done", "known", "failed"]
    why: str


def list_id(text: str) -> UUID:
    """The number inside `firms_…`. Raises: NotFound."""
    found = find_uuid(text, PREFIX)
    if found is None:
        raise no_list()
    return found


def no_list() -> NotFound:
    """Nothing of that number is in sight."""
    return NotFound("there is no such list of firms", code="firms.not_found")


async def list_lists(pool: Pool, tenants: Collection[int]) -> list[FirmList]:
    """Of these tenants, the newest first."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, tenants)
        return [_list_of(row) for row in await store.read_lists(connection, tenants, None, LISTED)]


async def read_list(pool: Pool, tenants: Collection[int], number: UUID) -> FirmList:
    """One of them. Raises: NotFound."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, tenants)
        rows = await store.read_lists(connection, tenants, number, 1)
    if not rows:
        raise no_list()
    return _list_of(rows[0])


async def list_lines(pool: Pool, of: FirmList, state: str, limit: int) -> list[FirmLine]:
    """The first lines in that state, "" for any, in the order of the file."""
    async with admitted(pool, of.tenant, readonly=True) as connection:
        rows = await store.read_lines(connection, of.tenant, of.id, state, limit)
    return [FirmLine(*row) for row in rows]


def _list_of(row: asyncpg.Record) -> FirmList:
    tenant, number, title, level, plan, manager, pack = row[:7]
    order = FirmOrder(title=title, plan=plan, level=level, manager=manager, pack=pack)
    state, asked_by, asked_at, decided_by, decided_at, ended_at = row[7:13]
    return FirmList(
        tenant, number, order, state, asked_by, asked_at, decided_by, decided_at, ended_at,
        Counts(*row[13:17]),
    )  # fmt: skip
