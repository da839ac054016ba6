"""SQL of lists of firms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from enscene.tenants.store import Connection, Pool

_LISTS = """
select l.tenant, l.id, l.title, l.level, l.plan, l.manager, l.pack, l.state, l.asked_by, l.asked_at,
       l.decided_by, l.decided_at, l.ended_at, c.waiting::int, c.done::int, c.known::int, c.failed::int
  from firm_list l
  cross join lateral (
    select count(*) filter (where n.state = 'waiting') as waiting,
           count(*) filter (where n.state = 'done') as done,
           count(*) filter (where n.state = 'known') as known,
           count(*) filter (where n.state = 'failed') as failed
      from firm_line n where n.tenant = l.tenant and n.list = l.id) c
 where l.tenant = any($1::int[]) and ($2::uuid is null or l.id = $2)
 order by l.asked_at desc, l.id limit $3"""
_SETTLE = """
update firm_line l set state = u.state, why = u.why, at = clock_timestamp()
  from unnest($3::int[], $4::text[], $5::text[]) as u(n, state, why)
 where l.tenant = $1 and l.list = $2 and l.n = u.n"""


async def insert_list(
    connection: Connection, tenant: int, number: UUID, *rest: Any, lines: Sequence[tuple[int, str, str]]
) -> None:  # fmt: skip
    """(title, level, plan, manager, pack, digest, who) and (n, ref, name) of each line.
    Raises: UniqueViolationError where the same list waits or runs."""
    await connection.execute(
        "insert into firm_list (tenant, id, title, level, plan, manager, pack, digest, asked_by) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant, number, *rest,
    )  # fmt: skip
    await connection.execute(
        "insert into firm_line (tenant, list, n, ref, name) "
        "select $1, $2, * from unnest($3::int[], $4::text[], $5::text[])",
        tenant, number, *([line[at] for line in lines] for at in range(3)),
    )  # fmt: skip


async def read_lists(
    connection: Connection, tenants: Collection[int], number: UUID | None, limit: int
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(_LISTS, list(tenants), number, limit)
    return rows


async def read_lines(
    connection: Connection, tenant: int, number: UUID, state: str, limit: int
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        "select n, ref, name, state, why from firm_line where tenant = $1 and list = $2 "
        "and ($3 = '' or state = $3) order by n limit $4",
        tenant, number, state, limit,
    )  # fmt: skip
    return rows


async def read_taken(source: Pool | Connection, refs: Collection[str]) -> dict[str, asyncpg.Record]:
    """Tenants that have one of the refs: (ref, name, parent, plan, state)."""
    rows = await source.fetch(
        "select ref, name, parent, plan, state from tenant where ref = any($1::text[])", list(refs)
    )
    return {row["ref"]: row for row in rows}


async def lock_list(
    connection: Connection, tenants: Collection[int], number: UUID
) -> asyncpg.Record | None:
    """(tenant, state, asked_by), nobody else's until the transaction ends."""
    return await connection.fetchrow(
        "select tenant, state, asked_by from firm_list where tenant = any($1::int[]) and id = $2 "
        "for update",
        list(tenants), number,
    )  # fmt: skip


async def decide(connection: Connection, tenant: int, number: UUID, state: str, who: str) -> None:
    await connection.execute(
        "update firm_list set state = $3, decided_by = $4, decided_at = clock_timestamp() "
        "where tenant = $1 and id = $2",
        tenant, number, state, who,
    )  # fmt: skip


async def next_lines(
    connection: Connection, tenant: int, number: UUID, limit: int
) -> list[asyncpg.Record]:
    """(n, ref, name) of some that wait."""
    rows: list[asyncpg.Record] = await connection.fetch(
        "select n, ref, name from firm_line where tenant = $1 and list = $2 and state = 'waiting' "
        "order by n limit $3",
        tenant, number, limit,
    )  # fmt: skip
    return rows


async def settle(
    connection: Connection, tenant: int, number: UUID, lines: Sequence[tuple[int, str, str]]
) -> None:
    """(n, state, why) of each."""
    await connection.execute(
        _SETTLE, tenant, number, *([line[at] for line in lines] for at in range(3))
    )


async def end(connection: Connection, tenant: int, number: UUID) -> None:
    """It is done when nothing waits."""
    await connection.execute(
        "update firm_list l set state = 'done', ended_at = clock_timestamp() "
        "where tenant = $1 and id = $2 and state = 'running' and not exists ("
        "select from firm_line n where n.tenant = l.tenant and n.list = l.id and n.state = 'waiting')",
        tenant, number,
    )  # fmt: skip


async def again(connection: Connection, tenant: int, number: UUID) -> bool:
    """What failed waits once more; False where nothing did or the list is neither done nor runs."""
    done = await connection.execute(
        "update firm_line set state = 'waiting', why = '', at = null "
        "where tenant = $1 and list = $2 and state = 'failed'",
        tenant, number,
    )  # fmt: skip
    if done == "UPDATE 0":
        return False
    await connection.execute(
        "update firm_list set state = 'running', ended_at = null where tenant = $1 and id = $2",
        tenant, number,
    )  # fmt: skip
    return True
