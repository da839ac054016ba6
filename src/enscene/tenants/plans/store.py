"""SQL of the steps of projects and care."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import asyncpg

from enscene.tenants.store import Connection

_INSERT = """
insert into tenant_step (tenant, kind, n, title, due)
select $1, u.kind, u.place + coalesce((select max(n) from tenant_step s
                                        where s.tenant = $1 and s.kind = u.kind), 0), u.title, u.due
  from unnest($2::text[], $3::text[], $4::date[]) with ordinality as u(kind, title, due, place)"""


async def insert_steps(
    connection: Connection, tenant: int, steps: Sequence[tuple[str, str, date]]
) -> None:
    """(kind, title, due), after those that are there."""
    # Two at once would take the same number: one after the other.
    await connection.execute("select pg_advisory_xact_lock(7302, $1)", tenant)
    await connection.execute(_INSERT, tenant, *([each[n] for each in steps] for n in range(3)))


async def read_steps(connection: Connection, tenants: Collection[int]) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        "select tenant, kind, n, title, due, done_at, done_by, note from tenant_step "
        "where tenant = any($1::int[]) order by due, kind desc, n",
        list(tenants),
    )
    return rows


async def drop_step(connection: Connection, tenant: int, kind: str, n: int) -> None:
    await connection.execute(
        "delete from tenant_step where tenant = $1 and kind = $2 and n = $3", tenant, kind, n
    )


async def finish_step(
    connection: Connection, tenant: int, kind: str, n: int, who: str, note: str
) -> bool:
    """Whether there was such a step that was not done yet."""
    done = await connection.execute(
        "update tenant_step set done_at = now(), done_by = $4, note = $5 "
        "where tenant = $1 and kind = $2 and n = $3 and done_at is null",
        tenant, kind, n, who, note,
    )  # fmt: skip
    return bool(done == "UPDATE 1")
