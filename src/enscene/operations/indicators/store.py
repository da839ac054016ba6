"""SQL of the figures that boards read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from enscene.kernel.ids import REHEARSALS_FROM
from enscene.operations.indicators.window import GRAINS, Grain, Window

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
_COLUMNS = "tenant, indicator, scene, grain, day, key, currency, value"
_DELETE = """
delete from indicator_value v using unnest($2::text[], $3::date[]) s(grain, day)
 where v.tenant = $1 and v.grain = s.grain and v.day = s.day"""
_READ = """
select indicator, scene, grain, day, key, currency, value from indicator_value
 where tenant = $1 and indicator = any($2) and grain = $3 and day between $4 and $5
   and ($6::int is null or scene = $6)
 order by indicator, scene, day, key, currency"""
_IN_LAKE = """
select not exists (select from event e where e.shard = $2 and e.tenant = $1 and e.at < $3
                      and e.seq > coalesce((select seq from reading
                                             where name = 'lake' and shard = $2), 0))
   and coalesce((select min(made_at) >= $4 from lake_file where tenant = $1 and day is null), false)"""
_DONE = """
insert into indicator_day (tenant, day, rows) values ($1, $2, $3)
    on conflict (tenant, day) do update set rows = excluded.rows, made_at = clock_timestamp()"""


class Value(NamedTuple):
    """A figure of a scene. `value` is in the unit of its indicator, `day` the first of its grain."""

    indicator: str
    scene: int
    grain: Grain
    day: date
    key: str
    currency: str
    value: int


async def replace_values(
    connection: Connection, tenant: int, window: Window, values: Sequence[Value]
) -> None:
    """The figures of a day, and of the week and the month that it is in, in the place of what was
    there; within the caller's transaction."""
    firsts = [window.span(grain)[0] for grain in GRAINS]
    # Two that compute at once would both insert.
    await connection.execute("select pg_advisory_xact_lock(hashtext('indicator'), $1)", tenant)
    await connection.execute(_DELETE, tenant, list(GRAINS), firsts)
    await _insert(connection, tenant, values)
    await connection.execute(_DONE, tenant, window.day, len(values))


async def _insert(connection: Connection, tenant: int, values: Iterable[Value]) -> None:
    columns = [list(column) for column in zip(*values, strict=True)] or [[] for _ in range(7)]
    await connection.execute(
        f"insert into indicator_value ({_COLUMNS}) select $1, * from unnest("
        "$2::text[], $3::int[], $4::text[], $5::date[], $6::text[], $7::text[], $8::bigint[])",
        tenant, *columns,
    )  # fmt: skip


async def read_values(
    connection: Connection, tenant: int, indicators: Sequence[str], grain: Grain,
    first: date, last: date, scene: int | None = None,
) -> list[Value]:  # fmt: skip
    """Figures of days, weeks or months that begin between two days; within a reader's transaction."""
    rows = await connection.fetch(_READ, tenant, list(indicators), grain, first, last, scene)
    return [Value(*row) for row in rows]


async def read_zones(connection: Connection) -> list[tuple[int, int, str]]:
    """Tenant, shard and zone; those of rehearsals are gone before anybody asks for their figures."""
    return [
        (r[0], r[1], r[2])
        for r in await connection.fetch(
            f"select id, shard, zone from tenant where id < {REHEARSALS_FROM} order by id"
        )
    ]


async def read_last_days(connection: Connection) -> dict[int, date]:
    """The last day that is computed, by tenant that is admitted."""
    rows = await connection.fetch("select tenant, max(day) from indicator_day group by tenant")
    return {row[0]: row[1] for row in rows}


async def read_first_days(connection: Connection) -> dict[int, date]:
    """The first day (UTC) of whose log the lake has something, by tenant that is admitted."""
    rows = await connection.fetch(
        "select tenant, min(day) from lake_file where kind = 'event' and day is not null group by 1"
    )
    return {row[0]: row[1] for row in rows}


async def read_clocks(connection: Connection) -> dict[int, tuple[Any, str]]:
    """By shard: the time now, and how far its tenants' clocks run ahead."""
    rows = await connection.fetch("select id, clock_timestamp(), clocks::text from shard")
    return {row[0]: (row[1], row[2]) for row in rows}


async def is_in_lake(
    connection: Connection, tenant: int, shard: int, end: datetime, ahead: timedelta
) -> bool:
    """Whether the lake has all that happened before a time of the tenant's clock, which runs ahead
    so far, and snapshots that are younger."""
    found: bool = await connection.fetchval(_IN_LAKE, tenant, shard, end, end - ahead)
    return found
