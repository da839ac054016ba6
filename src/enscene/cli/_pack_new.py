"""`pack new`: begin a pack that passes every check."""

from __future__ import annotations

import argparse
from pathlib import Path

from enscene.cli._pack_folders import PACKS
from enscene.kernel.errors import Conflict
from enscene.scenes.language.scaffold import new_pack

NAME = "new"
HELP = "新建场景模板 · begin a pack that passes the checks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the id and the folder in which the pack's folder is made."""
    parser.add_argument("id", help="标识，例如 parking_lot · its id")
    parser.add_argument("--in", dest="inside", type=Path, default=PACKS, help="所在文件夹 · folder")


def run(arguments: argparse.Namespace) -> int:
    """Write the files of a new pack; an existing folder stays as it is."""
    files = new_pack(arguments.id)
    folder: Path = arguments.inside / arguments.id
    if folder.exists():
        raise Conflict(f"已存在 · there is already {folder}", code="pack.exists")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(folder)
    return 0
