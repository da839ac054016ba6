"""Read an account: its statement, its balance at any past moment, the trial balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
PAGE_MOST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a statement. `amount` is signed, `balance` is what was posted after it."""

    seq: int
    n: int
    at: datetime
    amount: int
    currency: str
    balance: int
    other: int
    scene: int
    flow: str


# Each arm of the view by its own index, newest first: reading through the view sorts everything.
_STATEMENT = """
select seq, n, at, amount, currency, balance, other, scene, flow from (
  (select seq, n, at, -amount as amount, currency, dr_balance as balance, cr as other, scene, flow
     from transfer where tenant = $1 and dr = $2 and (seq, n) < ($3, $4)
      and dr_balance is not null order by seq desc, n desc limit $5)
  union all
  (select seq, n, at, amount, currency, cr_balance, dr, scene, flow
     from transfer where tenant = $1 and cr = $2 and (seq, n) < ($3, $4)
      and cr_balance is not null order by seq desc, n desc limit $5)
) e order by seq desc, n desc limit $5"""

_BALANCE_AT = """
select balance from (
  (select seq, n, dr_balance as balance from transfer
    where tenant = $1 and dr = $2 and at <= $3 and dr_balance is not null
    order by seq desc, n desc limit 1)
  union all
  (select seq, n, cr_balance from transfer
    where tenant = $1 and cr = $2 and at <= $3 and cr_balance is not null
    order by seq desc, n desc limit 1)
) e order by seq desc, n desc limit 1"""

_TRIAL_BALANCE = """
select a.scene, a.name, a.kind, a.role, a.currency, count(*) as accounts,
       sum(a.posted)::bigint as posted, sum(a.held)::bigint as held
  from account a
 where a.tenant = $1 and a.id > 0 and ($2::int is null or a.scene = $2)
 group by 1, 2, 3, 4, 5 order by 1, 2, 5"""

LAST = (2**62, 32_767)
"""A place after every entry."""


async def read_statement(
    connection: Connection,
    tenant: int,
    account: int,
    *,
    before: tuple[int, int] = LAST,
    limit: int = 50,
) -> list[Entry]:
    """Up to `limit` entries older than the place `before` (seq, n), newest first."""
    rows = await connection.fetch(
        _STATEMENT, tenant, account, *before, min(max(limit, 1), PAGE_MOST)
    )
    return [Entry(*row) for row in rows]


async def read_balance_at(connection: Connection, tenant: int, account: int, at: datetime) -> int:
    """What was posted on the account at that moment, minor units."""
    balance = await connection.fetchval(_BALANCE_AT, tenant, account, at)
    return balance or 0


async def read_trial_balance(
    connection: Connection, tenant: int, scene: int | None = None
) -> list[asyncpg.Record]:
    """Sums by scene, account name and currency; over a tenant each currency sums to zero."""
    rows: list[asyncpg.Record] = await connection.fetch(_TRIAL_BALANCE, tenant, scene)
    return rows
