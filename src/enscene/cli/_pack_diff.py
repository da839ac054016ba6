"""`pack diff`: what changed between two versions of a pack."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from enscene.cli._pack_folders import add_language, folder_of, loaded
from enscene.scenes.language.diff import diff_packs

NAME = "diff"
HELP = "比较两个版本 · compare two versions of a pack"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare both packs."""
    parser.add_argument("old", help="旧版本 · the older")
    parser.add_argument("new", help="新版本 · the newer")
    parser.add_argument("--json", action="store_true", help="JSON")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the changes; 1 when a pack cannot be loaded."""
    old = loaded(folder_of(arguments.old), arguments.lang)
    new = loaded(folder_of(arguments.new), arguments.lang)
    if old is None or new is None:
        return 1
    changes = diff_packs(old, new)
    if arguments.json:
        print(json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=2))
    elif not changes:
        print("没有变化" if arguments.lang == "zh" else "nothing changed")
    else:
        print("\n".join(str(change) for change in changes))
    return 0
