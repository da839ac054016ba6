"""SQL of billing: plans, invoices and their lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, TypeAlias

import asyncpg
import msgspec

from enscene.billing.plan import Plan, PlanBody, body_of
from enscene.billing.rate import Line
from enscene.commit import admit

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"

_PLAN = "tenant, version, starts, body::text, state, made_by, decided_by, payer"
_PLANS = f"select {_PLAN} from billing_plan where tenant = $1 order by version"
_PROPOSE = f"""
insert into billing_plan (tenant, version, starts, body, made_by, payer)
values ($1, (select coalesce(max(version), 0) + 1 from billing_plan where tenant = $1),
        $2, $3::text::jsonb, $4, $5)
returning {_PLAN}"""
_DECIDE = f"""
update billing_plan set state = $3, decided_by = $4, decided_at = now()
 where tenant = $1 and version = $2 and state = 'proposed' returning {_PLAN}"""
_INVOICE = """
month, currency, total, credit, due, shares::text as shares, reach, state, seq, issued_at, paid_seq,
paid_at, payer"""
_INVOICES = f"""
select {_INVOICE} from billing_invoice where tenant = $1 and payer = $4 and month < $2
 order by month desc limit $3"""
_ONE = f"select {_INVOICE} from billing_invoice where tenant = $1 and month = $2 and payer = $3"
_LINE = """
month, n, kind, name, meter, adjusts, first, until, quantity, amount, shares::text as shares,
detail::text as detail, after_seq"""
_LINES = f"""
select {_LINE} from billing_line where tenant = $1 and month = $2 and payer = $3 order by n"""
_BILLED = f"""
select {_LINE} from billing_line where tenant = $1 and payer = $4 and first >= $2 and first < $3
 order by month, n"""
INSERT_INVOICES = """
insert into billing_invoice (seq, issued_at, tenant, payer, month, currency, total, credit, due, shares,
                             reach, state, paid_seq, paid_at)
select u.seq, u.at, u.tenant, u.payer, u.month, u.currency, u.total, u.credit, u.total - u.credit, u.shares,
       u.reach, u.state, case when u.state = 'paid' then u.seq end,
       case when u.state = 'paid' then u.at end
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::text[], $5::date[], $6::text[],
              $7::bigint[], $8::bigint[], $9::text[]::jsonb[], $10::bigint[], $11::text[])
       as u(seq, at, tenant, payer, month, currency, total, credit, shares, reach, state)"""
INSERT_LINES = """
insert into billing_line (tenant, payer, month, n, kind, name, meter, adjusts, first, until, quantity,
                          amount, shares, detail, after_seq)
select u.tenant, u.payer, u.month, u.n, u.kind, u.name, u.meter, u.adjusts, u.first, u.until, u.quantity,
       u.amount, u.shares, u.detail, u.after_seq
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::text[], $5::date[], $6::int[],
              $7::text[], $8::text[], $9::text[], $10::bool[], $11::date[], $12::date[],
              $13::bigint[], $14::bigint[], $15::text[]::jsonb[], $16::text[]::jsonb[],
              $17::bigint[])
       as u(seq, at, tenant, payer, month, n, kind, name, meter, adjusts, first, until, quantity, amount,
            shares, detail, after_seq)"""
PAY_INVOICES = """
update billing_invoice i set state = 'paid', paid_seq = u.seq, paid_at = u.at
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::text[], $5::date[])
       as u(seq, at, tenant, payer, month)
 where i.tenant = u.tenant and i.payer = u.payer and i.month = u.month and i.state = 'issued'"""
_INCOME = """
select t.ref, t.name, i.payer, i.month, i.currency, i.total, i.state, i.shares::text
  from billing_invoice i join tenant t on t.id = i.tenant
 where i.tenant = any($1::int[]) and i.month >= $2 and i.month < $3 order by i.month, t.ref, i.payer"""
_BALANCES = """
select name, posted from account where tenant = $1 and scene = 0 and owner = 0 and currency = $2
   and name = any($3::text[])"""
_RECEIVED = """
select t.at, t.amount, t.flow, e.actor, e.facts::text
  from account a
  join transfer t on t.tenant = a.tenant and t.dr = a.id
  left join event e on e.shard = (select shard from tenant where id = $1) and e.seq = t.seq
 where a.tenant = $1 and a.scene = 0 and a.owner = 0 and a.currency = $2 and a.name = $3
   and ($4::text is null or e.facts->>'receipt' = $4 and t.flow = 'billing.buy_credits')
 order by t.seq desc limit $5"""
_NOW = """
select t.zone, clock_timestamp()
       + make_interval(secs => coalesce((s.clocks->>t.id::text)::bigint, 0) / 1e6) as now
  from tenant t join shard s on s.id = t.shard where t.id = $1"""


@asynccontextmanager
async def reading(pool: Pool, tenants: Sequence[int]) -> AsyncIterator[Connection]:
    """A snapshot that sees these tenants."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await admit(connection, tenants)
        yield connection


