"""Back up a server of our own to one file, and restore it: all of it, or nothing.

The file: one line with the format's name, one line of JSON (when, which program, how many
migrations), PostgreSQL's own dump, and 32 bytes: the SHA-256 of everything before them.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import asyncpg

from enscene import __version__
from enscene.kernel.errors import Invalid
from enscene.storage.cluster import Cluster
from enscene.storage.cluster.layout import create_database, run_sql, split_password
from enscene.storage.database import Database
from enscene.storage.engine import connect
from enscene.storage.errors import TRY_AGAIN, StorageFault, disk_full
from enscene.storage.migrations import applied_count, read_migrations

_MAGIC = b"enscene backup 1\n"
_SEAL_BYTES = hashlib.sha256().digest_size
_CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str
    program: str
    migrations: int


async def write_backup(cluster: Cluster, database: Database, target: Path) -> int:
    """Write a backup of the running database to `target`, and return its size in bytes.

    An earlier file of that name is replaced only by a complete one.
    Raises: StorageFault when the dump fails or there is no room.
    """
    manifest = Manifest(
        datetime.now(UTC).isoformat(timespec="seconds"), __version__, await applied_count(database)
    )
    fresh = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        size_bytes = _write_sealed(fresh, _pieces(cluster, database, manifest))
        fresh.replace(target)
    except OSError as error:
        raise disk_full(target) if error.errno == 28 else error from error
    finally:
        fresh.unlink(missing_ok=True)
    return size_bytes


def read_manifest(source: Path) -> Manifest:
    """Check a backup from its first byte to its seal, and return what it says of itself.

    Raises: Invalid when it is not a backup, was cut short, or a byte of it has changed.
    """
    seal = hashlib.sha256()
    with source.open("rb") as file:
        if file.readline(len(_MAGIC)) != _MAGIC:
            raise Invalid(f"not a backup: {source}", code="storage.not_a_backup")
        file.seek(0)
        left = source.stat().st_size - _SEAL_BYTES
        while left > 0 and (piece := file.read(min(left, _CHUNK_BYTES))):
            seal.update(piece)
            left -= len(piece)
        if left != 0 or file.read() != seal.digest():
            raise Invalid(
                f"the backup is damaged: {source}",
                code="storage.damaged_backup",
                hint="its checksum does not match; use another one",
            )
        file.seek(len(_MAGIC))
        return Manifest(**json.loads(file.readline()))


async def restore_backup(cluster: Cluster, database: Database, source: Path) -> Manifest:
    """Replace the database by a backup; until the last moment the old one stays untouched.

    Raises: Invalid for a damaged backup or one of a newer program; StorageFault when the
    server refuses the data.
    """
    manifest = read_manifest(source)
    known = len(read_migrations())
    if manifest.migrations > known:
        raise Invalid(
            f"the backup was made by a newer program ({manifest.program}, step "
            f"{manifest.migrations}; this one knows {known})",
            code="storage.newer_backup",
        )
    assert database.url_admin is not None, "only a server of our own is restored"
    name, fresh, old = database.name, f"{database.name}_restored", f"{database.name}_replaced"
    admin = await connect(database.named("postgres").url_admin or "")
    try:
        for leftover in (fresh, old):
            await admin.execute(f"drop database if exists {leftover} with (force)")
        script = create_database(fresh)
        run_sql(cluster.binaries, database.named("postgres").url_admin or "", script)
        _load(cluster, database.named(fresh), source)
        await _end_sessions(admin, (name, fresh))
        async with admin.transaction():
            await admin.execute(f"alter database {name} rename to {old}")
            await admin.execute(f"alter database {fresh} rename to {name}")
        await admin.execute(f"drop database {old} with (force)")
    finally:
        await admin.close()
    return manifest


def _pieces(cluster: Cluster, database: Database, manifest: Manifest) -> Iterator[bytes]:
    yield _MAGIC + json.dumps(asdict(manifest)).encode() + b"\n"
    assert database.url_admin is not None, "only a server of our own is backed up"
    address, env = split_password(database.url_admin)
    command = [cluster.binaries.path("pg_dump"), "--format=custom", "-d", address]
    with subprocess.Popen(
        command, env=env, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as dump:
        assert dump.stdout is not None
        assert dump.stderr is not None
        while piece := dump.stdout.read(_CHUNK_BYTES):
            yield piece
        words = dump.stderr.read().decode(errors="replace")
    if dump.returncode != 0:
        raise _failed("备份", "the backup failed", words)


def _write_sealed(target: Path, pieces: Iterator[bytes]) -> int:
    """Write the pieces and their seal to the disk itself; return the size in bytes."""
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        seal = hashlib.sha256()
        for piece in pieces:
            seal.update(piece)
            file.write(piece)
        file.write(seal.digest())
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _load(cluster: Cluster, database: Database, source: Path) -> None:
    assert database.url_admin is not None
    address, env = split_password(database.url_admin)
    command = [cluster.binaries.path("pg_restore"), "--exit-on-error", "--single-transaction"]
    with (
        source.open("rb") as file,
        subprocess.Popen(
            [*command, "-d", address],
            env=env,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as load,
    ):
        assert load.stdin is not None
        assert load.stderr is not None
        file.seek(len(_MAGIC))
        file.readline()
        try:
            _copy(file, load.stdin, source.stat().st_size - _SEAL_BYTES - file.tell())
        except BrokenPipeError:
            pass  # it gave up early: its own words say why
        finally:
            _close(load.stdin)
            load.stdin = None
        words = load.stderr.read().decode(errors="replace")
    if load.returncode != 0:
        raise _failed("恢复", "the backup cannot be restored", words)


def _copy(source: IO[bytes], target: IO[bytes], left: int) -> None:
    while left > 0 and (piece := source.read(min(left, _CHUNK_BYTES))):
        target.write(piece)
        left -= len(piece)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return


def _failed(chinese: str, english: str, words: str) -> StorageFault:
    reason = (words.strip().splitlines() or ["no reason given"])[0]
    return StorageFault(f"{chinese}失败：{reason}", english, exit_code=TRY_AGAIN)


async def _end_sessions(admin: asyncpg.Connection[asyncpg.Record], names: tuple[str, ...]) -> None:
    await admin.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = any($1) and pid <> pg_backend_pid()",
        list(names),
    )
