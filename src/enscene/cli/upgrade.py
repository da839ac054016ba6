"""Bring the database to this program's schema, after a backup."""

from __future__ import annotations

import argparse
import asyncio

from enscene.cli._home import home_folder
from enscene.cli._say import say
from enscene.cli.backup import back_up, default_target
from enscene.storage import OpenDatabase, open_database
from enscene.storage.migrations import Migration, applied_count, migrate, pending

NAME = "upgrade"
HELP = "升级数据结构 · back up, then migrate to this program's schema"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def run(arguments: argparse.Namespace) -> int:
    """Migrate and say how many steps were taken."""
    with open_database(home_folder()) as opened:
        steps = bring_up_to_date(opened)
    if steps == 0:
        say("已是最新", "up to date already")
    return 0


def bring_up_to_date(opened: OpenDatabase) -> int:
    """Apply missing migrations, with a backup before if there are data; return how many.

    Raises: Conflict when the database was migrated by a newer program.
    """
    missing = asyncio.run(pending(opened.database))
    if not missing:
        return 0
    if asyncio.run(applied_count(opened.database)) > 0:
        if opened.is_external:
            say("外部数据库请自行备份", "no backup is made of a database that others run")
        else:
            back_up(opened, default_target(home_folder(), "-before-upgrade"))
    return asyncio.run(migrate(opened.database, progress=_report))


def _report(migration: Migration) -> None:
    say(f"迁移 {migration.number:04} {migration.name}", "migrating")
