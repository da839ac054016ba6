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
on conflict do nothing
returning scene, name, owner, currency, id"""

# Each looked for by itself: joined as sets, while the table's statistics are old, all accounts
# would be compared with all orders.
_FIND = """
select u.scene, u.name, u.owner, u.currency, a.id
  from unnest($2::int[], $3::text[], $4::bigint[], $5::text[]) as u(scene, name, owner, currency)
  cross join lateral (
    select id from account a
     where a.tenant = $1 and a.scene = u.scene and a.owner = u.owner and a.name = u.name
       and a.currency = u.currency and a.id > 0 limit 1) a"""


async def open_accounts(
    connection: asyncpg.Connection[Any], tenant: int, orders: Sequence[AccountOrder]
) -> list[int]:
    """Open what is not open yet; the ids in the order asked for. Floors of open ones stay."""
    if not orders:
        return []
    wanted = [(o.scene, o.name, o.owner, o.currency) for o in orders]
    rest = [(o.kind, o.role, o.floor) for o in orders]
    rows = await connection.fetch(
        _OPEN, tenant, *zip(*wanted, strict=True), *zip(*rest, strict=True)
    )
    ids = {tuple(row)[:4]: row["id"] for row in rows}
    open_already = {key for key in wanted if key not in ids}
    if open_already:
        rows = await connection.fetch(_FIND, tenant, *zip(*open_already, strict=True))
        ids |= {tuple(row)[:4]: row["id"] for row in rows}
    return [ids[key] for key in wanted]
