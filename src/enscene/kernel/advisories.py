"""Known holes of packages: in what the locks pin, and in what partners say they are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import yaml

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
PARTS = 8
LOCKS = Path(__file__).parents[3] / "requirements"


class Advisory(NamedTuple):
    """A hole of a package in every version below `mended`. `package` is as a purl of its
    `ecosystem` names it: `lodash`, `org.apache.logging.log4j/log4j-core`."""

    package: str
    mended: str
    id: str
    ecosystem: str = "pypi"
    severity: Literal["low", "middle", "high"] = "middle"
    what: str = ""


def read_advisories(folder: Path = LOCKS) -> list[Advisory]:
    """Those that are written down in a folder; beside the locks are our own packages'."""
    rows = yaml.safe_load((folder / "advisories.yaml").read_text(encoding="utf-8"))
    return [Advisory(**{**row, "mended": str(row["mended"])}) for row in rows]


def read_pins(lock: str) -> dict[str, str]:
    """Version by package of a lock's text."""
    return {name.lower().replace("_", "-"): version for name, version in _PIN.findall(lock)}


def find_holes(pins: Mapping[str, str], advisories: list[Advisory]) -> list[str]:
    """What is pinned below the version that mends it, with the advisory."""
    return [
        f"{each.package} {pins[each.package]}: {each.id}, mended in {each.mended}"
        for each in advisories
        if each.ecosystem == "pypi"
        and each.package in pins
        and is_older(pins[each.package], each.mended)
    ]


def concerns(advisory: Advisory, package: str, version: str) -> bool:
    """Whether a component has the hole. `package` is `type/name`; one without a purl is
    `generic/name`, and its name alone is compared. A version that cannot be read is an old one."""
    kind, _, name = package.partition("/")
    if kind == "generic":
        fits = name.rpartition("/")[2] == advisory.package.rpartition("/")[2]
    else:
        fits = (kind, name) == (advisory.ecosystem, advisory.package)
    return fits and is_older(version, advisory.mended)


def is_older(version: str, than: str) -> bool:
    """Whether a version comes before another."""
    return _order(version.removeprefix("v")) < _order(than)


def _order(version: str) -> list[tuple[int, bool]]:
    """Releases in their order; what comes before a release (`1.0rc1`) is older than it."""
    numbers: list[tuple[int, bool]] = []
    for part in version.split("+")[0].split(".")[:PARTS]:
        digits = re.match(r"\d+", part)
        if digits is None:
            break
        numbers.append((int(digits[0]), digits[0] == part))
        if digits[0] != part:
            break
    return numbers + [(0, True)] * (PARTS - len(numbers))
