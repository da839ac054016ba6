"""SQL of owners, notices and limits of interfaces; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from enscene.partners.store import Connection, Row

_NOTICE = "api, deprecated, sunset, successor, zh, en, told, who, at"
_PUT_NOTICE = f"""
insert into api_notice (tenant, api, deprecated, sunset, successor, zh, en, told, who)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (tenant, api) do update
   set deprecated = $3, sunset = $4, successor = $5, zh = $6, en = $7, told = $8, who = $9,
       at = now()
returning {_NOTICE}"""
_PUT_OWNER = """
insert into api_owner (tenant, api, owner, set_by) values ($1, $2, $3, $4)
on conflict (tenant, api) do update set owner = $3, set_by = $4, set_at = now()"""
_CALLERS = """
select a.name, a.title, a.scopes, a.level, max(c.at) as last, count(*) as calls
  from partner_call c join app a on a.tenant = c.tenant and a.id = c.app
 where c.tenant = $1 and c.api = $2 and c.at > clock_timestamp() - $3::interval
 group by a.name, a.title, a.scopes, a.level order by a.name"""
# Only what differs from the rule is kept in mind: applications with the newest shape, from
# anywhere, and not blocked, are the most.
_ODD = """
select a.id, a.version, a.addresses,
       b.until, b.rule
  from app a left join lateral (
    select until, rule from partner_block b
     where b.tenant = a.tenant and b.app = a.id and b.lifted_at is null
       and b.until > clock_timestamp()
     order by until desc limit 1) b on true
 where a.tenant = $1 and (a.version <> $2 or a.addresses <> '{}' or b.until is not null)"""
_LIMITS = """
select kind, target, rate, burst, addresses, asked_by, asked_at, approved_by, approved_at
  from call_limit where tenant = $1 and state = $2 order by kind, target"""
_ASK = """
insert into call_limit (tenant, kind, target, rate, burst, addresses, asked_by)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (tenant, kind, target, state) do update
   set rate = $4, burst = $5, addresses = $6, asked_by = $7, asked_at = now()"""
_GRANT = """
insert into call_limit (tenant, kind, target, rate, burst, addresses, asked_by, asked_at, state,
                        approved_by, approved_at)
select tenant, kind, target, rate, burst, addresses, asked_by, asked_at, 'in_force', $4, now()
  from call_limit where tenant = $1 and kind = $2 and target = $3 and state = 'asked'
on conflict (tenant, kind, target, state) do update
   set rate = excluded.rate, burst = excluded.burst, addresses = excluded.addresses,
       asked_by = excluded.asked_by, asked_at = excluded.asked_at,
       approved_by = excluded.approved_by, approved_at = now()"""


async def put_notice(connection: Connection, tenant: int, *values: Any) -> Row:
    row = await connection.fetchrow(_PUT_NOTICE, tenant, *values)
    assert row is not None, "an insert returns its row"
    return row


async def drop_notice(connection: Connection, tenant: int, api: str) -> bool:
    done = await connection.execute(
        "delete from api_notice where tenant = $1 and api = $2", tenant, api
    )
    return bool(done == "DELETE 1")


async def read_notices(connection: Connection, tenant: int) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        f"select {_NOTICE} from api_notice where tenant = $1 order by api", tenant
    )
    return rows


async def put_owner(connection: Connection, tenant: int, api: str, owner: str, who: str) -> None:
    await connection.execute(_PUT_OWNER, tenant, api, owner, who)


async def read_owners(connection: Connection, tenant: int) -> dict[str, str]:
    rows = await connection.fetch("select api, owner from api_owner where tenant = $1", tenant)
    return dict(map(tuple, rows))


async def read_callers(
    connection: Connection, tenant: int, api: str, within: timedelta
) -> list[Row]:
    """The applications that have called it."""
    rows: list[Row] = await connection.fetch(_CALLERS, tenant, api, within)
    return rows


async def read_scenes(connection: Connection, tenant: int) -> list[Row]:
    """(id, ref, pack, name, live_at) of those that are not retired, oldest first."""
    rows: list[Row] = await connection.fetch(
        "select id, ref, pack, name, coalesce(live_at, created_at) as since from scene "
        "where tenant = $1 and state <> 'retired' order by id",
        tenant,
    )
    return rows


async def read_odd_apps(connection: Connection, tenant: int, newest: str) -> list[Row]:
    """Applications that are to be treated in another way than the most."""
    rows: list[Row] = await connection.fetch(_ODD, tenant, newest)
    return rows


async def read_limits(connection: Connection, tenant: int, state: str) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIMITS, tenant, state)
    return rows


async def ask_limit(connection: Connection, *values: Any) -> None:
    await connection.execute(_ASK, *values)


async def lock_ask(connection: Connection, tenant: int, kind: str, target: str) -> Row | None:
    return await connection.fetchrow(
        "select rate, burst, addresses, asked_by from call_limit "
        "where tenant = $1 and kind = $2 and target = $3 and state = 'asked' for update",
        tenant,
        kind,
        target,
    )


async def grant_limit(
    connection: Connection, tenant: int, kind: str, target: str, who: str
) -> None:
    """What was asked for holds from now on."""
    await connection.execute(_GRANT, tenant, kind, target, who)
    await drop_ask(connection, tenant, kind, target)


async def drop_ask(connection: Connection, tenant: int, kind: str, target: str) -> None:
    await connection.execute(
        "delete from call_limit where tenant = $1 and kind = $2 and target = $3 "
        "and state = 'asked'",
        tenant,
        kind,
        target,
    )


async def apply_to_app(
    connection: Connection, tenant: int, name: str, rate: int, burst: int, addresses: Sequence[str]
) -> None:
    """Set the application's own figures, which its callers are held to."""
    await connection.execute(
        "update app set rate = $3, burst = $4, addresses = $5 where tenant = $1 and name = $2",
        tenant,
        name,
        rate,
        burst,
        list(addresses),
    )


async def knows(connection: Connection, tenant: int, kind: str, target: str) -> bool:
    """Whether there is such an application or scene."""
    table, column = ("app", "name") if kind == "app" else ("scene", "ref")
    found = await connection.fetchval(
        f"select exists (select from {table} where tenant = $1 and {column} = $2)", tenant, target
    )
    return bool(found)
