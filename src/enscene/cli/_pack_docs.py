"""`pack docs`: the JSON Schema, the reference page and the packs' READMEs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from enscene.cli._pack_folders import ROOT, loaded, pack_folders
from enscene.scenes.language.readme import pack_readme
from enscene.scenes.language.reference import reference_page
from enscene.scenes.language.schema import pack_schema

NAME = "docs"
HELP = "生成 JSON Schema、参考页与 README · generate schema, reference and READMEs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--check`, which writes nothing."""
    parser.add_argument("--check", action="store_true", help="只核对是否最新 · only compare")


def run(arguments: argparse.Namespace) -> int:
    """Write what is generated; with `--check` say what is out of date and return 1."""
    files = {
        ROOT / "schemas" / "pack.schema.json": json.dumps(
            pack_schema(), ensure_ascii=False, indent=2
        )
        + "\n",
        ROOT / "docs" / "scene-reference.md": reference_page(),
    }
    for folder in pack_folders():
        pack = loaded(folder)
        if pack is None:
            return 1
        files[folder / "README.md"] = pack_readme(pack)
    stale = [path for path, text in files.items() if _text(path) != text]
    for path in stale:
        print(path.relative_to(ROOT), file=sys.stderr if arguments.check else sys.stdout)
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
    return 1 if stale and arguments.check else 0


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
