"""Who is who in a scene: parties, their roles, links and accounts, remembered by version."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from enscene.commit import admit

MEMBERS_MOST = 200_000

# All that is known of a member at once: the first call of everybody waits for this.
_MEMBERS = """
select p.id, p.ref, p.kind, p.name,
       (select jsonb_object_agg(e.role, e.bound_to) from enrolment e
         where e.tenant = p.tenant and e.scene = $2 and e.party = p.id and e.active),
       (select jsonb_object_agg(l.name, l.to_party) from link l
         where l.tenant = p.tenant and l.scene = $2 and l.from_party = p.id),
       (select jsonb_object_agg(a.name, a.id) from account a
         where a.tenant = p.tenant and a.scene = $2 and a.owner = p.id)
  from party p where p.tenant = $1 and p."""
_BY_REF = f"{_MEMBERS}ref = any($3::text[])"
_BY_ID = f"{_MEMBERS}id = any($3::bigint[])"
_ONES = """
select role, min(party), count(*) from enrolment
 where tenant = $1 and scene = $2 and active and role = any($3::text[]) group by role"""


@dataclass(slots=True)
class Member:
    """A party in a scene: roles (with what a device is bound to), links by name, accounts by
    name; all by id."""

    id: int
    ref: str
    kind: str
    name: str
    roles: dict[str, int | None] = field(default_factory=dict)
    links: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)


class Roster:
    """The members of one scene as of one version of its row. Reads of one moment go together."""

    def __init__(
        self, pool: asyncpg.Pool[Any], tenant: int, scene: int, ones: Iterable[str]
    ) -> None:
        self._pool = pool
        self._tenant = tenant
        self._scene = scene
        self._one_roles = list(ones)
        self._by_ref: dict[str, Member] = {}
        self._by_id: dict[int, Member] = {}
        self._ones: dict[str, int] = {}
        self._wanted: set[str | int] = set()
        self._reading: asyncio.Task[None] | None = None

    def anew(self) -> Roster:
        """The same scene's roster with nobody remembered."""
        return Roster(self._pool, self._tenant, self._scene, self._one_roles)

    def learn(self, other: Roster) -> None:
        """Take over whom the other has read."""
        self._by_ref.update(other._by_ref)
        self._by_id.update(other._by_id)
        if other._ones is not None:
            self._ones = other._ones

    def known(self, ref: str) -> Member | None:
        return self._by_ref.get(ref)

    def known_id(self, party: int) -> Member | None:
        return self._by_id.get(party)

    async def find(self, ref: str) -> Member | None:
        """The member with this reference, or None."""
        if ref not in self._by_ref:
            await self._read(ref)
        return self._by_ref.get(ref)

    async def find_id(self, party: int) -> Member | None:
        if party not in self._by_id:
            await self._read(party)
        return self._by_id.get(party)

    async def one(self, role: str) -> Member | None:
        """The only party of a role that has one."""
        if role not in self._ones:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                await admit(connection, [self._tenant], by_key=True)
                rows = await connection.fetch(_ONES, self._tenant, self._scene, self._one_roles)
            self._ones = {role: party for role, party, count in rows if count == 1}
        party = self._ones.get(role)
        return None if party is None else await self.find_id(party)

    async def _read(self, wanted: str | int) -> None:
        self._wanted.add(wanted)
        while wanted in self._wanted:  # a reading that has begun does not take it along
            if self._reading is None:
                self._reading = asyncio.create_task(self._read_wanted())
            await asyncio.shield(self._reading)

    async def _read_wanted(self) -> None:
        await asyncio.sleep(0)  # whoever asks in the same moment reads along
        wanted, self._wanted = self._wanted, set()
        try:
            await self._load(
                [ref for ref in wanted if isinstance(ref, str)],
                [party for party in wanted if isinstance(party, int)],
            )
        finally:
            self._reading = None

    async def _load(self, refs: list[str], ids: list[int]) -> None:
        if len(self._by_id) > MEMBERS_MOST:
            self._by_id.clear()
            self._by_ref.clear()
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [self._tenant], by_key=True)
            rows = []
            where = (self._tenant, self._scene)
            if refs:
                rows += await connection.fetch(_BY_REF, *where, refs)
            if ids:
                rows += await connection.fetch(_BY_ID, *where, ids)
        for row in rows:
            member = Member(*row[:4], *(found or {} for found in row[4:]))
            self._by_ref[member.ref] = self._by_id[member.id] = member

    def drop(self, refs: Iterable[str]) -> None:
        """Read these anew when they are next asked for: they were enrolled or linked here."""
        for ref in refs:
            member = self._by_ref.pop(ref, None)
            if member is not None:
                self._by_id.pop(member.id, None)
