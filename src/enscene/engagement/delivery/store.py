"""SQL of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
State: TypeAlias = Literal["waiting", "sent", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One decision on its way. `rest` are the channels that are tried after this one; `why` says
    what stopped it, why it failed, or why it waits. Times are the tenant's."""

    id: UUID
    customer: int
    scene: int
    channel: str
    rest: tuple[str, ...]
    news: bool
    state: State
    why: str
    tries: int
    made_at: datetime
    due: datetime
    sent_at: datetime | None


_COLUMNS = """
d.id, d.customer, d.scene, d.channel, d.rest, d.news, d.state, d.why, d.tries, d.made_at, d.due,
d.sent_at"""
# A page that is open asks for what there is: it was there as soon as it was decided.
_PUT = """
insert into delivery (tenant, id, customer, scene, channel, rest, news, state, made_at, due, sent_at)
select d.tenant, d.id, d.customer, d.scene, d.rights ->> 'channel',
       coalesce((select array_agg(v.channel order by v.n)
                   from jsonb_array_elements_text(d.rights -> 'via') with ordinality v(channel, n)
                  where v.n > (select w.n from jsonb_array_elements_text(d.rights -> 'via')
                                 with ordinality w(channel, n)
                                where w.channel = d.rights ->> 'channel' limit 1)), '{}'),
       d.id = any($3::uuid[]), case when d.rights ->> 'channel' = 'h5' then 'sent' else 'waiting' end,
       d.at, d.at, case when d.rights ->> 'channel' = 'h5' then d.at end
  from decision d where d.tenant = $1 and d.id = any($2::uuid[]) and d.state = 'offered'
on conflict do nothing"""
_TENANTS = """
select t.id from tenant t where t.shard = $1 and ($2::int is null or t.id = $2)"""
_WAITING = """
select distinct d.tenant from delivery d
  join tenant t on t.id = d.tenant join shard s on s.id = t.shard
 where s.id = $1 and d.state = 'waiting'
   and d.due <= clock_timestamp()
              + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6)"""
_DUE = """
select id, channel from delivery where tenant = $1 and state = 'waiting' and due <= $2
 order by due, id limit $3"""
_TAKE = f"""
select {_COLUMNS} from delivery d
 where d.tenant = $1 and d.id = $2 and d.state = 'waiting' for update skip locked"""
_NEXT = "select min(due) from delivery where tenant = $1 and state = 'waiting'"
_SENT = """
select count(*) from delivery
 where tenant = $1 and customer = $2 and id <> $3 and state = 'sent' and not news
   and sent_at > $4 and ($5::text is null or channel = $5)"""
_FACTS = """
select d.state, d.rights, p.ref, p.name, p.profile,
       exists (select from consent c where c.tenant = d.tenant and c.party = d.customer
                  and c.item = $3 and not c.granted and c.scene in (0, d.scene)) as refused
  from decision d join party p on p.tenant = d.tenant and p.id = d.customer
 where d.tenant = $1 and d.id = $2 for share of p"""
_MOVE = """
update delivery set state = $3, why = $4, tries = $5, due = $6, channel = $7, rest = $8, sent_at = $9
 where tenant = $1 and id = $2"""


async def put_deliveries(
    connection: Connection, tenant: int, decisions: Sequence[UUID], news: Sequence[UUID]
) -> None:
    """Put what was decided and offered on its way; one that is on it stays."""
    await connection.execute(_PUT, tenant, list(decisions), list(news))


async def tenants_of(connection: Connection, shard: int, tenant: int | None) -> list[int]:
    return [row[0] for row in await connection.fetch(_TENANTS, shard, tenant)]


async def find_waiting(connection: Connection, shard: int) -> list[int]:
    """Tenants of a shard of whom something is due by their own clock."""
    return [row[0] for row in await connection.fetch(_WAITING, shard)]


async def find_due(
    connection: Connection, tenant: int, now: datetime, limit: int
) -> list[tuple[UUID, str]]:
    """(id, channel) of what is due, the longest due first."""
    rows = await connection.fetch(_DUE, tenant, now, limit)
    return [(row[0], row[1]) for row in rows]


async def take(connection: Connection, tenant: int, delivery: UUID) -> Delivery | None:
    """Held until the transaction ends; None where somebody else has it, or it is over."""
    row = await connection.fetchrow(_TAKE, tenant, delivery)
    return None if row is None else _delivery(row)


async def next_due(connection: Connection, tenant: int) -> datetime | None:
    found: datetime | None = await connection.fetchval(_NEXT, tenant)
    return found


async def count_sent(
    connection: Connection, tenant: int, delivery: Delivery, now: datetime, within: timedelta,
    channel: str | None,
) -> int:  # fmt: skip
    """How many others have reached the customer within a span, through a channel or all."""
    count: int = await connection.fetchval(
        _SENT, tenant, delivery.customer, delivery.id, now - within, channel
    )
    return count


async def read_facts(connection: Connection, tenant: int, decision: UUID, consent: str) -> Any:
    """state and rights of the decision; ref, name and profile of the customer, who says nothing else
    until the transaction ends; whether the consent is refused."""
    return await connection.fetchrow(_FACTS, tenant, decision, consent)


async def move(
    connection: Connection, tenant: int, delivery: Delivery, state: State, why: str, *,
    tries: int, due: datetime, channel: str, rest: Sequence[str], sent_at: datetime | None,
) -> None:  # fmt: skip
    await connection.execute(
        _MOVE, tenant, delivery.id, state, why, tries, due, channel, list(rest), sent_at
    )


async def list_deliveries(
    connection: Connection, tenant: int, customer: int | None = None, limit: int = 200
) -> list[Delivery]:
    """The newest first; of one customer, or of all."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from delivery d where d.tenant = $1 "
        "and ($2::bigint is null or d.customer = $2) order by d.made_at desc, d.id limit $3",
        tenant, customer, limit,
    )  # fmt: skip
    return [_delivery(row) for row in rows]


async def read_clock(connection: Connection, tenant: int) -> tuple[datetime, str, bool]:
    """The tenant's time and zone, and whether it is a sandbox."""
    row = await connection.fetchrow(
        "select clock_timestamp() + make_interval(secs => "
        "  coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6), t.zone, t.sandbox "
        "from tenant t join shard s on s.id = t.shard where t.id = $1", tenant,
    )  # fmt: skip
    assert row is not None
    return row[0], row[1], row[2]


async def read_fault(connection: Connection, tenant: int, channel: str) -> str | None:
    found: str | None = await connection.fetchval(
        "select fault from channel_fault where tenant = $1 and channel = $2", tenant, channel
    )
    return found


async def set_fault(connection: Connection, tenant: int, channel: str, fault: str | None) -> None:
    await connection.execute(
        "delete from channel_fault where tenant = $1 and channel = $2", tenant, channel
    )
    if fault is not None:
        await connection.execute(
            "insert into channel_fault (tenant, channel, fault) values ($1, $2, $3)",
            tenant, channel, fault,
        )  # fmt: skip


async def insert_message(
    connection: Connection, tenant: int, message: UUID, customer: int, kind: str,
    texts: tuple[str, str], at: datetime,
) -> None:  # fmt: skip
    """On the phone of a sandbox's customer."""
    await connection.execute(
        "insert into phone_message (tenant, id, customer, application, kind, zh, en, at) "
        "values ($1, $2, $3, null, $4, $5, $6, $7) on conflict do nothing",
        tenant, message, customer, kind, *texts, at,
    )  # fmt: skip


def _delivery(row: Any) -> Delivery:
    values = dict(row)
    return Delivery(**{**values, "rest": tuple(values["rest"])})
