"""The catalogue of indicators, as it stands in catalogue.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec
import yaml

from enscene.operations.indicators.window import Grain

Unit: TypeAlias = Literal["count", "millionths", "minor", "seconds"]
Touch: TypeAlias = Literal["first", "any", "none"]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure: `formula` in words, `owner` by name, the lake's `tables` that it is made of,
    whether a customer of several scenes counts in the `first` or in `any` of them, and what `key`
    tells its rows of a scene apart by."""

    id: str
    zh: str
    en: str
    formula: Words
    owner: str
    unit: Unit
    tables: tuple[str, ...]
    touch: Touch
    grains: tuple[Grain, ...]
    key: Words | None = None


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, in the order of the file."""

    owners: Mapping[str, Words]
    indicators: tuple[Indicator, ...]

    def table(self) -> str:
        """As docs/indicators.md has them."""
        lines = [
            "| id | 指标 · indicator | 算法 · formula | 单位 unit | 触点 touch | 粒度 grain | 分项 key | 负责 owner |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for each in self.indicators:
            owner, key = self.owners[each.owner], each.key
            lines.append(
                f"| `{each.id}` | {each.zh} · {each.en} | {each.formula.zh}。 {each.formula.en} "
                f"({', '.join(each.tables)}) | {each.unit} | {each.touch} | {' '.join(each.grains)} "
                f"| {f'{key.zh} · {key.en}' if key else ''} | {owner.zh} · {owner.en} |"
            )
        return "\n".join(lines) + "\n"


@cache
def read_catalogue() -> Catalogue:
    """The catalogue."""
    text = (files(__package__) / "catalogue.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Catalogue)
