"""The organisation that each way of building a scene brings, as it stands in modes.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
import yaml

from enscene.operations.indicators.catalogue import Words
from enscene.operations.planning.entry import Mode


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who it is of, and what whoever has it does."""

    holder: str
    zh: str
    en: str
    duty: Words


class Owns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who decides on the rules of the scene, runs it, holds its data, and rules its money."""

    rules: str
    operation: str
    data: str
    money: str


class Organisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way of building a scene."""

    zh: str
    en: str
    says: Words
    owns: Owns
    roles: tuple[Role, ...]


class Modes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, and what holders are called."""

    holders: Mapping[str, Words]
    modes: Mapping[Mode, Organisation]


@cache
def read_modes() -> Modes:
    """The organisation templates. Raises: ValidationError where the file is wrong."""
    text = (files(__package__) / "modes.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Modes)
