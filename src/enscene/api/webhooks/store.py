"""SQL of endpoints and their keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from enscene.api.store import Connection, read_clock
from enscene.api.webhooks.endpoint import COLUMNS, Endpoint, endpoint_of
from enscene.commit import offsets_of

KEEP_OLD_KEY_S = 86_400
"""How long a key that was replaced signs beside the new one."""

_INSERT = f"""
insert into webhook_endpoint
       (tenant, id, app, url, events, scenes, version, signatures, description, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning {COLUMNS}"""
_OF_APP = f"""
select {COLUMNS} from webhook_endpoint
 where tenant = $1 and app = $2 and id > coalesce($3, '00000000-0000-0000-0000-000000000000'::uuid)
 order by id limit $4"""
_ONE = f"select {COLUMNS} from webhook_endpoint where tenant = $1 and app = $2 and id = $3"
_OF_TENANTS = f"""
select {COLUMNS} from webhook_endpoint where tenant = any($1::int[]) and state = any($2::text[])"""
_INSERT_KEYS = """
insert into webhook_key (tenant, id, endpoint, scheme, sealed, public)
select $1, u.id, $2, u.scheme, u.sealed, u.public
  from unnest($3::uuid[], $4::text[], $5::bytea[], $6::text[]) as u(id, scheme, sealed, public)"""
_KEYS = """
select tenant, endpoint, id, scheme, sealed, public, made_at, until from webhook_key
 where tenant = $1 and endpoint = any($2::uuid[]) and (until is null or until > clock_timestamp())
 order by made_at desc, id desc"""
_END_KEYS = f"""
update webhook_key set until = clock_timestamp() + interval '{KEEP_OLD_KEY_S} seconds'
 where tenant = $1 and endpoint = $2 and until is null"""
_DISABLE = """
update webhook_endpoint e set state = 'disabled', reason = $3
  from app a
 where e.tenant = $1 and e.id = $2 and e.state = 'active' and a.tenant = e.tenant and a.id = e.app
returning a.name, a.party"""
_DELETE = (
    "delete from webhook_delivery where tenant = $1 and endpoint = $2",
    "delete from webhook_key where tenant = $1 and endpoint = $2",
    "delete from webhook_endpoint where tenant = $1 and id = $2",
)


async def insert_endpoint(connection: Connection, *values: Any) -> Endpoint:
    row = await connection.fetchrow(_INSERT, *values)
    assert row is not None, "an insert returns its row"
    return endpoint_of(row)


async def count_endpoints(connection: Connection, tenant: int, app: int) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from webhook_endpoint where tenant = $1 and app = $2", tenant, app
    )
    return found


async def list_endpoints(
    connection: Connection, tenant: int, app: int, after: UUID | None, limit: int
) -> list[Endpoint]:
    return [endpoint_of(row) for row in await connection.fetch(_OF_APP, tenant, app, after, limit)]


async def read_endpoint(
    connection: Connection, tenant: int, app: int, endpoint: UUID, *, lock: bool = False
) -> Endpoint | None:
    more = " for update" if lock else ""
    row = await connection.fetchrow(_ONE + more, tenant, app, endpoint)
    return None if row is None else endpoint_of(row)


async def endpoints_of(
    connection: Connection, tenants: Collection[int], states: Sequence[str]
) -> list[Endpoint]:
    """Those of many tenants; the transaction has to see them."""
    rows = await connection.fetch(_OF_TENANTS, list(tenants), list(states))
    return [endpoint_of(row) for row in rows]


async def update_endpoint(
    connection: Connection, tenant: int, endpoint: UUID, **values: Any
) -> None:
    """Set columns."""
    names = list(values)
    assert all(name.isidentifier() for name in names), names
    sets = ", ".join(f"{name} = ${number + 3}" for number, name in enumerate(names))
    await connection.execute(
        f"update webhook_endpoint set {sets} where tenant = $1 and id = $2",
        tenant,
        endpoint,
        *values.values(),
    )


async def delete_endpoint(connection: Connection, tenant: int, endpoint: UUID) -> None:
    """With its keys and all that was to be told."""
    for statement in _DELETE:
        await connection.execute(statement, tenant, endpoint)


async def insert_keys(
    connection: Connection,
    tenant: int,
    endpoint: UUID,
    keys: Sequence[tuple[UUID, str, bytes, str | None]],
) -> None:
    """(id, scheme, sealed, public)."""
    await connection.execute(_INSERT_KEYS, tenant, endpoint, *zip(*keys, strict=True))


async def end_keys(connection: Connection, tenant: int, endpoint: UUID) -> None:
    """Those in use sign for a day more."""
    await connection.execute(_END_KEYS, tenant, endpoint)


async def read_keys(
    connection: Connection, tenant: int, endpoints: Collection[UUID]
) -> list[asyncpg.Record]:
    """Those that sign, the newest first."""
    rows: list[asyncpg.Record] = await connection.fetch(_KEYS, tenant, list(endpoints))
    return rows


async def suspended_apps(connection: Connection, tenant: int) -> set[int]:
    """Those that are told nothing for the time being."""
    rows = await connection.fetch(
        "select id from app where tenant = $1 and status <> 'active'", tenant
    )
    return {row[0] for row in rows}


async def disable(
    connection: Connection, tenant: int, endpoint: UUID, reason: str
) -> asyncpg.Record | None:
    """Disable it, if it is active; the name and the party of its application then."""
    return await connection.fetchrow(_DISABLE, tenant, endpoint, reason)


async def last_seq(connection: Connection, tenant: int) -> int:
    """The number that the tenant's log has reached."""
    found: int = await connection.fetchval(
        "select s.seq from shard s join tenant t on t.shard = s.id where t.id = $1", tenant
    )
    return found


async def tenant_time(connection: Connection, tenant: int) -> datetime:
    """The time of the tenant's clock."""
    row = await read_clock(connection, tenant)
    now: datetime = row["at"]
    return now + offsets_of(row["clocks"]).get(tenant, timedelta(0))


async def last_time(connection: Connection, tenant: int) -> datetime:
    """The time of the last unit of the tenant's shard, by the tenant's clock: whatever is committed
    from now on has none before."""
    row = await connection.fetchrow(
        "select s.at, s.clocks::text as clocks from shard s join tenant t on t.shard = s.id "
        "where t.id = $1",
        tenant,
    )
    assert row is not None, "the tenant of a token exists"
    at: datetime = row["at"]
    return at + offsets_of(row["clocks"]).get(tenant, timedelta(0))


async def seq_before(connection: Connection, tenant: int, since: datetime) -> int:
    """The last number of the tenant's log before a time of its clock; found by halves, since the
    log is in order of both."""
    low, high = 0, await last_seq(connection, tenant)
    while low < high:
        middle = (low + high) // 2
        row = await connection.fetchrow(
            "select seq, at from event where shard = (select shard from tenant where id = $1) "
            "and tenant = $1 and seq > $2 and seq <= $3 order by seq limit 1",
            tenant,
            middle,
            high,
        )
        if row is None or row["at"] >= since:
            high = middle
        else:
            low = row["seq"]
    return low
