"""Migrations are applied once, in order, whole or not at all, and can be taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from enscene.kernel.errors import Conflict
from enscene.storage import Database, connect
from enscene.storage.migrations import Migration, applied_count, migrate, pending, roll_back
from enscene.storage.migrations.files import read_migrations

FIRST = Migration(1, "first", "create table first (id int);", "drop table first;")
SECOND = Migration(2, "second", "create table second (id int);", "drop table second;")
BROKEN = Migration(2, "broken", "create table second (id int); select 1/0;", "select 1;")


async def tables(database: Database) -> set[str]:
    """Return the names of the tables that migrations made."""
    owner = await connect(database.url_owner)
    rows = await owner.fetch("select tablename from pg_tables where schemaname = 'public'")
    await owner.close()
    return {row["tablename"] for row in rows} - {"migration"}


async def test_every_step_is_applied_once(empty_database: Database) -> None:
    """A second run finds nothing to do; a later step is applied alone."""
    assert await migrate(empty_database, [FIRST]) == 1
    assert await migrate(empty_database, [FIRST]) == 0
    assert await pending(empty_database, [FIRST, SECOND]) == [SECOND]
    assert await migrate(empty_database, [FIRST, SECOND]) == 1
    assert await tables(empty_database) == {"first", "second"}
    assert await applied_count(empty_database) == 2


async def test_failing_step_leaves_nothing(empty_database: Database) -> None:
    """The table that a failing step made is gone, the step before it stays."""
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database, [FIRST, BROKEN])
    assert await tables(empty_database) == {"first"}
    assert await applied_count(empty_database) == 1


async def test_processes_at_once_do_not_race(empty_database: Database) -> None:
    """Of several that migrate at the same time exactly one applies each step."""
    counts = await asyncio.gather(*(migrate(empty_database, [FIRST, SECOND]) for _ in range(4)))
    assert sorted(counts) == [0, 0, 0, 2]


async def test_steps_are_taken_back(empty_database: Database) -> None:
    """Rolling back runs the steps' other halves, newest first."""
    await migrate(empty_database, [FIRST, SECOND])
    assert await roll_back(empty_database, 1, [FIRST, SECOND]) == 1
    assert await tables(empty_database) == {"first"}
    assert await migrate(empty_database, [FIRST, SECOND]) == 1


async def test_newer_database_is_refused(empty_database: Database) -> None:
    """A program that knows fewer steps than were applied does not touch the database."""
    await migrate(empty_database, [FIRST, SECOND])
    with pytest.raises(Conflict, match="newer program") as refusal:
        await migrate(empty_database, [FIRST])
    assert refusal.value.code == "storage.newer_database"


async def test_changed_step_is_refused(empty_database: Database) -> None:
    """A step whose text differs from what was applied is not taken for the same."""
    await migrate(empty_database, [FIRST])
    changed = Migration(1, "first", "create table other (id int);", "")
    with pytest.raises(Conflict, match="changed after it was applied"):
        await migrate(empty_database, [changed])


async def test_application_may_use_new_tables(empty_database: Database) -> None:
    """Tables of a migration are open to the application's role, its record is not."""
    await migrate(empty_database, [FIRST])
    app = await connect(empty_database.url_app)
    await app.execute("insert into first values (1)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("delete from migration")
    await app.close()


async def test_our_own_steps_go_back_and_forth(database: Database) -> None:
    """Every step of the program can be undone and done again."""
    steps = read_migrations()
    assert await roll_back(database, 0) == len(steps)
    assert await tables(database) == set()
    assert await migrate(database) == len(steps)


def test_file_has_two_parts(tmp_path: Path) -> None:
    """A file's name gives number and name, its marker lines the two directions."""
    (tmp_path / "0001_add_shops.sql").write_text("-- up\ncreate x;\n-- down\ndrop x;\n")
    (migration,) = read_migrations(tmp_path)
    assert (migration.number, migration.name) == (1, "add_shops")
    assert (migration.up.strip(), migration.down.strip()) == ("create x;", "drop x;")


def test_gap_in_numbers_is_our_mistake(tmp_path: Path) -> None:
    """Numbers without their predecessors are found when files are read."""
    (tmp_path / "0002_late.sql").write_text("-- up\n-- down\n")
    with pytest.raises(AssertionError, match="gap"):
        read_migrations(tmp_path)
