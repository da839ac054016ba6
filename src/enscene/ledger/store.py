"""SQL of the ledger: accounts, transfers, holds; set-based and conditional."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit import Script, Stamp
from enscene.ledger.account import Account
from enscene.ledger.hold import Hold
from enscene.storage.arrays import column, flags, moments, numbers, texts, words

Connection: TypeAlias = "asyncpg.Connection[Any]"
Row = tuple[int, Account, Account, int, int | None, int | None, int, UUID | None, str]
"""Unit, debited, credited, amount, both balances after (None: no posting), kind, hold, flow."""

_READ_ACCOUNTS = """
select a.tenant, a.id, a.scene, a.name, a.owner, a.currency, a.floor, a.posted, a.held
  from unnest($1::text::int[], $2::text::bigint[]) as u(tenant, id)
  cross join lateral (
    select * from account a where a.tenant = u.tenant and a.id = u.id limit 1) a"""

_READ_HOLDS = """
select h.tenant, h.id, h.dr, h.cr, h.amount, h.captured, h.state, h.currency, h.scene, h.flow,
       h.expires
  from unnest($1::text::int[], $2::text::uuid[]) as u(tenant, id)
  cross join lateral (
    select * from hold h where h.tenant = u.tenant and h.id = u.id limit 1) h"""

_READ_EXPIRED = """
select tenant, id, dr, cr, amount, captured, state, currency, scene, flow, expires from hold
 where tenant = $1 and state = 0 and expires is not null and expires <= $2
 order by expires limit $3"""

_NEXT_EXPIRY = """
select expires from hold where tenant = $1 and state = 0 and expires is not null
 order by expires limit 1"""

# The whole condition of a batch on its accounts. An account that nothing was asked of may have
# moved meanwhile: how far it was from where the plan took it to be comes back.
_WRITE_ACCOUNTS = """
update account a set posted = a.posted + u.posted, held = a.held + coalesce(u.held, $7)
  from unnest($1::text::bigint[], $2::text::bigint[], $3::text::bigint[], $4::text::int[],
              $6::text::bigint[], $8::text::bigint[], $10::text::bigint[], $11::text::bigint[],
              $13::text::bigint[], $15::text::boolean[])
       with ordinality
       as u(id, posted, posted_0, tenant, held, held_0, low, least, most, seen, place)
 where a.tenant = coalesce(u.tenant, $5) and a.id = u.id
   and (u.low is null or a.floor is null or a.posted - a.held + u.low >= a.floor)
   and a.posted - a.held between coalesce(u.least, $12) and coalesce(u.most, $14)
   and (not coalesce(u.seen, $16) or a.posted = u.posted_0)
returning u.place, a.posted - u.posted - u.posted_0 as posted,
          a.held - coalesce(u.held, $7) - coalesce(u.held_0, $9) as held"""
_DRIFTS = "select array_agg(posted order by place) as posted from moved"
_MOVED = """
select array_agg(array[place, posted, held]) from moved where posted <> 0 or held <> 0"""

_INSERT_TRANSFERS = """
insert into transfer (tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance, cr_balance,
                      hold, scene, flow)
select coalesce(u.tenant, $11), u.seq, coalesce(u.n, $13), coalesce(u.at, $15), u.dr, u.cr,
       u.amount, coalesce(u.currency, $17), coalesce(u.kind, $19),
       u.dr_balance + coalesce(((select posted from drifts))[u.dr_place], 0),
       u.cr_balance + coalesce(((select posted from drifts))[u.cr_place], 0),
       u.hold, coalesce(u.scene, $21), coalesce(u.flow, $23)
  from unnest($1::text::bigint[], $2::text::bigint[], $3::text::bigint[], $4::text::bigint[],
              $5::text::bigint[], $6::text::bigint[], $7::text::int[], $8::text::int[],
              $9::text::uuid[], $10::text::int[], $12::text::smallint[], $14::text::timestamptz[],
              $16::text::text[], $18::text::smallint[], $20::text::int[], $22::text::text[])
       as u(seq, dr, cr, amount, dr_balance, cr_balance, dr_place, cr_place, hold, tenant, n, at,
            currency, kind, scene, flow)"""

_INSERT_HOLDS = """
insert into hold (tenant, id, dr, cr, amount, captured, state, currency, scene, flow, expires)
select * from unnest($1::text::int[], $2::text::uuid[], $3::text::bigint[], $4::text::bigint[], $5::text::bigint[],
                     $6::text::bigint[], $7::text::smallint[], $8::text::text[], $9::text::int[], $10::text::text[],
                     $11::text::timestamptz[])"""

_UPDATE_HOLDS = """
update hold h set state = u.state, captured = u.captured
  from unnest($1::text::int[], $2::text::uuid[], $3::text::smallint[], $4::text::bigint[], $5::text::smallint[], $6::text::bigint[])
       as u(tenant, id, state, captured, state_0, captured_0)
 where h.tenant = u.tenant and h.id = u.id and h.state = u.state_0 and h.captured = u.captured_0
