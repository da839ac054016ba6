"""SQL of the line of tasks, and of the hands that tasks go through."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from enscene.work.store import Connection

_LOADS = """
select coalesce(staff, '') as staff, count(*) filter (where state in ('open', 'taken'))::int as open,
       count(*) filter (where state = 'done' and done_at > $2 and done_at <= $3)::int as done
  from staff_task
 where tenant = $1 and (state in ('open', 'taken') or (state = 'done' and done_at > $2))
 group by 1 order by 1"""
_SERVED = """
select count(*) filter (where t.routed <> 'long_wait')::int as low_need,
       count(*) filter (where t.routed = 'long_wait')::int as long_wait,
       count(*) filter (where exists (
         select from staff_task p where p.tenant = t.tenant and p.customer = t.customer
            and p.state <> 'automatic' and p.kind in ('chat', 'call_back')
            and p.reason not like 'offer:%'
            and p.made_at >= t.made_at and p.made_at <= t.made_at + $4::interval
            and p.id <> t.id))::int as came_back
  from staff_task t
 where t.tenant = $1 and t.state = 'automatic' and t.made_at > $2 and t.made_at <= $3"""


async def read_loads(
    connection: Connection, tenant: int, since: datetime, until: datetime
) -> list[Any]:
    """staff ("" for nobody's), open, done since; by name."""
    rows: list[Any] = await connection.fetch(_LOADS, tenant, since, until)
    return rows


async def read_served(
    connection: Connection, tenant: int, since: datetime, until: datetime, back: timedelta
) -> Any:
    """low_need, long_wait, came_back: served without a person, and who asked for one after that."""
    return await connection.fetchrow(_SERVED, tenant, since, until, back)


async def read_rule(connection: Connection, tenant: int) -> Any:
    """wait_h, set_by, set_at; None: none was set."""
    return await connection.fetchrow(
        "select wait_h, set_by, set_at from work_capacity where tenant = $1", tenant
    )


async def put_rule(
    connection: Connection, tenant: int, wait_h: int, who: str, at: datetime
) -> None:
    await connection.execute(
        "insert into work_capacity (tenant, wait_h, set_by, set_at) values ($1, $2, $3, $4) "
        "on conflict (tenant) do update set wait_h = excluded.wait_h, set_by = excluded.set_by, "
        "set_at = excluded.set_at", tenant, wait_h, who, at,
    )  # fmt: skip


async def insert_hand(
    connection: Connection, tenant: int, task: UUID, giver: str | None, taker: str, at: datetime
) -> None:
    """Whoever changes a task holds its row, so that numbers do not meet."""
    await connection.execute(
        "insert into staff_task_hand (tenant, task, number, giver, taker, at) "
        "select $1, $2, count(*), $3, $4, $5 from staff_task_hand where tenant = $1 and task = $2",
        tenant, task, giver, taker, at,
    )  # fmt: skip


async def count_hands(connection: Connection, tenant: int, task: UUID) -> int:
    found: int = await connection.fetchval(
        "select count(*) from staff_task_hand where tenant = $1 and task = $2", tenant, task
    )
    return found


async def read_hands(connection: Connection, tenant: int, task: UUID) -> list[Any]:
    """giver, taker, at; in order."""
    rows: list[Any] = await connection.fetch(
        "select giver, taker, at from staff_task_hand where tenant = $1 and task = $2 "
        "order by number", tenant, task,
    )  # fmt: skip
    return rows
