"""SQL of voices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.operations.store import Connection, Row

__all__ = ["Connection"]

_COLUMNS = """
select v.id, v.kind, v.source, s.ref as scene, s.name as scene_name, p.ref as project, v.product,
       v.says, v.found_at, c.ref as customer, v.said_by, v.said_at, v.terms, v.due_on, v.state,
       v.department, v.owner, v.taken_by, v.answered_on, v.release, v.released_on,
       (select says from voice_step where tenant = v.tenant and voice = v.id
           and what in ('answered', 'acted', 'dropped') order by number desc limit 1) as answer,
       (select count(*)::int from voice_step where tenant = v.tenant and voice = v.id
           and what = 'handed') as hands
  from voice v
  left join scene s on s.tenant = v.tenant and s.id = v.scene
  left join project p on p.tenant = v.tenant and p.id = v.project
  left join party c on c.tenant = v.tenant and c.id = v.party"""
_LIST = f"""{_COLUMNS}
 where v.tenant = $1 and ($2::text[] is null or v.state = any($2))
   and ($3::text[] is null or v.kind = any($3)) and ($4::int is null or v.scene = $4)
   and ($5::int is null or v.party = $5) and ($6::text is null or v.said_by = $6)
   and ($7::text is null or v.owner = $7 or v.taken_by = $7)
   and ($8::date is null or v.due_on < $8) and ($9::uuid is null or v.id < $9)
 order by v.id desc limit $10"""
_FIGURES = """
select s.ref as scene, s.name as scene_name, v.kind, v.said_at, v.due_on, v.answered_on, v.released_on
  from voice v left join scene s on s.tenant = v.tenant and s.id = v.scene
 where v.tenant = $1 and v.said_at >= $2 and v.said_at < $3"""
_OWNER = """
select coalesce(
  (select nullif(says, '') from scene_party_cell
    where tenant = $1 and scene = $2 and party = 'commissioning' and cell = 'who'),
  (select nullif(v.content ->> 'owner', '') from scene_entry e
     join scene_entry_version v on v.tenant = e.tenant and v.entry = e.id and v.version = e.version
    where e.tenant = $1 and e.scene = $2),
  (select owner from project where tenant = $1 and scene = $2), '')"""


async def find_scene(connection: Connection, tenant: int, ref: str) -> Row | None:
    """Its number and that of its terms."""
    return await connection.fetchrow(
        "select id, terms from scene where tenant = $1 and ref = $2 and state <> 'draft'",
        tenant,
        ref,
    )


async def find_project(connection: Connection, tenant: int, ref: str) -> Row | None:
    """id, owner, the scene's number and that of its terms."""
    return await connection.fetchrow(
        "select p.id, p.owner, p.scene, s.terms from project p "
        "left join scene s on s.tenant = p.tenant and s.id = p.scene "
        "where p.tenant = $1 and p.ref = $2", tenant, ref,
    )  # fmt: skip


async def read_owner(connection: Connection, tenant: int, scene: int) -> str:
    """Who answers for a scene: its commissioning party, or the owner of its entry in the register."""
    found: str = await connection.fetchval(_OWNER, tenant, scene)
    return found


async def lock_party(connection: Connection, tenant: int, party: int) -> int:
    """How many voices of a customer are open; nobody adds one meanwhile."""
    await connection.execute("select pg_advisory_xact_lock($1, $2)", tenant, party)
    found: int = await connection.fetchval(
        "select count(*)::int from voice where tenant = $1 and party = $2 and answered_on is null",
        tenant, party,
    )  # fmt: skip
    return found


async def insert_voice(connection: Connection, tenant: int, *values: Any) -> None:
    """id, kind, source, scene, project, product, says, found_at, party, by, at, terms, due, department,
    owner."""
    await connection.execute(
        "insert into voice (tenant, id, kind, source, scene, project, product, says, found_at, party, "
        "said_by, said_at, terms, due_on, department, owner) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        tenant, *values,
    )  # fmt: skip


async def add_step(connection: Connection, tenant: int, *values: Any) -> None:
    """voice, what, says, department, owner, by, at."""
    await connection.execute(
        "insert into voice_step (tenant, voice, number, what, says, department, owner, done_by, "
        "done_at) select $1, $2, coalesce(max(number), -1) + 1, $3, $4, $5, $6, $7, $8 "
        "from voice_step where tenant = $1 and voice = $2", tenant, *values,
    )  # fmt: skip


