"""SQL of criteria, offers, copies and what is credited. Rows of several tenants are read where the
transaction has admitted them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

from enscene.commit import admit
from enscene.operations.store import Connection, Pool, Row

_OFFER = """id, tenant, scene, scene_ref, name, pack, currency, wish, left_open, says, basis, months,
 points, reason, exception, state, asked_by, asked_at, decided_by, decided_at"""
_COPIES = """
select c.id, c.tenant, c.launch, l.state as launch_state, c.offer, c.origin_tenant, c.origin_scene,
       c.origin_name, c.original, c.left_open, l.wish, c.pack, c.currency, c.basis, c.months, c.points,
       c.scene, s.ref as scene_ref, c.begun_by, c.begun_at, c.approved_by, c.approved_at, s.live_at,
       (extract(epoch from l.live_at - l.chosen_at))::float8 as took_s
  from scene_copy c
  join launch l on l.tenant = c.tenant and l.id = c.launch
  left join scene s on s.tenant = c.tenant and s.id = c.scene
 where ($1::uuid is null or c.id = $1)
 order by c.begun_at desc, c.id"""


@asynccontextmanager
async def reading_all(pool: Pool, tenants: Collection[int]) -> AsyncIterator[Connection]:
    """A read-only transaction that sees several tenants."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, tenants)
        yield connection


async def find_scene(connection: Connection, tenant: int, ref: str) -> Row | None:
    """id, ref, name, state, pack, terms; nobody changes it meanwhile."""
    return await connection.fetchrow(
        "select id, ref, name, state, pack, terms from scene where tenant = $1 and ref = $2 for share",
        tenant, ref,
    )  # fmt: skip


async def put_criterion(
    connection: Connection, tenant: int, scene: int, currency: str, who: str, at: Any,
    targets: Sequence[tuple[str, date, int]],
) -> None:  # fmt: skip
    """In the place of one that nobody has approved."""
    await connection.execute(
        "delete from pilot_criterion where tenant = $1 and scene = $2", tenant, scene
    )
    await connection.execute(
        "insert into pilot_criterion (tenant, scene, currency, set_by, set_at) "
        "values ($1, $2, $3, $4, $5)", tenant, scene, currency, who, at,
    )  # fmt: skip
    await connection.executemany(
        "insert into pilot_target (tenant, scene, indicator, month, least) "
        "values ($1, $2, $3, $4, $5)", [(tenant, scene, *each) for each in targets],
    )  # fmt: skip


async def read_criterion(
    connection: Connection, tenant: int, scene: int, *, lock: bool = False
) -> Row | None:
    """currency, set_by, set_at, approved_by, approved_at."""
    more = " for update" if lock else ""
    return await connection.fetchrow(
        "select currency, set_by, set_at, approved_by, approved_at from pilot_criterion "
        f"where tenant = $1 and scene = $2{more}", tenant, scene,
    )  # fmt: skip


async def read_targets(connection: Connection, tenant: int, scene: int) -> list[Row]:
    """indicator, month, least."""
    found: list[Row] = await connection.fetch(
        "select indicator, month, least from pilot_target where tenant = $1 and scene = $2 "
        "order by month, indicator", tenant, scene,
    )  # fmt: skip
    return found


async def approve_criterion(
    connection: Connection, tenant: int, scene: int, who: str, at: Any
) -> None:
    await connection.execute(
        "update pilot_criterion set approved_by = $3, approved_at = $4 "
        "where tenant = $1 and scene = $2", tenant, scene, who, at,
    )  # fmt: skip


async def insert_offer(connection: Connection, tenant: int, *values: Any) -> None:
    """id, scene, its ref, name, pack, terms, currency, wish, left open, says, basis, months, points,
    reason, who, at. Raises: asyncpg.UniqueViolationError (the scene has an offer)."""
    await connection.execute(
        "insert into copy_offer (tenant, id, scene, scene_ref, name, pack, terms, currency, wish, "
        "left_open, says, basis, months, points, reason, asked_by, asked_at) values "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        tenant, *values,
    )  # fmt: skip


async def lock_offer(connection: Connection, tenant: int, offer: UUID) -> Row | None:
    return await connection.fetchrow(
        f"select {_OFFER} from copy_offer where tenant = $1 and id = $2 for update", tenant, offer
    )


async def set_offer(connection: Connection, tenant: int, offer: UUID, state: str) -> None:
    await connection.execute(
        "update copy_offer set state = $3 where tenant = $1 and id = $2", tenant, offer, state
    )


async def decide_offer(connection: Connection, tenant: int, *values: Any) -> None:
    """id, state, exception, who, at."""
    await connection.execute(
        "update copy_offer set state = $3, exception = $4, decided_by = $5, decided_at = $6 "
        "where tenant = $1 and id = $2", tenant, *values,
    )  # fmt: skip


async def read_offers(
    connection: Connection, tenant: int, offer: UUID | None, scene: int | None = None
) -> list[Row]:
    """The tenant's own, and what the other admitted ones let others copy; the latest first."""
    found: list[Row] = await connection.fetch(
        f"select {_OFFER} from copy_offer where (tenant = $1 or state = 'offered') "
        "and ($2::uuid is null or id = $2) "
        "and ($3::int is null or (tenant = $1 and scene = $3)) order by asked_at desc, id",
        tenant, offer, scene,
    )  # fmt: skip
    return found


