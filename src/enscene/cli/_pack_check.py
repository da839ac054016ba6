"""`pack check`: the proofs of packs, or their mistakes with file and line."""

from __future__ import annotations

import argparse
import json

from enscene.cli._pack_folders import add_language, folder_of, pack_folders
from enscene.scenes.language import load_pack
from enscene.scenes.language.report import as_json, mistakes_text, proofs_text

NAME = "check"
HELP = "检查场景模板并给出证明 · check packs and print the proofs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the packs (all when none is named), the language and `--json`."""
    parser.add_argument("packs", nargs="*", help="文件夹或标识 · folders or ids")
    parser.add_argument("--json", action="store_true", help="JSON")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check the packs; 1 when any has a mistake."""
    folders = [folder_of(name) for name in arguments.packs] or pack_folders()
    results = [(folder, load_pack(folder)) for folder in folders]
    if arguments.json:
        found = [as_json(str(folder), result) for folder, result in results]
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for folder, result in results:
            if result.pack is not None:
                print(proofs_text(result.pack, arguments.lang), end="\n\n")
            else:
                print(mistakes_text(str(folder), result, arguments.lang), end="\n\n")
    return 0 if all(result.ok for _, result in results) else 1
