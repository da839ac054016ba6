"""Two hundred tenants of two banks: nobody reads or changes what is another's, whatever they ask."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import load_pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.storage import Database
from enscene.tenants import create_tenant
from trip import PACK

TENANTS, BANKS, TRIES = 200, 2, 1_000
LIVING = 6
"""So many of them have a scene with people and money in it."""
_TABLES = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
 where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1"""
_UNGUARDED = """
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
 where n.nspname = 'public' and c.relkind in ('r', 'p')
   and not (c.relrowsecurity and c.relforcerowsecurity)"""


@dataclass(frozen=True, slots=True)
class Town:
    """All tenants, those of them that live, and the tables that hold what is theirs."""

    tenants: list[int]
    living: list[int]
    tables: list[str]


@pytest.fixture
async def town(pool: Any, database: Database) -> Town:
    host = SceneHost(pool)
    pack = load_pack(PACK).pack
    assert pack is not None
    tenants = []
    for number in range(TENANTS):
        bank = "one" if number < TENANTS // BANKS else "two"
        tenants.append(await create_tenant(pool, f"{bank}-{number}", f"{bank} {number}"))
    step = TENANTS // LIVING
    living = tenants[::step][:LIVING]
    for tenant in living:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant.id])
            scene = await create_scene(
                connection, tenant.id, pack, SceneOrder("travel", "Travel"), "test"
            )
            for state in ("sandbox", "live"):
                await change_state(connection, tenant.id, "travel", state, "test")
            parties = [
                Enrolment("ann", "traveller", "person"),
                Enrolment("bank", "bank", "bank"),
            ]
            await enrol(connection, tenant.id, scene, pack, parties)
        call = Call(tenant.id, "travel", "pay_card", Actor("ann", "traveller", "test"),
                    {"amount": "70.00"}, "K1")  # fmt: skip
        assert not (await host.perform(call)).refused
    await host.close()
    admin = await asyncpg.connect(database.url_admin)
    try:
        tables = [row[0] for row in await admin.fetch(_TABLES)]
    finally:
        await admin.close()
    return Town([t.id for t in tenants], [t.id for t in living], tables)


async def counted(database: Database, tables: list[str]) -> dict[str, str]:
    """All rows as they are, by table: a digest that any change would change."""
    admin = await asyncpg.connect(database.url_admin)
    try:
        return {
            table: await admin.fetchval(
                f"select count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' order by t::text),"
                f" '')) from {table} t"
            )
            for table in tables
        }
    finally:
        await admin.close()


async def test_every_table_of_tenants_is_guarded(database: Database) -> None:
    admin = await asyncpg.connect(database.url_admin)
    try:
        assert len(await admin.fetch(_TABLES)) > 30
        assert [row[0] for row in await admin.fetch(_UNGUARDED)] == []
    finally:
        await admin.close()


async def test_a_thousand_tries_reach_nothing_of_another(
    town: Town, pool: Any, database: Database
) -> None:
    rng = random.Random(4)
    before = await counted(database, town.tables)
    assert before["transfer"].startswith(f"{LIVING} ")
    seen = changed = 0
    for _ in range(TRIES):
        other = rng.choice(town.living)
        me = rng.choice([each for each in town.tenants if each != other])
        table, verb = rng.choice(town.tables), rng.choice(("select", "update", "delete", "insert"))
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await admit(connection, [me])
                statement = {
                    "select": f"select from {table} where tenant = $1",
                    "update": f"update {table} set tenant = tenant where tenant = $1",
                    "delete": f"delete from {table} where tenant = $1",
                    "insert": f"insert into {table} select * from {table} where tenant = $1",
                }[verb]
                done = await connection.execute(statement, other)
                count = int(done.rpartition(" ")[2])
                seen += count if verb == "select" else 0
                changed += count if verb != "select" else 0
            except asyncpg.InsufficientPrivilegeError:
                pass  # the application's role may not even ask
            finally:
                await transaction.rollback()
    assert (seen, changed) == (0, 0)
    assert await counted(database, town.tables) == before


async def test_what_is_mine_cannot_be_made_anothers(town: Town, pool: Any) -> None:
    me, other = town.living[0], town.living[1]
    for table in ("party", "account", "thing", "contract", "event"):
        async with pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await admit(connection, [me])
                if not await connection.fetchval(f"select exists (select from {table})"):
                    continue
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"update {table} set tenant = $1", other)
            finally:
                await transaction.rollback()


async def test_without_a_tenant_nothing_is_there(town: Town, pool: Any) -> None:
    async with pool.acquire() as connection:
        for table in town.tables:
            try:
                rows = await connection.fetchval(f"select count(*) from {table}")
            except asyncpg.InsufficientPrivilegeError:
                continue
            assert rows == 0 or table == "tenant", table
