"""SQL of contracts: set-based, conditional on versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit import Script, Stamp
from enscene.shelf.contracts.contract import CLOSED, Contract
from enscene.storage.arrays import column, moments, numbers, texts, words

Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"

_COLUMNS = """c.tenant, c.id, c.scene, c.product, c.customer, c.amount, c.currency, c.about,
       c.state, c.version, c.life::text, c.entries"""

_READ = f"""
select {_COLUMNS}
  from unnest($1::text::int[], $2::text::uuid[]) as u(tenant, id)
  cross join lateral (
    select * from contract c where c.tenant = u.tenant and c.id = u.id limit 1) c"""

_READ_HELD = f"""
select {_COLUMNS}
  from unnest($1::text::int[], $2::text::bigint[], $3::text::text[]) as u(tenant, customer, product)
  cross join lateral (
    select * from contract c
     where c.tenant = u.tenant and c.customer = u.customer and c.customer > 0
       and c.product = u.product and c.state = 'open'
    offset 0) c
 order by c.opened_at, c.id"""

_INSERT = """
insert into contract (seq, opened_at, tenant, id, scene, product, customer, amount, currency,
                      about, state, version, life, entries, terms, facts, wake, bears, accrued,
                      carry, counted, days, ended_at)
select * from unnest($1::text::bigint[], $2::text::timestamptz[], $3::text::int[],
                     $4::text::uuid[], $5::text::int[], $6::text::text[], $7::text::bigint[],
                     $8::text::bigint[], $9::text::text[], $10::text::text[], $11::text::text[],
                     $12::text::int[], $13::text::json[], $14::text::int[], $15::text::jsonb[],
                     $16::text::jsonb[], $17::text::date[], $18::text::bigint[],
                     $19::text::bigint[], $20::text::bigint[], $21::text::date[],
                     $22::text::text[], $23::text::timestamptz[])"""

# One without a life is most of what scenes open: a mandate, a cover whose money the scene keeps.
_INSERT_PLAIN = """
insert into contract (seq, opened_at, tenant, id, scene, product, customer, amount, currency, about,
                      terms)
select u.seq, u.opened_at, u.tenant, u.id, u.scene, u.product, u.customer, u.amount, u.currency,
       u.about, coalesce(u.terms, $12)::jsonb
  from unnest($1::text::bigint[], $2::text::timestamptz[], $3::text::int[], $4::text::uuid[],
              $5::text::int[], $6::text::text[], $7::text::bigint[], $8::text::bigint[],
              $9::text::text[], $10::text::text[], $11::text::text[])
       as u(seq, opened_at, tenant, id, scene, product, customer, amount, currency, about, terms)"""

_UPDATE = """
update contract c
   set state = coalesce(u.state, $15), version = u.version, life = u.life, entries = u.entries,
       wake = u.wake, bears = u.bears, accrued = u.accrued, carry = u.carry, counted = u.counted,
       days = coalesce(u.days, $16), ended_at = u.ended_at
  from unnest($1::text::int[], $2::text::uuid[], $3::text::text[], $4::text::int[],
              $5::text::json[], $6::text::int[], $7::text::date[], $8::text::bigint[],
              $9::text::bigint[], $10::text::bigint[], $11::text::date[], $12::text::text[],
              $13::text::timestamptz[], $14::text::int[])
       as u(tenant, id, state, version, life, entries, wake, bears, accrued, carry, counted, days,
            ended_at, version_0)
 where c.tenant = u.tenant and c.id = u.id and c.version = u.version_0
returning 1"""

_INSERT_ENTRIES = """
insert into contract_entry (tenant, contract, n, seq, day, what, principal, interest, penalty, fee,
                            about)
