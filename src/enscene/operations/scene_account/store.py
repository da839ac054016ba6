"""SQL of the scene account: what is kept by night, and the ledger as it stood at a day's end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from enscene.operations.store import Connection, Row


def first_since(since: str) -> str:
    """The number of the first transfer of tenant $1 at `since` or later, as SQL.

    A tenant's time never goes back, so that it is found by halving."""
    return f"""(
  with recursive edge (low, high) as (
    select 0::bigint, coalesce((select seq + 1 from transfer where tenant = $1
                                 order by seq desc limit 1), 0)
    union all
    select case when p.at < {since} then p.seq + 1 else e.low end,
           case when p.at < {since} then e.high else e.middle end
      from (select low, high, (low + high) / 2 as middle from edge where low < high) e
      left join lateral (
        select seq, at from transfer where tenant = $1 and seq >= e.middle and seq < e.high
         order by seq limit 1) p on true)
  select high from edge where low >= high)"""


_FIRST = first_since("$2")
_LEDGER = f"""
with since as (
  select account, sum(minor) as minor from (
    select cr as account, amount as minor from transfer
     where tenant = $1 and kind in (0, 2) and seq >= {_FIRST}
    union all
    select dr, -amount from transfer
     where tenant = $1 and kind in (0, 2) and seq >= {_FIRST}) legs
   group by account)
select a.role, a.kind, case when a.role = '' then a.name else '' end as name, a.currency,
       sum(a.posted - coalesce(s.minor, 0))::bigint as minor
  from account a left join since s on s.account = a.id
 where a.tenant = $1 group by 1, 2, 3, 4"""
_DAYS = """
select max(day) filter (where day between $2 and $3), min(day), max(day)
  from indicator_day where tenant = $1"""


async def read_ledger(connection: Connection, tenant: int, before: datetime) -> list[Row]:
    """role, kind, name (of accounts without a role), currency, minor: what all accounts had together
    before a time."""
    found: list[Row] = await connection.fetch(_LEDGER, tenant, before)
    return found


async def read_days(
    connection: Connection, tenant: int, first: date, last: date
) -> tuple[date | None, date | None, date | None]:
    """The last computed day between two; the first and the last that is computed at all."""
    row = await connection.fetchrow(_DAYS, tenant, first, last)
    return row[0], row[1], row[2]


_OUTLAY = "id, scene, kind, day, minor, currency, note, state, asked_by, asked_at, decided_by"
_INSERT = """
insert into scene_outlay (tenant, id, scene, kind, day, minor, currency, note, asked_by, asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
_LIST = f"""
select {_OUTLAY} from scene_outlay
 where tenant = $1 and ($2::int is null or scene = $2) order by day desc, asked_at desc"""
_WHOLE_MONTHS = """
select date_trunc('month', day)::date from indicator_day
 where tenant = $1 and day = (date_trunc('month', day) + interval '1 month - 1 day')::date
 order by 1"""


async def insert_outlay(connection: Connection, tenant: int, *values: object) -> None:
    """id, scene, kind, day, minor, currency, note, who, when."""
    await connection.execute(_INSERT, tenant, *values)


async def lock_outlay(connection: Connection, tenant: int, scene: int, number: UUID) -> Row | None:
    """Its state and who entered it; nobody else decides meanwhile."""
    return await connection.fetchrow(
        "select state, asked_by, kind from scene_outlay where tenant = $1 and scene = $2 and id = $3 "
        "for update", tenant, scene, number,
    )  # fmt: skip


async def decide_outlay(
    connection: Connection, tenant: int, number: UUID, state: str, who: str
) -> None:
    await connection.execute(
        "update scene_outlay set state = $3, decided_by = $4, decided_at = clock_timestamp() "
        "where tenant = $1 and id = $2", tenant, number, state, who,
    )  # fmt: skip


async def read_outlays(connection: Connection, tenant: int, scene: int | None) -> list[Row]:
    """Of a scene, or of all."""
    found: list[Row] = await connection.fetch(_LIST, tenant, scene)
    return found


async def read_whole_months(connection: Connection, tenant: int) -> list[date]:
    """The first days of months whose last day is computed, in order."""
    return [row[0] for row in await connection.fetch(_WHOLE_MONTHS, tenant)]


async def insert_release(connection: Connection, tenant: int, *values: object) -> None:
    """id, scene, day, minor, currency, note, project, step, who asked, who approved."""
    await connection.execute(
        "insert into scene_outlay (tenant, id, scene, kind, day, minor, currency, note, project, "
        "step, asked_by, decided_by, state, decided_at) values "
        "($1, $2, $3, 'investment', $4, $5, $6, $7, $8, $9, $10, $11, 'approved', clock_timestamp())",
        tenant, *values,
    )  # fmt: skip


async def move_releases(connection: Connection, tenant: int, project: UUID, scene: int) -> None:
    await connection.execute(
        "update scene_outlay set scene = $3 where tenant = $1 and project = $2",
        tenant, project, scene,
    )  # fmt: skip


async def read_released(
    connection: Connection, tenant: int, projects: Sequence[UUID]
) -> dict[tuple[UUID, str], int]:
    """By project and step."""
    rows = await connection.fetch(
        "select project, step, minor from scene_outlay where tenant = $1 and project = any($2)",
        tenant, projects,
    )  # fmt: skip
    return {(row[0], row[1]): row[2] for row in rows}


async def has_project(connection: Connection, tenant: int, scene: int) -> bool:
    """Whether the investment of a scene is released by the gates of a project."""
    found: bool = await connection.fetchval(
        "select exists (select from project where tenant = $1 and scene = $2)", tenant, scene
    )
    return found
