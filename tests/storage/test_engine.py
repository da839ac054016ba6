"""Connections come with the settings and codecs that the program relies on."""

from __future__ import annotations

import asyncpg
import pytest

from enscene.storage import Database, StorageFault, connect, open_pool


async def test_pool_plans_statements_once(pool: asyncpg.Pool[asyncpg.Record]) -> None:
    """A pooled connection has generic plans forced and no JIT."""
    assert await pool.fetchval("show plan_cache_mode") == "force_generic_plan"
    assert await pool.fetchval("show jit") == "off"


async def test_json_arrives_as_python_values(
    connection: asyncpg.Connection[asyncpg.Record],
) -> None:
    """jsonb goes out and comes back as the same value."""
    value = {"dish": "宫保鸡丁", "prices": ["12.00", None, True]}
    assert await connection.fetchval("select $1::jsonb", value) == value


async def test_application_role_is_ordinary(pool: asyncpg.Pool[asyncpg.Record]) -> None:
    """The program's role is neither superuser nor exempt from row-level security."""
    role = await pool.fetchrow("select * from pg_roles where rolname = current_user")
    assert role is not None
    assert role["rolname"] == "enscene_app"
    powers = ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole")
    assert [power for power in powers if role[power]] == []


async def test_application_role_makes_no_tables(pool: asyncpg.Pool[asyncpg.Record]) -> None:
    """Only the owner may change the schema."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("create table mine (id int)")


async def test_each_test_has_its_own_database(database: Database) -> None:
    """A clone is private: its name belongs to this process."""
    owner = await connect(database.url_owner)
    await owner.execute("create table mine (id int)")
    await owner.close()
    assert database.name.startswith("t_")


async def test_wrong_password_is_one_line(database: Database) -> None:
    """A refused login is a StorageFault that doesn't show the password."""
    wrong = database.url_app.replace("enscene_app:", "enscene_app:wrong")
    with pytest.raises(StorageFault) as fault:
        await open_pool(wrong)
    assert "\n" not in fault.value.detail
    assert "wrong" not in fault.value.detail
