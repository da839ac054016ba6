"""The norms that open banking stands under, each with what holds it and where that is seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from enscene.kernel.controls import control_names

ROOT = Path(__file__).parents[3]
FILE = ROOT / "admission" / "norms.yaml"

Status = Literal["held", "partly", "broken"]
Look = Callable[[], str]
"""What the program finds when it looks into itself; "" where all is as it should be."""


class Norm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One norm: `controls` are checks by name, each of which a test switches off, `tests` are
    file::function, `facts` what is looked up when it is judged; `lacks` tells what is not held
    yet. `id_en` is what it is called in English, where `id` is not that already."""

    id: str
    zh: str
    en: str
    controls: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    lacks: Mapping[str, str] = {}
    id_en: str = ""

    def named(self, language: str) -> str:
        """What it is called in a language."""
        return self.id_en if language == "en" and self.id_en else self.id

    def says(self, language: str) -> str:
        """The norm in a language."""
        return self.en if language == "en" else self.zh


class Norms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The matrix; a change is another version."""

    version: str
    norms: tuple[Norm, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A norm as it stands now: `wrong` says what is named and not there, or was found."""

    norm: Norm
    status: Status
    wrong: tuple[str, ...]


@cache
def read_norms(path: Path = FILE) -> Norms:
    """The matrix of the bank."""
    return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Norms)


def judge_norms(norms: Norms, facts: Mapping[str, Look], root: Path = ROOT) -> list[Judged]:
    """Every norm with its status. A control or test that is named has to be there (tests only
    where they are installed), every fact has to hold, and each norm needs one of the three."""
    controls = control_names()
    judged = []
    for norm in norms.norms:
        wrong = [f"control {name}" for name in norm.controls if name not in controls]
        wrong += [f"test {name}" for name in norm.tests if not _is_there(root, name)]
        for name in norm.facts:
            found = facts[name]() if name in facts else "nobody looks"
            wrong += [f"{name}: {found}"] if found else []
        if not (norm.controls or norm.tests or norm.facts):
            wrong.append("nothing holds it")
        status: Status = "broken" if wrong else "partly" if norm.lacks else "held"
        judged.append(Judged(norm, status, tuple(wrong)))
    return judged


def _is_there(root: Path, name: str) -> bool:
    file, _, function = name.partition("::")
    path = root / file
    if not (root / "tests").is_dir():
        return True  # a bank may install the program alone
    return path.is_file() and bool(
        re.search(
            rf"^(?:async )?def {re.escape(function)}\(", path.read_text("utf-8"), re.MULTILINE
        )
    )
