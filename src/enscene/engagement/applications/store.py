"""SQL of applications, what they stand on, and what is known of their customers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit import admit

Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"

_COLUMNS = """a.id, a.scene, s.ref as scene_ref, s.name as scene_name, a.customer,
 p.ref as customer_ref, a.product, a.state, a.amount, a.months, a.currency, a.offer, a.fact,
 a.fields, a.quote, a.data, a.reasons, a.began_in, a.ended_in, a.asked_twice, a.decision,
 a.contract, a.staff, a.begun_at, a.answered_at, a.ended_at, a.expires_at"""
_FROM = """
  from application a
  join scene s on s.tenant = a.tenant and s.id = a.scene
  join party p on p.tenant = a.tenant and p.id = a.customer"""
_LIST = f"""
select {_COLUMNS} {_FROM}
 where a.tenant = $1 and ($2::int is null or a.scene = $2)
   and ($3::bigint is null or a.customer = $3) and ($4::text is null or a.state = $4)
   and ($5::timestamptz is null or (a.begun_at, a.id) < ($5, $6::uuid))
 order by a.begun_at desc, a.id desc limit $7"""
_CLOCK = """
select greatest(clock_timestamp(), s.at)
         + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6) as now,
       clock_timestamp() as real, t.zone, t.shard, t.sandbox
  from tenant t join shard s on s.id = t.shard where t.id = $1"""
_STEP = """
insert into application_step (tenant, application, n, step, channel, actor, at)
select $1, $2, coalesce(max(n), 0) + 1, $3, $4, $5, $6
  from application_step where tenant = $1 and application = $2"""
_CLAIM_FACT = """
insert into used_fact (tenant, fact, likeness, application, customer)
values ($1, $2, $3, $4, $5) on conflict do nothing returning 1"""
_ALIKE = """
select exists (select from used_fact
                where tenant = $1 and likeness = $2 and fact <> $3)"""
_MOVED = """
select exists (select from transfer t where t.tenant = $1 and t.dr = any($2::bigint[]))"""


@asynccontextmanager
async def reading(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    """A read-only transaction that sees one tenant."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        yield connection


@asynccontextmanager
async def writing(pool: Pool, tenant: int) -> AsyncIterator[Connection]:
    """A transaction that sees one tenant."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        yield connection


async def read_clock(connection: Connection, tenant: int) -> Row:
    """The tenant's time (`now`), real time (`real`), zone, shard, whether it is a sandbox."""
    row = await connection.fetchrow(_CLOCK, tenant)
    assert row is not None, "the tenant exists"
    return row


# -- applications --------------------------------------------------------------------------------


async def insert_application(connection: Connection, tenant: int, **values: Any) -> None:
    """A new row."""
    names = ["tenant", *values]
    assert all(name.isidentifier() for name in names), names
    places = ", ".join(f"${number + 1}" for number in range(len(names)))
    await connection.execute(
        f"insert into application ({', '.join(names)}) values ({places})", tenant, *values.values()
    )


async def update_application(
    connection: Connection, tenant: int, application: UUID, **values: Any
) -> None:
    """Set columns; whoever does has locked the row."""
    names = list(values)
    assert all(name.isidentifier() for name in names), names
    sets = ", ".join(f"{name} = ${number + 3}" for number, name in enumerate(names))
    await connection.execute(
        f"update application set {sets} where tenant = $1 and id = $2",
        tenant,
        application,
        *values.values(),
    )


async def read_application(
    connection: Connection, tenant: int, application: UUID, *, lock: bool = False
) -> Row | None:
    more = " for update of a" if lock else ""
    return await connection.fetchrow(
        f"select {_COLUMNS} {_FROM} where a.tenant = $1 and a.id = $2{more}", tenant, application
    )


async def list_applications(
    connection: Connection,
    tenant: int,
    scene: int | None,
    customer: int | None,
    state: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        _LIST, tenant, scene, customer, state, *(before or (None, None)), limit
    )
    return rows


async def add_step(
    connection: Connection, tenant: int, application: UUID, step: str, channel: str,
    actor: str, at: datetime,
) -> None:  # fmt: skip
    await connection.execute(_STEP, tenant, application, step, channel, actor, at)


async def read_steps(connection: Connection, tenant: int, application: UUID) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select n, step, channel, actor, at from application_step "
        "where tenant = $1 and application = $2 order by n",
        tenant,
        application,
    )
    return rows


async def list_overdue(connection: Connection, tenant: int, now: datetime) -> list[UUID]:
    """Open applications whose quote holds no more."""
    rows = await connection.fetch(
        "select id from application where tenant = $1 and expires_at <= $2 "
        "and state in ('begun', 'approved', 'referred') order by expires_at limit 500",
        tenant,
        now,
    )
    return [row[0] for row in rows]


