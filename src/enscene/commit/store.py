"""SQL of the write path itself: the shard's lock, the event log, idempotency records."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit.kind import Stamp
from enscene.commit.unit import Report

Connection: TypeAlias = "asyncpg.Connection[Any]"

# Every statement of the write path finds its rows by key. A plan is made once, perhaps while the
# tables are still empty, and kept; without this it would scan them whole when they have grown.
_BY_KEY = """set_config('enable_seqscan', 'off', true),
  set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"""

_LOCK = f"""
with admitted as (select set_config('enscene.tenants', $2, true), {_BY_KEY})
update shard set seq = seq + $3, at = greatest(at, clock_timestamp())
  from admitted where id = $1
returning seq - $3, at, clocks::text"""

_ADMIT = "select set_config('enscene.tenants', $1, true)"
_ADMIT_BY_KEY = f"{_ADMIT}, {_BY_KEY}"

_EVENTS = """
insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts)
select $1, u.seq, u.tenant, u.at, u.scene, u.action, u.subject, u.actor, u.facts::jsonb
  from unnest($2::bigint[], $3::int[], $4::timestamptz[], $5::int[], $6::text[], $7::text[],
              $8::text[], $9::text[])
       as u(seq, tenant, at, scene, action, subject, actor, facts)"""

_REMEMBER = """
insert into idempotency (tenant, digest, fingerprint, refused, answer, at)
select u.tenant, u.digest, u.fingerprint, u.refused, u.answer, $6
  from unnest($1::int[], $2::uuid[], $3::uuid[], $4::boolean[], $5::text[])
       as u(tenant, digest, fingerprint, refused, answer)
on conflict do nothing"""

_RECALL = """
select i.tenant, i.digest, i.fingerprint, i.refused, i.answer
  from unnest($1::int[], $2::uuid[]) as u(tenant, digest)
  join idempotency i on i.tenant = u.tenant and i.digest = u.digest"""


def array_literal(tenants: Collection[int]) -> str:
    """The tenants as the text that `enscene.tenants` holds."""
    return "{" + ",".join(map(str, sorted(tenants))) + "}"


async def admit(connection: Connection, tenants: Collection[int], *, by_key: bool = False) -> None:
    """Let the running transaction see these tenants' rows, and no others.

    `by_key` says that it will read rows by their keys alone; reports leave it out.
    """
    await connection.fetchval(_ADMIT_BY_KEY if by_key else _ADMIT, array_literal(tenants))


_OFFSETS: dict[str, dict[int, timedelta]] = {"{}": {}}


def offsets_of(clocks: str) -> dict[int, timedelta]:
    """Offsets by tenant, from the shard's JSON; parsed once a text."""
    known = _OFFSETS.get(clocks)
    if known is None:
        known = {
            int(tenant): timedelta(microseconds=offset_us)
            for tenant, offset_us in json.loads(clocks).items()
        }
        if len(_OFFSETS) > 1000:
            _OFFSETS.clear()
        _OFFSETS[clocks] = known
    return known


async def lock_shard(
    connection: Connection, shard: int, tenants: Collection[int], units: int
) -> Stamp:
    """Wait for the shard, take `units` numbers and the time; held until the transaction ends."""
    row = await connection.fetchrow(_LOCK, shard, array_literal(tenants), units)
    assert row is not None, f"shard {shard} does not exist"
    base, at, clocks = row
    return Stamp(shard, base, at, offsets_of(clocks))


async def append_events(
    connection: Connection, stamp: Stamp, rows: Sequence[tuple[int, int, Report]]
) -> None:
    """Write the log: rows of (index in the batch, tenant, report)."""
    if not rows:
        return
    seqs, tenants, times, scenes, actions, subjects, actors, facts = zip(
        *(
            (
                stamp.seq(i),
                tenant,
                stamp.time(tenant),
                r.scene,
                r.action,
                r.subject,
                r.actor,
                r.facts,
            )
            for i, tenant, r in rows
        ),
        strict=True,
    )
    await connection.execute(
        _EVENTS,
        stamp.shard,
        seqs,
        tenants,
        times,
        scenes,
        actions,
        subjects,
        actors,
        facts,
    )


Record = tuple[int, UUID, UUID, bool, str]
"""Tenant, digest, fingerprint, refused, answer."""


async def remember(connection: Connection, stamp: Stamp, records: Sequence[Record]) -> bool:
    """Store the answers. False: some key was there already, so somebody else has answered it."""
    if not records:
        return True
    status = await connection.execute(_REMEMBER, *zip(*records, strict=True), stamp.at)
    return int(status.rsplit(" ", 1)[1]) == len(records)


async def recall(
    connection: Connection, keys: Collection[tuple[int, UUID]]
) -> dict[tuple[int, UUID], tuple[UUID, bool, str]]:
    """The stored answers of those keys that have one: (fingerprint, refused, answer)."""
    if not keys:
        return {}
    tenants, digests = zip(*keys, strict=True)
    rows = await connection.fetch(_RECALL, tenants, digests)
    return {(r[0], r[1]): (r[2], r[3], r[4]) for r in rows}