returning 1"""


async def read_accounts(connection: Connection, keys: Collection[tuple[int, int]]) -> list[Account]:
    """The accounts with these (tenant, id); a missing one is left out."""
    rows = await connection.fetch(_READ_ACCOUNTS, *map(numbers, _columns(keys)))
    return [Account(*row) for row in rows]


async def read_holds(connection: Connection, keys: Collection[tuple[int, UUID]]) -> list[Hold]:
    """The holds with these (tenant, id); a missing one is left out."""
    tenants, ids = _columns(keys)
    rows = await connection.fetch(_READ_HOLDS, numbers(tenants), words([i.hex for i in ids]))
    return [Hold(*row) for row in rows]


async def read_expired_holds(
    connection: Connection, tenant: int, now: datetime, limit: int
) -> list[Hold]:
    """Open holds whose time is over, the oldest first."""
    rows = await connection.fetch(_READ_EXPIRED, tenant, now, limit)
    return [Hold(*row) for row in rows]


async def read_next_expiry(connection: Connection, tenant: int) -> datetime | None:
    """When the next open hold expires."""
    found: datetime | None = await connection.fetchval(_NEXT_EXPIRY, tenant)
    return found


def copy_hold(hold: Hold) -> Hold:
    """The same hold at the start of another batch."""
    return Hold(
        hold.tenant, hold.id, hold.dr, hold.cr, hold.amount, hold.captured, hold.state,
        hold.currency, hold.scene, hold.flow, hold.expires,
    )  # fmt: skip


def write_accounts(script: Script, accounts: Sequence[Account]) -> None:
    """Apply the changes whose conditions hold. Those that had moved follow, when it is done."""
    for place, account in enumerate(accounts, start=1):
        account.place = place
    script.add(
        _WRITE_ACCOUNTS,
        numbers([a.id for a in accounts]),
        numbers([a.posted - a.posted_0 for a in accounts]),
        numbers([a.posted_0 for a in accounts]),
        *column([a.tenant for a in accounts], numbers),
        *column([a.held - a.held_0 for a in accounts], numbers),
        *column([a.held_0 for a in accounts], numbers),
        numbers([a.low for a in accounts]),
        *column([a.least for a in accounts], numbers),
        *column([a.most for a in accounts], numbers),
        *column([a.seen for a in accounts], flags),
        rows=len(accounts),
        name="moved",
    )

    def follow(moved: list[tuple[int, int, int]] | None) -> None:
        for place, posted, held in moved or ():
            accounts[place - 1].follow(posted, held)

    script.ask(_MOVED, follow)


def insert_transfers(script: Script, stamp: Stamp, rows: Sequence[Row]) -> None:
    """Write the transfers, after `write_accounts`: their running balances continue from where
    the accounts truly were."""
    if not rows:
        return
    script.add(_DRIFTS, name="drifts")
    places: list[int] = []
    n, last = 0, -1
    for row in rows:
        n = n + 1 if row[0] == last else 0
        last = row[0]
        places.append(n)
    holds = [row[7] for row in rows]
    tenants = [row[1].tenant for row in rows]
    base = stamp.base + 1
    script.add(
        _INSERT_TRANSFERS,
        numbers([base + row[0] for row in rows]),
        numbers([row[1].id for row in rows]),
        numbers([row[2].id for row in rows]),
        numbers([row[3] for row in rows]),
        numbers([row[4] for row in rows]),
        numbers([row[5] for row in rows]),
        numbers([row[1].place for row in rows]),
        numbers([row[2].place for row in rows]),
        words(["NULL" if hold is None else hold.hex for hold in holds]) if any(holds) else "{}",
        *column(tenants, numbers),
        *column(places, numbers),
        *column([stamp.time(tenant) for tenant in tenants], moments),
        *column([row[1].currency for row in rows], words),
        *column([row[6] for row in rows], numbers),
        *column([row[1].scene for row in rows], numbers),
        *column([row[8] for row in rows], texts),
    )


def write_holds(script: Script, holds: Sequence[Hold]) -> None:
    """Insert the new holds, change the others where they are as they were read."""
    new = [h for h in holds if h.fresh]
    if new:
        script.add(
            _INSERT_HOLDS,
            numbers([h.tenant for h in new]),
            words([h.id.hex for h in new]),
            numbers([h.dr for h in new]),
            numbers([h.cr for h in new]),
            numbers([h.amount for h in new]),
            numbers([h.captured for h in new]),
            numbers([h.state for h in new]),
            words([h.currency for h in new]),
            numbers([h.scene for h in new]),
            texts([h.flow for h in new]),
            moments([h.expires for h in new]),
        )
    old = [h for h in holds if not h.fresh]
    if old:
        script.add(
            _UPDATE_HOLDS,
            numbers([h.tenant for h in old]),
            words([h.id.hex for h in old]),
            numbers([h.state for h in old]),
            numbers([h.captured for h in old]),
            numbers([h.state_0 for h in old]),
            numbers([h.captured_0 for h in old]),
            rows=len(old),
        )


def _columns(keys: Collection[tuple[int, Any]]) -> tuple[list[int], list[Any]]:
    return [key[0] for key in keys], [key[1] for key in keys]
