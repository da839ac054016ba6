"""SQL of erasures: their own tables, and every text of the others, which an erasure has to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.tenants.store import Connection, Pool, admitted

Row: TypeAlias = "asyncpg.Record"

__all__ = ["Connection", "Pool", "Row", "admitted"]

TEXTS = ("text", "text[]", "jsonb", "json", "text[][]")
_ERASURE = """
e.id, e.number, e.party, p.ref, e.law, e.asked_in, e.asked_at, e.state, e.verdict, e.why,
e.checked_by, e.checked_at, e.decided_by, e.decided_at, e.opaque"""
_FROM = "from erasure e join party p on p.tenant = e.tenant and p.id = e.party"
# What is asked for at once by two is asked for once.
_ASK = """
insert into erasure (tenant, id, number, party, law, asked_in)
values ($1, $2, (select coalesce(max(number), 0) + 1 from erasure where tenant = $1), $3, $4, $5)"""
_STANDS = """
select 'contract' as what, product as name, count(*)::int as many, null::bigint as minor,
       null::text as currency
  from contract where tenant = $1 and customer = $2 and customer > 0 and state = 'open'
 group by product
union all
select 'balance', a.name, 1, a.posted, a.currency from account a
 where a.tenant = $1 and a.owner = $2 and a.posted <> 0
union all
select 'hold', h.flow, count(*)::int, sum(h.amount - h.captured)::bigint, h.currency
  from hold h join account a on a.tenant = h.tenant and a.id in (h.dr, h.cr)
 where h.tenant = $1 and h.state = 0 and a.owner = $2 group by h.flow, h.currency
union all
select 'screening', '', count(*)::int, null, null from screening_hit
 where tenant = $1 and customer = $2 and live and outcome is null having count(*) > 0
union all
select 'case', reason, count(*)::int, null, null from work_case
 where tenant = $1 and party = $2 and state = 'open' group by reason
union all
select 'order', product, count(*)::int, sum(amount)::bigint, currency from core_order
 where tenant = $1 and customer = $2 and state = 'sent' group by product, currency
union all
select 'timer', type, count(*)::int, null, null from thing
 where tenant = $1 and due is not null and $3 in (select value from jsonb_each_text(fields))
 group by type
