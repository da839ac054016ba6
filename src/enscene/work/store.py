"""SQL of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"

COLUMNS = """id, kind, scene, customer, application, contract, need, reason, state, staff, result,
 made_at, taken_at, replied_at, done_at, routed, wait_s"""
_INSERT = f"""
insert into staff_task (tenant, id, kind, scene, customer, application, contract, need, reason,
                        state, staff, result, made_at, done_at, routed, wait_s)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::timestamptz,
        case when $10 = 'automatic' then $13::timestamptz end, $14, $15)
on conflict do nothing
returning {COLUMNS}"""
_LOADS = """
select staff, count(*)::int from staff_task
 where tenant = $1 and state in ('open', 'taken') and staff is not null group by 1"""
_LIST = f"""
select {COLUMNS} from staff_task
 where tenant = $1 and state = any($2::text[]) and ($3::text is null or staff = $3)
   and ($4::uuid is null or application = $4)
 order by need desc, made_at, id limit $5"""
_FIGURES = """
select count(*)::int as tasks,
       count(*) filter (where state in ('open', 'taken'))::int as open,
       count(*) filter (where state = 'done')::int as done,
       count(*) filter (where state = 'automatic')::int as automatic,
       (percentile_cont(0.5) within group (
          order by extract(epoch from replied_at - made_at)))::float8 as reply_s,
       (percentile_cont(0.5) within group (
          order by extract(epoch from done_at - made_at)) filter (where state = 'done'))::float8
         as done_s
  from staff_task where tenant = $1"""


async def insert_task(connection: Connection, *values: Any) -> Any:
    """The new row, or None where the same follow-up is under way."""
    return await connection.fetchrow(_INSERT, *values)


async def find_waiting(
    connection: Connection, tenant: int, scene: int, customer: int, kind: str, reason: str
) -> Any | None:
    """The same that is under way for a customer; of two who ask at once the second waits here."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"staff_task:{tenant}:{customer}"
    )
    return await connection.fetchrow(
        f"select {COLUMNS} from staff_task where tenant = $1 and scene = $2 and customer = $3 "
        "and kind = $4 and reason = $5 and application is null and state in ('open', 'taken') "
        "order by made_at limit 1",
        tenant, scene, customer, kind, reason,
    )  # fmt: skip


async def read_skills(connection: Connection, tenant: int) -> dict[str, tuple[str, ...]]:
    """Kinds by login name."""
    rows = await connection.fetch(
        "select login, array_agg(kind order by kind) from staff_skill where tenant = $1 group by 1",
        tenant,
    )
    return {row[0]: tuple(row[1]) for row in rows}


async def replace_skills(
    connection: Connection, tenant: int, login: str, kinds: Sequence[str], by: str
) -> bool:
    """Whether there is such a person."""
    found = await connection.fetchval(
        "select 1 from console_user where tenant = $1 and login = $2 for update", tenant, login
    )
    if found is None:
        return False
    await connection.execute(
        "delete from staff_skill where tenant = $1 and login = $2", tenant, login
    )
    await connection.execute(
        "insert into staff_skill (tenant, login, kind, set_by) "
        "select $1, $2, kind, $4 from unnest($3::text[]) as kind",
        tenant, login, list(kinds), by,
    )  # fmt: skip
    return True


async def read_server(
    connection: Connection, tenant: int, customer: int, staff: Sequence[str]
) -> str | None:
    """Who of these has served the customer last."""
    found: str | None = await connection.fetchval(
        "select staff from staff_task where tenant = $1 and customer = $2 "
        "and staff = any($3::text[]) order by made_at desc limit 1",
        tenant, customer, list(staff),
    )  # fmt: skip
    return found


async def read_loads(connection: Connection, tenant: int) -> dict[str, int]:
    """Tasks that are open, by who they are meant for."""
    return {row[0]: row[1] for row in await connection.fetch(_LOADS, tenant)}


async def list_tasks(
    connection: Connection,
    tenant: int,
    states: Sequence[str],
    staff: str | None,
    application: UUID | None,
    limit: int,
) -> list[Any]:
    rows: list[Any] = await connection.fetch(_LIST, tenant, list(states), staff, application, limit)
    return rows


async def read_task(
    connection: Connection, tenant: int, task: UUID, *, lock: bool = False
) -> Any | None:
    more = " for update" if lock else ""
    return await connection.fetchrow(
        f"select {COLUMNS} from staff_task where tenant = $1 and id = $2{more}", tenant, task
    )


