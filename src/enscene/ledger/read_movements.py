"""Money that went from one party to another, unit by unit: what screening looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

# One payment may be several transfers (a subsidy and the purse, a fee and the takings): of a unit
# the sum between two parties counts. What stays with one party, and what the bank itself pays, is
# no movement between customers; what it takes on the way, a fee, is part of what was paid.
_READ = """
select t.seq, min(t.at) as at, d.owner as payer, c.owner as payee, t.currency,
       sum(t.amount)::bigint as amount, coalesce(min(g.ref), '') as device
  from transfer t
  join account d on d.tenant = t.tenant and d.id = t.dr
  join account c on c.tenant = t.tenant and c.id = t.cr
  join event e on e.shard = (select shard from tenant where id = $1) and e.seq = t.seq
  left join party g on g.tenant = t.tenant and g.ref = split_part(e.actor, ':', 2)
                   and g.kind = 'device'
 where t.tenant = $1 and t.seq > $2 and t.seq <= $3 and t.kind in (0, 2)
   and d.owner > 0 and c.owner > 0 and d.owner <> c.owner
   and not d.owner = any($4::bigint[])
 group by t.seq, d.owner, c.owner, t.currency
 order by t.seq, payer, amount desc, payee"""


class Moved(NamedTuple):
    """The owners are ids of parties; minor units. `device` is the ref of the one through which it
    was asked for, "" where it was none."""

    seq: int
    at: datetime
    payer: int
    payee: int
    currency: str
    amount: int
    device: str


async def read_movements(
    connection: asyncpg.Connection[Any], tenant: int, after: int, upto: int, but: Sequence[int]
) -> list[Moved]:
    """What moved between parties in the units after `after`, up to `upto`, in their order. `but`
    are the bank's own parties: what goes to them beside another payee in the same unit is counted
    with what that one gets, and else left out. The connection is admitted to the tenant."""
    banks = frozenset(but)
    rows = await connection.fetch(_READ, tenant, after, upto, list(but))
    found: dict[tuple[int, int, str], list[Moved]] = {}
    fees: dict[tuple[int, int, str], int] = {}
    for seq, at, payer, payee, currency, amount, device in rows:
        key = (seq, payer, currency)
        if payee in banks:
            fees[key] = fees.get(key, 0) + amount
        else:
            found.setdefault(key, []).append(Moved(seq, at, payer, payee, currency, amount, device))
    for key, fee in fees.items():
        if key in found:
            largest = found[key][0]
            found[key][0] = largest._replace(amount=largest.amount + fee)
    return [moved for several in found.values() for moved in several]
