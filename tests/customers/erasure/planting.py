"""Rows about one person in every table that may hold one, and a look for them in all the schema."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow as pa
import pyarrow.parquet as pq

from enscene.kernel.ids import new_uuid

REF = "canary-7f3a"
NAME = "金丝雀七号"
PHONE = "13912345678"
CARD = "6222021234567890123"
MARKS = (REF, NAME, PHONE, CARD)
SAID = f"{NAME} {PHONE} {CARD} ({REF})"
PATIENCE, PAUSE_S = 100, 0.05
_REFS = {"party", "actor", "subject", "key", "login", "target"}
_COLUMNS = """
select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
       a.attnotnull as must
  from pg_class c join pg_attribute a on a.attrelid = c.oid
 where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
   and not a.attisdropped order by 1, a.attnum"""
_CHECKS = """
select pg_get_constraintdef(c.oid), c.conname from pg_constraint c join pg_class t on t.oid = c.conrelid
 where t.relname = $1 and c.contype in ('c', 'f')"""


async def columns(connection: asyncpg.Connection[Any]) -> dict[str, list[Any]]:
    """Columns by table."""
    found: dict[str, list[Any]] = {}
    for row in await connection.fetch(_COLUMNS):
        found.setdefault(row["table"], []).append(row)
    return found


async def plant(
    connection: asyncpg.Connection[Any], tables: Iterable[str], tenant: int, party: int
) -> None:
    """One row about the person in each of the tables, which lose their checks and
    foreign keys."""
    known = await columns(connection)
    for number, table in enumerate(sorted(tables), start=900_000):
        checks = []
        for told, name in await connection.fetch(_CHECKS, table):
            checks.append(told)
            await connection.execute(f'alter table {table} drop constraint "{name}"')
        row = {c["name"]: _value(c, tenant, party, number) for c in known[table]}
        for check in checks:  # of a choice its last: nothing planted is still open
            if found := re.match(r"CHECK \(\((\w+) = ANY \(ARRAY\[(.*)\]\)\)\)", check):
                row[found[1]] = re.findall(r"'([^']*)'", found[2])[-1]
        await _insert(connection, table, row, checks)


async def _insert(
    connection: asyncpg.Connection[Any], table: str, row: dict[str, Any], checks: list[str]
) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    try:
        await connection.execute(f"insert into {table} ({names}) values ({places})", *row.values())
    except asyncpg.PostgresError as error:
        raise AssertionError(f"{table}: {error}; {checks}") from error


def _value(column: Any, tenant: int, party: int, number: int) -> Any:
    name, kind = column["name"], column["type"]
    if name == "tenant":
        return tenant
    if kind in ("integer", "bigint", "smallint"):
        small = {"scene": 0, "n": 1, "number": number, "rate": 1, "burst": 1, "place": 1}
        return party if name in ("party", "customer") else small.get(name, min(number, 30_000))
    if kind == "text":
        if name in ("decided_by", "approved_by", "lifted_by"):
            return None if not column["must"] else "x"
        return REF if name in _REFS else f"customer:{REF}" if name == "who" else SAID
    if kind == "text[]":
        return [SAID, REF]
    if kind in ("jsonb", "json"):
        return {"parties": {"diner": REF}, "note": SAID, REF: [PHONE, {"card": CARD}], "n": 1.5}
    if kind == "timestamp with time zone":
        return datetime.now(UTC) if column["must"] else None
    if kind == "date":
        return date(2026, 11, 23) if column["must"] else None
    made = {
        "uuid": new_uuid, "boolean": lambda: False, "bytea": lambda: b"x",
        "double precision": lambda: 1.0, "integer[]": lambda: [1], "bigint[]": lambda: [1, 2],
    }  # fmt: skip
    return made[kind]() if column["must"] or kind == "uuid" else None


async def look_everywhere(
    connection: asyncpg.Connection[Any], marks: Iterable[str] = MARKS
) -> dict[str, list[str]]:
    """In which columns of the schema a mark stands, whatever their type."""
    found: dict[str, list[str]] = {}
    for table, own in (await columns(connection)).items():
        for column in own:
            if column["type"] == "bytea":
                told = f"encode(\"{column['name']}\", 'escape')"
            else:
                told = f'"{column["name"]}"::text'
            for mark in marks:
                if await connection.fetchval(
                    f"select exists (select from {table} where strpos({told}, $1) > 0)", mark
                ):
                    found.setdefault(f"{table}.{column['name']}", []).append(mark)
    return found


def look_in_files(folder: Path, marks: Iterable[str] = MARKS) -> dict[str, list[str]]:
    """In which files of a folder a mark stands: in its bytes, or in a text of a Parquet file, which
    is compressed."""
    found: dict[str, list[str]] = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        try:
            said = path.read_bytes().decode(errors="ignore") + _texts_of(path)
        except FileNotFoundError:
            continue
        for mark in marks:
            if mark in said:
                found.setdefault(str(path.relative_to(folder)), []).append(mark)
    return found


def _texts_of(path: Path) -> str:
    """Of a Parquet file, which may be under way: then it is waited for. Raises: FileNotFoundError."""
    if path.suffix != ".parquet":
        return ""
    for _ in range(PATIENCE):
        try:
            columns = pq.read_table(path, partitioning=None).columns
            break
        except pa.ArrowInvalid:
            time.sleep(PAUSE_S)
    else:
        raise AssertionError(f"{path} stays half a file")
    return "\n".join(
        text for column in columns if pa.types.is_string(column.type)
        for text in column.to_pylist() if text is not None
    )  # fmt: skip