async def lock_under(connection: Connection, tenant: int, grant: int) -> list[UUID]:
    """Open applications that were begun under a consent, locked."""
    rows = await connection.fetch(
        "select id from application where tenant = $1 and grant_id = $2 "
        "and state in ('begun', 'approved', 'referred') order by id for update",
        tenant,
        grant,
    )
    return [row[0] for row in rows]


async def lock_open_of(connection: Connection, tenant: int, customer: int) -> list[UUID]:
    """Open applications of a customer, locked."""
    rows = await connection.fetch(
        "select id from application where tenant = $1 and customer = $2 "
        "and state in ('begun', 'approved', 'referred') order by id for update",
        tenant,
        customer,
    )
    return [row[0] for row in rows]


async def share_grant(connection: Connection, tenant: int, grant: int) -> bool:
    """Whether the consent is in force, and stays so until this transaction has ended."""
    found = await connection.fetchval(
        "select true from app_grant where tenant = $1 and id = $2 and revoked_at is null "
        "and (expires_at is null or expires_at > clock_timestamp()) for share",
        tenant,
        grant,
    )
    return found is not None


# -- facts of the scene --------------------------------------------------------------------------


async def read_thing(
    connection: Connection, tenant: int, scene: int, kind: str, key: str
) -> Row | None:
    return await connection.fetchrow(
        "select key, state, fields, born, seq from thing "
        "where tenant = $1 and scene = $2 and type = $3 and key = $4",
        tenant,
        scene,
        kind,
        key,
    )


async def read_offer(
    connection: Connection, tenant: int, scene: int, customer: int, offer: UUID
) -> Row | None:
    """An offer to this customer in this scene, with the facts of the event it answers."""
    return await connection.fetchrow(
        "select d.id, d.moment, d.product, d.rights, d.state, d.seq, e.action, e.facts, e.at "
        "from decision d join tenant t on t.id = d.tenant "
        "join event e on e.shard = t.shard and e.seq = d.seq and e.tenant = d.tenant "
        "where d.tenant = $1 and d.scene = $2 and d.customer = $3 and d.id = $4",
        tenant,
        scene,
        customer,
        offer,
    )


async def claim_fact(
    connection: Connection, tenant: int, fact: str, likeness: str, application: UUID, customer: int
) -> bool:
    """Let the fact carry this application; False where it carries another already."""
    found = await connection.fetchval(_CLAIM_FACT, tenant, fact, likeness, application, customer)
    return found is not None


async def has_claim(connection: Connection, tenant: int, fact: str) -> bool:
    """Whether the fact carries any application."""
    found = await connection.fetchval(
        "select true from used_fact where tenant = $1 and fact = $2", tenant, fact
    )
    return found is not None


async def is_alike(connection: Connection, tenant: int, likeness: str, fact: str) -> bool:
    """Whether a fact in use differs from this one in its number alone."""
    return bool(await connection.fetchval(_ALIKE, tenant, likeness, fact))


async def is_claimed_by(connection: Connection, tenant: int, fact: str, application: UUID) -> bool:
    """Whether the fact carries this very application."""
    found = await connection.fetchval(
        "select application from used_fact where tenant = $1 and fact = $2", tenant, fact
    )
    return bool(found == application)


async def free_fact(connection: Connection, tenant: int, application: UUID) -> None:
    """The application stands on it no longer."""
    await connection.execute(
        "delete from used_fact where tenant = $1 and application = $2", tenant, application
    )


async def has_contract_about(
    connection: Connection, tenant: int, scene: int, about: str, products: Sequence[str]
) -> bool:
    """Whether a contract that lends stands on this thing already, however it was opened."""
    return bool(
        await connection.fetchval(
            "select exists (select from contract where tenant = $1 and scene = $2 "
            "and about = $3 and about <> '' and life is not null and product = any($4::text[]))",
            tenant,
            scene,
            about,
            list(products),
        )
    )


# -- customers -----------------------------------------------------------------------------------


async def read_party(connection: Connection, tenant: int, party: int) -> Row:
    row = await connection.fetchrow(
        "select id, ref, kind, name, profile, created_at from party where tenant = $1 and id = $2",
        tenant,
        party,
    )
    assert row is not None, "the customer exists"
    return row


async def read_promised(
    connection: Connection, tenant: int, party: int, but: UUID, products: Sequence[str], now: Any
) -> list[Any]:
    """Quotes of what was approved and is not opened yet."""
    rows = await connection.fetch(
        "select quote from application where tenant = $1 and customer = $2 "
        "and state in ('approved', 'confirmed') and id <> $3 and product = any($4::text[]) "
        "and expires_at > $5",
        tenant, party, but, list(products), now,
    )  # fmt: skip
    return [row[0] for row in rows]


