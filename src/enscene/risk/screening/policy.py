"""The rules of screening, as data: what each looks for, from which figures on, live or in shadow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

POLICY = "screening-1"
_FOLDER = Path(__file__).parents[1] / "policies"

Kind = Literal[
    "day_total", "below_threshold", "velocity", "unusual_amount", "new_payee", "many_devices",
    "fan_in", "passing_on", "ring",
]  # fmt: skip


class ScreeningRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`figures` are whole numbers by the names that the kind has: sums in minor units, counts,
    minutes, days, parts of a hundred. A `shadow` rule finds and counts, and troubles nobody."""

    name: str
    kind: Kind
    purpose: Literal["fraud", "laundering"]
    mode: Literal["live", "shadow"]
    figures: Mapping[str, int]
    of: Literal["all", "person", "firm", "cash"] = "all"


class ScreeningPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy is never changed once it has found something: a change is another version."""

    version: str
    currency: str
    rules: tuple[ScreeningRule, ...]


@cache
def read_screening(name: str = POLICY) -> ScreeningPolicy:
    """A policy of the folder; one that cannot be read is a mistake of ours."""
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=ScreeningPolicy)