union all
select 'legal_hold', why, 1, null, null from legal_hold
 where tenant = $1 and party = $2 and lifted_at is null"""
_COLUMNS = """
select c.relname, array_agg(a.attname::text order by a.attnum),
       array_agg(format_type(a.atttypid, null) order by a.attnum)
  from pg_class c join pg_attribute a on a.attrelid = c.oid
 where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
   and c.relname = any($1::text[]) and a.attnum > 0 and not a.attisdropped
   and format_type(a.atttypid, null) = any($2::text[])
 group by c.relname order by c.relname"""


async def read_party(connection: Connection, tenant: int, party: int) -> Row | None:
    """ref, kind, name, profile, created_at; locked."""
    return await connection.fetchrow(
        "select ref, kind, name, profile, created_at from party where tenant = $1 and id = $2 for update",
        tenant,
        party,
    )


async def read_stands(connection: Connection, tenant: int, party: int, ref: str) -> list[Row]:
    """what, name, many, minor, currency."""
    rows: list[Row] = await connection.fetch(_STANDS, tenant, party, ref)
    return rows


async def insert_erasure(connection: Connection, tenant: int, *values: Any) -> None:
    """id, party, law, asked_in."""
    await connection.execute("select pg_advisory_xact_lock(7303, $1)", tenant)
    await connection.execute(_ASK, tenant, *values)


async def list_erasures(
    connection: Connection, tenant: int, party: int | None, most: int
) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        f"select {_ERASURE} {_FROM} where e.tenant = $1 and ($2::bigint is null or e.party = $2) "
        "order by e.number desc limit $3",
        tenant,
        party,
        most,
    )
    return rows


async def read_erasure(connection: Connection, tenant: int, erasure: UUID) -> Row | None:
    """Locked."""
    return await connection.fetchrow(
        f"select {_ERASURE} {_FROM} where e.tenant = $1 and e.id = $2 for update of e",
        tenant,
        erasure,
    )


async def check_erasure(connection: Connection, tenant: int, *values: Any) -> None:
    """id, verdict, why, who."""
    await connection.execute(
        "update erasure set state = 'checked', verdict = $3, why = $4, checked_by = $5, "
        "checked_at = clock_timestamp() where tenant = $1 and id = $2",
        tenant,
        *values,
    )


async def give_back(connection: Connection, tenant: int, erasure: UUID) -> None:
    """As it was when it was asked."""
    await connection.execute(
        "update erasure set state = 'asked', verdict = null, why = '', checked_by = null, "
        "checked_at = null where tenant = $1 and id = $2",
        tenant,
        erasure,
    )


async def end_erasure(connection: Connection, tenant: int, *values: Any) -> None:
    """id, state, who, opaque, seq."""
    await connection.execute(
        "update erasure set state = $3, decided_by = $4, decided_at = clock_timestamp(), "
        "opaque = $5, seq = $6 where tenant = $1 and id = $2",
        tenant,
        *values,
    )


async def insert_hold(connection: Connection, tenant: int, *values: Any) -> None:
    """id, party, why, who."""
    await connection.execute(
        "insert into legal_hold (tenant, id, party, why, set_by) values ($1, $2, $3, $4, $5)",
        tenant,
        *values,
    )


async def list_holds(connection: Connection, tenant: int) -> list[Row]:
    """id, ref, why, set_by, set_at; those that stand."""
    rows: list[Row] = await connection.fetch(
        "select h.id, p.ref, h.why, h.set_by, h.set_at from legal_hold h "
        "join party p on p.tenant = h.tenant and p.id = h.party "
        "where h.tenant = $1 and h.lifted_at is null order by h.set_at desc",
        tenant,
    )
    return rows


async def read_hold(connection: Connection, tenant: int, hold: UUID) -> Row | None:
    """set_by, lifted_at; locked."""
    return await connection.fetchrow(
        "select set_by, lifted_at from legal_hold where tenant = $1 and id = $2 for update",
        tenant,
        hold,
    )


async def lift_hold(connection: Connection, tenant: int, hold: UUID, who: str) -> None:
    await connection.execute(
        "update legal_hold set lifted_by = $3, lifted_at = clock_timestamp() "
        "where tenant = $1 and id = $2",
        tenant,
        hold,
        who,
    )


# -- the sweep -----------------------------------------------------------------------------


async def read_columns(connection: Connection, tables: Sequence[str]) -> dict[str, dict[str, str]]:
    """The columns with texts of these tables, and their types."""
    rows = await connection.fetch(_COLUMNS, list(tables), list(TEXTS))
    return {row[0]: dict(zip(row[1], row[2], strict=True)) for row in rows}


async def read_others(connection: Connection, tenant: int, ref: str) -> list[str]:
    """References of other parties that hold this one."""
    rows = await connection.fetch(
        "select ref from party where tenant = $1 and ref <> $2 and strpos(ref, $2) > 0", tenant, ref
    )
    return [row[0] for row in rows]


async def read_own_things(connection: Connection, tenant: int, ref: str) -> list[Row]:
    """scene, type, fields of the things that name the person."""
    rows: list[Row] = await connection.fetch(
        "select scene, type, fields from thing "
        "where tenant = $1 and $2 in (select value from jsonb_each_text(fields))",
        tenant,
        ref,
    )
    return rows


async def read_said(connection: Connection, tenant: int, party: int) -> list[Any]:
    """What the person has filled in, in applications."""
    rows = await connection.fetch(
        "select fields from application where tenant = $1 and customer = $2", tenant, party
    )
    return [row[0] for row in rows]


async def read_grants(connection: Connection, tenant: int, ref: str) -> list[Row]:
    """id, scene, app, purpose, whether it is in force, of all that a person has ever given."""
    rows: list[Row] = await connection.fetch(
        "select g.id, g.scene, a.name as app, g.purpose, g.revoked_at is null as open "
        "from app_grant g join app a on a.tenant = g.tenant and a.id = g.app "
        "where g.tenant = $1 and g.party = $2 order by g.id",
        tenant,
        ref,
    )
    return rows


async def read_agreed(connection: Connection, tenant: int, party: int) -> list[Row]:
    """scene, item of the permissions in scenes that are on, or were never refused."""
    rows: list[Row] = await connection.fetch(
        "select scene, item from consent where tenant = $1 and party = $2 and granted",
        tenant,
        party,
    )
    return rows


async def read_scenes(connection: Connection, tenant: int, party: int) -> list[int]:
    """Where the person takes or took part."""
    rows = await connection.fetch(
        "select distinct scene from enrolment where tenant = $1 and party = $2", tenant, party
    )
    return [row[0] for row in rows]


async def end_agreed(connection: Connection, tenant: int, party: int) -> None:
    """No permission of the person is left."""
    await connection.execute(
        "update consent set granted = false where tenant = $1 and party = $2", tenant, party
    )


async def restate_erasure(
    connection: Connection, tenant: int, party: int, opaque: str, number: int
) -> None:
    """What a backup of before does not know: that it was decided. Where it was asked for by then,
    that row is told; who decided stands in what the backup replaced."""
    await connection.execute(
        "update erasure set state = 'erased', opaque = $3, verdict = 'erase', "
        "checked_by = coalesce(checked_by, ''), decided_by = coalesce(decided_by, 'restore'), "
        "decided_at = coalesce(decided_at, clock_timestamp()) "
        "where tenant = $1 and party = $2 and number = $4",
        tenant,
        party,
        opaque,
        number,
    )


async def rename_party(connection: Connection, tenant: int, party: int, opaque: str) -> None:
    """From now on it is nobody: no name, no profile, no part in any scene."""
    await connection.execute(
        "update party set ref = $3, name = '', profile = '{}' where tenant = $1 and id = $2",
        tenant,
        party,
        opaque,
    )
    await connection.execute(
        "update scene s set version = version + 1 from enrolment e "
        "where e.tenant = $1 and e.party = $2 and s.tenant = e.tenant and s.id = e.scene",
        tenant,
        party,
    )
    await connection.execute(
        "update enrolment set active = false where tenant = $1 and party = $2", tenant, party
    )


async def blank_said(connection: Connection, tenant: int, party: int) -> None:
    """What the person said, filled in and was written: unlinked from nobody, so it goes whole."""
    mine = "(select id from application where tenant = $1 and customer = $2)"
    for statement in (
        "update application set fields = '{}' where tenant = $1 and customer = $2",
        f"update talk set said = '' where tenant = $1 and application in {mine}",
        (
            "update staff_task set result = null, reason = case when kind in ('chat', 'call_back') "
            "and reason not like 'offer:%' then '' else reason end "
            "where tenant = $1 and customer = $2"
        ),
        "update voice set says = '' where tenant = $1 and party = $2",
        (
            "update voice_step set says = '' where tenant = $1 and voice in "
            "(select id from voice where tenant = $1 and party = $2)"
        ),
    ):
        await connection.execute(statement, tenant, party)


async def delete_rows(
    connection: Connection, tables: Sequence[str], tenant: int, party: int
) -> None:
    """Delete the customer's rows of these tables, of those that are there."""
    rows = await connection.fetch(
        "select t from unnest($1::text[]) t where to_regclass(t) is not null", list(tables)
    )
    for row in rows:
        await connection.execute(
            f"delete from {row[0]} where tenant = $1 and customer = $2", tenant, party
        )


