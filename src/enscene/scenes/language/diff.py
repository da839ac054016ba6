"""What changed between two versions of a pack, in the pack's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from enscene.scenes.language.model import Expression, Pack, Position

TABLES = (
    "parties",
    "links",
    "options",
    "parts",
    "accounts",
    "counters",
    "things",
    "flows",
    "actions",
    "timers",
    "triggers",
    "products",
    "moments",
    "topics",
    "meters",
    "indicators",
    "pages",
)
_COMPILED = {"at", "flows", "resolution", "environment", "event", "accounts", "counters", "value"}
"""Fields that follow from others, or say where something is written."""
_BREAKING = {"parties", "accounts", "things", "actions"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `breaking` ones keep what exists from going on as it was: something that
    callers or things rely on is gone or has another meaning."""

    kind: Literal["added", "removed", "changed"]
    path: str
    before: str = ""
    after: str = ""
    breaking: bool = False

    def __str__(self) -> str:
        mark = {"added": "+", "removed": "-", "changed": "~"}[self.kind]
        told = f": {self.before} → {self.after}" if self.kind == "changed" else ""
        return f"{mark} {self.path}{told}{'  (breaking)' if self.breaking else ''}"


def diff_packs(old: Pack, new: Pack) -> tuple[Change, ...]:
    """The changes from one pack to another, by table and name; texts are counted, not listed."""
    changes: list[Change] = []
    for name in ("version", "currency", "serves", "sector", "routes", "origin"):
        changes += _value(name, getattr(old, name), getattr(new, name), name == "currency")
    for table in TABLES:
        changes += _mapping(table, getattr(old, table), getattr(new, table), table in _BREAKING)
    for language, texts in new.texts.items():
        before = old.texts[language]
        count = sum(1 for key, text in texts.items() if before.get(key) != text)
        count += sum(1 for key in before if key not in texts)
        if count:
            changes.append(Change("changed", f"texts.{language}", "", f"{count} texts"))
    return tuple(changes)


def _mapping(
    path: str, old: Mapping[str, Any], new: Mapping[str, Any], breaking: bool
) -> Iterator[Change]:
    for name in old:
        if name not in new:
            yield Change("removed", f"{path}.{name}", breaking=breaking)
    for name, item in new.items():
        if name not in old:
            yield Change("added", f"{path}.{name}", breaking=_new_burden(path, item))
        else:
            yield from _value(f"{path}.{name}", old[name], item, breaking)


def _new_burden(path: str, item: Any) -> bool:
    """A new input that must be given breaks callers; a new required field breaks things."""
    needed = hasattr(item, "optional") and not item.optional
    return needed and (path.endswith((".input", ".fields")))


def _value(path: str, old: Any, new: Any, breaking: bool) -> Iterator[Change]:
    if isinstance(old, Expression) and isinstance(new, Expression):
        old, new = old.source, new.source
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mapping(path, old, new, breaking)
    elif is_dataclass(old) and type(old) is type(new) and fields(old):
        for field in fields(old):
            if field.name not in _COMPILED:
                inner = f"{path}.{field.name}"
                yield from _value(
                    inner, getattr(old, field.name), getattr(new, field.name), breaking
                )
    elif _plain(old) != _plain(new):
        yield Change("changed", path, _shown(old), _shown(new), breaking and path.endswith(".type"))


def _plain(value: Any) -> Any:
    """A value without the places where it is written."""
    if isinstance(value, Expression):
        return value.source
    if isinstance(value, Position):
        return None
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.name not in _COMPILED
        }
    return value


def _shown(value: Any) -> str:
    text = str(_plain(value))
    return text if len(text) <= 80 else f"{text[:77]}..."