select u.tenant, u.contract, u.n, u.seq, coalesce(u.day, $12::text::date), u.what, u.principal,
       u.interest, coalesce(u.penalty, $13::bigint), coalesce(u.fee, $14::bigint),
       coalesce(u.about, $15)
  from unnest($1::text::int[], $2::text::uuid[], $3::text::int[], $4::text::bigint[],
              $5::text::date[], $6::text::text[], $7::text::bigint[], $8::text::bigint[],
              $9::text::bigint[], $10::text::bigint[], $11::text::text[])
       as u(tenant, contract, n, seq, day, what, principal, interest, penalty, fee, about)"""


async def read_contracts(
    connection: Connection, keys: Collection[tuple[Any, ...]]
) -> list[Contract]:
    """The contracts that exist of (tenant, id)."""
    columns = numbers([key[0] for key in keys]), texts([str(key[1]) for key in keys])
    return [_contract(row) for row in await connection.fetch(_READ, *columns)]


async def read_held(connection: Connection, keys: Collection[tuple[Any, ...]]) -> list[Contract]:
    """The open contracts of (tenant, customer, product), the oldest first."""
    rows = await connection.fetch(
        _READ_HELD,
        numbers([key[0] for key in keys]),
        numbers([key[1] for key in keys]),
        texts([key[2] for key in keys]),
    )
    return [_contract(row) for row in rows]


def _contract(row: Row) -> Contract:
    return Contract(*row)


def insert_contracts(script: Script, stamp: Stamp, contracts: Sequence[Contract]) -> None:
    """Write the new ones."""
    plain = [c for c in contracts if c.life is None and c.facts == "{}"]
    if plain:
        terms = column([c.terms for c in plain], texts)
        script.add(_INSERT_PLAIN, *_what(plain, stamp), *terms)
    living = [c for c in contracts if c.life is not None or c.facts != "{}"]
    if living:
        script.add(
            _INSERT,
            *_what(living, stamp),
            texts([c.state for c in living]),
            numbers([c.version for c in living]),
            texts([c.body() for c in living]),
            numbers([c.entries for c in living]),
            texts([c.terms for c in living]),
            texts([c.facts for c in living]),
            *_told(_derived(living)),
            moments([_ended(c, stamp) for c in living]),
        )


def _what(contracts: Sequence[Contract], stamp: Stamp) -> tuple[str, ...]:
    return (
        numbers([stamp.seq(c.unit) for c in contracts]),
        moments([stamp.time(c.tenant) for c in contracts]),
        numbers([c.tenant for c in contracts]),
        texts([str(c.id) for c in contracts]),
        numbers([c.scene for c in contracts]),
        texts([c.product for c in contracts]),
        numbers([c.customer for c in contracts]),
        numbers([c.amount for c in contracts]),
        texts([c.currency for c in contracts]),
        texts([c.about for c in contracts]),
    )


def update_contracts(script: Script, stamp: Stamp, contracts: Sequence[Contract]) -> None:
    """Write the changed ones, each of which must have the version that was read."""
    if not contracts:
        return
    states, state = column([c.state for c in contracts], words)
    *derived, days = _derived(contracts)
    counts, count = column(days, texts)
    script.add(
        _UPDATE,
        numbers([c.tenant for c in contracts]),
        words([str(c.id) for c in contracts]),
        states,
        numbers([c.version for c in contracts]),
        texts([c.body() for c in contracts]),
        numbers([c.entries for c in contracts]),
        *derived,
        counts,
        moments([_ended(c, stamp) for c in contracts]),
        numbers([c.version_0 for c in contracts]),
        state,
        count,
        rows=len(contracts),
    )


def _told(derived: tuple[str, str, str, str, str, list[str]]) -> tuple[str, ...]:
    return (*derived[:-1], texts(derived[-1]))


def _derived(contracts: Sequence[Contract]) -> tuple[str, str, str, str, str, list[str]]:
    """What the close of a day finds them by: all of it follows from their lives. The last one, how
    days are counted, is mostly the same for all."""
    wake: list[str | None] = []
    numbers_of: tuple[list[int], list[int], list[int]] = [], [], []
    counted: list[str | None] = []
    days: list[str] = []
    for contract in contracts:
        life = contract.life if contract.state != CLOSED else None
        wake.append(_day(life.wake if life else None))
        bears = life.bears if life else None
        for values, value in zip(
            numbers_of,
            (bears.parts, bears.minor, bears.carry) if bears else (0, 0, 0),
            strict=True,
        ):
            values.append(value)
        counted.append(_day(bears.since if bears else None))
        days.append(bears.count.value if bears else "act/365")
    first, second, third = map(numbers, numbers_of)
    return texts(wake), first, second, third, texts(counted), days


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _ended(contract: Contract, stamp: Stamp) -> datetime | None:
    return stamp.time(contract.tenant) if contract.state == CLOSED else None


def insert_entries(script: Script, stamp: Stamp, contracts: Sequence[Contract]) -> None:
    """Write what was added to their histories."""
    lines = [(contract, entry) for contract in contracts for entry in contract.lines]
    if not lines:
        return
    steps = [entry.step for _, entry in lines]
    days, day = column([step.day for step in steps], _dates)
    penalties, penalty = column([step.penalty for step in steps], numbers)
    fees, fee = column([step.fee for step in steps], numbers)
    abouts, about = column([step.about for step in steps], texts)
    script.add(
        _INSERT_ENTRIES,
        numbers([contract.tenant for contract, _ in lines]),
        words([str(contract.id) for contract, _ in lines]),
        numbers([entry.n for _, entry in lines]),
        numbers([stamp.seq(entry.unit) for _, entry in lines]),
        days,
        words([step.what for step in steps]),
        numbers([step.principal for step in steps]),
        numbers([step.interest for step in steps]),
        penalties,
        fees,
        abouts,
        _day(day),
        penalty,
        fee,
        about,
    )


def _dates(days: list[date]) -> str:
    return words([day.isoformat() for day in days])


HOUSEHOLD = "household:"
"""What a customer consents to, followed by the ref of who may see their contracts."""

# -- reading for people, and for the close of a day ---------------------------------------------

_OF_CUSTOMER = """
select c.*, c.life::text as life_text, s.ref as scene_ref, s.name as scene_name,
       p.ref as customer_ref,
       -- Who took part when it was opened hears of what becomes of it.
       o.facts->'parties' as parties, o.facts->'thing' as opened_with
  from contract c
  left join scene s on s.tenant = c.tenant and s.id = c.scene
  left join party p on p.tenant = c.tenant and p.id = c.customer
  left join lateral (
    select e.facts from event e join tenant t on t.id = c.tenant
     where e.shard = t.shard and e.seq = c.seq and e.tenant = c.tenant) o on true
 where c.tenant = $1 and {where}
 order by c.opened_at desc, c.id limit 500"""

_ENTRIES = """
select n, seq, day, what, principal, interest, penalty, fee, about from contract_entry
 where tenant = $1 and contract = $2 order by n desc limit $3"""

_DUE = """
select id, product, customer, currency, wake from contract
 where tenant = $1 and wake <= $2 and (wake, id) > ($3, $4) order by wake, id limit $5"""

_COMING_UP = """
select product, currency, days,
       sum(accrued::numeric * 1000000 * (case days when 'act/365' then 365 else 360 end) + carry
           + bears::numeric * case days
               when '30/360' then
                 (360 * (extract(year from $2::date) - extract(year from counted))
                  + 30 * (extract(month from $2::date) - extract(month from counted))
                  + least(extract(day from $2::date), 30) - least(extract(day from counted), 30))
               else ($2::date - counted) end) as parts
  from contract
 where tenant = $1 and state = 'open' and (bears > 0 or accrued > 0 or carry > 0)
 group by product, currency, days"""


async def read_of_customer(connection: Connection, tenant: int, customer: int) -> list[Row]:
    """A customer's contracts, the newest first."""
    rows: list[Row] = await connection.fetch(
        _OF_CUSTOMER.format(where="c.customer = $2 and c.customer > 0"), tenant, customer
    )
    return rows


