"""SQL of the simulated rails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.commit import Script, Stamp
from enscene.partners.rails.payment import Payment
from enscene.partners.store import Connection, Row

PaymentKey = tuple[int, UUID]
FundsKey = tuple[int, int, str]
"""Tenant, application, currency."""

_COLUMNS = ", ".join(Payment.__slots__)
_LOAD = f"""
select tenant, {_COLUMNS} from rail_payment
 where (tenant, id) in (select * from unnest($1::int[], $2::uuid[])) for update"""
_LOAD_FUNDS = """
select tenant, app, currency from rail_funds
 where (tenant, app, currency) in (select * from unnest($1::int[], $2::bigint[], $3::text[]))"""
_INSERT = f"""
insert into rail_payment (tenant, {_COLUMNS})
select tenant, id, app, app_name, kind, "of", amount, currency, counter_account, reference,
       accounts::bigint[], state, reason, refunded, step, due, made_at, changed_at
  from unnest($1::int[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::uuid[],
              $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
              $13::text[], $14::bigint[], $15::int[], $16::timestamptz[], $17::timestamptz[],
              $18::timestamptz[])
       as u(tenant, id, app, app_name, kind, "of", amount, currency, counter_account, reference,
            accounts, state, reason, refunded, step, due, made_at, changed_at)"""
_PUT = """
update rail_payment p set state = u.state, reason = u.reason, refunded = u.refunded, step = u.step,
       due = u.due, changed_at = u.changed_at
  from unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::int[],
              $7::timestamptz[], $8::timestamptz[])
       as u(tenant, id, state, reason, refunded, step, due, changed_at)
 where p.tenant = u.tenant and p.id = u.id returning p.id"""
INSERT_STEPS = """
insert into rail_step (seq, at, tenant, payment, n, said, state, reason, moved)
select * from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::uuid[], $5::int[], $6::text[],
                     $7::text[], $8::text[], $9::bigint[])"""
INSERT_FUNDS = """
insert into rail_funds (seq, at, tenant, app, currency, account, amount)
select * from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::bigint[], $5::text[],
                     $6::bigint[], $7::bigint[])"""
# Oldest first, by the sandbox's own time, which is another in each.
_DUE = f"""
select p.tenant, {_COLUMNS} from unnest($1::int[], $2::timestamptz[]) as u(of_tenant, now)
  join rail_payment p on p.tenant = u.of_tenant and p.due <= u.now
 order by p.due, p.id limit $3"""
_NEXT = "select min(due) from rail_payment where tenant = $1 and due is not null"
_ONE = f"select {_COLUMNS} from rail_payment where tenant = $1 and app = $2 and id = $3"
_LIST = f"""
select {_COLUMNS} from rail_payment
 where tenant = $1 and app = $2 and ($3::uuid is null or id < $3) order by id desc limit $4"""
_STEPS = """
select payment, n, at, said, state, reason, moved from rail_step
 where tenant = $1 and payment = any($2::uuid[]) order by payment, n"""
_BALANCES = """
select f.currency, a.posted, coalesce(w.waits, 0)::bigint as waits
  from rail_funds f
  join account a on a.tenant = f.tenant and a.id = f.account
  left join (select currency, sum(amount) as waits from rail_payment
              where tenant = $1 and app = $2 and kind <> 'collect'
                and state in ('accepted', 'sent', 'timed_out') group by currency) w
    on w.currency = f.currency
 where f.tenant = $1 and f.app = $2 order by f.currency"""
_FUNDS = "select account from rail_funds where tenant = $1 and app = $2 and currency = $3"
_ENTRIES = """
select t.seq, t.n, t.at, t.amount, t.balance, t.flow, p.id as payment, p.kind, p.reference,
       p.counter_account, s.said, s.reason
  from (
    select seq, n, at, -amount as amount, dr_balance as balance, flow from transfer
     where tenant = $1 and dr = $2 and at >= $3 and at < $4 and dr_balance is not null
    union all
    select seq, n, at, amount, cr_balance, flow from transfer
     where tenant = $1 and cr = $2 and at >= $3 and at < $4 and cr_balance is not null) t
  left join rail_step s on s.tenant = $1 and s.seq = t.seq
  left join rail_payment p on p.tenant = $1 and p.id = s.payment
 order by t.seq, t.n"""
# Of the newest payments alone: a page is not to wait for all that a load test has left.
_DAYS = """
select (s.at at time zone $3)::date as day, array_agg(distinct p.currency order by p.currency)
  from (select id, currency from rail_payment where tenant = $1 and app = $2
         order by id desc limit 1000) p
  join rail_step s on s.tenant = $1 and s.payment = p.id
 where s.at < $4 group by 1 order by 1 desc limit $5"""
_SANDBOXES = """
select t.id, t.zone, clock_timestamp()
       + make_interval(secs => coalesce((s.clocks->>t.id::text)::bigint, 0) / 1e6) as now
  from tenant t join shard s on s.id = t.shard
 where t.shard = $1 and t.sandbox and ($2::int is null or t.id = $2) order by t.id"""


@dataclass(frozen=True, slots=True)
class StepMade:
    """What happened to a payment. `moved` is what came to the own account, minor units."""

    n: int
    at: datetime
    said: str
    state: str
    reason: str | None
    moved: int


def payment_of(row: Row) -> Payment:
    """A payment from its row."""
    values = {name: row[name] for name in Payment.__slots__}
    return Payment(**{**values, "accounts": tuple(values["accounts"])})


async def load_payments(connection: Connection, keys: Collection[PaymentKey]) -> dict[Any, Payment]:
    tenants, ids = zip(*keys, strict=True)
    rows = await connection.fetch(_LOAD, list(tenants), list(ids))
    return {(row["tenant"], row["id"]): payment_of(row) for row in rows}


async def load_funds(connection: Connection, keys: Collection[FundsKey]) -> set[FundsKey]:
    rows = await connection.fetch(_LOAD_FUNDS, *map(list, zip(*keys, strict=True)))
    return {tuple(row) for row in rows}


def insert_payments(script: Script, payments: Sequence[tuple[int, Payment]]) -> None:
    """Add them to the script of a batch."""
    rows = []
    for tenant, each in payments:
        values = {name: getattr(each, name) for name in Payment.__slots__}
        # An array of arrays would have to be rectangular.
        values["accounts"] = "{" + ",".join(map(str, each.accounts)) + "}"
        rows.append((tenant, *values.values()))
    script.add(_INSERT, *map(list, zip(*rows, strict=True)))


def put_payments(script: Script, stamp: Stamp, payments: Sequence[tuple[int, Payment]]) -> None:
    """Add what changed of them to the script of a batch."""
    rows = [
        (tenant, each.id, each.state, each.reason, each.refunded, each.step, each.due,
         stamp.time(tenant))
        for tenant, each in payments
    ]  # fmt: skip
    script.add(_PUT, *map(list, zip(*rows, strict=True)), rows=len(rows))


async def read_sandboxes(connection: Connection, shard: int, tenant: int | None) -> list[Row]:
    """id, zone and time of the sandboxes of a shard, or of one."""
    rows: list[Row] = await connection.fetch(_SANDBOXES, shard, tenant)
    return rows


async def read_due(
    connection: Connection, times: Sequence[tuple[int, datetime]], limit: int
) -> list[tuple[int, Payment]]:
    """Payments that the rail has to answer at those times, the longest due first."""
    tenants, nows = zip(*times, strict=True)
    rows = await connection.fetch(_DUE, list(tenants), list(nows), limit)
    return [(row["tenant"], payment_of(row)) for row in rows]


async def read_next_due(connection: Connection, tenant: int) -> datetime | None:
    found: datetime | None = await connection.fetchval(_NEXT, tenant)
    return found


async def read_payment(
    connection: Connection, tenant: int, app: int, payment: UUID
) -> Payment | None:
    row = await connection.fetchrow(_ONE, tenant, app, payment)
    return None if row is None else payment_of(row)


async def list_payments(
    connection: Connection, tenant: int, app: int, before: UUID | None, limit: int
) -> list[Payment]:
    return [payment_of(row) for row in await connection.fetch(_LIST, tenant, app, before, limit)]


async def read_steps(
    connection: Connection, tenant: int, payments: Collection[UUID]
) -> dict[UUID, list[StepMade]]:
    found: dict[UUID, list[StepMade]] = {}
    for payment, *values in await connection.fetch(_STEPS, tenant, list(payments)):
        found.setdefault(payment, []).append(StepMade(*values))
    return found


async def read_balances(connection: Connection, tenant: int, app: int) -> list[Row]:
    """currency, posted, waits."""
    rows: list[Row] = await connection.fetch(_BALANCES, tenant, app)
    return rows


async def read_funds(connection: Connection, tenant: int, app: int, currency: str) -> int | None:
    """The ledger's account of an application, if it has one in the currency."""
    found: int | None = await connection.fetchval(_FUNDS, tenant, app, currency)
    return found


async def read_days(
    connection: Connection, tenant: int, app: int, zone: str, until: datetime, limit: int
) -> list[tuple[date, list[str]]]:
    """Days of the zone on which something happened before `until`, newest first, and in which
    currencies."""
    rows = await connection.fetch(_DAYS, tenant, app, zone, until, limit)
    return [(day, list(currencies)) for day, currencies in rows]


async def read_entries(
    connection: Connection, tenant: int, account: int, since: datetime, until: datetime
) -> list[Row]:
    """What moved on an account within a time, with the payments that it was for."""
    rows: list[Row] = await connection.fetch(_ENTRIES, tenant, account, since, until)
    return rows
