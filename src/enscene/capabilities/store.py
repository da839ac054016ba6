"""SQL of the capabilities: what they compute from, each read within one admitted tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Refused

Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"
Rows: TypeAlias = "list[asyncpg.Record]"

ROWS_MOST = 100_000
"""Of purchases or bills that one call computes from, the newest."""
PATIENCE = "10s"
"""Nobody's analysis holds the database for longer."""

# Whoever does not see all of a thing sees those that name it: `$6` null, or who is named in one of
# the fields `$7`. `$4` is the shard; a thing was born with the unit of that number.
_OF = """
  from thing t join event b on b.shard = $4 and b.seq = t.born and b.tenant = t.tenant
 where t.tenant = $1 and t.scene = $2 and t.type = $3 and not t.state = any($5::text[])
   and ($6::text is null or exists (select from unnest($7::text[]) f where t.fields->>f = $6))"""
_SALES = f"""
select (b.at at time zone $8)::date, sum((t.fields->>$9)::bigint)::bigint
{_OF} and b.at >= $10 and t.fields ? $9 group by 1"""
_PURCHASES = f"""
select t.fields->>$11, (b.at at time zone $8)::date, (t.fields->>$9)::bigint
{_OF} and b.at >= $10 and t.fields ? $9 and t.fields ? $11 order by t.born desc limit $12"""
# A bill is paid when it came to a state that says so: nothing changes it after that.
_DUES = f"""
select t.fields->>$11, (b.at at time zone $8)::date,
       case when t.state = any($13::text[]) then (p.at at time zone $8)::date end,
       (t.fields->>$9)::bigint, t.fields->>$14
{_OF.replace(" where", " left join event p on p.shard = $4 and p.seq = t.seq and p.tenant = t.tenant where", 1)}
   and b.at >= $10 and t.fields ? $9 and t.fields ? $11 order by t.born desc limit $12"""
_AHEAD = f"""
select t.key, coalesce(t.fields->>$9, (t.due at time zone $8)::date::text),
       (t.fields->>$10)::bigint
{_OF} and t.fields ? $10 and (case when $9::text is null then t.due is not null
                              else t.fields ? $9 end)
 order by t.born desc limit $11"""
_ACCOUNT = """
select id, currency, posted - held from account
 where tenant = $1 and scene = $2 and name = $3 and owner = $4 and id > 0"""
_FLOWS = """
select (at at time zone $4)::date, coalesce(sum(amount) filter (where amount > 0), 0)::bigint,
       coalesce(-sum(amount) filter (where amount < 0), 0)::bigint
  from entry where tenant = $1 and account = $2 and at >= $3 and not flow = any($5::text[])
 group by 1"""
_CLOCK = """
select clock_timestamp() + coalesce((s.clocks->>t.id::text)::bigint, 0)
         * interval '1 microsecond', t.zone, t.currency, t.shard
  from tenant t join shard s on s.id = t.shard where t.id = $1"""
_CONSENT = """
select id, actions, fields from app_grant
 where tenant = $1 and app = $2 and party = $3 and scene = $4 and purpose = $5
   and revoked_at is null and (expires_at is null or expires_at > clock_timestamp())
 order by id desc"""
INSERT_RECEIPTS = """
insert into receipt (tenant, app, grant_id, party, scene, purpose, what, fields, level, records,
                     levels, metered)
select u.tenant, u.app, u.consent, u.party, u.scene, u.purpose, u.what, u.fields::text[],
       case when 'C2' = any (u.levels::text[]) then 'C2' else 'C1' end, u.records,
       u.levels::text[], u.consent = 0
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::bigint[], $5::bigint[], $6::text[],
              $7::int[], $8::text[], $9::text[], $10::text[], $11::int[], $12::text[])
       as u(seq, at, tenant, app, consent, party, scene, purpose, what, fields, records, levels)
 where u.consent > 0 or exists (
   select from party p where p.tenant = u.tenant and p.ref = u.party and p.kind = 'person')"""