async def read_one(connection: Connection, tenant: int, contract_id: UUID) -> Row | None:
    """One contract with the names around it."""
    return await connection.fetchrow(_OF_CUSTOMER.format(where="c.id = $2"), tenant, contract_id)


async def read_next_day(connection: Connection, tenant: int) -> date | None:
    """The first day on which something happens to a contract."""
    day: date | None = await connection.fetchval(
        "select min(wake) from contract where tenant = $1 and wake is not null", tenant
    )
    return day


async def read_balance(connection: Connection, tenant: int, account: int) -> int:
    """What is available on an account, minor units."""
    found: int = await connection.fetchval(
        "select posted - held from account where tenant = $1 and id = $2", tenant, account
    )
    return found


async def read_owed(connection: Connection, tenant: int, customer: int) -> int:
    """What a customer owes over all scenes, minor units of principal; of a line all of it, since
    it may be drawn at any time."""
    owed: int = await connection.fetchval(
        """select coalesce(sum(case
             when c.life->>'line' = 'true' then c.amount
             else (select coalesce(sum((d->'loan'->>'undue')::bigint
                     + (select coalesce(sum((x->>1)::bigint), 0)
                          from json_array_elements(coalesce(d->'loan'->'dues', '[]')) x)), 0)
                     from json_array_elements(coalesce(c.life->'draws', '[]')) d) end), 0)::bigint
             from contract c
            where c.tenant = $1 and c.customer = $2 and c.customer > 0 and c.state = 'open'
              and c.life->>'is' = 'lending'""",
        tenant, customer,
    )  # fmt: skip
    return owed


