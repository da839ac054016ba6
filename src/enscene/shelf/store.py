"""SQL of prices, of choices of the shelf, and of what is known of a customer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit import admit

Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"
Source: TypeAlias = "Pool | Connection"
"""A pool, from which a transaction is begun; or a connection whose own transaction goes on."""

_PRICE = """p.id, p.number, p.product, p.name, p.scene, p.segment, p.value, p.outside, p.since,
 p.until, p.why, p.state, p.ends, p.set_by, p.set_at, p.decided_by, p.decided_at, p.note,
 s.ref as scene_ref, s.name as scene_name"""
_OF_SCENE = "left join scene s on s.tenant = p.tenant and s.id = p.scene"
_TODAY = """
select (clock_timestamp()
        + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6)) as now,
       t.zone
  from tenant t join shard s on s.id = t.shard where t.id = $1"""
_CHOICES = """
select distinct on (c.scene, c.product) c.number, c.scene, c.product, c.stance, c.place, c.reason,
       c.chosen_by, c.chosen_at, s.ref as scene_ref, s.name as scene_name
  from shelf_choice c left join scene s on s.tenant = c.tenant and s.id = c.scene
 where c.tenant = $1 order by c.scene, c.product, c.number desc"""
_CUSTOMER = """
select p.kind, p.profile, p.created_at, (
         select array_agg(distinct x.item order by x.item) from consent x
          where x.tenant = p.tenant and x.party = p.id and x.scene = $3 and x.granted) as consents,
       (select min((due ->> 0)::date)
          from contract c,
               json_array_elements(coalesce(c.life -> 'draws', '[]')) as draw,
               json_array_elements(coalesce(draw -> 'loan' -> 'dues', '[]')) as due
         where c.tenant = p.tenant and c.customer = p.id and c.customer > 0
            and c.state = 'open') as overdue_since,
       exists (select from contract c,
               json_array_elements(coalesce(c.life -> 'draws', '[]')) as draw,
               json_array_elements_text(coalesce(draw -> 'loan' -> 'lost', '[]')) as lost
         where c.tenant = p.tenant and c.customer = p.id and c.customer > 0
           and c.state = 'open' and lost::bigint > 0) as written_off
  from party p where p.tenant = $1 and p.id = $2"""
# The newest of each account: what a busy till took in a month need not be read to its end.
_PASSED = """
select coalesce(sum(x.paid), 0)::bigint as paid, coalesce(sum(x.got), 0)::bigint as got
  from account a cross join lateral (
    select (select sum(amount) from (
              select amount from transfer t
               where t.tenant = a.tenant and t.dr = a.id and t.at > $3 and t.kind in (0, 2)
               order by t.seq desc, t.n desc limit 2000) d) as paid,
           (select sum(amount) from (
              select amount from transfer t
               where t.tenant = a.tenant and t.cr = a.id and t.at > $3 and t.kind in (0, 2)
               order by t.seq desc, t.n desc limit 2000) c) as got) x
 where a.tenant = $1 and a.owner = $2 and a.id > 0"""


@asynccontextmanager
async def reading(source: Source, tenant: int) -> AsyncIterator[Connection]:
    """A read-only transaction that sees one tenant; within a caller's own, that one."""
    if not isinstance(source, asyncpg.Pool):
        yield source
        return
    async with source.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        yield connection


@asynccontextmanager
async def writing(source: Source, tenant: int) -> AsyncIterator[Connection]:
    """A transaction that sees one tenant; within a caller's own, that one."""
    if not isinstance(source, asyncpg.Pool):
        yield source
        return
    async with source.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        yield connection


async def read_clock(connection: Connection, tenant: int) -> tuple[datetime, str]:
    """The tenant's own time, and its zone."""
    row = await connection.fetchrow(_TODAY, tenant)
    assert row is not None, "the tenant of a caller exists"
    return row[0], row[1]


async def find_scene(connection: Connection, tenant: int, ref: str) -> int | None:
    found: int | None = await connection.fetchval(
        "select id from scene where tenant = $1 and ref = $2", tenant, ref
    )
    return found


async def list_scenes(connection: Connection, tenant: int) -> list[str]:
    """The refs of the scenes that are not retired."""
    rows = await connection.fetch(
        "select ref from scene where tenant = $1 and state <> 'retired' order by ref", tenant
    )
    return [row[0] for row in rows]


async def insert_price(connection: Connection, tenant: int, **values: Any) -> None:
    """Add one row; columns by name."""
    names = list(values)
    assert all(name.isidentifier() for name in names), names
    places = ", ".join(f"${number + 2}" for number in range(len(names)))
    await connection.execute(
        f"insert into price (tenant, {', '.join(names)}) values ($1, {places})",
        tenant,
        *values.values(),
    )


