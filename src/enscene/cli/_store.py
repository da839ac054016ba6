"""SQL of the command line: what it reads beside what the modules' doors give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg


async def enrolled_refs(
    connection: asyncpg.Connection[Any], tenant: int, scene: int
) -> frozenset[str]:
    """References of everybody who takes part in a scene."""
    rows = await connection.fetch(
        "select distinct p.ref from enrolment e join party p on p.tenant = e.tenant "
        "and p.id = e.party where e.tenant = $1 and e.scene = $2",
        tenant,
        scene,
    )
    return frozenset(row[0] for row in rows)


async def profiles_of_persons(
    connection: asyncpg.Connection[Any], tenant: int
) -> dict[str, dict[str, Any]]:
    """What the bank has written down of each person, by reference."""
    rows = await connection.fetch(
        "select ref, profile from party where tenant = $1 and kind = 'person'", tenant
    )
    return {row[0]: dict(row[1] or {}) for row in rows}


@dataclass(frozen=True, slots=True)
class Moved:
    """What a flow moved between two kinds of accounts, minor units."""

    flow: str
    debited: str
    credited: str
    transfers: int
    minor: int


async def moved_by_flow(
    connection: asyncpg.Connection[Any], tenant: int, scene: int, since: int
) -> list[Moved]:
    """The transfers posted in a scene from a number of the log on, summed."""
    rows = await connection.fetch(
        """
select t.flow, d.name, c.name, count(*), sum(t.amount)::bigint
  from transfer t
  join account d on d.tenant = t.tenant and d.id = t.dr
  join account c on c.tenant = t.tenant and c.id = t.cr
 where t.tenant = $1 and t.scene = $2 and t.seq >= $3 and t.dr_balance is not null
 group by 1, 2, 3""",
        tenant,
        scene,
        since,
    )
    return [Moved(*row) for row in rows]


async def count_transfers(connection: asyncpg.Connection[Any], tenant: int) -> int:
    """All transfers of a tenant, as the proof of its ledger counts them."""
    count: int = await connection.fetchval(
        "select count(*) from transfer where tenant = $1", tenant
    )
    return count


async def decisions_by_product(
    connection: asyncpg.Connection[Any], tenant: int, scene: int, since: int
) -> dict[str, tuple[int, int]]:
    """How often each product was offered, and how many of these offers were taken."""
    rows = await connection.fetch(
        "select product, count(*), count(*) filter (where state = 'taken') from decision "
        "where tenant = $1 and scene = $2 and seq >= $3 and product is not null "
        "group by 1 order by 1",
        tenant,
        scene,
        since,
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def contracts_by_product(
    connection: asyncpg.Connection[Any], tenant: int, scene: int, since: int
) -> dict[str, int]:
    """How many contracts were opened, by product."""
    rows = await connection.fetch(
        "select product, count(*) from contract where tenant = $1 and scene = $2 and seq >= $3 "
        "group by 1 order by 1",
        tenant,
        scene,
        since,
    )
    return {row[0]: row[1] for row in rows}
