"""SQL of the entries behind a figure of the account: the same rules as the nightly figures, a day at
a time and in the order of the ledger, so that a page is told without looking at the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from enscene.operations.indicators.classes import class_sql
from enscene.operations.indicators.posted import CLOSING, PARTS, classes_of
from enscene.operations.scene_account.store import first_since
from enscene.operations.store import Connection, Row

Posted = tuple[int, int, int]
"""seq, n, side: 0 the debit, 1 the credit."""
Closed = tuple[int, UUID, int, str, int]
"""seq, contract, n, part, side."""

# An event of the night's close may be earlier or later than the transfers beside it.
_SPAN = f"""
select {first_since("$2")} as first, {first_since("$3")} as until,
       (select shard from tenant where id = $1) as shard"""
_OWN = """(coalesce({0}.owner, 0) <= 0 or exists (select from party o
  where o.tenant = {0}.tenant and o.id = {0}.owner and o.kind = 'bank'))"""
WHICH = {
    "all": "true",
    "taken_in": "l.side = 1 and l.other_class <> l.class",
    "paid_out": "l.side = 0 and l.other_class <> l.class",
    "paid_out_own": f"l.side = 0 and l.other_class <> l.class and {_OWN.format('d')}",
    "paid_out_others": f"l.side = 0 and l.other_class <> l.class and not {_OWN.format('d')}",
}
"""Which sides of postings of a class count."""
_POSTED = f"""
select f.seq, f.n, f.side, f.at, f.flow, f.currency, f.minor, a.name, a.scene as account_scene,
       p.ref as party, v.scene as event_scene, v.action, v.subject
  from (
    select t.seq, t.n, l.side, t.at, t.flow, t.currency, l.account, l.minor
      from transfer t
      join account d on d.tenant = t.tenant and d.id = t.dr
      join account c on c.tenant = t.tenant and c.id = t.cr
      cross join lateral (values
        (0, d.id, -t.amount, {class_sql("d")}, {class_sql("c")}),
        (1, c.id, t.amount, {class_sql("c")}, {class_sql("d")})
      ) l(side, account, minor, class, other_class)
     where t.tenant = $1 and t.seq >= $2 and t.seq < $3 and t.kind in (0, 2)
       and (t.seq, t.n, l.side) > ($4::bigint, $5::int, $6::int) and t.currency = $7
       and l.class = $8 and {{which}}
       and case when d.scene > 0 then d.scene when c.scene > 0 then c.scene else coalesce(
             (select e.scene from event e
               where e.shard = $9 and e.seq = t.seq and e.tenant = $1 and e.scene > 0),
             (select o.scene from benefit b
                join decision o on o.tenant = b.tenant and o.id = b.decision
               where b.tenant = $1 and b.closed_seq = t.seq and b.state = 'taken' limit 1),
             0) end = $10
     order by t.seq, t.n, l.side limit $11) f
  join account a on a.tenant = $1 and a.id = f.account
  left join party p on p.tenant = $1 and p.id = a.owner
  left join event v on v.shard = $9 and v.seq = f.seq and v.tenant = $1
 order by f.seq, f.n, f.side"""
_STEPS = ", ".join(
    f"('{what}', '{part}', {side}, '{name}')"
    for part in PARTS for side in (0, 1) for what, name in classes_of(part, side + 1)
)  # fmt: skip
_PART = " ".join(f"when '{part}' then k.{part}" for part in PARTS)
# What contracts say goes to their scene and from none, as in `posted.closings`.
_CLOSED = f"""
select v.seq, v.at, k.contract, k.n, m.part, m.side, k.what, c.currency, c.product, p.ref as party,
       (case m.side when 0 then -x.minor else x.minor end
         * case when $10 = 0 then -1 else 1 end)::bigint as minor, c.scene
  from event v
  join contract_entry k on k.tenant = v.tenant and k.seq = v.seq
  join contract c on c.tenant = k.tenant and c.id = k.contract and c.scene > 0
  join (values {_STEPS}) m(what, part, side, class) on m.what = k.what
  cross join lateral (select case m.part {_PART} end as minor) x
  left join party p on p.tenant = c.tenant and p.id = c.customer
 where v.tenant = $1 and v.scene = 0 and v.action = '{CLOSING}'
   and v.seq >= $2 and v.at >= $12 and v.at < $13 and x.minor > 0 and c.currency = $7
   and m.class = $8 and ($10 = 0 or c.scene = $10)
   and (v.seq, k.contract, k.n, m.part, m.side)
     > ($3::bigint, $4::uuid, $5::int, $6::text, $9::int)
 order by v.seq, k.contract, k.n, m.part, m.side limit $11"""


async def read_day(connection: Connection, tenant: int, begins: datetime, ends: datetime) -> Row:
    """first, until (numbers of units) and shard."""
    row = await connection.fetchrow(_SPAN, tenant, begins, ends)
    assert row is not None, "it selects no table"
    return row


async def read_posted(
    connection: Connection, tenant: int, day: Row, after: Posted, currency: str, class_: str,
    which: str, scene: int, limit: int,
) -> Sequence[Row]:  # fmt: skip
    """Sides of postings after a place."""
    rows: Sequence[Row] = await connection.fetch(
        _POSTED.format(which=WHICH[which]), tenant, max(day["first"], after[0]), day["until"], *after, currency, class_,
        day["shard"], scene, limit,
    )  # fmt: skip
    return rows


async def read_closed(
    connection: Connection, tenant: int, begins: datetime, ends: datetime, after: Closed,
    currency: str, class_: str, scene: int, limit: int,
) -> Sequence[Row]:  # fmt: skip
    """What the close of the day did to contracts, after a place."""
    seq, contract, n, part, side = after
    rows: Sequence[Row] = await connection.fetch(
        _CLOSED, tenant, seq, seq, contract, n, part, currency, class_, side, scene, limit, begins,
        ends,
    )  # fmt: skip
    return rows
