"""`pack duplicates`: packs that are another one under other names."""

from __future__ import annotations

import argparse
import json
from itertools import combinations
from pathlib import Path
from typing import Any

from enscene.cli._pack_folders import add_language, folder_of, loaded, pack_folders
from enscene.scenes.language import Pack
from enscene.scenes.language.likeness import ALIKE, Likeness, compare_packs

NAME = "duplicates"
HELP = "按结构查找重复的模板 · find packs that are others under new names, by structure"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the packs, which are compared with one another and with those of the repository."""
    parser.add_argument("packs", nargs="*", help="文件夹或标识 · folders or ids")
    parser.add_argument("--json", action="store_true", help="JSON")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is alike; 1 when anything is, or a pack cannot be loaded."""
    asked = [folder_of(name) for name in arguments.packs]
    folders = {each.resolve(): None for each in (*asked, *pack_folders())}
    packs = {each: loaded(each, arguments.lang) for each in folders}
    if any(packs[each.resolve()] is None for each in asked):
        return 1
    report = find_duplicates(
        {folder: pack for folder, pack in packs.items() if pack is not None},
        {each.resolve() for each in asked} or set(packs),
    )
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_said(report, arguments.lang)))
    return 1 if report["duplicates"] else 0


def find_duplicates(packs: dict[Path, Pack], asked: set[Path]) -> dict[str, Any]:
    """Of those that are asked about, the pairs at or above the bar; the highest score of all pairs
    below it says how far it is away."""
    found, below = [], 0.0
    for (one, mine), (other, theirs) in combinations(packs.items(), 2):
        if one not in asked and other not in asked:
            continue
        likeness = compare_packs(mine, theirs)
        if likeness.is_alike:
            # The one that was asked about is the copy, the other the template.
            pair = (mine, theirs) if one in asked else (theirs, mine)
            found.append(_told(*pair, compare_packs(*pair)))
        else:
            below = max(below, likeness.score)
    found.sort(key=lambda each: -each["score"])
    return {
        "bar": ALIKE, "compared": len(packs), "highest_below": round(below, 3),
        "duplicates": found,
    }  # fmt: skip


def _told(copy: Pack, template: Pack, likeness: Likeness) -> dict[str, Any]:
    return {
        "pack": copy.id, "duplicate_of": template.id, "score": round(likeness.score, 3),
        "shared": {
            table: {"shared": len(pairs), "of": list(likeness.sizes[table]),
                    "renamed": {mine: theirs for mine, theirs in pairs if mine != theirs}}
            for table, pairs in likeness.shared.items()
        },
        "proposal": {
            "template": template.id,
            "zh": f"改用模板 {template.id}，差异写成选项、部件或方案；需要共同模板时用 pack common",
            "en": f"use the template {template.id} with options, parts or a variant for what differs; "
                  "pack common makes a template of both",
        },
    }  # fmt: skip


def _said(report: dict[str, Any], language: str) -> list[str]:
    lines = []
    for each in report["duplicates"]:
        shared = "  ".join(
            f"{table} {told['shared']}/{max(told['of'])}" for table, told in each["shared"].items()
        )
        lines.append(f"✗ {each['pack']} = {each['duplicate_of']}  {each['score']}  {shared}")
        lines.append(f"  {each['proposal'][language]}")
    end = f"{report['compared']} · {report['highest_below']} < {report['bar']}"
    return [
        *lines,
        f"{'其余模板最高相似度' if language == 'zh' else 'highest of the others'}  {end}",
    ]