async def insert_copy(connection: Connection, tenant: int, *values: Any) -> None:
    """id, launch, offer, origin's tenant, scene and name, original wish, left open, pack, currency,
    basis, months, points, who, at."""
    await connection.execute(
        "insert into scene_copy (tenant, id, launch, offer, origin_tenant, origin_scene, origin_name, "
        "original, left_open, pack, currency, basis, months, points, begun_by, begun_at) values "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)", tenant, *values,
    )  # fmt: skip


async def insert_helpers(
    connection: Connection, tenant: int, copy: UUID, helpers: Sequence[tuple[int, int]]
) -> None:
    """Helping tenants with their basis points."""
    await connection.executemany(
        "insert into copy_helper (tenant, copy, helper, points) values ($1, $2, $3, $4)",
        [(tenant, copy, *each) for each in helpers],
    )


async def take_copy(
    connection: Connection, tenant: int, launch: UUID, scene: str, who: str
) -> None:
    """The scene that was made of a launch is the copy, if it is one."""
    await connection.execute(
        "update scene_copy set approved_by = $4, approved_at = "
        "(select decided_at from launch where tenant = $1 and id = $2), "
        "scene = (select id from scene where tenant = $1 and ref = $3) "
        "where tenant = $1 and launch = $2", tenant, launch, scene, who,
    )  # fmt: skip


async def read_copies(connection: Connection, copy: UUID | None = None) -> list[Row]:
    """Of all admitted tenants, the latest first."""
    found: list[Row] = await connection.fetch(_COPIES, copy)
    return found


async def read_helpers(connection: Connection) -> list[Row]:
    """tenant, copy, helper, points; those with most first."""
    found: list[Row] = await connection.fetch(
        "select tenant, copy, helper, points from copy_helper order by points desc, helper"
    )
    return found


async def read_opened(connection: Connection, tenant: int, scene: int) -> Any:
    """When a scene went live, or else when its pilot began; None: it has no customers yet."""
    return await connection.fetchval(
        "select coalesce(live_at, (select min(at) from event where tenant = $1 and scene = $2 "
        "and action = 'scene.pilot')) from scene where tenant = $1 and id = $2", tenant, scene,
    )  # fmt: skip


async def read_zones(connection: Connection) -> dict[int, str]:
    """The zone of each tenant."""
    rows = await connection.fetch("select id, zone from tenant")
    return {row["id"]: row["zone"] for row in rows}


async def keep_month(connection: Connection, tenant: int, *values: Any) -> bool:
    """copy, month, currency, value. False: it was kept before, and stays as it is."""
    status = await connection.execute(
        "insert into copy_month (tenant, copy, month, currency, value) values ($1, $2, $3, $4, $5) "
        "on conflict do nothing", tenant, *values,
    )  # fmt: skip
    return bool(status == "INSERT 0 1")


async def insert_credits(
    connection: Connection, tenant: int, rows: Sequence[tuple[Any, ...]]
) -> None:
    """copy, month, currency, credited tenant, points, minor units."""
    await connection.executemany(
        "insert into copy_credit (tenant, copy, month, currency, credited, points, minor) "
        "values ($1, $2, $3, $4, $5, $6, $7)", [(tenant, *row) for row in rows],
    )  # fmt: skip


async def read_credits(connection: Connection, copies: Collection[UUID]) -> list[Row]:
    """copy, month, currency, value, credited, points, minor; months in order."""
    found: list[Row] = await connection.fetch(
        "select m.copy, m.month, m.currency, m.value, c.credited, c.points, c.minor "
        "from copy_month m join copy_credit c using (tenant, copy, month, currency) "
        "where m.copy = any($1) order by m.month, m.copy, m.currency, c.points desc, c.credited",
        list(copies),
    )  # fmt: skip
    return found


async def read_credited_by_scene(
    connection: Connection, tenant: int, first: date, last: date, currency: str
) -> list[Row]:
    """scene, month, ref of the branch, minor: of the tenant's own copies."""
    found: list[Row] = await connection.fetch(
        "select s.scene, c.month, t.ref, c.minor from copy_credit c "
        "join scene_copy s on s.tenant = c.tenant and s.id = c.copy "
        "join tenant t on t.id = c.credited where c.tenant = $1 and c.month between $2 and $3 "
        "and c.currency = $4 and s.scene is not null", tenant, first, last, currency,
    )  # fmt: skip
    return found


async def read_kept_months(connection: Connection, tenant: int) -> set[tuple[UUID, date]]:
    """Which months of which copies are kept already."""
    rows = await connection.fetch("select copy, month from copy_month where tenant = $1", tenant)
    return {(row["copy"], row["month"]) for row in rows}


async def read_tenants_due(connection: Connection) -> list[int]:
    """Tenants with a copy that is live."""
    rows = await connection.fetch(
        "select distinct c.tenant from scene_copy c join scene s "
        "on s.tenant = c.tenant and s.id = c.scene where s.live_at is not null order by 1"
    )
    return [row["tenant"] for row in rows]


async def read_tenants(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch("select id from tenant order by id")]