@asynccontextmanager
async def writing(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        yield connection


async def read_now(connection: Connection, tenant: int) -> tuple[str, Any]:
    """The tenant's zone and time."""
    row = await connection.fetchrow(_NOW, tenant)
    assert row is not None
    return row[0], row[1]


async def read_plans(connection: Connection, tenant: int) -> list[Plan]:
    return [_plan(row) for row in await connection.fetch(_PLANS, tenant)]


async def insert_plan(
    connection: Connection, tenant: int, payer: str, starts: date, body: PlanBody, who: str
) -> Plan:
    # Two at once would take the same version: one after the other.
    await connection.execute("select pg_advisory_xact_lock(7301, $1)", tenant)
    text = msgspec.json.encode(body).decode()
    return _plan(await connection.fetchrow(_PROPOSE, tenant, starts, text, who, payer))


async def decide_plan(
    connection: Connection, tenant: int, version: int, state: str, who: str
) -> Plan | None:
    row = await connection.fetchrow(_DECIDE, tenant, version, state, who)
    return None if row is None else _plan(row)


def _plan(row: Any) -> Plan:
    return Plan(row[0], row[1], row[2], body_of(row[3]), row[4], row[5], row[6], row[7])


async def read_invoices(
    connection: Connection, tenant: int, payer: str, before: date, limit: int
) -> list[Any]:
    rows: list[Any] = await connection.fetch(_INVOICES, tenant, before, limit, payer)
    return rows


async def read_invoice(connection: Connection, tenant: int, payer: str, month: date) -> Any:
    return await connection.fetchrow(_ONE, tenant, month, payer)


async def read_lines(
    connection: Connection, tenant: int, payer: str, month: date
) -> list[tuple[int, Line]]:
    """The lines of one invoice with their numbers."""
    rows = await connection.fetch(_LINES, tenant, month, payer)
    return [(row["n"], _line(row)) for row in rows]


async def read_billed(
    connection: Connection, tenant: int, payer: str, first: date, until: date
) -> list[tuple[date, Line]]:
    """What was billed for days of that span, in whichever invoice; the month of each."""
    rows = await connection.fetch(_BILLED, tenant, first, until, payer)
    return [(row["month"], _line(row)) for row in rows]


def _line(row: Any) -> Line:
    return Line(
        row["kind"], row["name"], row["meter"], row["first"], row["until"], row["quantity"],
        row["amount"], msgspec.json.decode(row["shares"]), msgspec.json.decode(row["detail"]),
        row["adjusts"], row["after_seq"],
    )  # fmt: skip


async def read_income(
    connection: Connection, tenants: Sequence[int], first: date, until: date
) -> list[Any]:
    rows: list[Any] = await connection.fetch(_INCOME, list(tenants), first, until)
    return rows


async def read_balances(
    connection: Connection, tenant: int, currency: str, names: Sequence[str]
) -> dict[str, int]:
    rows = await connection.fetch(_BALANCES, tenant, currency, list(names))
    return {row[0]: row[1] for row in rows}


async def read_received(
    connection: Connection, tenant: int, currency: str, name: str, receipt: str | None, limit: int
) -> list[Any]:
    """What came from outside by that account, newest first; of one receipt of credits alone."""
    rows: list[Any] = await connection.fetch(_RECEIVED, tenant, currency, name, receipt, limit)
    return rows


async def insert_proof(connection: Connection, tenant: int, day: date, *told: Any) -> bool:
    """Keep what a day's proof came to; False where another process was first."""
    done = await connection.fetchval(
        "insert into billing_proof (tenant, day, readings, invoices, lines, faults) "
        "values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning true",
        tenant,
        day,
        *told,
    )
    return bool(done)


async def read_proofs(connection: Connection, tenant: int, limit: int) -> Sequence[Any]:
    """The newest days first."""
    rows: Sequence[Any] = await connection.fetch(
        "select day, readings, invoices, lines, faults, at from billing_proof "
        "where tenant = $1 order by day desc limit $2",
        tenant,
        limit,
    )
    return rows


async def read_unmetered(
    connection: Connection, tenants: Sequence[int], limit: int
) -> Sequence[Any]:
    """Receipts that are no readings yet: tenant, number, application, scene, party, what, the level
    of each field, how many records."""
    rows: Sequence[Any] = await connection.fetch(
        "select r.tenant, r.id, a.name, r.scene, r.party, r.what, "
        "case when r.levels = '{}' then array_fill(r.level, array[greatest(cardinality(r.fields), "
        "1)]) else r.levels end, r.records "
        "from receipt r join app a on a.tenant = r.tenant and a.id = r.app "
        "where r.tenant = any($1::int[]) and not r.metered order by r.tenant, r.id limit $2",
        tenants,
        limit,
    )
    return rows


async def mark_metered(
    connection: Connection, tenant: int, receipts: Sequence[tuple[int, int | None, str | None, str]]
) -> None:
    """They are readings now: number, version of the plan, currency, the prices as `{0.01,0.02}`."""
    await connection.execute(
        "update receipt r set metered = true, plan = u.plan, currency = u.currency, "
        "prices = case when u.plan is null then null else u.prices::text[] end "
        "from unnest($2::bigint[], $3::int[], $4::text[], $5::text[]) "
        "as u(id, plan, currency, prices) "
        "where r.tenant = $1 and r.id = u.id",
        tenant,
        *zip(*receipts, strict=True),
    )
