"""The standard model of responsibilities, as it stands in standard.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, get_args

import msgspec
import yaml

from enscene.operations.indicators.catalogue import Words
from enscene.operations.planning.entry import Mode

Party: TypeAlias = Literal["demand", "user", "commissioning", "builder", "cooperation", "operator"]
PARTIES: tuple[Party, ...] = get_args(Party)
Cell: TypeAlias = Literal["who", "duties", "rights", "benefits"]
CELLS: tuple[Cell, ...] = get_args(Cell)
Department: TypeAlias = Literal[
    "segment_lead", "scene_business", "technology", "branch", "subsidiary", "partner"
]
DEPARTMENTS: tuple[Department, ...] = get_args(Department)
MODES: tuple[Mode, ...] = get_args(Mode)


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A department, and on which side of the work net it stands."""

    zh: str
    en: str
    side: Literal["head_office", "branch", "subsidiary", "outside"]


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a task of the standard is, whose, and within how many working days."""

    department: Department
    days: int
    what: Words


class Standard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole model: by way of building, what each party has in each cell."""

    departments: Mapping[Department, Unit]
    parties: Mapping[Party, Words]
    modes: Mapping[Mode, Mapping[Party, Mapping[Cell, Words]]]
    tasks: tuple[Usual, ...]


@cache
def read_standard() -> Standard:
    """Raises: ValidationError where the file is wrong."""
    text = (files(__package__) / "standard.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Standard)


def link_of(giver: Department, taker: Department) -> str | None:
    """Which link of the work net a hand-over crosses: `inside_outside`, `bank_subsidiary`,
    `head_office_branch`; None: it stays on one side."""
    units = read_standard().departments
    sides = {units[giver].side, units[taker].side}
    if len(sides) == 1:
        return None
    if "outside" in sides:
        return "inside_outside"
    return "bank_subsidiary" if "subsidiary" in sides else "head_office_branch"
