"""SQL of circles: sums by customer, scene, cell and day, and from where on in the log they count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from enscene.customers.circles.infer import KEPT, Tally

Connection: TypeAlias = "asyncpg.Connection[Any]"
Key: TypeAlias = tuple[int, int, int, date]
"""Customer, scene, cell, day."""
LOCK = 7305

_ADD = """
insert into circle_cell as c (tenant, customer, scene, cell, day, home, work, paid, minor)
select $1, * from unnest($2::bigint[], $3::int[], $4::bigint[], $5::date[], $6::int[], $7::int[],
                         $8::int[], $9::bigint[])
on conflict (tenant, customer, scene, cell, day) do update
   set home = c.home + excluded.home, work = c.work + excluded.work,
       paid = c.paid + excluded.paid, minor = c.minor + excluded.minor"""
_READ = """
select cell, day, sum(home)::int as home, sum(work)::int as work, sum(paid)::int as paid,
       sum(minor)::bigint as minor
  from circle_cell where tenant = $1 and customer = $2 group by cell, day"""
_READ_SCENE = """
with chosen as (
  select distinct customer from circle_cell
   where tenant = $1 and scene = $2 and day >= $3 and customer > $4 order by customer limit $5)
select c.customer, p.kind = 'person' as person, c.cell, c.day, c.home, c.work, c.paid, c.minor
  from chosen s join circle_cell c on c.tenant = $1 and c.scene = $2 and c.customer = s.customer
  join party p on p.tenant = $1 and p.id = c.customer
 where c.day >= $3 order by c.customer"""
_SAID = """
select u.customer, u.scene, bool_and(c.granted), bool_or(s.customer is not null and s.seq is null),
       coalesce(max(s.seq), 0)
  from unnest($2::bigint[], $3::int[]) as u(customer, scene)
  left join consent c on c.tenant = $1 and c.scene = u.scene and c.party = u.customer and c.item = $4
  left join circle_since s on s.tenant = $1 and s.customer = u.customer and s.scene in (0, u.scene)
 group by u.customer, u.scene"""
_CLOSE = """
insert into circle_since (tenant, customer, scene, seq) values ($1, $2, $3, null)
on conflict (tenant, customer, scene) do update set seq = null"""
_OPEN = """
insert into circle_since as c (tenant, customer, scene, seq)
select $1, $2, $3, s.seq from tenant t join shard s on s.id = t.shard where t.id = $1
on conflict (tenant, customer, scene) do update set seq = excluded.seq where c.seq is null"""


class CellRow(NamedTuple):
    """What a customer, a person or not, paid (or was paid) in a cell on a day."""

    customer: int
    person: bool
    cell: int
    day: date
    tally: Tally


async def lock_circles(connection: Connection, tenant: int) -> None:
    """Whoever counts and whoever clears do so one after the other. Held until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock($1, $2)", LOCK, tenant)


async def move_cursor(connection: Connection, tenant: int, seq: int) -> int:
    """Count the log up to `seq` from now on; how far it had been counted."""
    before: int = await connection.fetchval(
        "with old as (select seq from circle_read where tenant = $1), put as ("
        "insert into circle_read as r (tenant, seq) values ($1, $2) "
        "on conflict (tenant) do update set seq = greatest(r.seq, excluded.seq)) "
        "select coalesce((select seq from old), 0)",
        tenant,
        seq,
    )
    return before


async def add_cells(connection: Connection, tenant: int, cells: Mapping[Key, Tally]) -> None:
    """Add to what is there, and delete what is too old beside it."""
    if not cells:
        return
    rows = [(*key, *tally) for key, tally in sorted(cells.items())]
    await connection.execute(_ADD, tenant, *map(list, zip(*rows, strict=True)))
    newest = max(day for *_, day in cells)
    await connection.execute(
        "delete from circle_cell where tenant = $1 and day < $2", tenant, newest - KEPT
    )


async def read_cells(
    connection: Connection, tenant: int, customer: int
) -> dict[tuple[int, date], Tally]:
    """Of all scenes together."""
    rows = await connection.fetch(_READ, tenant, customer)
    return {
        (row["cell"], row["day"]): Tally(row["home"], row["work"], row["paid"], row["minor"])
        for row in rows
    }


async def read_scene_cells(
    connection: Connection, tenant: int, scene: int, since: date, after: int, customers: int
) -> list[CellRow]:
    """Of one scene alone: of so many customers whose numbers are greater than `after`, in order."""
    rows = await connection.fetch(_READ_SCENE, tenant, scene, since, after, customers)
    return [
        CellRow(
            row["customer"], row["person"], row["cell"], row["day"],
            Tally(row["home"], row["work"], row["paid"], row["minor"]),
        )
        for row in rows
    ]  # fmt: skip


async def read_said(
    connection: Connection, tenant: int, pairs: Collection[tuple[int, int]], item: str
) -> dict[tuple[int, int], tuple[bool | None, bool, int]]:
    """By (customer, scene): what was said of the item (None: nothing), whether nothing counts, and
    the number of the log after which it does."""
    rows = await connection.fetch(
        _SAID, tenant, [pair[0] for pair in pairs], [pair[1] for pair in pairs], item
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


async def close_circles(
    connection: Connection, tenant: int, customer: int, scene: int | None
) -> None:
    """Delete what came from a scene, and count nothing of it from now on; None: of any scene."""
    await connection.execute(
        "delete from circle_cell where tenant = $1 and customer = $2 "
        "and ($3::int is null or scene = $3)",
        tenant,
        customer,
        scene,
    )
    await connection.execute(_CLOSE, tenant, customer, scene or 0)


async def open_circles(connection: Connection, tenant: int, customer: int, scene: int) -> None:
    """What the customer pays there from now on counts."""
    await connection.execute(_OPEN, tenant, customer, scene)
