"""`pack common`: the common template of two packs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from enscene.cli._pack_folders import add_language, folder_of, loaded
from enscene.kernel.errors import Invalid
from enscene.scenes.language.common import Common, common_template
from enscene.scenes.language.report import mistakes_text

NAME = "common"
HELP = "提取两个模板的共同模板 · make the common template of two packs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare both packs and the folder of the template, whose name is the template's."""
    parser.add_argument("one", help="文件夹或标识 · folder or id")
    parser.add_argument("other", help="文件夹或标识 · folder or id")
    parser.add_argument("--out", type=Path, required=True, help="新文件夹 · a new folder")
    parser.add_argument("--json", action="store_true", help="JSON")
    add_language(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the template; 1 when a pack cannot be loaded or the template has mistakes."""
    one = loaded(folder_of(arguments.one), arguments.lang)
    other = loaded(folder_of(arguments.other), arguments.lang)
    if one is None or other is None:
        return 1
    out: Path = arguments.out
    if out.exists():
        raise Invalid(f"{out} 已存在 · exists already", param="out")
    found = common_template(one, other, out.resolve().name)
    if found.result.pack is None:
        print(mistakes_text(str(out), found.result, arguments.lang), file=sys.stderr)
        return 1
    for name, text in found.files.items():
        at = out / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text, encoding="utf-8")
    report = told(found, out.resolve().name)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_said(report, arguments.lang)))
    return 0


def told(found: Common, name: str) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "template": name, "shared": dict(found.shared), "left": list(found.left),
        "originals": [
            {"pack": each.pack, "variant": each.variant, "adds": list(each.adds),
             "same": not each.remains, "remains": [str(change) for change in each.remains]}
            for each in found.originals
        ],
    }  # fmt: skip


def _said(report: dict[str, Any], language: str) -> list[str]:
    zh = language == "zh"
    shared = "  ".join(f"{table} {count}" for table, count in report["shared"].items() if count)
    lines = [f"{report['template']}  {'共有' if zh else 'shared'}  {shared}"]
    for each in report["originals"]:
        lines.append(f"{each['pack']}  {'增加' if zh else 'adds'}")
        lines += [f"  + {path}" for path in each["adds"]]
        end = ("等于模板加方案" if zh else "is the template with the variant") if each["same"] else (
            "仍有差异" if zh else "is still different"
        )  # fmt: skip
        lines.append(f"  {'✓' if each['same'] else '✗'} {end} {each['variant']}")
        lines += [f"    {change}" for change in each["remains"]]
    lines += [f"{'沿用前者' if zh else 'as in the first'}  {path}" for path in report["left"]]
    return lines
