"""SQL of rehearsals: their throw-away tenants."""

from __future__ import annotations

from typing import Any

from enscene.kernel.ids import REHEARSALS_FROM
from enscene.operations.store import Connection

# Every table with a tenant's data, those that are referred to last.
_TABLES = (
    "spectrum_tone", "spectrum_standing", "spectrum_change", "spectrum_since", "spectrum_read",
    "circle_cell", "circle_since", "circle_read", "engine_state",
    "staff_task", "talk", "handoff", "phone_message", "second_factor", "credit_decision",
    "credit_customer", "used_fact", "application_step", "application", "contract_entry",
    "contract_day", "party_timer", "decision", "contract", "work_case", "idempotency", "event", "counter", "thing",
    "hold", "transfer", "account", "consent", "link", "enrolment", "terms", "scene", "party",
)  # fmt: skip
_KEYS = """
select case when $7::text is null then key else fields ->> $7 end from thing
 where tenant = $1 and scene = $2 and type = $3 and state = any($4::text[])
   and ($6::text[] is null or exists (select from unnest($5::text[]) f where fields ->> f = any($6)))
   and born > 0
 order by born desc limit 60"""


async def insert_tenant(
    connection: Connection, shard: int, ref: str, zone: str, currency: str
) -> int:
    """A sandbox tenant on a shard of rehearsals."""
    await connection.execute("insert into shard (id) values ($1) on conflict do nothing", shard)
    await connection.execute("lock table tenant in share row exclusive mode")
    tenant: int = await connection.fetchval(
        f"""
insert into tenant (id, ref, name, shard, zone, currency, sandbox)
select greatest(coalesce(max(id), 0) + 1, {REHEARSALS_FROM}), $1, $1, $2, $3, $4, true from tenant
returning id""",
        ref,
        shard,
        zone,
        currency,
    )
    return tenant


async def forget_tenant(connection: Connection, tenant: int) -> None:
    """Remove everything of a rehearsal."""
    for table in _TABLES:
        await connection.execute(f"delete from {table} where tenant = $1", tenant)
    await connection.execute("delete from tenant where id = $1 and ref like 'rehearsal-%'", tenant)


async def read_keys(
    connection: Connection,
    tenant: int,
    scene: int,
    kind: str,
    states: list[str],
    fields: list[str],
    refs: list[str] | None,
    field_name: str | None,
) -> list[Any]:
    """Keys of things in those states (or one of their fields), newest first, at most 60."""
    found = await connection.fetch(_KEYS, tenant, scene, kind, states, fields, refs, field_name)
    return [row[0] for row in found]


async def read_fields(
    connection: Connection, tenant: int, scene: int, kind: str, key: str
) -> dict[str, Any]:
    """The fields of a thing, as they are kept."""
    found: dict[str, Any] = await connection.fetchval(
        "select fields from thing where tenant = $1 and scene = $2 and type = $3 and key = $4",
        tenant,
        scene,
        kind,
        key,
    )
    return found


async def read_outcome(connection: Connection, tenant: int, scene: int) -> dict[str, Any]:
    """What a rehearsal left: transfers and their sum without the openings, balances, things."""
    money = await connection.fetchrow(
        "select count(*)::int, coalesce(sum(amount), 0)::bigint from transfer "
        "where tenant = $1 and scene = $2 and flow <> 'opening' and kind in (0, 2)",
        tenant,
        scene,
    )
    assert money is not None, "an aggregate has a row"
    balances = await connection.fetch(
        "select name, sum(posted)::bigint from account where tenant = $1 and scene = $2 and id > 0 "
        "group by 1 order by 1",
        tenant,
        scene,
    )
    things = await connection.fetch(
        "select type, state, count(*)::int from thing where tenant = $1 and scene = $2 "
        "group by 1, 2 order by 1, 2",
        tenant,
        scene,
    )
    by_itself = await connection.fetchval(
        "select count(*)::int from event where tenant = $1 and scene = $2 "
        "and (actor like 'clock:%' or actor like 'trigger:%')",
        tenant,
        scene,
    )
    return {
        "transfers": money[0],
        "minor": money[1],
        "balances": {row[0]: row[1] for row in balances},
        "things": [tuple(row) for row in things],
        "by_itself": by_itself,
    }
