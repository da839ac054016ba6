"""SQL of the states of service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from enscene.storage import write_all_the_same
from enscene.tenants.store import Connection, Pool

KEPT_MOST = 60
_COLUMNS = """s.id, t.ref as bank, s.bank as tenant, s.state, s.cause, s.reason, s.who, s.since,
       s.until, s.ended_at, s.ended_by"""
_LATELY = f"""
select {_COLUMNS} from service_state s left join tenant t on t.id = s.bank
 order by s.ended_at is null desc, s.since desc limit {KEPT_MOST}"""
# What the session began with: the program itself may have shut it.
_SHUT = """
select pg_is_in_recovery() or reset_val = 'on'
  from pg_settings where name = 'default_transaction_read_only'"""
_END = """
update service_state set ended_at = least(clock_timestamp(), until), ended_by = $2
 where coalesce(bank, 0) = coalesce($1::int, 0) and ended_at is null and cause = 'person'
returning id, until > clock_timestamp() as held"""
_ENTER = """
insert into service_state (id, bank, state, cause, reason, who, since, until)
values ($1, $2, $3, 'person', $4, $5, clock_timestamp(), $6)"""
# Several processes meet the same: one of them writes it down.
_NOTE = """
insert into service_state (id, state, cause, reason, who, since, ended_at, ended_by)
select $1, $2, $3, '', 'enscene', $4, $5, 'enscene'
 where not exists (select from service_state s
                    where s.cause = $3 and s.bank is null and s.since < $5 and s.ended_at > $4)"""
_BELOW = """
with recursive below as (
  select id, id as bank from tenant where id = any($1::int[])
  union all
  select c.id, below.bank from tenant c join below on c.parent = below.id)
select id, bank from below"""


async def read_lately(pool: Pool) -> tuple[bool, list[asyncpg.Record]]:
    """Whether the database takes no writes, and the states of lately, those that are open first."""
    async with pool.acquire() as connection:
        shut = await connection.fetchval(_SHUT)
        return bool(shut), await connection.fetch(_LATELY)


async def read_below(pool: Pool, banks: Sequence[int]) -> dict[int, list[int]]:
    """The banks above each tenant below them, itself among them."""
    found: dict[int, list[int]] = {}
    for tenant, bank in await pool.fetch(_BELOW, list(banks)):
        found.setdefault(tenant, []).append(bank)
    return found


@asynccontextmanager
async def writing(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction that may write while nothing else does: else nobody could leave the state."""
    async with pool.acquire() as connection, connection.transaction():
        await write_all_the_same(connection)
        yield connection


async def end_state(connection: Connection, bank: int | None, who: str) -> bool:
    """End what a person has entered there; whether there was something that held."""
    return any(row["held"] for row in await connection.fetch(_END, bank, who))


async def insert_state(
    connection: Connection, id_: UUID, bank: int | None, state: str, reason: str, who: str,
    until: datetime,
) -> None:  # fmt: skip
    await connection.execute(_ENTER, id_, bank, state, reason, who, until)


async def note_state(
    pool: Pool, id_: UUID, state: str, cause: str, since: datetime, ended: datetime
) -> None:
    """Write down what the program entered by itself, and left."""
    async with writing(pool) as connection:
        await connection.execute(_NOTE, id_, state, cause, since, ended)
