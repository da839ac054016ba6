"""SQL of parties, tasks, and teams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.operations.store import Connection, Row

__all__ = ["Connection"]

_TASKS = """
select t.id, t.what, t.due_on, t.state, t.result, h.number, h.department, h.owner, h.at, h.taken_at
  from unit_task t
  join lateral (select number, department, owner, at, taken_at from unit_task_hand h
                 where h.tenant = t.tenant and h.task = t.id order by number desc limit 1) h on true
 where t.tenant = $1 and ($2::int is null or t.scene = $2) and ($3::uuid is null or t.team = $3)
 order by t.state <> 'open', t.due_on, t.made_at, t.id"""
_HANDED = """
select giver, department, count(*)::int,
       sum(extract(epoch from coalesce(taken_at, case when state = 'open' and is_last then $3 else next_at end, at) - at))::bigint as waited,
       (count(*) filter (where taken_at is null and state = 'open' and is_last))::int
  from (select t.state, h.number, h.department, h.at, h.taken_at,
               lag(h.department) over w as giver, lead(h.at) over w as next_at,
               lead(h.number) over w is null as is_last
          from unit_task_hand h join unit_task t on t.tenant = h.tenant and t.id = h.task
         where h.tenant = $1 and t.scene = $2
        window w as (partition by h.task order by h.number)) x
 where giver is not null and giver <> department
 group by 1, 2 order by waited desc, 1, 2"""


async def find_scene(connection: Connection, tenant: int, ref: str) -> int | None:
    """The number of a scene."""
    found: int | None = await connection.fetchval(
        "select id from scene where tenant = $1 and ref = $2", tenant, ref
    )
    return found


async def put_division(
    connection: Connection, tenant: int, scene: int, mode: str, who: str, at: datetime
) -> bool:
    """Whether it is the first of the scene."""
    is_new: bool = await connection.fetchval(
        "insert into scene_division (tenant, scene, mode, chosen_by, chosen_at) "
        "values ($1, $2, $3, $4, $5) on conflict (tenant, scene) do update "
        "set mode = excluded.mode, chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at "
        "returning xmax = 0", tenant, scene, mode, who, at,
    )  # fmt: skip
    return is_new


async def read_division(connection: Connection, tenant: int, scene: int) -> Row | None:
    """mode, chosen_by, chosen_at."""
    return await connection.fetchrow(
        "select mode, chosen_by, chosen_at from scene_division where tenant = $1 and scene = $2",
        tenant, scene,
    )  # fmt: skip


async def put_cell(connection: Connection, tenant: int, *values: Any) -> None:
    """scene, party, cell, what it says (empty: as the standard), who, at."""
    await connection.execute(
        "insert into scene_party_cell (tenant, scene, party, cell, says, said_by, said_at) "
        "values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, scene, party, cell) do update "
        "set says = excluded.says, said_by = excluded.said_by, said_at = excluded.said_at",
        tenant, *values,
    )  # fmt: skip


async def read_cells(connection: Connection, tenant: int, scene: int) -> list[Row]:
    """party, cell, says."""
    found: list[Row] = await connection.fetch(
        "select party, cell, says from scene_party_cell where tenant = $1 and scene = $2",
        tenant, scene,
    )  # fmt: skip
    return found


async def count_tasks(
    connection: Connection, tenant: int, scene: int | None, team: UUID | None
) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from unit_task where tenant = $1 "
        "and scene is not distinct from $2 and team is not distinct from $3", tenant, scene, team,
    )  # fmt: skip
    return found


async def insert_task(connection: Connection, tenant: int, *values: Any) -> None:
    """id, scene, team, what, day, who, at."""
    await connection.execute(
        "insert into unit_task (tenant, id, scene, team, what, due_on, made_by, made_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)", tenant, *values,
    )  # fmt: skip


async def insert_hand(connection: Connection, tenant: int, *values: Any) -> None:
    """task, number, department, owner, who, at."""
    await connection.execute(
        "insert into unit_task_hand (tenant, task, number, department, owner, handed_by, at) "
        "values ($1, $2, $3, $4, $5, $6, $7)", tenant, *values,
    )  # fmt: skip


async def take_hand(
    connection: Connection, tenant: int, task: UUID, number: int, owner: str, at: datetime
) -> None:
    await connection.execute(
        "update unit_task_hand set owner = $4, taken_at = $5 "
        "where tenant = $1 and task = $2 and number = $3", tenant, task, number, owner, at,
    )  # fmt: skip


async def lock_task(connection: Connection, tenant: int, task: UUID) -> Row | None:
    """state; number, department, owner, taken_at of its last hand."""
    state = await connection.fetchval(
        "select state from unit_task where tenant = $1 and id = $2 for update", tenant, task
    )
    if state is None:
        return None
    return await connection.fetchrow(
        "select $3::text as state, number, department, owner, taken_at from unit_task_hand "
        "where tenant = $1 and task = $2 order by number desc limit 1", tenant, task, state,
    )  # fmt: skip


async def end_task(connection: Connection, tenant: int, *values: Any) -> None:
    """id, state, result, who, at."""
    await connection.execute(
        "update unit_task set state = $3, result = $4, ended_by = $5, ended_at = $6 "
        "where tenant = $1 and id = $2", tenant, *values,
    )  # fmt: skip


async def drop_tasks(
    connection: Connection, tenant: int, team: UUID, who: str, at: datetime
) -> None:
    await connection.execute(
        "update unit_task set state = 'dropped', ended_by = $3, ended_at = $4 "
        "where tenant = $1 and team = $2 and state = 'open'", tenant, team, who, at,
    )  # fmt: skip


async def read_tasks(
    connection: Connection, tenant: int, scene: int | None, team: UUID | None
) -> list[Row]:
    found: list[Row] = await connection.fetch(_TASKS, tenant, scene, team)
    return found


async def read_handed(connection: Connection, tenant: int, scene: int, now: datetime) -> list[Row]:
    """giver, taker, times, seconds waited, how many wait."""
    found: list[Row] = await connection.fetch(_HANDED, tenant, scene, now)
    return found


async def read_where(connection: Connection, tenant: int, task: UUID) -> Row | None:
    """References of the scene and of the team of a task."""
    return await connection.fetchrow(
        "select s.ref, m.ref from unit_task t "
        "left join scene s on s.tenant = t.tenant and s.id = t.scene "
        "left join task_team m on m.tenant = t.tenant and m.id = t.team "
        "where t.tenant = $1 and t.id = $2", tenant, task,
    )  # fmt: skip


async def insert_team(connection: Connection, tenant: int, *values: Any) -> bool:
    """id, ref, kind, name, goal, unit, scene, indicator, month, least, currency, who, at. Whether
    the reference was free."""
    found = await connection.fetchval(
        "insert into task_team (tenant, id, ref, kind, name, goal, unit, scene, indicator, month, "
        "least, currency, opened_by, opened_at) values "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
        "on conflict (tenant, ref) do nothing returning true", tenant, *values,
    )  # fmt: skip
    return bool(found)


async def insert_members(
    connection: Connection, tenant: int, team: UUID, members: Sequence[tuple[str, str, str]]
) -> None:
    """Name, unit and role of each."""
    await connection.executemany(
        "insert into task_team_member (tenant, team, number, name, unit, role) "
        "values ($1, $2, $3, $4, $5, $6)",
        [(tenant, team, number, *each) for number, each in enumerate(members)],
    )


async def lock_team(connection: Connection, tenant: int, ref: str) -> Row | None:
    """id, closed_at."""
    return await connection.fetchrow(
        "select id, closed_at from task_team where tenant = $1 and ref = $2 for update", tenant, ref
    )


async def close_team(connection: Connection, tenant: int, *values: Any) -> None:
    """id, outcome, who, at."""
    await connection.execute(
        "update task_team set outcome = $3, closed_by = $4, closed_at = $5 "
        "where tenant = $1 and id = $2", tenant, *values,
    )  # fmt: skip


async def insert_note(connection: Connection, tenant: int, *values: Any) -> None:
    """id, team, kind, text, link, who, at."""
    await connection.execute(
        "insert into task_team_note (tenant, id, team, kind, says, link, noted_by, noted_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)", tenant, *values,
    )  # fmt: skip


async def count_notes(connection: Connection, tenant: int, team: UUID) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from task_team_note where tenant = $1 and team = $2", tenant, team
    )
    return found


async def read_teams(connection: Connection, tenant: int, ref: str | None) -> list[Row]:
    """Open ones first, the latest first."""
    found: list[Row] = await connection.fetch(
        "select t.*, s.ref as scene_ref from task_team t "
        "join scene s on s.tenant = t.tenant and s.id = t.scene "
        "where t.tenant = $1 and ($2::text is null or t.ref = $2) "
        "order by t.closed_at is not null, t.opened_at desc, t.id", tenant, ref,
    )  # fmt: skip
    return found


async def read_members(connection: Connection, tenant: int, team: UUID) -> list[Row]:
    """name, unit, role."""
    found: list[Row] = await connection.fetch(
        "select name, unit, role from task_team_member where tenant = $1 and team = $2 "
        "order by number", tenant, team,
    )  # fmt: skip
    return found


async def read_notes(connection: Connection, tenant: int, team: UUID) -> list[Row]:
    """kind, text, link, who, at; the latest first."""
    found: list[Row] = await connection.fetch(
        "select kind, says, link, noted_by, noted_at from task_team_note "
        "where tenant = $1 and team = $2 order by noted_at desc, id desc", tenant, team,
    )  # fmt: skip
    return found
