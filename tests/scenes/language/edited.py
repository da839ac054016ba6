"""Packs that a test makes of the repository's, by renaming and by editing."""

from __future__ import annotations

import re
from pathlib import Path

from enscene.blocks import LIBRARY
from enscene.kernel.documents import Mistakes
from enscene.scenes.language import Pack, _grammar_beside, _grammar_scene, load_pack
from enscene.scenes.language.likeness import _names
from enscene.scenes.language.load import read_files

PACKS = Path(__file__).parents[3] / "packs"
_WORDS = (
    "amount bank code day digital_rmb dishes face fees key order method name portion price title "
    "weight available balance held auto_topup help who zh en summary clock trigger input answer set "
    "options dish unit on off of"
)
WORDS = frozenset(_WORDS.split())
"""Names of the canteen that are words of the language as well, or values, so that they stay."""


def load(folder: Path) -> Pack:
    """The pack of a folder, which has no mistake."""
    result = load_pack(folder)
    assert result.pack is not None, result.mistakes[:3]
    return result.pack


def written(files: dict[str, str], folder: Path) -> Path:
    """The files as a pack that is named like its folder."""
    for name, text in files.items():
        at = folder / name
        at.parent.mkdir(parents=True, exist_ok=True)
        if name == "scene.yaml":
            text = re.sub(r"(?m)^id: .*$", f"id: {folder.name}", text, count=1)
        at.write_text(text, encoding="utf-8")
    return folder


def edited(pack: str, folder: Path, *changes: tuple[str, str, str]) -> Path:
    """A pack of the repository with places of its files replaced: file, what stands there, what
    shall."""
    files = read_files(PACKS / pack, Mistakes())
    for name, old, new in changes:
        assert files[name].count(old) >= 1, (name, old)
        files[name] = files[name].replace(old, new, 1)
    return written(files, folder)


def renamed(pack: str, folder: Path) -> tuple[Path, int]:
    """A pack of the repository with its names replaced by others wherever they stand, and how many
    were."""
    known = load(PACKS / pack)
    names = sorted(name for name in _names(known) - WORDS if len(name) > 3 and name.isidentifier())
    reserved = _reserved()
    names = [name for name in names if name not in reserved | set(known.variants)]
    others = {name: f"w{number}_{name[::-1]}".lower() for number, name in enumerate(names)}
    pattern = re.compile(r"(?<![\w])(" + "|".join(map(re.escape, names)) + r")(?![\w])")
    files = read_files(PACKS / pack, Mistakes())
    return (
        written(
            {name: pattern.sub(lambda m: others[m[0]], text) for name, text in files.items()},
            folder,
        ),
        len(names),
    )  # fmt: skip


def _reserved() -> set[str]:
    """Words that the language has itself."""
    found = {argument for block in LIBRARY.values() for argument in block.args}
    for module in (_grammar_scene, _grammar_beside):
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        found.update(re.findall(r'"([a-z_0-9]+)"', source))
    return found
