"""What outside scenes bring and cost: by day, by entry, by partner, and month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.partners import store
from enscene.partners.bring_in import store as sql
from enscene.partners.bring_in.cashier import Cashier, Month, due_name, traffic_name
from enscene.partners.bring_in.entry import Direction, Entry, Terms, in_force

_DAYS = """
with shown as (
  select entry, day, sum(shown)::bigint as shown from brought_in_shown
   where tenant = $1 and day between $2 and $3 group by 1, 2),
visited as (
  select entry, day, count(*) as opened, count(arrived_at) as visits,
         count(distinct customer) filter (where arrived_at is not null) as customers
    from brought_in_visit where tenant = $1 and day between $2 and $3 group by 1, 2),
ordered as (
  select entry, day, count(*) filter (where state <> 'cancelled') as orders,
         count(*) filter (where paid > refunded) as sold, sum(paid - refunded)::bigint as kept,
         sum(case when cashier then paid - refunded else 0 end)::bigint as cashier
    from brought_in_order where tenant = $1 and day between $2 and $3 group by 1, 2)
select entry, day, coalesce(shown, 0) as shown, coalesce(opened, 0) as opened,
       coalesce(visits, 0) as visits, coalesce(orders, 0) as orders, coalesce(sold, 0) as sold,
       coalesce(kept, 0) as kept, coalesce(cashier, 0) as cashier
  from shown full join visited using (entry, day) full join ordered using (entry, day)"""
_CUSTOMERS = """
select partner, count(distinct customer) from brought_in_visit
 where tenant = $1 and day between $2 and $3 and arrived_at is not null group by 1"""
# A customer who first took part in one of the bank's scenes at that partner in these days.
_SENT = """
select count(distinct e.party) from enrolment e
  join scene s on s.tenant = e.tenant and s.id = e.scene
  join party p on p.tenant = e.tenant and p.id = e.party
 where e.tenant = $1 and s.ref = any($2::text[]) and p.kind = 'person'
   and (e.since at time zone $5)::date between $3 and $4
   and not exists (select from enrolment f join scene t on t.tenant = f.tenant and t.id = f.scene
                    where f.tenant = e.tenant and f.party = e.party and t.ref = any($2::text[])
                      and (f.since at time zone $5)::date < $3)"""
_COUNTED = """
select (select count(*) from brought_in_visit where tenant = $1 and partner = $2
           and day between $3 and $4 and arrived_at is not null) as visit,
       (select count(*) from brought_in_order where tenant = $1 and partner = $2
           and day between $3 and $4 and paid > refunded) as order"""
_POSTED = """
select partner, month, direction, version, kind, quantity, price, amount, payer, currency
  from brought_in_month where tenant = $1 and ($2::uuid is null or partner = $2)
 order by month desc, partner, direction"""
_BALANCES = """
select name, posted from account where tenant = $1 and scene = 0 and owner = 0
   and name = any($2::text[])"""


WAYS: tuple[Direction, ...] = ("in", "out")
DEPENDS_FROM = 50
"""Visits of the span from which a share says something."""


@dataclass(slots=True)
class Sums:
    """Counts, and money in minor units: `kept` is what was paid and not given back, `cashier` the
    part of it that was paid at the bank."""

    shown: int = 0
    opened: int = 0
    visits: int = 0
    orders: int = 0
    sold: int = 0
    kept: int = 0
    cashier: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a day's."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + row[name])

    @property
    def conversion(self) -> int:
        """Orders that were paid for each hundred visits; 0 of none."""
        return round(100 * self.sold / self.visits) if self.visits else 0


@dataclass(slots=True)
class PartnerLine:
    """A partner in the report. `share` is its percent of all visits, `cost` what the days cost the
    bank (below nothing: what they brought), `sent` the customers that came the other way."""

    partner: UUID
    name: str
    terms: Terms | None
    sums: Sums = field(default_factory=Sums)
    share: int = 0
    order_share: int = 0
    customers: int = 0
    cost: int = 0
    out_cost: int = 0
    sent: int = 0
    due: int = 0
    owed: int = 0
    above: bool = False

    def judge(self, whole: Sums) -> None:
        """Its shares of all, and whether the bank depends on it too much."""
        self.share = round(100 * self.sums.visits / whole.visits) if whole.visits else 0
        self.order_share = round(100 * self.sums.sold / whole.sold) if whole.sold else 0
        most = 100 if self.terms is None else self.terms.share_most
        self.above = whole.visits >= DEPENDS_FROM and self.share > most

    @property
    def per_order(self) -> int | None:
        """What an order cost, minor units, rounded."""
        return round(self.cost / self.sums.sold) if self.sums.sold else None

    @property
    def per_customer(self) -> int | None:
        """What a customer cost, minor units, rounded."""
        return round(self.cost / self.customers) if self.customers else None


@dataclass(frozen=True, slots=True)
class Traffic:
    """Days, entries and partners of a span; `months` are those that were posted."""

    first: date
    last: date
    days: dict[date, Sums]
    entries: list[tuple[Entry, Sums]]
    partners: list[PartnerLine]
    whole: Sums
    months: list[Month]
    currency: str


async def read_traffic(pool: store.Pool, tenant: int, first: date, last: date) -> Traffic:
    """The traffic of a span of days, with what it costs by the terms of each day's month."""
    days = {first + timedelta(days=n): Sums() for n in range((last - first).days + 1)}
    by_entry: dict[UUID, Sums] = {}
    whole = Sums()
    async with store.admitted(pool, tenant, readonly=True) as connection:
        now = await sql.read_now(connection, tenant)
        entries = await sql.list_entries(connection, tenant)
        terms = await sql.read_terms(connection, tenant, None)
        for row in await connection.fetch(_DAYS, tenant, first, last):
            for sums in (days[row["day"]], by_entry.setdefault(row["entry"], Sums()), whole):
                sums.add(row)
        names = dict(
            await connection.fetch("select id, name from partner where tenant = $1", tenant)
        )
        customers = dict(await connection.fetch(_CUSTOMERS, tenant, first, last))
        lines = []
        for partner in dict.fromkeys([*(e.partner for e in entries), *(t.partner for t in terms)]):
            own = [each for each in terms if each.partner == partner]
            line = PartnerLine(partner, names[partner], in_force(own, last))
            line.customers = customers.get(partner, 0)
            for entry in entries:
                if entry.partner == partner and entry.id in by_entry:
                    line.sums.add(_as_row(by_entry[entry.id]))
            await _add_costs(connection, tenant, line, own, (first, last), now)
            line.judge(whole)
            lines.append(line)
        months = [Month(*row) for row in await connection.fetch(_POSTED, tenant, None)]
    lines.sort(key=lambda line: -line.sums.visits)
    return Traffic(
        first, last, days, [(each, by_entry.get(each.id, Sums())) for each in entries], lines,
        whole, months, now["currency"],
    )  # fmt: skip


