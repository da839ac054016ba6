"""SQL of tickets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from enscene.commit import admit
from enscene.tenants.store import Connection

__all__ = ["admit"]
_COLUMNS = (
    "tenant, id, number, kind, title, partner, state, opened_by, opened_at, answer_due, "
    "answered_at, due, waits_since, solved_at, release, clock_timestamp() as now"
)
# By whom and what: the state it is in then, and its clocks.
_MOVE = """
update ticket set
  state = case when $3 = 'asked_back' then 'waiting' when $3 = 'solved' then 'solved'
               when $3 = 'closed' then 'closed' when $4 = 'asker' then 'open' else state end,
  answered_at = case when $4 = 'operator' then coalesce(answered_at, clock_timestamp())
                     else answered_at end,
  due = case when waits_since is not null and ($4 = 'asker' or $3 = 'solved')
             then due + (clock_timestamp() - waits_since)
             when $3 = 'reopened' then due + (clock_timestamp() - solved_at) else due end,
  waits_since = case when $3 = 'asked_back' then coalesce(waits_since, clock_timestamp())
                     when $4 = 'asker' or $3 = 'solved' then null else waits_since end,
  solved_at = case when $3 = 'solved' then clock_timestamp() when $3 = 'reopened' then null
                   when $3 = 'closed' then coalesce(solved_at, clock_timestamp())
                   else solved_at end
 where tenant = $1 and id = $2"""


async def lock(connection: Connection, tenant: int) -> None:
    """Numbers are given one after the other."""
    await connection.execute("select pg_advisory_xact_lock(7332, $1)", tenant)


async def find_key(connection: Connection, tenant: int, who: str, key: str) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        "select id from ticket where tenant = $1 and opened_by = $2 and key = $3", tenant, who, key
    )
    return found


async def count_open(connection: Connection, tenant: int, partner: UUID | None) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from ticket where tenant = $1 and state <> 'closed' "
        "and partner is not distinct from $2",
        tenant, partner,
    )  # fmt: skip
    return found


async def insert(connection: Connection, *values: Any) -> None:
    await connection.execute(
        "insert into ticket (tenant, id, number, kind, title, partner, state, opened_by, opened_at, "
        "answer_due, due, key) select $1, $2, 1 + coalesce((select max(number) from ticket where "
        "tenant = $1), 0), $3, $4, $5, 'open', $6, t, t + $7::interval, t + $8::interval, $9 "
        "from clock_timestamp() as t",
        *values,
    )


async def add_line(connection: Connection, *values: Any) -> None:
    await connection.execute(
        "insert into ticket_step (tenant, ticket, n, at, act, side, who, text) select $1, $2, "
        "1 + coalesce((select max(n) from ticket_step where tenant = $1 and ticket = $2), 0), "
        "clock_timestamp(), $3, $4, $5, $6",
        *values,
    )


async def move(connection: Connection, tenant: int, ticket: UUID, act: str, side: str) -> None:
    await connection.execute(_MOVE, tenant, ticket, act, side)


async def read(
    connection: Connection, tenant: int, ticket: UUID, *, lock: bool
) -> asyncpg.Record | None:
    more = " for update" if lock else ""
    return await connection.fetchrow(
        f"select {_COLUMNS} from ticket where tenant = $1 and id = $2{more}", tenant, ticket
    )


async def read_lines(connection: Connection, tenant: int, ticket: UUID) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        "select at, act, side, who, text from ticket_step where tenant = $1 and ticket = $2 "
        "order by n",
        tenant, ticket,
    )  # fmt: skip
    return rows


async def list_tickets(
    connection: Connection, tenants: Collection[int], partner: UUID | None, limit: int, *, own: bool
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        f"select {_COLUMNS} from ticket where tenant = any($1::int[]) "
        "and ($2::uuid is null or partner = $2) and (not $4 or partner is null) "
        "order by state in ('closed', 'solved'), "
        "case when answered_at is null then answer_due else due end, id limit $3",
        list(tenants), partner, limit, own,
    )  # fmt: skip
    return rows


async def read_scores(
    connection: Connection, tenants: Collection[int], begin: datetime, end: datetime
) -> list[asyncpg.Record]:
    """tenant, filed, answers owed and in time, solutions owed and in time: of the tenants' own."""
    rows: list[asyncpg.Record] = await connection.fetch(
        "select tenant, count(*)::int, "
        "count(*) filter (where answered_at is not null or answer_due < t)::int, "
        "count(*) filter (where answered_at <= answer_due)::int, "
        "count(*) filter (where solved_at is not null or (waits_since is null and due < t))::int, "
        "count(*) filter (where solved_at <= due)::int "
        "from ticket cross join clock_timestamp() as t where tenant = any($1::int[]) "
        "and partner is null and opened_at >= $2 and opened_at < $3 group by tenant order by tenant",
        list(tenants), begin, end,
    )  # fmt: skip
    return rows


async def set_release(connection: Connection, tenant: int, ticket: UUID, release: UUID) -> None:
    await connection.execute(
        "update ticket set release = $3 where tenant = $1 and id = $2", tenant, ticket, release
    )


async def read_planned(connection: Connection, tenant: int, release: UUID) -> list[UUID]:
    """Those that have not ended, locked."""
    rows = await connection.fetch(
        "select id from ticket where tenant = $1 and release = $2 "
        "and state in ('open', 'waiting') order by number for update",
        tenant, release,
    )  # fmt: skip
    return [row["id"] for row in rows]
