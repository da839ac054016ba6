"""SQL of what was measured by people."""

from __future__ import annotations

from uuid import UUID

from enscene.operations.store import Connection, Row

_COLUMNS = """id, scene, service, side, day, cases, minutes, steps, cost, errors, currency, source, note,
 state, asked_by, asked_at, decided_by, decided_at, leaving_by, leaving_why, left_by, left_at"""
_INSERT = """
insert into baseline (tenant, id, scene, service, side, day, cases, minutes, steps, cost, errors,
                      currency, source, note, asked_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"""
_WAITING = """
select s.ref, count(*)::int from baseline b
  join scene s on s.tenant = b.tenant and s.id = b.scene
 where b.tenant = $1 and (b.state = 'asked' or (b.state = 'approved' and b.leaving_by is not null))
 group by 1 order by 1"""


async def insert_baseline(connection: Connection, tenant: int, *values: object) -> None:
    """id, scene, service, side, day, cases, the four figures, currency, source, note, who."""
    await connection.execute(_INSERT, tenant, *values)


async def lock(connection: Connection, tenant: int, scene: int, number: UUID) -> Row | None:
    """Nobody else decides meanwhile."""
    return await connection.fetchrow(
        f"select {_COLUMNS} from baseline where tenant = $1 and scene = $2 and id = $3 for update",
        tenant, scene, number,
    )  # fmt: skip


async def read_all(
    connection: Connection, tenant: int, scene: int, number: UUID | None = None
) -> list[Row]:
    """Of a scene, or one of them; the latest day first."""
    found: list[Row] = await connection.fetch(
        f"select {_COLUMNS} from baseline where tenant = $1 and scene = $2 "
        "and ($3::uuid is null or id = $3) order by day desc, asked_at desc, id",
        tenant, scene, number,
    )  # fmt: skip
    return found


async def decide(connection: Connection, tenant: int, number: UUID, state: str, who: str) -> None:
    await connection.execute(
        "update baseline set state = $3, decided_by = $4, decided_at = clock_timestamp() "
        "where tenant = $1 and id = $2", tenant, number, state, who,
    )  # fmt: skip


async def ask_to_leave(
    connection: Connection, tenant: int, number: UUID, who: str | None, why: str | None
) -> None:
    """None: it stays after all."""
    await connection.execute(
        "update baseline set leaving_by = $3, leaving_why = $4 where tenant = $1 and id = $2",
        tenant, number, who, why,
    )  # fmt: skip


async def withdraw(connection: Connection, tenant: int, number: UUID, who: str) -> None:
    await connection.execute(
        "update baseline set state = 'withdrawn', left_by = $3, left_at = clock_timestamp() "
        "where tenant = $1 and id = $2", tenant, number, who,
    )  # fmt: skip


async def count_waiting(connection: Connection, tenant: int) -> dict[str, int]:
    return {row[0]: row[1] for row in await connection.fetch(_WAITING, tenant)}