async def find_rows(
    connection: Connection, table: str, columns: dict[str, str], where: str, tenant: int,
    party: int, texts: Sequence[str],
) -> list[Row]:  # fmt: skip
    """Rows of a table that are about the person or hold one of the texts: where they lie, whether
    they are the person's by number, their numbers in the log, and their texts; locked."""
    told = ", ".join(f'"{name}"::text as "{name}"' for name in columns)
    holds = " or ".join(
        f'exists (select from unnest($3::text[]) w where strpos("{name}"::text, w) > 0)'
        for name in columns
    )
    scene = "scene" if table in ("event", "thing") else "0"
    seq = "seq" if table == "event" else "0"
    rows: list[Row] = await connection.fetch(
        f'select ctid::text as "·at", ({where}) as "·own", {scene} as "·scene", '
        f'{seq} as "·seq", {told} '
        f"from {table} where tenant = $1 and ($2::bigint is not null) and (({where}) or {holds}) "
        "for update",
        tenant,
        party,
        list(texts),
    )
    return rows


async def write_row(
    connection: Connection, table: str, columns: dict[str, str], at: str, values: dict[str, str]
) -> None:
    """Replace texts of one row."""
    told = ", ".join(
        f'"{name}" = ${n}::text::{columns[name]}' for n, name in enumerate(values, start=2)
    )
    await connection.execute(
        f"update {table} set {told} where ctid = $1::text::tid", at, *values.values()
    )
