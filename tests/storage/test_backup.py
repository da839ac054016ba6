"""A backup restores everything; a damaged one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.kernel.errors import Invalid
from enscene.storage import Database, connect
from enscene.storage.backup import read_manifest, restore_backup, write_backup
from enscene.storage.migrations import read_migrations
from testserver import TestServer


async def write_note(database: Database, words: str) -> None:
    """Keep one line in a table of the owner."""
    owner = await connect(database.url_owner)
    await owner.execute("create table if not exists note (words text)")
    await owner.execute("truncate note")
    await owner.execute("insert into note values ($1)", words)
    await owner.close()


async def read_note(database: Database) -> str:
    """Return the line, as the application's role sees it."""
    app = await connect(database.url_app)
    words: str = await app.fetchval("select words from note")
    await app.close()
    return words


async def test_restore_brings_back_what_was_backed_up(
    test_server: TestServer, database: Database, tmp_path: Path
) -> None:
    """What was written after the backup is gone, what was before is there, grants included."""
    await write_note(database, "before")
    file = tmp_path / "one.backup"
    assert await write_backup(test_server.cluster, database, file) == file.stat().st_size
    await write_note(database, "after")
    manifest = await restore_backup(test_server.cluster, database, file)
    assert await read_note(database) == "before"
    assert manifest.migrations == len(read_migrations())


@pytest.mark.parametrize("place", ["first", "middle", "last", "cut"])
async def test_damaged_backup_changes_nothing(
    test_server: TestServer, database: Database, tmp_path: Path, place: str
) -> None:
    """One changed byte anywhere, or a missing end, is found before anything is done."""
    await write_note(database, "kept")
    file = tmp_path / "one.backup"
    await write_backup(test_server.cluster, database, file)
    content = bytearray(file.read_bytes())
    if place == "cut":
        del content[-10:]
    else:
        content[{"first": 0, "middle": len(content) // 2, "last": -1}[place]] ^= 1
    file.write_bytes(content)
    with pytest.raises(Invalid, match=r"damaged|not a backup"):
        await restore_backup(test_server.cluster, database, file)
    assert await read_note(database) == "kept"


async def test_restore_ends_other_sessions(
    test_server: TestServer, database: Database, tmp_path: Path
) -> None:
    """An open session of the program does not keep the old data in place."""
    await write_note(database, "before")
    file = tmp_path / "one.backup"
    await write_backup(test_server.cluster, database, file)
    idle = await connect(database.url_app)
    await restore_backup(test_server.cluster, database, file)
    assert await read_note(database) == "before"
    idle.terminate()


def test_any_other_file_is_not_a_backup(tmp_path: Path) -> None:
    """A file without the format's first line is refused by name."""
    file = tmp_path / "holiday.jpg"
    file.write_bytes(b"\xff\xd8 no backup")
    with pytest.raises(Invalid, match="not a backup"):
        read_manifest(file)