async def lock_voice(connection: Connection, tenant: int, voice: UUID) -> Row | None:
    """What decides over what may be done with it."""
    return await connection.fetchrow(
        "select kind, source, state, said_by, said_at, taken_by, scene, terms, department, owner from voice "
        "where tenant = $1 and id = $2 for update", tenant, voice,
    )  # fmt: skip


async def count_hands(connection: Connection, tenant: int, voice: UUID) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from voice_step where tenant = $1 and voice = $2 and what = 'handed'",
        tenant, voice,
    )  # fmt: skip
    return found


async def take(connection: Connection, tenant: int, voice: UUID, who: str) -> None:
    await connection.execute(
        "update voice set state = 'taken', taken_by = $3 where tenant = $1 and id = $2",
        tenant, voice, who,
    )  # fmt: skip


async def hand(
    connection: Connection, tenant: int, voice: UUID, department: str, owner: str
) -> None:
    await connection.execute(
        "update voice set state = 'new', taken_by = null, department = $3, owner = $4 "
        "where tenant = $1 and id = $2", tenant, voice, department, owner,
    )  # fmt: skip


async def move(
    connection: Connection, tenant: int, voice: UUID, state: str, who: str, day: date | None
) -> None:
    """To a state; whoever moved it has taken it. `day` is when it was answered."""
    await connection.execute(
        "update voice set state = $3, taken_by = coalesce(taken_by, $4), answered_on = $5 "
        "where tenant = $1 and id = $2", tenant, voice, state, who, day,
    )  # fmt: skip


async def tie(connection: Connection, tenant: int, voice: UUID, release: str, day: date) -> None:
    await connection.execute(
        "update voice set state = 'changed', release = $3, released_on = $4 "
        "where tenant = $1 and id = $2", tenant, voice, release, day,
    )  # fmt: skip


async def read_terms_at(
    connection: Connection, tenant: int, scene: int, number: int
) -> datetime | None:
    """When the scene got those terms."""
    found: datetime | None = await connection.fetchval(
        "select created_at from terms where tenant = $1 and scene = $2 and number = $3",
        tenant, scene, number,
    )  # fmt: skip
    return found


async def read_terms_after(
    connection: Connection, tenant: int, scene: str, number: int
) -> list[Row]:
    """number, at, by whom: the scene's terms since then, the latest first."""
    found: list[Row] = await connection.fetch(
        "select t.number, t.created_at, t.created_by from terms t join scene s "
        "on s.tenant = t.tenant and s.id = t.scene "
        "where t.tenant = $1 and s.ref = $2 and t.number > $3 order by 1 desc limit 20",
        tenant, scene, number,
    )  # fmt: skip
    return found


async def read_release_at(connection: Connection, tenant: int, release: UUID) -> datetime | None:
    """When a release of the tenant was begun."""
    found: datetime | None = await connection.fetchval(
        "select begun_at from release where tenant = $1 and id = $2", tenant, release
    )
    return found


async def read_voice(connection: Connection, tenant: int, voice: UUID) -> Row | None:
    return await connection.fetchrow(f"{_COLUMNS} where v.tenant = $1 and v.id = $2", tenant, voice)


async def read_steps(connection: Connection, tenant: int, voice: UUID) -> list[Row]:
    """In their order."""
    found: list[Row] = await connection.fetch(
        "select what, says, department, owner, done_by, done_at from voice_step "
        "where tenant = $1 and voice = $2 order by number", tenant, voice,
    )  # fmt: skip
    return found


async def list_voices(
    connection: Connection, tenant: int, states: Sequence[str] | None, kinds: Sequence[str] | None,
    scene: int | None, party: int | None, said_by: str | None, owed_by: str | None,
    due_before: date | None, before: UUID | None, limit: int,
) -> list[Row]:  # fmt: skip
    """The latest first."""
    found: list[Row] = await connection.fetch(
        _LIST, tenant, states, kinds, scene, party, said_by, owed_by, due_before, before, limit
    )
    return found


async def read_month(
    connection: Connection, tenant: int, since: datetime, until: datetime
) -> list[Row]:
    """scene and its name, kind, when said, due, answered and released."""
    found: list[Row] = await connection.fetch(_FIGURES, tenant, since, until)
    return found


async def count_late(connection: Connection, tenant: int, today: date) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from voice where tenant = $1 and answered_on is null and due_on < $2",
        tenant, today,
    )  # fmt: skip
    return found
