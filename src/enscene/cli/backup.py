"""Write all data to one file."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

from enscene.cli._home import home_folder, refuse_external
from enscene.cli._say import say
from enscene.storage import OpenDatabase, open_database
from enscene.storage.backup import write_backup

NAME = "backup"
HELP = "备份到一个文件 · write all data to one file, also while running"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the target file."""
    parser.add_argument(
        "file", nargs="?", type=Path, help="目标文件 · target (default: backups/ in ENSCENE_HOME)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Back up and print the file's path on stdout."""
    refuse_external("请用其自身的备份工具", "use that server's own backups")
    home = home_folder()
    target = (arguments.file or default_target(home)).absolute()
    with open_database(home) as opened:
        back_up(opened, target)
    print(target)
    return 0


def default_target(home: Path, why: str = "") -> Path:
    """Return a new name in the folder of backups."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return home / "backups" / f"{stamp}{why}.backup"


def back_up(opened: OpenDatabase, target: Path) -> None:
    """Back up an open database of our own, and say so."""
    assert opened.cluster is not None, "only a server of our own is backed up"
    size_bytes = asyncio.run(write_backup(opened.cluster, opened.database, target))
    size_mb = max(1, size_bytes // 2**20)
    say(f"已备份 {size_mb} MB 到 {target}", "backed up")
