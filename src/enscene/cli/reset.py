"""Forget all data of this home and begin again."""

from __future__ import annotations

import argparse
import shutil

from enscene.cli._home import end_up, home_folder, refuse_external
from enscene.cli._say import agrees, say
from enscene.storage.cluster import Cluster

NAME = "reset"
HELP = "清除全部数据 · delete all data (asks first)"

# What costs time to make again and holds no data, and what people made on purpose.
_KEPT = {"venv", "venv-risk", "pycache", "tools", "cache", "backups", "setup.lock", "up.lock"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--yes`."""
    parser.add_argument("--yes", action="store_true", help="不再询问 · do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Delete the data when the person agrees; backups stay."""
    refuse_external("请由其管理员清空", "let their administrator empty it")
    home = home_folder()
    if not arguments.yes and not agrees(f"删除 {home} 中的全部数据？", "delete all data there?"):
        say("未作改动", "nothing was changed")
        return 1
    end_up(home)
    Cluster(home).remove()
    for entry in home.iterdir():
        if entry.name in _KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    say("数据已清除，备份保留", "the data are deleted, backups are kept")
    return 0
