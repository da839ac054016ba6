"""SQL of the lake: its files, its place in the log, and the rows that it takes from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit import admit
from enscene.kernel.ids import REHEARSALS_FROM
from enscene.lake.columns import LOG, SNAPSHOTS
from enscene.lake.folder import File

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"

CURSOR = "lake"
# The tenants of rehearsals: they are gone in a minute, and nobody asks what they did.
_KEPT = f"id < {REHEARSALS_FROM}"
_SHARDS = f"""
select s.id, coalesce(r.seq, 0) as seq, s.seq as reach
  from shard s left join reading r on r.name = $1 and r.shard = s.id
 where exists (select from tenant t where t.shard = s.id and t.{_KEPT}) order by s.id"""
_LAG = f"""
select s.id, coalesce(r.seq, 0), s.seq,
       (select extract(epoch from clock_timestamp() - e.at) from event e
         where e.shard = s.id and e.seq > coalesce(r.seq, 0) order by e.seq limit 1)::float
  from shard s left join reading r on r.name = $1 and r.shard = s.id
 where exists (select from tenant t where t.shard = s.id and t.{_KEPT}) order by s.id"""
_MOVE = "update reading set seq = $4 where name = $1 and shard = $2 and seq = $3 returning seq"
_EVENT = "tenant, at::date as day, shard, seq, at, scene, action, subject, actor, facts::text"
_POSTING = """
f.tenant, f.at::date as day, {shard} as shard, f.seq, f.n, f.at, f.dr, f.cr, f.amount, f.currency,
(array['post', 'hold', 'capture', 'void'])[f.kind + 1], f.dr_balance, f.cr_balance, f.hold, f.scene,
f.flow"""
_PAGE = {
    "event": f"select {_EVENT} from event "
             "where shard = {shard} and seq > {after} and seq <= {to} order by tenant, day, seq",
    "posting": f"select {_POSTING} from unnest('{{{{{{tenants}}}}}}'::int[]) t cross join lateral "
               "(select * from transfer x where x.tenant = t and x.seq > {after} and x.seq <= {to}) f "
               "order by f.tenant, day, f.seq, f.n",
}  # fmt: skip
_ANEW = {
    "event": f"select {_EVENT} from event where shard = {{shard}} and tenant = {{tenant}} "
             "and seq between {first} and {last} and at::date = '{day}' order by seq",
    "posting": f"select {_POSTING} from transfer f where f.tenant = {{tenant}} "
               "and f.seq between {first} and {last} and f.at::date = '{day}' order by f.seq, f.n",
}  # fmt: skip
_SOME = f"select {_EVENT} from event where shard = {{shard}} and tenant = {{tenant}} and seq in ({{seqs}}) order by seq"
_WHOLE = {
    "tenant": "select id, ref, name, shard, parent, level, zone, region, currency, sandbox, "
              "created_at from tenant where id = {tenant}",
    "account": "select tenant, id, scene, name, role, kind, owner, currency from account "
               "where tenant = {tenant} order by id",
    "scene": "select tenant, id, ref, name, pack, state, terms, profile::text, created_at, live_at "
             "from scene where tenant = {tenant} order by id",
    "party": "select p.tenant, p.id, p.ref, p.kind, coalesce(i.customer, p.id), p.created_at "
             "from party p left join identity i on i.tenant = p.tenant and i.party = p.id "
             "where p.tenant = {tenant} order by p.id",
    "enrolment": "select tenant, scene, role, party, active, since from enrolment "
                 "where tenant = {tenant} order by scene, role, party",
    "contract": "select tenant, id, scene, product, customer, amount, currency, state, opened_at, "
                "ended_at from contract where tenant = {tenant} order by opened_at, id",
    "contract_entry": "select e.tenant, e.seq, c.scene, c.product, c.currency, e.what, "
                      "sum(e.principal)::bigint, sum(e.interest)::bigint, sum(e.penalty)::bigint, "
                      "sum(e.fee)::bigint "
                      "from contract_entry e join contract c on c.tenant = e.tenant "
                      "and c.id = e.contract where e.tenant = {tenant} "
                      "group by 1, 2, 3, 4, 5, 6 order by 2, 3, 4, 5, 6",
    "offer": "select tenant, id, scene, moment, customer, product, "
             "coalesce(rights->>'channel', ''), at from decision "
             "where tenant = {tenant} and product is not null order by at, id",
    "benefit": "select b.tenant, b.decision, coalesce(d.scene, 0), b.closed_seq, b.minor, b.currency "
               "from benefit b left join decision d on d.tenant = b.tenant and d.id = b.decision "
               "where b.tenant = {tenant} and b.state = 'taken' order by b.closed_seq",
    "referral": "select k.tenant, k.scene, k.customer, coalesce(c.customer, 0), k.at "
                "from referral_claim k left join referral_code c on c.tenant = k.tenant "
                "and c.code = k.code where k.tenant = {tenant} order by k.scene, k.customer",
    "application": "select tenant, id, scene, customer, product, state, offer, contract, began_in, "
                   "ended_in, begun_at, ended_at from application "
                   "where tenant = {tenant} order by begun_at, id",
    "application_step": "select tenant, application, n, step, channel, at from application_step "
                        "where tenant = {tenant} order by application, n",
}  # fmt: skip
_FILE = "tenant, id, kind, day, shard, first, last, rows, bytes, sha256, tier"
_INSERT = f"""
insert into lake_file ({_FILE}) select * from unnest($1::int[], $2::uuid[], $3::text[], $4::date[],
  $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::smallint[])"""
_DELETE = """
delete from lake_file f using unnest($1::int[], $2::uuid[]) u(tenant, id)
 where f.tenant = u.tenant and f.id = u.id returning f.id"""
_LIST = f"""
select {_FILE} from lake_file
 where ($1::text[] is null or kind = any($1)) order by tenant, kind, day, first, id"""
_GROUPS = """
select tenant, kind, day, max(made_at) < clock_timestamp() - $2::interval as idle
  from (select *, count(*) over (partition by tenant, kind, day, tier) as tally
          from lake_file where day is not null) f
 group by tenant, kind, day
