"""SQL of the register, of scores and comparisons, of the rules, and of unmet needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.operations.store import Connection, Row

_ENTRIES = """
select e.id, e.ref, e.version, v.content, e.made_by, e.made_at, e.dropped_at, e.scene,
       s.ref as scene_ref, s.state as scene_state, s.live_at, p.ref as project, n.id as need
  from scene_entry e
  join scene_entry_version v on v.tenant = e.tenant and v.entry = e.id and v.version = e.version
  left join scene s on s.tenant = e.tenant and s.id = e.scene
  left join project p on p.tenant = e.tenant and p.entry = e.id
  left join unmet_need n on n.tenant = e.tenant and n.entry = e.id
 where e.tenant = $1 and ($2::text is null or e.ref = $2)
 order by e.made_at desc, e.ref"""
_UNTOUCHED = """
select s.id, s.ref, s.name, s.pack, s.state, s.profile, s.live_at from scene s
 where s.tenant = $1 and s.live_at is not null and ($2::text is null or s.ref = $2)
   and ($3::int is null or s.id = $3)
   and not exists (select from scene_entry e where e.tenant = s.tenant and e.scene = s.id)
 order by s.live_at desc, s.ref"""
_ENTRIES_OF = """
select e.tenant, e.id, e.ref, e.version, v.content, e.made_by, e.made_at, e.dropped_at, e.scene,
       s.ref as scene_ref, s.state as scene_state, s.live_at, p.ref as project
  from scene_entry e
  join scene_entry_version v on v.tenant = e.tenant and v.entry = e.id and v.version = e.version
  left join scene s on s.tenant = e.tenant and s.id = e.scene
  left join project p on p.tenant = e.tenant and p.entry = e.id
 where e.tenant = any($1::int[])"""
_UNTOUCHED_OF = """
select s.tenant, s.id as scene, s.ref, s.name, s.pack, s.profile, s.state as scene_state, s.live_at
  from scene s
 where s.tenant = any($1::int[]) and s.live_at is not null
   and not exists (select from scene_entry e where e.tenant = s.tenant and e.scene = s.id)"""
_CUSTOMERS = """
with customer as (
  select distinct coalesce(i.customer, e.party) as id
    from enrolment e
    join party p on p.tenant = e.tenant and p.id = e.party and p.kind = 'person'
    left join identity i on i.tenant = e.tenant and i.party = e.party
   where e.tenant = $1 and e.scene = $2 and e.active)
