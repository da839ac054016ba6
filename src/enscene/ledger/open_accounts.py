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


Key = tuple[int, str, int, str]
"""Scene, name, owner, currency."""


async def open_accounts(
    connection: asyncpg.Connection[Any],
    tenant: int,
    orders: Sequence[AccountOrder],
    *,
    mostly_open: bool = False,
) -> list[int]:
    """Open what is not open yet; the ids in the order asked for. Floors of open ones stay.

    `mostly_open`: look before opening, where nearly all are there.
    """
    if not orders:
        return []
    by_key = {(o.scene, o.name, o.owner, o.currency): o for o in orders}
    ids = await _find(connection, tenant, list(by_key)) if mostly_open else {}
    missing = [order for key, order in by_key.items() if key not in ids]
    if missing:
        ids |= await _open(connection, tenant, missing)
        # Somebody else was first.
        ids |= await _find(connection, tenant, [key for key in by_key if key not in ids])
    return [ids[o.scene, o.name, o.owner, o.currency] for o in orders]


async def _open(
    connection: asyncpg.Connection[Any], tenant: int, orders: Sequence[AccountOrder]
) -> dict[Key, int]:
    rows = [(o.scene, o.name, o.owner, o.currency, o.kind, o.role, o.floor) for o in orders]
    return _ids(await connection.fetch(_OPEN, tenant, *zip(*rows, strict=True)))


async def _find(
    connection: asyncpg.Connection[Any], tenant: int, keys: Sequence[Key]
) -> dict[Key, int]:
    if not keys:
        return {}
    return _ids(await connection.fetch(_FIND, tenant, *zip(*keys, strict=True)))


def _ids(rows: Sequence[Any]) -> dict[Key, int]:
    return {(scene, name, owner, currency): id_ for scene, name, owner, currency, id_ in rows}
