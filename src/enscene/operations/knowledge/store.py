"""SQL of trainings and experts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from enscene.operations.store import Connection, Row

__all__ = ["Connection"]

_TRAININGS = """
select t.id, s.ref as scene, s.name as scene_name, t.title, t.held_on, t.audience, t.places, t.skill,
       t.planned_by, t.planned_at,
       (select count(*)::int from training_person where tenant = t.tenant and training = t.id) as entered,
       (select count(*)::int from training_person where tenant = t.tenant and training = t.id
           and attended) as attended,
       (select count(*)::int from training_person where tenant = t.tenant and training = t.id
           and passed) as passed
  from training t join scene s on s.tenant = t.tenant and s.id = t.scene
 where t.tenant = $1 and ($2::uuid is null or t.id = $2) and ($3::text is null or s.ref = $3)
 order by t.held_on desc, t.planned_at desc, t.id limit 200"""
_LEARNERS = """
select p.name as login, u.name, count(*)::int as entered,
       count(*) filter (where p.attended)::int as attended,
       count(*) filter (where p.passed)::int as passed, round(avg(p.score))::int as score
  from training_person p
  join training t on t.tenant = p.tenant and t.id = p.training and t.audience = 'staff'
  join console_user u on u.tenant = p.tenant and u.login = p.name
 where p.tenant = $1 group by 1, 2 order by 5 desc, 1"""


async def insert_training(connection: Connection, tenant: int, *values: Any) -> None:
    """id, scene, title, day, audience, places, skill, by, at."""
    await connection.execute(
        "insert into training (tenant, id, scene, title, held_on, audience, places, skill, "
        "planned_by, planned_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", tenant, *values,
    )  # fmt: skip


async def lock_training(connection: Connection, tenant: int, training: UUID) -> Row | None:
    """scene, audience, places, skill, held_on."""
    return await connection.fetchrow(
        "select audience, places, skill, held_on from training where tenant = $1 and id = $2 "
        "for update", tenant, training,
    )  # fmt: skip


async def count_people(connection: Connection, tenant: int, training: UUID) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from training_person where tenant = $1 and training = $2",
        tenant, training,
    )  # fmt: skip
    return found


async def has_login(connection: Connection, tenant: int, login: str) -> bool:
    """Whether somebody of the tenant's logs in so."""
    return bool(
        await connection.fetchval(
            "select true from console_user where tenant = $1 and login = $2 and status = 'active'",
            tenant, login,
        )
    )  # fmt: skip


async def insert_person(connection: Connection, tenant: int, *values: Any) -> bool:
    """training, name, party, by, at. Whether they were not entered yet."""
    found = await connection.fetchval(
        "insert into training_person (tenant, training, name, party, entered_by, entered_at) "
        "values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning true", tenant, *values,
    )  # fmt: skip
    return bool(found)


async def is_recorded(
    connection: Connection, tenant: int, training: UUID, name: str
) -> bool | None:
    """None: nobody of that name was entered."""
    found: bool | None = await connection.fetchval(
        "select attended is not null from training_person "
        "where tenant = $1 and training = $2 and name = $3", tenant, training, name,
    )  # fmt: skip
    return found


async def record(connection: Connection, tenant: int, *values: Any) -> None:
    """training, name, attended, passed, score, by, at."""
    await connection.execute(
        "update training_person set attended = $4, passed = $5, score = $6, recorded_by = $7, "
        "recorded_at = $8 where tenant = $1 and training = $2 and name = $3", tenant, *values,
    )  # fmt: skip


async def read_trainings(
    connection: Connection, tenant: int, training: UUID | None, scene: str | None
) -> list[Row]:
    """The latest first."""
    found: list[Row] = await connection.fetch(_TRAININGS, tenant, training, scene)
    return found


async def read_people(connection: Connection, tenant: int, training: UUID) -> list[Row]:
    """name, attended, passed, score, by whom it was recorded."""
    found: list[Row] = await connection.fetch(
        "select name, attended, passed, score, recorded_by from training_person "
        "where tenant = $1 and training = $2 order by entered_at, name", tenant, training,
    )  # fmt: skip
    return found


async def read_learners(connection: Connection, tenant: int) -> list[Row]:
    """login, name, how often entered, there and passed, and the mean score."""
    found: list[Row] = await connection.fetch(_LEARNERS, tenant)
    return found


async def count_experts(connection: Connection, tenant: int) -> int:
    found: int = await connection.fetchval(
        "select count(*)::int from expert where tenant = $1 and ended_at is null", tenant
    )
    return found


async def insert_expert(connection: Connection, tenant: int, *values: Any) -> None:
    """id, name, login, vertical, what they know, by, at."""
    await connection.execute(
        "insert into expert (tenant, id, name, login, vertical, knows, added_by, added_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)", tenant, *values,
    )  # fmt: skip


async def end_expert(connection: Connection, tenant: int, expert: UUID, at: Any) -> bool:
    found = await connection.fetchval(
        "update expert set ended_at = $3 where tenant = $1 and id = $2 and ended_at is null "
        "returning true", tenant, expert, at,
    )  # fmt: skip
    return bool(found)


async def read_experts(connection: Connection, tenant: int) -> list[Row]:
    """Those who are asked, by their verticals; `asked` is as whom."""
    found: list[Row] = await connection.fetch(
        "select e.id, e.name, e.login, e.vertical, e.knows, e.added_by, e.added_at, "
        "case when e.login is null then e.name else e.login || '@' || t.ref end as asked_as "
        "from expert e join tenant t on t.id = e.tenant "
        "where e.tenant = $1 and e.ended_at is null order by e.vertical, e.name, e.id", tenant,
    )  # fmt: skip
    return found