select (select count(*) from customer)::int as customers,
       (select count(*) from contract c
          left join identity i on i.tenant = c.tenant and i.party = c.customer
         where c.tenant = $1 and c.ended_at is null
           and coalesce(i.customer, c.customer) in (select id from customer))::int as products"""


async def read_entries(connection: Connection, tenant: int, ref: str | None = None) -> list[Row]:
    """All, the latest first, or one."""
    found: list[Row] = await connection.fetch(_ENTRIES, tenant, ref)
    return found


async def read_untouched(
    connection: Connection, tenant: int, ref: str | None = None, scene: int | None = None
) -> list[Row]:
    """Scenes that have been live and of which the register has no row yet."""
    found: list[Row] = await connection.fetch(_UNTOUCHED, tenant, ref, scene)
    return found


async def read_entries_of(connection: Connection, tenants: Sequence[int]) -> list[Row]:
    """Those of several tenants, which the transaction has admitted."""
    found: list[Row] = await connection.fetch(_ENTRIES_OF, tenants)
    return found


async def read_untouched_of(connection: Connection, tenants: Sequence[int]) -> list[Row]:
    """The same of scenes of which their registers have no row yet."""
    found: list[Row] = await connection.fetch(_UNTOUCHED_OF, tenants)
    return found


async def lock_entry(connection: Connection, tenant: int, ref: str) -> UUID | None:
    """The number of an entry; nobody else changes it meanwhile."""
    found: UUID | None = await connection.fetchval(
        "select id from scene_entry where tenant = $1 and ref = $2 for update", tenant, ref
    )
    return found


async def insert_entry(
    connection: Connection, tenant: int, entry: UUID, ref: str, scene: int | None, who: str,
    at: datetime,
) -> bool:  # fmt: skip
    """Whether reference and scene were free."""
    done = await connection.execute(
        "insert into scene_entry (tenant, id, ref, scene, made_by, made_at) "
        "values ($1, $2, $3, $4, $5, $6) on conflict do nothing", tenant, entry, ref, scene, who, at,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def add_version(
    connection: Connection, tenant: int, entry: UUID, version: int, what: str, note: str,
    content: Any, who: str, at: datetime,
) -> None:  # fmt: skip
    """What the entry says from now on."""
    await connection.execute(
        "insert into scene_entry_version (tenant, entry, version, what, note, content, changed_by, "
        "changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant, entry, version, what, note, content, who, at,
    )  # fmt: skip
    await connection.execute(
        "update scene_entry set version = $3 where tenant = $1 and id = $2", tenant, entry, version
    )


async def set_scene(connection: Connection, tenant: int, entry: UUID, scene: int) -> None:
    """A candidate that was dropped and comes after all is one no longer."""
    await connection.execute(
        "update scene_entry set scene = $3, dropped_at = null where tenant = $1 and id = $2",
        tenant, entry, scene,
    )  # fmt: skip


async def drop_entry(connection: Connection, tenant: int, entry: UUID, at: datetime) -> None:
    await connection.execute(
        "update scene_entry set dropped_at = $3 where tenant = $1 and id = $2", tenant, entry, at
    )


async def read_versions(connection: Connection, tenant: int, entry: UUID) -> list[Row]:
    """In their order."""
    found: list[Row] = await connection.fetch(
        "select version, what, note, content, changed_by, changed_at from scene_entry_version "
        "where tenant = $1 and entry = $2 order by version", tenant, entry,
    )  # fmt: skip
    return found


async def entry_of_scene(connection: Connection, tenant: int, scene: int) -> str | None:
    found: str | None = await connection.fetchval(
        "select ref from scene_entry where tenant = $1 and scene = $2", tenant, scene
    )
    return found


async def ref_of_entry(connection: Connection, tenant: int, entry: UUID) -> str:
    found: str = await connection.fetchval(
        "select ref from scene_entry where tenant = $1 and id = $2", tenant, entry
    )
    return found


async def insert_score(
    connection: Connection, tenant: int, entry: UUID, points: Any, who: str, at: datetime
) -> None:
    await connection.execute(
        "insert into candidate_score (tenant, entry, number, points, scored_by, scored_at) "
        "select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5 from candidate_score "
        "where tenant = $1 and entry = $2", tenant, entry, points, who, at,
    )  # fmt: skip


async def read_scores(connection: Connection, tenant: int, entry: UUID | None = None) -> list[Row]:
    """The last of each entry, or of one."""
    found: list[Row] = await connection.fetch(
        "select distinct on (entry) entry, number, points, scored_by, scored_at from candidate_score "
        "where tenant = $1 and ($2::uuid is null or entry = $2) order by entry, number desc",
        tenant, entry,
    )  # fmt: skip
    return found


async def put_comparison(
    connection: Connection, tenant: int, entry: UUID, version: int, found: Any, who: str,
    at: datetime,
) -> None:  # fmt: skip
    """That of a version is renewed."""
    await connection.execute(
        "insert into candidate_comparison (tenant, entry, version, found, compared_by, compared_at) "
        "values ($1, $2, $3, $4, $5, $6) on conflict (tenant, entry, version) do update "
        "set found = excluded.found, compared_by = excluded.compared_by, "
        "compared_at = excluded.compared_at", tenant, entry, version, found, who, at,
    )  # fmt: skip


async def read_comparison(connection: Connection, tenant: int, entry: UUID) -> Row | None:
    """The last one."""
    return await connection.fetchrow(
        "select version, found, compared_by, compared_at from candidate_comparison "
        "where tenant = $1 and entry = $2 order by version desc limit 1", tenant, entry,
    )  # fmt: skip


async def read_rules(connection: Connection, tenant: int) -> list[Row]:
    """All versions, the latest first."""
    found: list[Row] = await connection.fetch(
        "select version, rules, reason, state, asked_by, asked_at, decided_by, decided_at "
        "from planning_rules where tenant = $1 order by version desc", tenant,
    )  # fmt: skip
    return found


async def insert_rules(
    connection: Connection, tenant: int, rules: Any, reason: str, who: str, at: datetime
) -> int | None:
    """Its number; None while others wait to be decided."""
    found: int | None = await connection.fetchval(
        "insert into planning_rules (tenant, version, rules, reason, asked_by, asked_at) "
        "select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5 from planning_rules "
        "where tenant = $1 on conflict do nothing returning version", tenant, rules, reason, who, at,
    )  # fmt: skip
    return found


async def lock_rules(connection: Connection, tenant: int, version: int) -> Row | None:
    return await connection.fetchrow(
        "select version, state, asked_by from planning_rules where tenant = $1 and version = $2 "
        "for update", tenant, version,
    )  # fmt: skip


async def decide_rules(
    connection: Connection, tenant: int, version: int, state: str, who: str, at: datetime
) -> None:
    await connection.execute(
        "update planning_rules set state = $3, decided_by = $4, decided_at = $5 "
        "where tenant = $1 and version = $2", tenant, version, state, who, at,
    )  # fmt: skip


async def lock_register(connection: Connection, tenant: int) -> None:
    """What counts over all entries is looked at by one at a time."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('scene_entry'), $1)", tenant)


