"""SQL of runs, and of what partners did when they were asked to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row

RUN = """id, partner, kind, fault, settings, state, checks, asked_by, asked_at, done_at"""
_INSERT = f"""
insert into partner_run (tenant, id, partner, kind, fault, settings, asked_by)
select $1, $2, $3, $4, $5, $6, $7
 where (select count(*) from partner_run
         where tenant = $1 and partner = $3 and state in ('asked', 'running')) = 0
returning {RUN}"""
_CLAIM = f"""
update partner_run r set state = 'running', until = clock_timestamp() + make_interval(secs => $2)
 where (r.tenant, r.id) = (
   select tenant, id from partner_run
    where tenant = any($1::int[]) and (state = 'asked'
       or (state = 'running' and until < clock_timestamp()))
    order by asked_at limit 1 for update skip locked)
returning tenant, {RUN}"""
_FINISH = f"""
update partner_run set state = $3, checks = $4, done_at = clock_timestamp(), until = null
 where tenant = $1 and id = $2 and state = 'running' returning {RUN}"""
_LIST = f"""
select {RUN} from partner_run where tenant = $1 and partner = $2
   and ($3::text is null or kind = $3) order by asked_at desc limit $4"""
_ACT = """
insert into partner_act (tenant, run, event, key, body) values ($1, $2, $3, $4, $5)
on conflict (tenant, run, event, key) do update
   set calls = partner_act.calls + 1,
       other = partner_act.other + (partner_act.body <> excluded.body)::int
returning calls, body = $5 as same"""
_PROVEN = """
select exists (select from partner_run where tenant = $1 and partner = $2
   and kind = 'conformance' and state = 'passed' and settings = $3)"""


async def insert_run(connection: Connection, *values: Any) -> Row | None:
    """None where one is under way; whoever calls holds the partner's row."""
    return await connection.fetchrow(_INSERT, *values)


async def claim(connection: Connection, tenants: list[int], lease_s: float) -> Row | None:
    row = await connection.fetchrow(_CLAIM, tenants, lease_s)
    if row is not None:
        # Somebody who was killed may have begun it: what the partner did then says nothing.
        await connection.execute(
            "delete from partner_act where tenant = $1 and run = $2", row["tenant"], row["id"]
        )
    return row


async def finish(
    connection: Connection, tenant: int, run: UUID, state: str, checks: list[Any]
) -> Row | None:
    return await connection.fetchrow(_FINISH, tenant, run, state, checks)


async def list_runs(
    connection: Connection, tenant: int, partner: UUID, kind: str | None, limit: int
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIST, tenant, partner, kind, limit)
    return rows


async def read_run(connection: Connection, tenant: int, run: UUID) -> Row | None:
    return await connection.fetchrow(
        f"select {RUN} from partner_run where tenant = $1 and id = $2", tenant, run
    )


async def find_tenant_of(
    connection: Connection, tenants: list[int], run: UUID, sandbox: int, app: int
) -> int | None:
    """The bank of a run that is under way, of the partner with that sandbox application."""
    found: int | None = await connection.fetchval(
        "select r.tenant from partner_run r "
        "join partner p on p.tenant = r.tenant and p.id = r.partner "
        "where r.tenant = any($1::int[]) and r.id = $2 and p.sandbox = $3 and p.sandbox_app = $4 "
        "and r.state = 'running'",
        tenants,
        run,
        sandbox,
        app,
    )
    return found


async def note_act(connection: Connection, *values: Any) -> tuple[int, bool]:
    """How often this key has come for the event, and whether with the body of the first time."""
    row = await connection.fetchrow(_ACT, *values)
    assert row is not None, "an insert returns its row"
    return row[0], row[1]


async def count_acts(connection: Connection, tenant: int, run: UUID, event: str) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select calls, other from partner_act where tenant = $1 and run = $2 and event = $3",
        tenant,
        run,
        event,
    )
    return rows


async def is_proven(connection: Connection, tenant: int, partner: UUID, settings: int) -> bool:
    """Whether a run has passed with these settings."""
    return bool(await connection.fetchval(_PROVEN, tenant, partner, settings))