having max(tally) >= $1 or (count(*) > 1 and max(made_at) < clock_timestamp() - $2::interval)
 order by tenant, kind, day"""
_OLD = f"""
select t.id, t.shard from tenant t left join lake_file f on f.tenant = t.id and f.day is null
 where t.{_KEPT} group by t.id, t.shard
having count(f.id) < $1 or min(f.made_at) < clock_timestamp() - $2::interval
 order by min(f.made_at) nulls first, t.id"""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a shard's log, as PostgreSQL copies them out, by kind; and how far they go."""

    shard: int
    tenants: list[int]
    after: int
    to: int
    reach: int
    rows: dict[str, bytes]


async def read_shards(connection: Connection) -> list[tuple[int, int, int]]:
    """Shard, how far it is exported, and how far it goes."""
    return [(r[0], r[1], r[2]) for r in await connection.fetch(_SHARDS, CURSOR)]


async def read_lag(connection: Connection) -> list[tuple[int, int, int, float]]:
    """As `read_shards`, with the seconds since the oldest event that is not exported. Of tenants
    that are admitted."""
    rows = await connection.fetch(_LAG, CURSOR)
    return [(r[0], r[1], r[2], max(0.0, r[3] or 0.0)) for r in rows]


async def read_tenants(connection: Connection) -> list[int]:
    """Of all shards."""
    return [
        row[0] for row in await connection.fetch(f"select id from tenant where {_KEPT} order by id")
    ]


async def begin_cursor(connection: Connection, shard: int) -> None:
    await connection.execute(
        "insert into reading (name, shard) values ($1, $2) on conflict do nothing", CURSOR, shard
    )


async def move_cursor(connection: Connection, shard: int, after: int, to: int) -> bool:
    """False: somebody else has moved it."""
    return await connection.fetchval(_MOVE, CURSOR, shard, after, to) is not None


async def read_page(connection: Connection, shard: int, after: int, most: int) -> Page:
    """What stands behind a place of the log, of so many numbers; within the caller's transaction."""
    # First how far, then whose: of what is numbered up to here every tenant is known then.
    reach = await connection.fetchval("select seq from shard where id = $1", shard)
    rows = await connection.fetch(
        f"select id from tenant where shard = $1 and {_KEPT} order by id", shard
    )
    tenants = [row[0] for row in rows]
    to = min(reach, after + most)
    found = dict.fromkeys(LOG, b"")
    if tenants and to > after:
        await admit(connection, tenants, by_key=True)
        told = {"shard": shard, "after": after, "to": to, "tenants": ",".join(map(str, tenants))}
        for kind in LOG:
            found[kind] = await copy_out(connection, _PAGE[kind].format(**told))
    return Page(shard, tenants, after, to, reach, found)


async def copy_out(connection: Connection, query: str) -> bytes:
    """The rows of a query as CSV; times are of UTC. The query holds numbers and days of our own."""
    await connection.execute("set local timezone = 'UTC'")
    chunks: list[bytes] = []

    async def take(chunk: bytes) -> None:
        chunks.append(chunk)

    await connection.copy_from_query(query, output=take, format="csv")
    return b"".join(chunks)


