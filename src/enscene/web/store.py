"""SQL of the key that signs customers' page sessions, which all processes share, and of the door
of the mobile bank."""

from __future__ import annotations

import secrets
from typing import Any


async def read_h5_key(pool: Any) -> bytes:
    """The key, made at the first use."""
    material = await pool.fetchval("select material from h5_key where id = 1")
    if material is None:
        await pool.execute(
            "insert into h5_key (id, material) values (1, $1) on conflict do nothing",
            secrets.token_bytes(32),
        )
        material = await pool.fetchval("select material from h5_key where id = 1")
    return bytes(material)


async def read_demo_customers(connection: Any, tenant: int, limit: int) -> list[Any]:
    """Customers to log in as: those with an open application first, then with a contract."""
    rows: list[Any] = await connection.fetch(
        """
select p.ref, p.name from party p
  left join lateral (
    select max(begun_at) as at from application a
     where a.tenant = p.tenant and a.customer = p.id) a on true
 where p.tenant = $1 and p.kind in ('person', 'employer')
 order by a.at desc nulls last, p.ref limit $2""",
        tenant,
        limit,
    )
    return rows