async def insert_need(connection: Connection, tenant: int, *values: Any) -> None:
    """id, who, need, how it is served today, source, sector, by whom, when."""
    await connection.execute(
        "insert into unmet_need (tenant, id, who, need, served_today, source, sector, entered_by, "
        "entered_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)", tenant, *values,
    )  # fmt: skip


async def read_needs(connection: Connection, tenant: int) -> list[Row]:
    """The latest first, with the entry that was made of each."""
    found: list[Row] = await connection.fetch(
        "select n.id, n.who, n.need, n.served_today, n.source, n.sector, n.entered_by, n.entered_at, "
        "e.ref as entry from unmet_need n left join scene_entry e on e.tenant = n.tenant "
        "and e.id = n.entry where n.tenant = $1 order by n.entered_at desc, n.id", tenant,
    )  # fmt: skip
    return found


async def lock_need(connection: Connection, tenant: int, need: UUID) -> Row | None:
    return await connection.fetchrow(
        "select id, who, need, served_today, source, sector, entry, "
        "(select count(*) from unmet_need o where o.tenant = n.tenant and (o.entered_at, o.id) "
        "<= (n.entered_at, n.id))::int as number from unmet_need n "
        "where tenant = $1 and id = $2 for update", tenant, need,
    )  # fmt: skip


async def set_entry_of_need(connection: Connection, tenant: int, need: UUID, entry: UUID) -> None:
    await connection.execute(
        "update unmet_need set entry = $3 where tenant = $1 and id = $2", tenant, need, entry
    )


async def count_customers(connection: Connection, tenant: int, scene: int) -> tuple[int, int]:
    """Persons who are enrolled in a scene, each customer once, and the contracts that they have with
    the bank and that are not over, wherever these were opened."""
    row = await connection.fetchrow(_CUSTOMERS, tenant, scene)
    assert row is not None
    return row["customers"], row["products"]


async def last_sunday(connection: Connection, tenant: int) -> date | None:
    """The last Sunday whose figures are computed: the week that it ends is whole."""
    found: date | None = await connection.fetchval(
        "select max(day) from indicator_day where tenant = $1 and extract(isodow from day) = 7",
        tenant,
    )
    return found


async def add_project(
    connection: Connection, tenant: int, project: UUID, entry: UUID, screened: Any
) -> None:
    """Which entry a project began from, and by which rules that was let through."""
    await connection.execute(
        "update project set entry = $3, screened = $4 where tenant = $1 and id = $2",
        tenant, project, entry, screened,
    )  # fmt: skip
