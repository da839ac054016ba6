"""The kinds of dated records, as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec
import yaml

from enscene.partners.standard import FOLDER, Words

Side = Literal["bank", "partner"]


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is filled in. A `day` is not after today, a `count` a whole number from 0 on."""

    id: str
    type: Literal["text", "choice", "day", "count"]
    zh: str
    en: str
    choices: tuple[str, ...] = ()
    optional: bool = False

    def title(self, language: str) -> str:
        """In a language."""
        return self.en if language == "en" else self.zh


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See the file. `by` are the sides that may write one down."""

    id: str
    by: tuple[Side, ...]
    renew_days: int
    zh: str
    en: str
    help: Words
    about: Words
    fields: tuple[Field, ...]

    def title(self, language: str) -> str:
        """In a language."""
        return self.en if language == "en" else self.zh


class Kinds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, as of a version; `choices` names what a choice may be."""

    version: str
    kinds: tuple[Kind, ...]
    choices: Mapping[str, Words]

    def find(self, kind: str) -> Kind | None:
        """None where there is none of that name."""
        return next((each for each in self.kinds if each.id == kind), None)

    def named(self, choice: str, language: str) -> str:
        """What a choice is called."""
        words = self.choices.get(choice)
        return choice if words is None else words.en if language == "en" else words.zh


@cache
def read_kinds() -> Kinds:
    """What stands in the file; one that cannot be read is a mistake of ours."""
    text = (FOLDER / "records.yaml").read_text(encoding="utf-8")
    told = msgspec.convert(yaml.safe_load(text), Kinds)
    for kind in told.kinds:
        for field in kind.fields:
            assert (field.type == "choice") == bool(field.choices), (kind.id, field.id)
            assert set(field.choices) <= told.choices.keys(), (kind.id, field.id)
    return told