async def _add_costs(
    connection: store.Connection,
    tenant: int,
    line: PartnerLine,
    terms: list[Terms],
    span: tuple[date, date],
    now: Mapping[str, Any],
) -> None:
    """What the days cost in each direction, who came the other way, and what stands on the books."""
    zone = now["zone"]
    today = local_day(now["now"], zone)
    for month, start, end in _months_of(*span):
        held = in_force(terms, month)
        if held is None:
            continue
        for way in WAYS:
            quantity = await _count(connection, tenant, held, way, start, end, zone)
            cost = _cost(held, way, quantity, month, start, min(end, today))
            if way == "in":
                line.cost += cost
            else:
                line.out_cost += cost
        if held.out_scenes:
            line.sent += await connection.fetchval(
                _SENT, tenant, list(held.out_scenes), start, end, zone
            )
    names = [due_name(line.partner), traffic_name(line.partner)]
    balances = dict(await connection.fetch(_BALANCES, tenant, names))
    line.due, line.owed = (balances.get(name, 0) for name in names)


async def post_months(pool: store.Pool, cashier: Cashier, tenant: int) -> int:
    """Post every month that has ended of everybody who has terms; how many were. Again posts
    nothing twice, and a month that is posted stays as it is."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        now = await sql.read_now(connection, tenant)
        today = local_day(now["now"], now["zone"])
        terms = await sql.read_terms(connection, tenant, None)
        posted = {
            (row["partner"], row["month"], row["direction"])
            for row in await connection.fetch(_POSTED, tenant, None)
        }
        found: list[Month] = []
        for partner in dict.fromkeys(each.partner for each in terms):
            own = [each for each in terms if each.partner == partner and each.state == "agreed"]
            starts = min((each.starts for each in own), default=today)
            for month, first, last in _months_of(starts, today.replace(day=1) - timedelta(days=1)):
                held = in_force(own, month)
                assert held is not None, "from the first of them on there is always one"
                for way in WAYS:
                    kind, price, payer = held.price(way)
                    if kind == "none" or (partner, month, way) in posted:
                        continue
                    count = await _count(connection, tenant, held, way, first, last, now["zone"])
                    found.append(
                        Month(partner, month, way, held.version, kind, count, price, count * price,
                              payer, held.currency)
                    )  # fmt: skip
    for each in found:
        await cashier.post_month(tenant, each)
    return len(found)


async def _count(
    connection: store.Connection, tenant: int, terms: Terms, way: Direction, first: date,
    last: date, zone: str,
) -> int:  # fmt: skip
    kind = terms.price(way)[0]
    if kind == "fixed":
        return 1
    if kind == "customer":
        return int(
            await connection.fetchval(_SENT, tenant, list(terms.out_scenes), first, last, zone)
        )
    if kind == "none":
        return 0
    row = await connection.fetchrow(_COUNTED, tenant, terms.partner, first, last)
    assert row is not None, "it counts"
    return int(row[kind])


def _cost(terms: Terms, way: Direction, quantity: int, month: date, first: date, last: date) -> int:
    """What so much costs the bank. Of a fixed sum the part of the days that have been."""
    kind, price, payer = terms.price(way)
    amount = quantity * price
    if kind == "fixed":
        ends = (month + timedelta(days=32)).replace(day=1)
        amount = price * max(0, (last - first).days + 1) // (ends - month).days
    return amount if payer == "bank" else -amount


def _months_of(first: date, last: date) -> list[tuple[date, date, date]]:
    """The months that a span touches: their first day, and the days of the span in them."""
    found, month = [], first.replace(day=1)
    while month <= last:
        after = (month + timedelta(days=32)).replace(day=1)
        found.append((month, max(first, month), min(last, after - timedelta(days=1))))
        month = after
    return found


def _as_row(sums: Sums) -> dict[str, int]:
    return {name: getattr(sums, name) for name in Sums.__slots__}
