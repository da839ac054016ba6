"""`pack list`: the packs there are."""

from __future__ import annotations

import argparse

from enscene.cli._pack_folders import add_language, loaded, pack_folders
from enscene.scenes.language.report import tier_of

NAME = "list"
HELP = "列出场景模板 · list the packs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the language."""
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a pack: id, version, tier, title."""
    code = 0
    for folder in pack_folders():
        pack = loaded(folder, arguments.lang)
        if pack is None:
            code = 1
            continue
        title = pack.text("title", arguments.lang)
        print(f"{pack.id:<20} {pack.version:<8} {tier_of(pack)}  {title}")
    return code