async def read_household(connection: Connection, tenant: int, viewer: str) -> list[int]:
    """Customers who let this one see what they hold."""
    rows = await connection.fetch(
        "select party from consent where tenant = $1 and scene = 0 and item = $2 and granted "
        "order by party",
        tenant, f"{HOUSEHOLD}{viewer}",
    )  # fmt: skip
    return [row[0] for row in rows]


async def read_entries(
    connection: Connection, tenant: int, contract_id: UUID, limit: int = 200
) -> list[Row]:
    """A contract's history, the newest first."""
    rows: list[Row] = await connection.fetch(_ENTRIES, tenant, contract_id, limit)
    return rows


async def read_due(
    connection: Connection,
    tenant: int,
    day: date,
    limit: int,
    after: tuple[date, UUID] | None = None,
) -> list[tuple[UUID, str, int, str, date]]:
    """Contracts to which something happens by the end of `day`: id, product, customer, currency,
    and since when; in this order, from one of them on."""
    since, last = after or (date.min, UUID(int=0))
    return [tuple(row) for row in await connection.fetch(_DUE, tenant, day, since, last, limit)]


async def read_accrued(connection: Connection, tenant: int) -> set[tuple[str, str]]:
    """(product, currency) whose account of accrued interest does not stand at zero."""
    rows = await connection.fetch(
        """select name, currency from account
            where tenant = $1 and scene = 0 and owner = 0 and id > 0 and role = 'accrued'
              and posted <> 0""",
        tenant,
    )
    return {(row[0].rpartition(".")[0], row[1]) for row in rows}


async def read_coming_up(
    connection: Connection, tenant: int, day: date
) -> dict[tuple[str, str], int]:
    """Interest that has come up by the end of `day` and is not due, in whole minor units, by
    (product, currency)."""
    found: dict[tuple[str, str], int] = {}
    for product, currency, days, parts in await connection.fetch(_COMING_UP, tenant, day):
        year = 365 if days == "act/365" else 360
        key = (product, currency)
        found[key] = found.get(key, 0) + int(parts) // (1_000_000 * year)
    return found


async def read_closed_day(connection: Connection, tenant: int) -> date | None:
    """The last day that was closed."""
    day: date | None = await connection.fetchval(
        "select closed from contract_day where tenant = $1", tenant
    )
    return day


async def write_closed_day(
    connection: Connection, tenant: int, day: date, woken: int, failed: int
) -> None:
    """The day is closed; an earlier one than is known changes nothing."""
    await connection.execute(
        """insert into contract_day (tenant, closed, woken, failed) values ($1, $2, $3, $4)
        on conflict (tenant) do update
          set closed = excluded.closed, woken = excluded.woken, failed = excluded.failed,
              closed_at = now()
        where contract_day.closed < excluded.closed""",
        tenant, day, woken, failed,
    )  # fmt: skip


async def put_off(connection: Connection, tenant: int, contract_id: UUID, to: date) -> None:
    """Try this one again on a later day."""
    await connection.execute(
        "update contract set wake = $3 where tenant = $1 and id = $2", tenant, contract_id, to
    )
