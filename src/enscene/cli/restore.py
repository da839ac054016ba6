"""Replace all data by those of a backup."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from enscene.cli._home import home_folder, only_one_up, refuse_external
from enscene.cli._say import agrees, say
from enscene.storage import open_database
from enscene.storage.backup import read_manifest, restore_backup
from enscene.storage.migrations import migrate

NAME = "restore"
HELP = "从备份恢复 · replace all data by a backup (checked first)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the backup and `--yes`."""
    parser.add_argument("file", type=Path, help="备份文件 · the backup")
    parser.add_argument("--yes", action="store_true", help="不再询问 · do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Restore a backup that is whole; a damaged one changes nothing."""
    refuse_external("请用其自身的恢复工具", "use that server's own tools")
    home = home_folder()
    made_at = read_manifest(arguments.file).made_at
    question = f"用 {made_at} 的备份替换全部数据？"
    if not arguments.yes and not agrees(question, "replace all data by this backup?"):
        say("未作改动", "nothing was changed")
        return 1
    with only_one_up(home), open_database(home) as opened:
        assert opened.cluster is not None
        asyncio.run(restore_backup(opened.cluster, opened.database, arguments.file))
        steps = asyncio.run(migrate(opened.database))
    say(f"已恢复 {made_at} 的数据", f"restored, {steps} migrations applied")
    return 0
