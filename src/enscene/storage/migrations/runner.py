"""Bring a database to the schema of this program, or take steps back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

import asyncpg

from enscene.kernel.errors import Conflict
from enscene.storage.database import Database
from enscene.storage.engine import connect
from enscene.storage.migrations.files import Migration, read_migrations

# Any number will do, as long as every version of the program takes the same.
_LOCK = 0x656E7363656E65

_TABLE = """\
create table if not exists migration (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now()
)"""

Progress = Callable[[Migration], None]


async def migrate(
    database: Database,
    migrations: Sequence[Migration] | None = None,
    *,
    progress: Progress = lambda migration: None,
) -> int:
    """Apply what is missing and return how many; two processes at once do not race.

    Raises: Conflict when the database is newer than the program, or a file has changed;
    asyncpg.PostgresError when a statement fails, with that file rolled back as a whole.
    """
    wanted = read_migrations() if migrations is None else migrations
    async with _locked(database) as connection:
        await _grant_to_app(connection, database)
        missing = await _missing(connection, wanted)
        for migration in missing:
            progress(migration)
            async with connection.transaction():
                await connection.execute(migration.up)
                await connection.execute(
                    "insert into migration (number, name, checksum) values ($1, $2, $3)",
                    migration.number,
                    migration.name,
                    migration.checksum,
                )
    return len(missing)


async def roll_back(
    database: Database, to: int, migrations: Sequence[Migration] | None = None
) -> int:
    """Undo the steps after number `to`, newest first, and return how many.

    Raises: Conflict when the database holds a step that this program does not know.
    """
    wanted = read_migrations() if migrations is None else migrations
    async with _locked(database) as connection:
        await _missing(connection, wanted)
        applied = await connection.fetchval("select count(*) from migration")
        undone = [step for step in wanted if to < step.number <= applied]
        for migration in reversed(undone):
            async with connection.transaction():
                await connection.execute(migration.down)
                await connection.execute(
                    "delete from migration where number = $1", migration.number
                )
    return len(undone)


async def pending(
    database: Database, migrations: Sequence[Migration] | None = None
) -> list[Migration]:
    """Return the steps that are not applied yet. Raises: Conflict as `migrate`."""
    wanted = read_migrations() if migrations is None else migrations
    async with _locked(database) as connection:
        return await _missing(connection, wanted)


async def applied_count(database: Database) -> int:
    """Return how many steps the database has."""
    async with _locked(database) as connection:
        return int(await connection.fetchval("select count(*) from migration"))


async def is_current(database: Database) -> bool:
    """Say whether the database has every step of this program. Raises: Conflict as `migrate`."""
    return not await pending(database)


@asynccontextmanager
async def _locked(database: Database) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await connect(
        database.url_owner, application_name="enscene migrate", schema=database.schema
    )
    try:
        await connection.fetchval("select pg_advisory_lock($1)", _LOCK)
        # Quiet: "already exists" is a notice on every start but the first.
        await connection.execute("set client_min_messages = warning")
        await connection.execute(_TABLE)
        yield connection
    finally:
        # Closing the session lets go of the lock as well.
        await connection.close()


async def _grant_to_app(connection: asyncpg.Connection[asyncpg.Record], database: Database) -> None:
    """Let the application's role work with every table that later steps create."""
    app = unquote(urlsplit(database.url_app).username or "")
    app = await connection.fetchval("select quote_ident($1)", app)
    schema = await connection.fetchval("select quote_ident($1)", database.schema)
    await connection.execute(
        f"grant usage on schema {schema} to {app};"
        f"alter default privileges in schema {schema}"
        f" grant select, insert, update, delete on tables to {app};"
        f"alter default privileges in schema {schema} grant usage, select on sequences to {app}"
    )


async def _missing(
    connection: asyncpg.Connection[asyncpg.Record], wanted: Sequence[Migration]
) -> list[Migration]:
    rows = await connection.fetch("select number, name, checksum from migration order by number")
    known = {migration.number: migration for migration in wanted}
    for row in rows:
        migration = known.get(row["number"])
        if migration is None:
            raise Conflict(
                f"the database was migrated by a newer program (step {row['number']} "
                f"{row['name']}, this one knows {len(wanted)}): run that program instead",
                code="storage.newer_database",
            )
        if migration.checksum != row["checksum"]:
            raise Conflict(
                f"migration {row['number']} {row['name']} was changed after it was applied",
                code="storage.migration_changed",
            )
    applied = {row["number"] for row in rows}
    return [migration for migration in wanted if migration.number not in applied]
