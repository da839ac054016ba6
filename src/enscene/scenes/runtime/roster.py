"""Who is who in a scene: parties, their roles, links and accounts, remembered by version."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.scenes.runtime._lately import lately, now

MEMBERS_MOST = 200_000
ABSENT_MOST = 20_000
NEVER = float("-inf")
ALWAYS = float("inf")

# All that is known of a member at once: the first call of everybody waits for this.
_MEMBERS = """
select p.id, p.ref, p.kind, p.name,
       (select jsonb_object_agg(e.role, e.bound_to) from enrolment e
         where e.tenant = p.tenant and e.scene = $2 and e.party = p.id and e.active),
       (select jsonb_object_agg(l.name, l.to_party) from link l
         where l.tenant = p.tenant and l.scene = $2 and l.from_party = p.id),
       (select jsonb_object_agg(a.name, a.id) from account a
         where a.tenant = p.tenant and a.scene = $2 and a.owner = p.id and a.id > 0)
  from party p where p.tenant = $1 and p."""
_BY_REF = f"{_MEMBERS}ref = any($3::text[])"
_BY_ID = f"{_MEMBERS}id = any($3::bigint[])"
_ONES = """
select role, min(party), count(*) from enrolment
 where tenant = $1 and scene = $2 and active and role = any($3::text[]) group by role"""


@dataclass(slots=True)
class Member:
    """A party in a scene: roles (with what a device is bound to), links by name, accounts by
    name; all by id. `read_at` is when it was looked up."""

    id: int
    ref: str
    kind: str
    name: str
    roles: dict[str, int | None] = field(default_factory=dict)
    links: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    read_at: float = ALWAYS


class _Memory:
    """What is remembered of a scene's members, and the one reading that is under way."""

    def __init__(self) -> None:
        self.by_ref: dict[str, Member] = {}
        self.by_id: dict[int, Member] = {}
        self.absent: dict[str | int, float] = {}
        self.ones: dict[str, int] = {}
        self.ones_at = NEVER
        self.wanted: set[str | int] = set()
        self.reading: asyncio.Task[None] | None = None


class Roster:
    """The members of one scene as of one version of its row. Reads of one moment go together."""

    def __init__(
        self, pool: asyncpg.Pool[Any], tenant: int, scene: int, ones: Iterable[str]
    ) -> None:
        self._pool = pool
        self._tenant = tenant
        self._scene = scene
        self._one_roles = list(ones)
        self._memory = _Memory()
        self._since = NEVER

    def lately(self) -> Roster:
        """The same roster, where what was read longer ago than lately is read again."""
        other = copy.copy(self)
        other._since = lately()
        return other

    def known(self, ref: str) -> Member | None:
        return self._memory.by_ref.get(ref)

    def known_id(self, party: int) -> Member | None:
        return self._memory.by_id.get(party)

    async def find(self, ref: str) -> Member | None:
        """The member with this reference, or None."""
        by_ref = self._memory.by_ref
        member = by_ref.get(ref)
        if member is None or member.read_at < self._since:
            await self._read(ref, member)
        return by_ref.get(ref)

    async def find_id(self, party: int) -> Member | None:
        by_id = self._memory.by_id
        member = by_id.get(party)
        if member is None or member.read_at < self._since:
            await self._read(party, member)
        return by_id.get(party)

    async def one(self, role: str) -> Member | None:
        """The only party of a role that has one."""
        memory = self._memory
        since = self._since if role in memory.ones else max(self._since, lately())
        if memory.ones_at < since:
            began = now()
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                await admit(connection, [self._tenant], by_key=True)
                rows = await connection.fetch(_ONES, self._tenant, self._scene, self._one_roles)
            memory.ones = {role: party for role, party, count in rows if count == 1}
            memory.ones_at = began
        party = memory.ones.get(role)
        return None if party is None else await self.find_id(party)

    async def _read(self, wanted: str | int, known: Member | None) -> None:
        memory = self._memory
        if known is None and memory.absent.get(wanted, NEVER) >= max(self._since, lately()):
            return
        memory.wanted.add(wanted)
        while wanted in memory.wanted:  # a reading that has begun does not take it along
            if memory.reading is None:
                memory.reading = asyncio.create_task(self._read_wanted())
            await asyncio.shield(memory.reading)

    async def _read_wanted(self) -> None:
        await asyncio.sleep(0)  # whoever asks in the same moment reads along
        memory = self._memory
        wanted, memory.wanted = memory.wanted, set()
        try:
            await self._load(
                [ref for ref in wanted if isinstance(ref, str)],
                [party for party in wanted if isinstance(party, int)],
            )
        finally:
            memory.reading = None

    async def _load(self, refs: list[str], ids: list[int]) -> None:
        memory, began = self._memory, now()
        if len(memory.by_id) > MEMBERS_MOST:
            memory.by_id.clear()
            memory.by_ref.clear()
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [self._tenant], by_key=True)
            rows = []
            where = (self._tenant, self._scene)
            if refs:
                rows += await connection.fetch(_BY_REF, *where, refs)
            if ids:
                rows += await connection.fetch(_BY_ID, *where, ids)
        if len(memory.absent) > ABSENT_MOST:
            memory.absent.clear()
        memory.absent.update(dict.fromkeys([*refs, *ids], began))
        for row in rows:
            roles, links, accounts = (found or {} for found in row[4:])
            party, ref, kind, name = row[:4]
            member = Member(party, ref, kind, name, roles, links, accounts, began)
            memory.by_ref[member.ref] = memory.by_id[member.id] = member
            memory.absent.pop(member.ref, None)
            memory.absent.pop(member.id, None)

    def drop(self, refs: Iterable[str]) -> None:
        """Read these anew when they are next asked for: they were enrolled or linked here."""
        memory = self._memory
        memory.ones_at = NEVER
        for ref in refs:
            memory.absent.pop(ref, None)
            member = memory.by_ref.pop(ref, None)
            if member is not None:
                memory.by_id.pop(member.id, None)
