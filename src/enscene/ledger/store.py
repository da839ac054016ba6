"""SQL of the ledger: accounts, transfers, holds; set-based and conditional."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit import Stamp
from enscene.ledger.account import Account
from enscene.ledger.hold import Hold

Connection: TypeAlias = "asyncpg.Connection[Any]"
Row = tuple[int, Account, Account, int, int | None, int | None, int, UUID | None, str]
"""Unit, debited, credited, amount, both balances after (None: no posting), kind, hold, flow."""

_READ_ACCOUNTS = """
select a.tenant, a.id, a.scene, a.name, a.owner, a.currency, a.floor, a.posted, a.held
  from unnest($1::int[], $2::bigint[]) as u(tenant, id)
  join account a on a.tenant = u.tenant and a.id = u.id"""

_READ_HOLDS = """
select h.tenant, h.id, h.dr, h.cr, h.amount, h.captured, h.state, h.currency, h.scene, h.flow,
       h.expires
  from unnest($1::int[], $2::uuid[]) as u(tenant, id)
  join hold h on h.tenant = u.tenant and h.id = u.id"""

# The whole condition of a batch on its accounts; the start of each comes back, since an account
# that nothing was asked of may have moved meanwhile.
_WRITE_ACCOUNTS = """
update account a set posted = a.posted + u.posted, held = a.held + u.held
  from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
              $7::bigint[], $8::bigint[])
       as u(tenant, id, posted, held, low, least, most, seen)
 where a.tenant = u.tenant and a.id = u.id
   and (u.low is null or a.floor is null or a.posted - a.held + u.low >= a.floor)
   and a.posted - a.held between u.least and u.most
   and (u.seen is null or a.posted = u.seen)
returning a.tenant, a.id, a.posted - u.posted, a.held - u.held"""

_INSERT_TRANSFERS = """
insert into transfer (tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance, cr_balance,
                      hold, scene, flow)
select u.tenant, u.seq, u.n, u.at, u.dr, u.cr, u.amount, u.currency, u.kind, u.dr_balance,
       u.cr_balance, u.hold, u.scene, u.flow
  from unnest($1::int[], $2::bigint[], $3::smallint[], $4::timestamptz[], $5::bigint[],
              $6::bigint[], $7::bigint[], $8::text[], $9::smallint[], $10::bigint[],
              $11::bigint[], $12::uuid[], $13::int[], $14::text[])
       as u(tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance, cr_balance, hold,
            scene, flow)"""

_INSERT_HOLDS = """
insert into hold (tenant, id, dr, cr, amount, captured, state, currency, scene, flow, expires)
select * from unnest($1::int[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[],
                     $6::bigint[], $7::smallint[], $8::text[], $9::int[], $10::text[],
                     $11::timestamptz[])"""

_UPDATE_HOLDS = """
update hold h set state = u.state, captured = u.captured
  from unnest($1::int[], $2::uuid[], $3::smallint[], $4::bigint[], $5::smallint[], $6::bigint[])
       as u(tenant, id, state, captured, state_0, captured_0)
 where h.tenant = u.tenant and h.id = u.id and h.state = u.state_0 and h.captured = u.captured_0"""


async def read_accounts(connection: Connection, keys: Collection[tuple[int, int]]) -> list[Account]:
    """The accounts with these (tenant, id); a missing one is left out."""
    rows = await connection.fetch(_READ_ACCOUNTS, *zip(*keys, strict=True))
    return [Account(*row) for row in rows]


async def read_holds(connection: Connection, keys: Collection[tuple[int, UUID]]) -> list[Hold]:
    """The holds with these (tenant, id); a missing one is left out."""
    rows = await connection.fetch(_READ_HOLDS, *zip(*keys, strict=True))
    return [Hold(*row) for row in rows]


def copy_hold(hold: Hold) -> Hold:
    """The same hold at the start of another batch."""
    return Hold(
        hold.tenant, hold.id, hold.dr, hold.cr, hold.amount, hold.captured, hold.state,
        hold.currency, hold.scene, hold.flow, hold.expires,
    )  # fmt: skip


async def write_accounts(
    connection: Connection, accounts: Sequence[Account]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Apply the changes whose conditions hold: {(tenant, id): (posted, held) before}."""
    columns = zip(
        *(
            (
                a.tenant,
                a.id,
                a.posted - a.posted_0,
                a.held - a.held_0,
                a.low,
                a.least,
                a.most,
                a.posted_0 if a.seen else None,
            )
            for a in accounts
        ),
        strict=True,
    )
    rows = await connection.fetch(_WRITE_ACCOUNTS, *columns)
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


async def insert_transfers(connection: Connection, stamp: Stamp, rows: Sequence[Row]) -> None:
    """Write the transfers; their running balances continue from the accounts' true starts."""
    if not rows:
        return
    columns: list[tuple[Any, ...]] = []
    n, last = 0, -1
    for unit, dr, cr, amount, dr_after, cr_after, kind, hold, flow in rows:
        n = n + 1 if unit == last else 0
        last = unit
        if dr_after is not None and cr_after is not None:
            dr_after += dr.drift
            cr_after += cr.drift
        columns.append(
            (
                dr.tenant, stamp.seq(unit), n, stamp.time(dr.tenant), dr.id, cr.id, amount,
                dr.currency, kind, dr_after, cr_after, hold, dr.scene, flow,
            )
        )  # fmt: skip
    await connection.execute(_INSERT_TRANSFERS, *zip(*columns, strict=True))


async def write_holds(connection: Connection, holds: Sequence[Hold]) -> bool:
    """Insert the new holds, change the others where they are as they were read."""
    new = [
        (
            h.tenant, h.id, h.dr, h.cr, h.amount, h.captured, h.state, h.currency, h.scene, h.flow,
            h.expires,
        )
        for h in holds if h.fresh
    ]  # fmt: skip
    if new:
        await connection.execute(_INSERT_HOLDS, *zip(*new, strict=True))
    old = [
        (h.tenant, h.id, h.state, h.captured, h.state_0, h.captured_0) for h in holds if not h.fresh
    ]
    if old:
        status = await connection.execute(_UPDATE_HOLDS, *zip(*old, strict=True))
        return int(status.rsplit(" ", 1)[1]) == len(old)
    return True
