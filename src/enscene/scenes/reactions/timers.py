"""Timers: actions of the clock on things whose time has come, and daily for parties; holds whose
time is over are let go."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from enscene.commit import admit, offsets_of
from enscene.kernel.clock import next_time_of_day
from enscene.kernel.errors import EnsceneError, Unavailable
from enscene.ledger import expire_holds, next_expiry
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Timer
from enscene.scenes.runtime import Actor, Call, Reply, RunningScene, SceneHost

PAGE = 1_000

_NOW = "select clock_timestamp(), clocks::text from shard where id = $1"
_TENANTS = "select id from tenant where shard = $1"
# What is due in a scene that is paused waits until it goes on. Not a join, and `+ 0`: a plan that
# was made before there were statistics read all things of each scene instead of those due.
_OPEN = """scene + 0 = any (array (
  select s.id from scene s where s.tenant = $1 and s.state in ('sandbox', 'pilot', 'live')))"""
_DUE = f"""
select scene, type, key, timer, version, terms, due from thing
 where tenant = $1 and due <= $2 and {_OPEN} order by due limit $3"""
_GIVE_UP = """
update thing set due = null where tenant = $1 and scene = $2 and type = $3 and key = $4
   and version = $5"""
_SCENES = "select id, ref from scene where tenant = $1 and state in ('sandbox', 'pilot', 'live')"
_FIRST_DUE = f"""
select due from thing where tenant = $1 and due is not null and {_OPEN} order by due limit 1"""
_PARTIES = """
select p.ref from enrolment e join party p on p.tenant = e.tenant and p.id = e.party
 where e.tenant = $1 and e.scene = $2 and e.role = $3 and e.active order by p.id"""
_FIRED = "select fired from party_timer where tenant = $1 and scene = $2 and timer = $3"
_FIRE = """
insert into party_timer (tenant, scene, timer, fired) values ($1, $2, $3, $4)
on conflict (tenant, scene, timer) do update set fired = excluded.fired
 where party_timer.fired < excluded.fired"""


_UNDER = """
select t.scene, t.type, t.key, t.timer, t.terms
  from (select distinct scene, subject from event
         where tenant = $1 and facts ? 'grant' and facts ->> 'grant' = $2) e
  join thing t on t.tenant = $1 and t.scene = e.scene
   and t.type = split_part(e.subject, ':', 1) and t.key = substr(e.subject, length(t.type) + 2)
 where t.due is not null"""
# One version more: whoever has the thing in memory has to read it anew.
_CANCEL = """
update thing set due = null, timer = null, version = version + 1
 where tenant = $1 and scene = $2 and type = $3 and key = $4"""
_TAKES = frozenset({"move", "hold", "capture", "repay"})


async def cancel_timers(
    connection: asyncpg.Connection[Any], host: SceneHost, tenant: int, grant: int
) -> None:
    """Of things that something was done to under a consent no timer takes money from a person's own
    account any more. What only ends, gives back, or passes on what was under supervision goes on:
    without it the money would be stuck. The caller holds the shard's lock."""
    for row in await connection.fetch(_UNDER, tenant, str(grant)):
        scene = await host.catalogue.scene_by_id(tenant, row["scene"])
        compiled = await host.catalogue.under_terms(scene, row["terms"])
        if takes_from_person(compiled.pack, row["timer"]):
            await connection.execute(_CANCEL, tenant, row["scene"], row["type"], row["key"])


def takes_from_person(pack: Pack, action: str | None) -> bool:
    """Whether the action takes money from an account of a person that is not supervised."""
    if action is None:
        return False
    for step in pack.actions[action].steps:
        flow = pack.flows.get(str(step.args.get("flow", "")))
        if step.block not in _TAKES or flow is None:
            continue
        for source in flow.sources:
            account = pack.accounts.get(source.account)
            if account is None or account.kind == "supervised":
                continue
            if pack.parties[account.of].is_a == "person":
                return True
    return False