async def read_anew(connection: Connection, file: File) -> bytes:
    """What the log has for a file now; a snapshot as it is now."""
    if file.day is None:
        return await read_whole(connection, file.kind, file.tenant)
    told = {"shard": file.shard, "tenant": file.tenant, "first": file.first, "last": file.last,
            "day": file.day}  # fmt: skip
    await admit(connection, [file.tenant], by_key=True)
    return await copy_out(connection, _ANEW[file.kind].format(**told))


async def read_events(
    connection: Connection, shard: int, tenant: int, seqs: Iterable[int]
) -> bytes:
    """Some events, as they are now."""
    told = ", ".join(str(int(seq)) for seq in seqs)
    await admit(connection, [tenant], by_key=True)
    return await copy_out(connection, _SOME.format(shard=shard, tenant=tenant, seqs=told))


async def read_whole(connection: Connection, kind: str, tenant: int) -> bytes:
    """A snapshot of one tenant."""
    await admit(connection, [tenant], all_rows=True)
    return await copy_out(connection, _WHOLE[kind].format(tenant=tenant))


# -- files ---------------------------------------------------------------------------------


async def list_files(connection: Connection, kinds: Sequence[str] | None = None) -> list[File]:
    """Files of the tenants that are admitted."""
    rows = await connection.fetch(_LIST, None if kinds is None else list(kinds))
    return [File(*row) for row in rows]


async def list_day(connection: Connection, tenant: int, kind: str, day: date | None) -> list[File]:
    """Of one tenant and day, in their order."""
    rows = await connection.fetch(
        f"select {_FILE} from lake_file where tenant = $1 and kind = $2 "
        "and day is not distinct from $3 order by first, id", tenant, kind, day,
    )  # fmt: skip
    return [File(*row) for row in rows]


async def find_holding(connection: Connection, tenant: int, seqs: Sequence[int]) -> list[File]:
    """Files of events in whose range one of the numbers is."""
    rows = await connection.fetch(
        f"select {_FILE} from lake_file where tenant = $1 and kind = 'event' and exists "
        "(select from unnest($2::bigint[]) s where s between first and last) order by first",
        tenant, list(seqs),
    )  # fmt: skip
    return [File(*row) for row in rows]


async def insert_files(connection: Connection, files: Sequence[File]) -> None:
    if files:
        columns = zip(*map(astuple, files), strict=True)
        await connection.execute(_INSERT, *map(list, columns))


async def delete_files(connection: Connection, files: Sequence[File]) -> bool:
    """False: not all of them are there any more."""
    rows = await connection.fetch(_DELETE, [f.tenant for f in files], [f.id for f in files])
    return len(rows) == len(files)


async def touch_file(connection: Connection, file: File) -> None:
    """It was made again just now, and is the same."""
    await connection.execute(
        "update lake_file set made_at = clock_timestamp() where tenant = $1 and id = $2",
        file.tenant, file.id,
    )  # fmt: skip


async def find_groups(
    connection: Connection, many: int, idle: timedelta
) -> list[tuple[int, str, date, bool]]:
    """Tenant, kind and day of which so many files of one tier stand, or where nothing more came
    for a while, which is the last."""
    return [(r[0], r[1], r[2], r[3]) for r in await connection.fetch(_GROUPS, many, idle)]


async def find_old(connection: Connection, every: timedelta) -> list[tuple[int, int]]:
    """Tenants whose snapshots are missing or older than that, and their shards."""
    rows = await connection.fetch(_OLD, len(SNAPSHOTS), every)
    return [(r[0], r[1]) for r in rows]


# -- erasures ------------------------------------------------------------------------------


async def insert_erasure(
    connection: Connection, tenant: int, number: UUID, seqs: Sequence[int]
) -> None:
    await connection.execute(
        "insert into lake_erasure (tenant, id, seqs) values ($1, $2, $3)",
        tenant,
        number,
        list(seqs),
    )


async def list_erasures(connection: Connection) -> list[tuple[int, UUID, list[int], int]]:
    """Tenant, number, numbers of the log and shard; the oldest first."""
    rows = await connection.fetch(
        "select e.tenant, e.id, e.seqs, t.shard from lake_erasure e join tenant t on t.id = e.tenant "
        "order by e.made_at, e.id"
    )
    return [(r[0], r[1], r[2], r[3]) for r in rows]


async def delete_erasure(connection: Connection, tenant: int, number: UUID) -> None:
    await connection.execute(
        "delete from lake_erasure where tenant = $1 and id = $2", tenant, number
    )
