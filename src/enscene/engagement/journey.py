"""The journey of a customer over all scenes, as every party that they are: what was offered, applied for, opened and closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.customers.identity import read_parties_of

_STOPS = """
select * from (
  select e.since as at, 'joined' as what, e.scene, null::text as product, e.role as about,
         null::text as state, null::text as ref
    from enrolment e where e.tenant = $1 and e.party = any($2::bigint[])
  union all
  select d.at, 'offered', d.scene, d.product, d.moment, d.state, d.id::text
    from decision d where d.tenant = $1 and d.customer = any($2::bigint[]) and d.product is not null
  union all
  select a.begun_at, 'applied', a.scene, a.product, a.began_in, a.state, a.id::text
    from application a where a.tenant = $1 and a.customer = any($2::bigint[])
  union all
  select c.opened_at, 'opened', c.scene, c.product, c.about, c.state, c.id::text
    from contract c where c.tenant = $1 and c.customer = any($2::bigint[]) and c.customer > 0
  union all
  select c.ended_at, 'closed', c.scene, c.product, c.about, c.state, c.id::text
    from contract c where c.tenant = $1 and c.customer = any($2::bigint[]) and c.customer > 0
     and c.ended_at is not null
) stop order by at desc, what limit $3"""


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: joined, offered, applied, opened, closed. `product` is the shelf's, but of an
    offer the scene's own name of it; `about` says more: a role, a moment, a channel, an order."""

    at: datetime
    what: str
    scene: str | None
    product: str | None
    about: str
    state: str | None
    ref: str | None


async def read_journey(
    pool: asyncpg.Pool[Any], tenant: int, customer: int, limit: int = 200
) -> list[Stop]:
    """The newest first; of every party that is the same customer as this one."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        parties = await read_parties_of(connection, tenant, customer)
        rows = await connection.fetch(_STOPS, tenant, parties, limit)
        found = await connection.fetch("select id, ref from scene where tenant = $1", tenant)
    scenes = {row[0]: row[1] for row in found}
    return [
        Stop(row["at"], row["what"], scenes.get(row["scene"]), row["product"], row["about"],
             row["state"], row["ref"])
        for row in rows
    ]  # fmt: skip