async def read_price(
    connection: Connection, tenant: int, price: UUID, *, lock: bool = False
) -> Row | None:
    more = " for update of p" if lock else ""
    return await connection.fetchrow(
        f"select {_PRICE} from price p {_OF_SCENE} where p.tenant = $1 and p.id = $2{more}",
        tenant,
        price,
    )


async def list_prices(
    connection: Connection,
    tenant: int,
    product: str | None,
    state: str | None,
    before: int | None,
    limit: int,
) -> list[Row]:
    """Newest first."""
    rows: list[Row] = await connection.fetch(
        f"""
select {_PRICE} from price p {_OF_SCENE}
 where p.tenant = $1 and ($2::text is null or p.product = $2)
   and ($3::text is null or p.state = $3) and ($4::bigint is null or p.number < $4)
 order by p.number desc limit $5""",
        tenant,
        product,
        state,
        before,
        limit,
    )
    return rows


async def read_prices_in_force(connection: Connection, tenant: int) -> list[Row]:
    """All that were approved or needed no approval, whenever they hold."""
    rows: list[Row] = await connection.fetch(
        f"select {_PRICE} from price p {_OF_SCENE} where p.tenant = $1 and p.state = 'in_force'",
        tenant,
    )
    return rows


async def decide_price(
    connection: Connection,
    tenant: int,
    price: UUID,
    state: str,
    who: str | None,
    note: str,
    since: date,
) -> None:
    """Write the decision on a price that was asked for."""
    await connection.execute(
        """
update price set state = $3, decided_by = $4, note = $5, since = $6,
       decided_at = case when $4::text is null then null else clock_timestamp() end
 where tenant = $1 and id = $2""",
        tenant,
        price,
        state,
        who,
        note,
        since,
    )


async def insert_choice(
    connection: Connection,
    tenant: int,
    scene: int,
    product: str,
    stance: str,
    place: int | None,
    reason: str,
    who: str,
) -> None:
    await connection.execute(
        """
insert into shelf_choice (tenant, scene, product, stance, place, reason, chosen_by)
values ($1, $2, $3, $4, $5, $6, $7)""",
        tenant,
        scene,
        product,
        stance,
        place,
        reason,
        who,
    )


async def read_choices(connection: Connection, tenant: int) -> list[Row]:
    """The last word on each product, for the whole tenant and for scenes."""
    rows: list[Row] = await connection.fetch(_CHOICES, tenant)
    return rows


async def read_choice_history(connection: Connection, tenant: int, product: str) -> list[Row]:
    """Every choice of a product, newest first."""
    rows: list[Row] = await connection.fetch(
        """
select c.scene, c.stance, c.place, c.reason, c.chosen_by, c.chosen_at, s.ref as scene_ref
  from shelf_choice c left join scene s on s.tenant = c.tenant and s.id = c.scene
 where c.tenant = $1 and c.product = $2 order by c.number desc limit 100""",
        tenant,
        product,
    )
    return rows


async def read_customer(connection: Connection, tenant: int, party: int, scene: int) -> Row | None:
    """Kind, profile, since when it is known, consents in a scene, the oldest unpaid due day."""
    return await connection.fetchrow(_CUSTOMER, tenant, party, scene)


async def read_passed(
    connection: Connection, tenant: int, party: int, since: datetime
) -> tuple[int, int]:
    """What the party paid and got since then, minor units, over all scenes."""
    row = await connection.fetchrow(_PASSED, tenant, party, since)
    assert row is not None, "an aggregate has a row"
    return row[0], row[1]


async def count_contracts(connection: Connection, tenant: int) -> list[Row]:
    """Contracts by product and scene: how many are open, of how much; how many there were."""
    rows: Sequence[Row] = await connection.fetch(
        """
select product, scene, count(*)::int as opened,
       (count(*) filter (where state = 'open'))::int as running,
       coalesce(sum(amount) filter (where state = 'open'), 0)::bigint as minor
  from contract where tenant = $1 group by 1, 2""",
        tenant,
    )
    return list(rows)


async def add_to_profile(
    connection: Connection, tenant: int, party: int, values: dict[str, Any]
) -> bool:
    """Add to what is known of a party; False when there is none."""
    found = await connection.fetchval(
        "update party set profile = profile || $3::jsonb where tenant = $1 and id = $2 returning 1",
        tenant,
        party,
        values,
    )
    return found is not None