async def update_task(connection: Connection, tenant: int, task: UUID, **values: Any) -> Any:
    """Set columns; the row as it is then."""
    names = list(values)
    assert all(name.isidentifier() for name in names), names
    sets = ", ".join(f"{name} = ${number + 3}" for number, name in enumerate(names))
    return await connection.fetchrow(
        f"update staff_task set {sets} where tenant = $1 and id = $2 returning {COLUMNS}",
        tenant,
        task,
        *values.values(),
    )


async def is_served_by(connection: Connection, tenant: int, customer: int, staff: str) -> bool:
    """Whether somebody has, or had, a task for a customer; one that waits in line is anybody's."""
    return bool(
        await connection.fetchval(
            "select exists (select from staff_task where tenant = $1 and customer = $2 "
            "and (staff = $3 or state = 'open'))",
            tenant,
            customer,
            staff,
        )
    )


async def insert_look(
    connection: Connection, tenant: int, look: UUID, staff: str, customer: int, allowed: bool
) -> None:
    """Keep a look at a customer."""
    await connection.execute(
        "insert into staff_look (tenant, id, staff, customer, allowed) values ($1, $2, $3, $4, $5)",
        tenant,
        look,
        staff,
        customer,
        allowed,
    )


async def read_looks(
    connection: Connection, tenant: int, customer: int | None, limit: int
) -> list[Any]:
    """staff, ref and name of the customer, allowed, at; the newest first."""
    rows: list[Any] = await connection.fetch(
        "select l.staff, p.ref, coalesce(nullif(p.name, ''), p.ref), l.allowed, l.at "
        "from staff_look l join party p on p.tenant = l.tenant and p.id = l.customer "
        "where l.tenant = $1 and ($2::bigint is null or l.customer = $2) "
        "order by l.id desc limit $3",
        tenant,
        customer,
        limit,
    )
    return rows


async def read_refused_looks(
    connection: Connection, tenant: int, within: timedelta, least: int
) -> list[Any]:
    """staff and the number of customers who were refused to them, from `least` on."""
    rows: list[Any] = await connection.fetch(
        "select staff, count(distinct customer)::int from staff_look "
        "where tenant = $1 and not allowed and at > clock_timestamp() - $2::interval "
        "group by 1 having count(distinct customer) >= $3 order by 2 desc, 1",
        tenant,
        within,
        least,
    )
    return rows


async def mark_replied(
    connection: Connection, tenant: int, application: UUID, at: datetime
) -> None:
    """The first word to the customer of this application was said."""
    await connection.execute(
        "update staff_task set replied_at = $3 where tenant = $1 and application = $2 "
        "and state in ('open', 'taken') and replied_at is null",
        tenant,
        application,
        at,
    )


async def read_figures(connection: Connection, tenant: int) -> Any:
    return await connection.fetchrow(_FIGURES, tenant)


_EXPORT = """
select id, kind, about, first_day, last_day, why, asked_by, asked_at, state, decided_by, decided_at,
       fetched, state = 'granted' and decided_at > clock_timestamp() - $2::interval
  from export where tenant = $1"""


async def insert_export(connection: Connection, *values: Any) -> None:
    """What somebody asked for."""
    await connection.execute(
        "insert into export (tenant, id, kind, about, first_day, last_day, why, asked_by) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        *values,
    )


async def read_export(connection: Connection, tenant: int, export: UUID, lasts: timedelta) -> Any:
    """One of them, or None."""
    return await connection.fetchrow(f"{_EXPORT} and id = $3", tenant, lasts, export)


async def list_exports(connection: Connection, tenant: int, lasts: timedelta) -> Sequence[Any]:
    """The newest first; those that wait before all others."""
    rows: Sequence[Any] = await connection.fetch(
        f"{_EXPORT} order by state <> 'asked', id desc limit 100", tenant, lasts
    )
    return rows


async def decide_export(
    connection: Connection, tenant: int, export: UUID, who: str, granted: bool
) -> bool:
    """Whether it was still to be decided; two who decide at once do it once."""
    done = await connection.fetchval(
        "update export set state = case when $4 then 'granted' else 'refused' end, "
        "decided_by = $3, decided_at = clock_timestamp() "
        "where tenant = $1 and id = $2 and state = 'asked' and asked_by <> $3 returning true",
        tenant,
        export,
        who,
        granted,
    )
    return bool(done)


async def count_fetch(connection: Connection, tenant: int, export: UUID) -> None:
    """It was fetched once more."""
    await connection.execute(
        "update export set fetched = fetched + 1 where tenant = $1 and id = $2", tenant, export
    )
