"""SQL of vendors and of what they have earned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import asyncpg

from enscene.tenants.store import Connection

_ASK = """
insert into vendor (tenant, ref, name, asked_by) values ($1, $2, $3, $4)
on conflict (tenant, ref) do update
   set name = excluded.name, asked_by = excluded.asked_by, asked_at = clock_timestamp(),
       state = 'asked', decided_by = null, decided_at = null
 where vendor.state = 'refused' returning true"""
_EARNED = """
select t.ref, t.name, i.payer, i.currency, i.state, i.tenant, i.seq, l.n, l.kind, l.name as item,
       l.detail -> 'now' ->> 'title' as late_title, l.detail ->> 'title' as title, l.adjusts,
       l.first, l.until, l.amount, (l.shares ->> 'vendor')::bigint as share
  from billing_line l
  join billing_invoice i on (i.tenant, i.payer, i.month) = (l.tenant, l.payer, l.month)
  join tenant t on t.id = l.tenant
 where l.tenant = any($1::int[]) and l.month = $2 and l.detail ? 'vendor'
   and l.detail ->> 'vendor' = $3
 order by t.ref, i.payer, l.n"""
# What the ledger has moved to the vendors' account in the unit that issued the invoice, and what
# the lines of that invoice say.
_LEDGER = """
select i.tenant, i.payer,
       (select coalesce(sum(case when c.name = e.name then x.amount else -x.amount end), 0)
          from transfer x
          join account c on c.tenant = x.tenant and c.id = x.cr
          join account d on d.tenant = x.tenant and d.id = x.dr
         where x.tenant = i.tenant and x.seq = i.seq and x.flow = 'billing.issue'
           and e.name in (c.name, d.name))::bigint as moved,
       (select coalesce(sum((l.shares ->> 'vendor')::bigint), 0) from billing_line l
         where (l.tenant, l.payer, l.month) = (i.tenant, i.payer, i.month))::bigint as told
  from billing_invoice i
  cross join lateral (select 'billing.earned.vendor'
         || case when i.payer = '' then '' else '@' || i.payer end as name) e
 where i.tenant = any($1::int[]) and i.month = $2"""


async def ask(connection: Connection, bank: int, ref: str, name: str, who: str) -> bool:
    """False where it is there or waits."""
    return bool(await connection.fetchval(_ASK, bank, ref, name, who))


async def lock_asked(connection: Connection, bank: int, ref: str) -> str | None:
    """Who asked for it; None where nothing waits."""
    found: str | None = await connection.fetchval(
        "select asked_by from vendor where tenant = $1 and ref = $2 and state = 'asked' for update",
        bank, ref,
    )  # fmt: skip
    return found


async def decide(connection: Connection, bank: int, ref: str, state: str, who: str) -> None:
    await connection.execute(
        "update vendor set state = $3, decided_by = $4, decided_at = clock_timestamp() "
        "where tenant = $1 and ref = $2",
        bank, ref, state, who,
    )  # fmt: skip


async def read_vendors(
    connection: Connection, banks: Collection[int], ref: str | None
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        "select tenant, ref, name, state, asked_by, asked_at, decided_by, decided_at from vendor "
        "where tenant = any($1::int[]) and ($2::text is null or ref = $2) "
        "order by state <> 'asked', name, ref",
        list(banks), ref,
    )  # fmt: skip
    return rows


async def read_earned(
    connection: Connection, tenants: Collection[int], month: date, ref: str
) -> list[asyncpg.Record]:
    """The lines of closed invoices that are for the vendor's service."""
    rows: list[asyncpg.Record] = await connection.fetch(_EARNED, list(tenants), month, ref)
    return rows


async def read_ledger(
    connection: Connection, tenants: Collection[int], month: date
) -> dict[tuple[int, str], tuple[int, int]]:
    """(moved by the ledger, told by the lines) of the vendors' shares, by tenant and payer."""
    rows = await connection.fetch(_LEDGER, list(tenants), month)
    return {(row["tenant"], row["payer"]): (row["moved"], row["told"]) for row in rows}
