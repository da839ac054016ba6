"""SQL of the write path itself: the shard's lock, the event log, idempotency records."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg

from enscene.commit.kind import Stamp
from enscene.commit.script import Script
from enscene.commit.unit import Report
from enscene.storage.arrays import column, flags, moments, numbers, texts, words

Connection: TypeAlias = "asyncpg.Connection[Any]"

# Every statement of the write path finds its rows by key. A plan is made once, perhaps while the
# tables are still empty, and kept; without this it would scan them whole when they have grown.
_SETTINGS = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "random_page_cost": "0.01",
    "cpu_index_tuple_cost": "0.0001",
}
_BY_KEY = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items())

_LOCK = f"""
with admitted as (select set_config('enscene.tenants', $2, true), {_BY_KEY})
update shard
   set seq = seq + $3,
       at = greatest(at, case when $4 between clock_timestamp() - interval '1 second'
                                          and clock_timestamp() then $4
                              else clock_timestamp() end)
  from admitted where id = $1
returning seq - $3, at, clocks::text, clock_timestamp()"""

_ADMIT = "select set_config('enscene.tenants', $1, true)"
_ADMIT_BY_KEY = f"{_ADMIT}, {_BY_KEY}"
# The other way round: a join of whole tables, planned while the statistics are old, would look
# for every row by itself, or merge by a column that is the same everywhere, and take minutes.
_ADMIT_ALL_ROWS = (
    f"{_ADMIT}, set_config('enable_nestloop', 'off', true), "
    "set_config('enable_mergejoin', 'off', true)"
)

_EVENTS = """
insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts)
select $1, u.seq, coalesce(u.tenant, $4), coalesce(u.at, $6), coalesce(u.scene, $8),
       coalesce(u.action, $10), u.subject, u.actor, u.facts
  from unnest($2::text::bigint[], $3::text::int[], $5::text::timestamptz[], $7::text::int[],
              $9::text::text[], $11::text::text[], $12::text::text[], $13::text::jsonb[])
       as u(seq, tenant, at, scene, action, subject, actor, facts)"""

_REMEMBER = """
insert into idempotency (tenant, digest, fingerprint, refused, answer, at)
select coalesce(u.tenant, $2), u.digest, u.fingerprint, coalesce(u.refused, $6), u.answer, $8
  from unnest($1::text::int[], $3::text::uuid[], $4::text::uuid[], $5::text::boolean[],
              $7::text::text[])
       as u(tenant, digest, fingerprint, refused, answer)"""

_RECALL = """
select u.n, i.fingerprint, i.refused, i.answer
  from unnest($1::text::int[], $2::text::uuid[]) with ordinality as u(tenant, digest, n)
  cross join lateral (
    select * from idempotency i where i.tenant = u.tenant and i.digest = u.digest limit 1) i"""


def array_literal(tenants: Collection[int]) -> str:
    """The tenants as the text that `enscene.tenants` holds."""
    return "{" + ",".join(map(str, sorted(tenants))) + "}"


async def admit(
    connection: Connection,
    tenants: Collection[int],
    *,
    by_key: bool = False,
    all_rows: bool = False,
) -> None:
    """Let the running transaction see these tenants' rows, and no others.

    `by_key` says that it will read rows by their keys alone, `all_rows` that it will read whole
    tables of theirs; what does neither leaves both out.
    """
    statement = _ADMIT_BY_KEY if by_key else _ADMIT_ALL_ROWS if all_rows else _ADMIT
    await connection.fetchval(statement, array_literal(tenants))


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
    connection: Connection,
    shard: int,
    tenants: Collection[int],
    units: int,
    at: datetime | None = None,
) -> Stamp:
    """Wait for the shard, take `units` numbers and the time; held until the transaction ends.

    The time is `at` where that was a moment ago and after the batch before, else the database's.
    """
    row = await connection.fetchrow(_LOCK, shard, array_literal(tenants), units, at)
    assert row is not None, f"shard {shard} does not exist"
    base, given, clocks, clock = row
    return Stamp(shard, base, given, offsets_of(clocks), clock)


def append_events(script: Script, stamp: Stamp, rows: Sequence[tuple[int, int, Report]]) -> None:
    """Write the log: rows of (index in the batch, tenant, report)."""
    if not rows:
        return
    script.add(
        _EVENTS,
        stamp.shard,
        numbers([stamp.seq(index) for index, _, _ in rows]),
        *column([tenant for _, tenant, _ in rows], numbers),
        *column([stamp.time(tenant) for _, tenant, _ in rows], moments),
        *column([report.scene for _, _, report in rows], numbers),
        *column([report.action for _, _, report in rows], texts),
        texts([report.subject for _, _, report in rows]),
        texts([report.actor for _, _, report in rows]),
        texts([report.facts for _, _, report in rows]),
    )


Record = tuple[int, str, str, bool, str]
"""Tenant, digest, fingerprint, refused, answer."""


def remember(script: Script, stamp: Stamp, records: Sequence[Record]) -> None:
    """Store the answers. Where a key is there already, the script fails: `answered_already`."""
    if not records:
        return
    # `on conflict` would write every row speculatively first: a fifth dearer.
    script.add(
        _REMEMBER,
        *column([record[0] for record in records], numbers),
        words([record[1] for record in records]),
        words([record[2] for record in records]),
        *column([record[3] for record in records], flags),
        texts([record[4] for record in records]),
        stamp.at,
    )


def answered_already(error: asyncpg.UniqueViolationError) -> bool:
    """Whether it says that somebody else has answered one of the keys."""
    return bool(error.table_name == "idempotency")


async def remember_alone(connection: Connection, stamp: Stamp, record: Record) -> None:
    """Store one answer at once; the caller holds the shard's lock and has looked for the key."""
    script = Script()
    remember(script, stamp, [record])
    await script.run(connection)


async def recall(
    connection: Connection, keys: Collection[tuple[int, str]]
) -> dict[tuple[int, str], tuple[str, bool, str]]:
    """The stored answers of those keys that have one: (fingerprint, refused, answer)."""
    if not keys:
        return {}
    ordered = list(keys)
    rows = await connection.fetch(
        _RECALL, numbers([key[0] for key in ordered]), words([key[1] for key in ordered])
    )
    return {ordered[r[0] - 1]: (r[1].hex, r[2], r[3]) for r in rows}