class Timers:
    """The clock of one shard. Every firing has a key of its own, so that several processes and
    crashes fire it once."""

    def __init__(self, pool: asyncpg.Pool[Any], host: SceneHost, shard: int) -> None:
        self._pool = pool
        self._host = host
        self._shard = shard
        self.failures = 0

    async def step(self, tenant: int | None = None) -> int:
        """Fire what is due now for every tenant, or for one; how many actions were tried."""
        async with self._pool.acquire() as connection:
            real, clocks = await connection.fetchrow(_NOW, self._shard)
            if tenant is None:
                tenants = [row[0] for row in await connection.fetch(_TENANTS, self._shard)]
            else:
                tenants = [tenant]
        offsets = offsets_of(clocks)
        fired = 0
        for each in tenants:
            if self._host.service.of(each).state == "readings":
                continue  # it is due as well when writing goes on
            fired += await self.fire(each, real + offsets.get(each, timedelta(0)))
        return fired

    async def fire(self, tenant: int, now: datetime) -> int:
        """Fire what is due at `now`, the tenant's time."""
        # First the money: what is done now may need what a hold kept.
        fired = await expire_holds(self._pool, self._host.writer(self._shard), tenant, now)
        fired += await self._fire_parties(tenant, now)
        done: set[tuple[Any, ...]] = set()
        while True:
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, [tenant], by_key=True)
                rows = await connection.fetch(_DUE, tenant, now, PAGE)
            if not rows:
                return fired
            # An action that leaves its thing as it was has been done all the same.
            await self._give_up(tenant, [row for row in rows if _same(row) in done])
            rows = [row for row in rows if _same(row) not in done]
            done.update(await self._fire_things(tenant, rows))
            fired += len(rows)

    async def _fire_things(self, tenant: int, rows: list[asyncpg.Record]) -> list[tuple[Any, ...]]:
        """Those that were done."""
        calls = []
        for row in rows:
            scene = await self._host.catalogue.scene_by_id(tenant, row["scene"])
            compiled = await self._host.catalogue.under_terms(scene, row["terms"])
            field = compiled.pack.things[row["type"]].key
            # The scene's version: what was refused while it was paused is asked anew afterwards.
            key = f"{row['timer']}:{row['type']}:{row['key']}:{row['version']}:{scene.version}"
            actor = Actor(party=None, role="clock", app="clock")
            given = {field: row["key"]}
            calls.append(Call(tenant, scene.ref, row["timer"], actor, given, key))
        results = await self._perform(calls)
        # An action that refuses would be due for ever: it is not tried again.
        refused = [row for row, done in zip(rows, results, strict=True) if done is False]
        await self._give_up(tenant, refused)
        return [_same(row) for row, done in zip(rows, results, strict=True) if done]

    async def _give_up(self, tenant: int, rows: list[asyncpg.Record]) -> None:
        """These are not due any more, unless they have changed meanwhile."""
        if not rows:
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await connection.executemany(_GIVE_UP, [(tenant, *_same(row)) for row in rows])

    async def _perform(self, calls: list[Call]) -> list[bool | None]:
        """Whether each was done; None: not now, since the scene has just been paused."""
        results: list[Reply | BaseException] = []
        for start in range(0, len(calls), PAGE):  # no more at once than the write path takes
            page = calls[start : start + PAGE]
            results += await asyncio.gather(
                *(self._host.perform(call) for call in page), return_exceptions=True
            )
        done: list[bool | None] = []
        for result in results:
            if isinstance(result, Reply) and result.refused and _is_paused(result):
                done.append(None)
            elif isinstance(result, Reply) and not result.refused:
                done.append(True)
            elif isinstance(result, Reply) or (
                isinstance(result, EnsceneError) and not isinstance(result, Unavailable)
            ):
                self.failures += 1
                done.append(False)
            else:
                raise result
        return done

    async def _fire_parties(self, tenant: int, now: datetime) -> int:
        fired = 0
        for scene, timer, due in await self._party_timers(tenant, now):
            while due is not None and due <= now:
                fired += await self._fire_daily(scene, timer, due)
                due = next_time_of_day(due, timer.at_time or "", scene.zone)
        return fired

    async def _party_timers(
        self, tenant: int, now: datetime
    ) -> list[tuple[RunningScene, Timer, datetime | None]]:
        """Daily timers of the tenant's open scenes with their next due moment."""
        found: list[tuple[RunningScene, Timer, datetime | None]] = []
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            for row in await connection.fetch(_SCENES, tenant):
                scene = await self._host.catalogue.scene(tenant, row["ref"])
                for timer in scene.pack.timers.values():
                    if timer.role is None or timer.at_time is None:
                        continue
                    where = (tenant, scene.id, timer.name)
                    since = await connection.fetchval(_FIRED, *where)
                    if since is None:
                        await connection.execute(_FIRE, *where, now)
                        since = now
                    due = next_time_of_day(since, timer.at_time, scene.zone)
                    found.append((scene, timer, due))
        return found

    async def _fire_daily(self, scene: RunningScene, timer: Timer, due: datetime) -> int:
        where = (scene.tenant, scene.id)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [scene.tenant])
            parties = [row[0] for row in await connection.fetch(_PARTIES, *where, timer.role)]
        calls = [
            Call(
                scene.tenant, scene.ref, timer.do, Actor(party=party, role="clock", app="clock"),
                {}, f"{timer.name}:{due.isoformat()}:{party}",
            )
            for party in parties
        ]  # fmt: skip
        await self._perform(calls)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [scene.tenant])
            await connection.execute(_FIRE, *where, timer.name, due)
        return len(calls)

    async def next_due(self, tenant: int, now: datetime) -> datetime | None:
        """The earliest moment at which something is due."""
        moments = [due for _, _, due in await self._party_timers(tenant, now) if due is not None]
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant], by_key=True)
            first = await connection.fetchval(_FIRST_DUE, tenant)
        expiry = await next_expiry(self._pool, tenant)
        moments += [moment for moment in (first, expiry) if moment is not None]
        return min(moments, default=None)


def _same(row: asyncpg.Record) -> tuple[Any, ...]:
    """What tells one firing from another: scene, type, key, version."""
    return row["scene"], row["type"], row["key"], row["version"]


def _is_paused(reply: Reply) -> bool:
    return bool(msgspec.json.decode(reply.body)["code"] == "scene.not_open")
