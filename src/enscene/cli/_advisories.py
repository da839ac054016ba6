"""Known holes in what the locks pin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
PARTS = 8
LOCKS = Path(__file__).parents[3] / "requirements"


class Advisory(NamedTuple):
    """A hole of a package in every version below `mended`."""

    package: str
    mended: str
    id: str


def read_advisories(folder: Path = LOCKS) -> list[Advisory]:
    """Those that are written down beside the locks."""
    rows = yaml.safe_load((folder / "advisories.yaml").read_text(encoding="utf-8"))
    return [Advisory(row["package"], str(row["mended"]), row["id"]) for row in rows]


def read_pins(lock: str) -> dict[str, str]:
    """Version by package of a lock's text."""
    return {name.lower().replace("_", "-"): version for name, version in _PIN.findall(lock)}


def find_holes(pins: Mapping[str, str], advisories: list[Advisory]) -> list[str]:
    """What is pinned below the version that mends it, with the advisory."""
    return [
        f"{each.package} {pins[each.package]}: {each.id}, mended in {each.mended}"
        for each in advisories
        if each.package in pins and _order(pins[each.package]) < _order(each.mended)
    ]


def _order(version: str) -> list[tuple[int, bool]]:
    """Releases in their order; what comes before a release (`1.0rc1`) is older than it."""
    numbers: list[tuple[int, bool]] = []
    for part in version.split("+")[0].split("."):
        digits = re.match(r"\d+", part)
        if digits is None:
            break
        numbers.append((int(digits[0]), digits[0] == part))
        if digits[0] != part:
            break
    return numbers + [(0, True)] * (PARTS - len(numbers))
