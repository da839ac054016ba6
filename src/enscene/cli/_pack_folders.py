"""Where packs are, and loading one or saying what is wrong with it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from enscene.scenes.language import LoadResult, Pack, load_pack
from enscene.scenes.language.report import mistakes_text

ROOT = Path(__file__).parents[3]
PACKS = ROOT / "packs"


def pack_folders() -> list[Path]:
    """The folders of all packs, by name."""
    return sorted(path.parent for path in PACKS.glob("*/scene.yaml"))


def folder_of(text: str) -> Path:
    """The folder that a path or the id of a pack names."""
    path = Path(text)
    return path if path.is_dir() or "/" in text else PACKS / text


def add_language(parser: argparse.ArgumentParser) -> None:
    """Declare `--lang`."""
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="语言 · language")


def loaded(folder: Path, language: str = "zh") -> Pack | None:
    """The pack of a folder; where there is none, its mistakes are printed."""
    result: LoadResult = load_pack(folder)
    if result.pack is None:
        print(mistakes_text(str(folder), result, language), file=sys.stderr)
    return result.pack
