"""SQL of what remained after a campaign: what customers of two groups paid, and what they held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from enscene.engagement.results.store import Connection

# A payment is a unit in which money of the customer went to another party that is not the bank. The
# accounts of a party are found by its scenes, their transfers by the index of each account; `offset 0`
# keeps that order where the planner knows nothing of a tenant yet. What was found is never joined to
# itself but added up: the work grows with customers and their payments alone. What was before the
# first meeting is of four weeks.
_COUNTS = "nb, mb, n0, m0, n1, m1, n2, m2, hb, h0, h1, h2"
_EFFECT = f"""
with asked as (
  select * from unnest($2::bigint[], $3::bool[], $4::timestamptz[]) as u(customer, treated, first)),
own as materialized (
  select a.customer, a.treated, a.first, coalesce(i.party, a.customer) as party
    from asked a left join identity i on i.tenant = $1 and i.customer = a.customer),
paid as materialized (
  select o.customer, o.treated, o.first, t.seq, min(t.at) as at,
         coalesce(sum(t.amount) filter (where t.currency = $5), 0) as minor
    from own o
   cross join lateral (
     select d.id from (select e.scene from enrolment e where e.tenant = $1 and e.party = o.party
                       union select 0) s
       join account d on d.tenant = $1 and d.scene = s.scene and d.owner = o.party and d.id > 0
     offset 0) d
   cross join lateral (
     select t.seq, t.at, t.cr, t.amount, t.currency from transfer t
      where t.tenant = $1 and t.dr = d.id and t.kind in (0, 2) and t.at >= $6 and t.at < $9
     offset 0) t
   cross join lateral (
     select coalesce((select i.customer from identity i where i.tenant = $1 and i.party = c.owner),
                     c.owner) as customer,
            (select p.kind from party p where p.tenant = $1 and p.id = c.owner) as kind
       from account c where c.tenant = $1 and c.id = t.cr
     offset 0) c
   where c.kind <> 'bank' and c.customer <> o.customer
   group by 1, 2, 3, 4),
counted as (
  select customer, treated,
         count(*) filter (where at >= first - interval '28 days' and at < first) as nb,
         sum(minor) filter (where at >= first - interval '28 days' and at < first) as mb,
         count(*) filter (where at > first and at < $7) as n0,
         sum(minor) filter (where at > first and at < $7) as m0,
         count(*) filter (where at >= $7 and at < $8) as n1,
         sum(minor) filter (where at >= $7 and at < $8) as m1,
         count(*) filter (where at >= $8 and at < $9) as n2,
         sum(minor) filter (where at >= $8 and at < $9) as m2, 0 as hb, 0 as h0, 0 as h1, 0 as h2
    from paid group by 1, 2
  union all
  select o.customer, o.treated, 0, 0, 0, 0, 0, 0, 0, 0,
         count(*) filter (where c.opened_at < o.first and (c.ended_at is null or c.ended_at >= o.first)),
         count(*) filter (where c.opened_at < $7 and (c.ended_at is null or c.ended_at >= $7)),
         count(*) filter (where c.opened_at < $8 and (c.ended_at is null or c.ended_at >= $8)),
         count(*) filter (where c.opened_at < $9 and (c.ended_at is null or c.ended_at >= $9))
    from own o join contract c on c.tenant = $1 and c.customer = o.party and c.customer > 0
   group by 1, 2
  union all
  select customer, treated, {"0, " * 11} 0 from asked),
summed as (
  select customer, treated, {", ".join(f"sum({n}) as {n}" for n in _COUNTS.split(", "))}
    from counted group by 1, 2),
cells as (
  select e.treated, v.span, v.measure, coalesce(v.y, 0) as y, coalesce(v.x, 0) as x
    from summed e
   cross join lateral (values
     (0, 'active', (n0 > 0)::int::numeric, (nb > 0)::int::numeric),
     (0, 'payments', n0, nb), (0, 'paid', m0, mb), (0, 'contracts', h0, hb),
     (1, 'active', (n1 > 0)::int, (nb > 0)::int),
     (1, 'payments', n1, nb), (1, 'paid', m1, mb), (1, 'contracts', h1, hb),
     (2, 'active', (n2 > 0)::int, (nb > 0)::int),
     (2, 'payments', n2, nb), (2, 'paid', m2, mb), (2, 'contracts', h2, hb)
   ) as v(span, measure, y, x))
select treated, span, measure, count(*)::numeric, sum(y), sum(y * y), sum(x), sum(x * x), sum(y * x)
  from cells group by 1, 2, 3
union all
select treated, floor(extract(epoch from at - $7) / 604800)::int, 'week', count(*)::numeric,
       sum(minor), 0, 0, 0, 0
  from paid group by 1, 2"""
_SUBSIDY = """
select coalesce(sum(minor), 0)::bigint from benefit
 where tenant = $1 and campaign = $2 and currency = $3 and state = 'taken'"""


class Asked(NamedTuple):
    """A customer whom the campaign met, whether the lot left them open, and when first."""

    customer: int
    treated: bool
    first: datetime


class Row(NamedTuple):
    """Of a group: `n` is the span, or the week (0 begins at the end) where `measure` is `week`; then
    `number` is of payments and `of` minor units, else of customers, with sums."""

    treated: bool
    n: int
    measure: str
    number: int
    of: int
    of_squared: int
    before: int
    before_squared: int
    product: int


async def read_sums(
    connection: Connection, tenant: int, asked: Sequence[Asked], currency: str, since: datetime,
    ends: tuple[datetime, datetime, datetime],
) -> list[Row]:  # fmt: skip
    """Sums of what customers did in the three spans that end at `ends`, and by week."""
    # By the keys of whom it is about: what is guessed of an empty table is kept, and reads all of it.
    await connection.execute("set local enable_seqscan = off")
    columns = [list(each) for each in zip(*asked, strict=True)] or [[], [], []]
    rows: list[asyncpg.Record] = await connection.fetch(
        _EFFECT, tenant, *columns, currency, since, *ends
    )
    return [Row(row[0], row[1], row[2], *(int(each) for each in list(row)[3:])) for row in rows]


async def read_subsidy(connection: Connection, tenant: int, ref: str, currency: str) -> int:
    """What was taken of a campaign's benefits, minor units."""
    found: int = await connection.fetchval(_SUBSIDY, tenant, ref, currency)
    return found