async def read_said(
    connection: Connection, tenant: int, party: int, but: UUID, since: datetime
) -> list[Any]:
    """Fields of other applications of a customer that were answered lately."""
    rows = await connection.fetch(
        "select fields from application where tenant = $1 and customer = $2 and id <> $3 "
        "and begun_at > $4 and answered_at is not null order by begun_at desc limit 50",
        tenant, party, but, since,
    )  # fmt: skip
    return [row[0] for row in rows]


async def has_moved(connection: Connection, tenant: int, accounts: Sequence[int]) -> bool:
    """Whether anything was ever paid from one of these accounts."""
    return bool(await connection.fetchval(_MOVED, tenant, list(accounts)))


async def read_open_contracts(connection: Connection, tenant: int, party: int) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select id, scene, product, amount, life::text as life, terms from contract "
        "where tenant = $1 and customer = $2 and customer > 0 and state = 'open'",
        tenant,
        party,
    )
    return rows


async def lock_customer(connection: Connection, tenant: int, customer: int) -> None:
    """Decide on one customer's credit one at a time."""
    await connection.execute(
        "insert into credit_customer (tenant, customer) values ($1, $2) on conflict do nothing",
        tenant,
        customer,
    )
    await connection.execute(
        "select from credit_customer where tenant = $1 and customer = $2 for update",
        tenant,
        customer,
    )


# -- decisions, second factors, handoffs, talk ---------------------------------------------------


async def insert_decision(connection: Connection, tenant: int, *values: Any) -> None:
    """id, application, customer, at, policy, outcome, record, challenger, took_us."""
    await connection.execute(
        "insert into credit_decision (tenant, id, application, customer, at, policy, outcome, "
        "record, challenger, took_us) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        *values,
    )


async def override_decision(
    connection: Connection, tenant: int, decision: UUID, override: Any
) -> None:
    await connection.execute(
        "update credit_decision set override = $3 where tenant = $1 and id = $2",
        tenant,
        decision,
        override,
    )


_DECISION = """
select d.id, d.application, d.customer, p.ref as customer_ref, d.at, d.policy, d.outcome, d.record,
       d.challenger, d.override, d.took_us, a.product, a.amount, a.currency, a.scene,
       s.ref as scene_ref, s.name as scene_name
  from credit_decision d
  join application a on a.tenant = d.tenant and a.id = d.application
  join party p on p.tenant = d.tenant and p.id = d.customer
  join scene s on s.tenant = a.tenant and s.id = a.scene
 where d.tenant = $1"""


async def read_decision(connection: Connection, tenant: int, decision: UUID) -> Row | None:
    return await connection.fetchrow(f"{_DECISION} and d.id = $2", tenant, decision)


async def list_decisions(connection: Connection, tenant: int, limit: int) -> list[Row]:
    """The newest first."""
    rows: list[Row] = await connection.fetch(
        f"{_DECISION} order by d.at desc, d.id desc limit $2", tenant, limit
    )
    return rows


async def read_inputs(connection: Connection, tenant: int, policy: str, limit: int) -> list[Any]:
    """What the decisions of a policy looked at, the oldest of the newest `limit` first."""
    rows = await connection.fetch(
        "select record -> 'facts' from credit_decision where tenant = $1 and policy = $2 "
        "order by at desc, id desc limit $3",
        tenant,
        policy,
        limit,
    )
    return [row[0] for row in reversed(rows)]


async def see_offer(connection: Connection, tenant: int, offer: UUID, state: str) -> None:
    """The customer has looked at an offer (`seen`) or opened what it offered (`taken`)."""
    await connection.execute(
        "update decision set state = $3 where tenant = $1 and id = $2 "
        "and state in ('offered', 'seen')",
        tenant,
        offer,
        state,
    )


async def see_offers(connection: Connection, tenant: int, offers: Sequence[UUID]) -> None:
    """The customer has looked at a page that shows these offers."""
    await connection.execute(
        "update decision set state = 'seen' "
        "where tenant = $1 and id = any($2::uuid[]) and state = 'offered'",
        tenant,
        list(offers),
    )


async def find_by_contract(connection: Connection, tenant: int, contract: str) -> UUID | None:
    """The application that a contract was opened by."""
    found: UUID | None = await connection.fetchval(
        "select id from application where tenant = $1 and contract = $2", tenant, contract
    )
    return found


async def read_managers(connection: Connection, tenant: int, role: str) -> list[str]:
    """Login names of the active people with a role."""
    rows = await connection.fetch(
        "select u.login || '@' || t.ref from console_user u join tenant t on t.id = u.tenant "
        "where u.tenant = $1 and u.status = 'active' and $2 = any(u.roles) order by 1",
        tenant,
        role,
    )
    return [row[0] for row in rows]
