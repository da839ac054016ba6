"""Open accounts: an account exists once for (tenant, scene, owner, name, currency)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """What an account is to be. `floor` in minor units; None: may fall without end."""

    scene: int
    name: str
    owner: int
    currency: str
    kind: str = "free"
    role: str = ""
    floor: int | None = 0


_OPEN = """
insert into account (tenant, scene, name, owner, currency, kind, role, floor)
select $1, u.* from unnest($2::int[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                           $8::bigint[]) as u
on conflict do nothing"""

_FIND = """
select a.scene, a.name, a.owner, a.currency, a.id
  from unnest($2::int[], $3::text[], $4::bigint[], $5::text[]) as u(scene, name, owner, currency)
  join account a on a.tenant = $1 and a.scene = u.scene and a.owner = u.owner
                and a.name = u.name and a.currency = u.currency and a.id > 0"""


async def open_accounts(
    connection: asyncpg.Connection[Any], tenant: int, orders: Sequence[AccountOrder]
) -> list[int]:
    """Open what is not open yet; the ids in the order asked for. Floors of open ones stay."""
    if not orders:
        return []
    columns = list(
        zip(
            *((o.scene, o.name, o.owner, o.currency, o.kind, o.role, o.floor) for o in orders),
            strict=True,
        )
    )
    await connection.execute(_OPEN, tenant, *columns)
    rows = await connection.fetch(_FIND, tenant, *columns[:4])
    ids = {(r[0], r[1], r[2], r[3]): r[4] for r in rows}
    return [ids[o.scene, o.name, o.owner, o.currency] for o in orders]