"""Firms among those whose data are of the caller's own business get none."""


@asynccontextmanager
async def reading(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    """A read-only transaction that sees one tenant, all of it as of one moment.

    Raises: Refused("capability.too_much") for what takes longer than `PATIENCE`."""
    try:
        async with (
            pool.acquire() as connection,
            connection.transaction(readonly=True, isolation="repeatable_read"),
        ):
            await admit(connection, [tenant])
            await connection.execute("select set_config('statement_timeout', $1, true)", PATIENCE)
            yield connection
    except asyncpg.QueryCanceledError:
        raise Refused(
            "there is too much to look at for one call",
            code="capability.too_much",
            hint="ask for a thing or a party with less of it",
        ) from None


async def read_clock(connection: Connection, tenant: int) -> tuple[datetime, str, str, int]:
    """The tenant's time, zone, currency and shard."""
    row = await connection.fetchrow(_CLOCK, tenant)
    assert row is not None
    return row[0], row[1], row[2], row[3]


@dataclass(frozen=True, slots=True)
class Of:
    """Which things: of a scene and type, but for some states. `seen_by` is the party that one of
    the fields `named_in` must name; None: all of them. Days are those of `zone`."""

    tenant: int
    scene: int
    thing: str
    shard: int
    states_out: tuple[str, ...]
    seen_by: str | None
    named_in: tuple[str, ...]
    zone: str

    def without(self, states: Sequence[str]) -> Of:
        """The same, but for these states too."""
        return replace(self, states_out=(*self.states_out, *states))

    @property
    def values(self) -> tuple[Any, ...]:
        """As the statements take them."""
        return (
            self.tenant, self.scene, self.thing, self.shard, list(self.states_out), self.seen_by,
            list(self.named_in), self.zone,
        )  # fmt: skip


async def read_sales(
    connection: Connection, of: Of, amount: str, since: datetime
) -> list[tuple[date, int]]:
    """Sums by day of the tenant's zone."""
    return [tuple(row) for row in await connection.fetch(_SALES, *of.values, amount, since)]


async def read_purchases(
    connection: Connection, of: Of, amount: str, since: datetime, customer: str
) -> Rows:
    """Customer, day, amount."""
    rows: Rows = await connection.fetch(_PURCHASES, *of.values, amount, since, customer, ROWS_MOST)
    return rows


async def read_dues(
    connection: Connection, of: Of, amount: str, since: datetime, customer: str,
    paid: Sequence[str], due: str | None,
) -> Rows:  # fmt: skip
    """Who owes, the day it was born, the day it was paid, the amount, the day of its field."""
    rows: Rows = await connection.fetch(
        _DUES, *of.values, amount, since, customer, ROWS_MOST, list(paid), due
    )
    return rows


async def read_ahead(connection: Connection, of: Of, amount: str, due: str | None) -> Rows:
    """Key, day as text, amount; of things with a day of a field, or with a timer."""
    rows: Rows = await connection.fetch(_AHEAD, *of.values, due, amount, ROWS_MOST)
    return rows


async def read_account(
    connection: Connection, tenant: int, scene: int, name: str, owner: int
) -> tuple[int, str, int] | None:
    """Id, currency, available balance."""
    row = await connection.fetchrow(_ACCOUNT, tenant, scene, name, owner)
    return None if row is None else (row[0], row[1], row[2])


async def read_flows(
    connection: Connection, tenant: int, account: int, since: datetime, zone: str,
    without: Sequence[str],
) -> list[tuple[date, int, int]]:  # fmt: skip
    """What came in and went out, by day."""
    rows = await connection.fetch(_FLOWS, tenant, account, since, zone, list(without))
    return [(row[0], row[1], row[2]) for row in rows]


async def read_consents(
    connection: Connection, tenant: int, app: int, party: str, scene: str, purpose: str
) -> Rows:
    """Number, actions and fields of the consents in force, the newest first."""
    rows: Rows = await connection.fetch(_CONSENT, tenant, app, party, scene, purpose)
    return rows
