"""SQL of core systems: bindings, and what they were asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"

_BIND = """
insert into core_binding (tenant, product, adapter, settings, sent_seq)
values ($1, $2, $3, $4, coalesce((select seq from shard s join tenant t on t.shard = s.id
                                   where t.id = $1), 0))
on conflict (tenant, product) do update
  set adapter = excluded.adapter, settings = excluded.settings"""

# What contracts paid into customers' own accounts, as the ledger has it.
_PAID_OUT = """
select x.seq, x.n, x.amount, x.currency, x.flow, a.owner as customer, p.name, p.ref, p.profile
  from transfer x
  join account a on a.tenant = x.tenant and a.id = x.cr and a.scene = 0 and a.name = 'current'
  join party p on p.tenant = a.tenant and p.id = a.owner
 where x.tenant = $1 and x.scene = 0 and x.seq > $2 and x.flow like $3 || '.%'
 order by x.seq, x.n"""

_DUE = """
select c.id, c.customer, c.currency, c.life::text as life, c.opened_at, p.name, p.ref, p.profile
  from contract c join party p on p.tenant = c.tenant and p.id = c.customer
 where c.tenant = $1 and c.product = $2 and c.state = 'open' and c.life->>'is' = 'lending'
   and not exists (select from core_order o
                    where o.tenant = c.tenant and o.contract = c.id and o.state = 'sent')
 order by c.id"""

_KEEP = """
insert into core_order (tenant, id, way, product, customer, contract, amount, currency, message)
select $1, u.* from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::uuid[],
                           $7::bigint[], $8::text[], $9::text[]) as u
on conflict do nothing"""


async def bind(
    connection: Connection, tenant: int, product: str, adapter: str, settings: dict[str, str]
) -> None:
    """Bind a product; what was paid before stays where it is."""
    await connection.execute(_BIND, tenant, product, adapter, settings)


async def read_bindings(connection: Connection, tenant: int, adapter: str) -> list[Row]:
    """The products that are bound by an adapter, locked: files are written one at a time."""
    rows: list[Row] = await connection.fetch(
        "select product, settings, sent_seq from core_binding where tenant = $1 and adapter = $2 "
        "order by product for update",
        tenant, adapter,
    )  # fmt: skip
    return rows


async def read_paid_out(connection: Connection, tenant: int, after: int, product: str) -> list[Row]:
    """Payments of a product into customers' own accounts since a number of the log."""
    rows: list[Row] = await connection.fetch(_PAID_OUT, tenant, after, product)
    return rows


async def read_due(connection: Connection, tenant: int, product: str) -> list[Row]:
    """Open contracts that lend, and for which nothing is being collected."""
    rows: list[Row] = await connection.fetch(_DUE, tenant, product)
    return rows


async def mark_sent(connection: Connection, tenant: int, product: str, seq: int) -> None:
    """Payments up to there were sent."""
    await connection.execute(
        "update core_binding set sent_seq = $3 where tenant = $1 and product = $2",
        tenant, product, seq,
    )  # fmt: skip


async def keep_orders(
    connection: Connection, tenant: int, orders: Sequence[tuple[Any, ...]]
) -> None:
    """(id, way, product, customer, contract or None, amount, currency, message) of each."""
    if orders:
        await connection.execute(_KEEP, tenant, *(list(c) for c in zip(*orders, strict=True)))


async def read_orders(connection: Connection, tenant: int, ids: Sequence[str]) -> list[Row]:
    """What is known of these, locked."""
    rows: list[Row] = await connection.fetch(
        "select * from core_order where tenant = $1 and id = any($2::text[]) order by id for update",
        tenant, list(ids),
    )  # fmt: skip
    return rows


async def answer_order(
    connection: Connection, tenant: int, order: str, state: str, reason: str
) -> None:
    """What the core system said."""
    await connection.execute(
        "update core_order set state = $3, reason = $4, answered_at = now() "
        "where tenant = $1 and id = $2 and state = 'sent'",
        tenant, order, state, reason,
    )  # fmt: skip


async def open_case(
    connection: Connection, tenant: int, case: UUID, customer: int, reason: str
) -> None:
    """Somebody has to look into it."""
    await connection.execute(
        "insert into work_case (tenant, id, scene, reason, party, seq, opened_at) "
        "values ($1, $2, 0, $3, $4, 0, now())",
        tenant, case, reason, customer,
    )  # fmt: skip
