"""How alike two packs are by structure: shapes are compared, and no words.

Every declaration, field, state, guard and block has a shape: what it is, with names left out. In a
second and a third look a name stands for the shapes of what it names, so that a flow is told apart by
the accounts that it moves between, and an action by its flows and things. Renaming changes none of it,
nor do texts, amounts, defaults and bounds.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from enscene.scenes.language.model import Expression, Pack, Position, Type

COMPARED = (
    "parties", "links", "options", "parts", "accounts", "counters", "things", "flows", "actions",
    "timers", "triggers", "products", "moments", "topics",
)  # fmt: skip
TOLD = ("parties", "accounts", "things", "flows", "actions", "timers")
ALIKE = 0.6
"""From this score on one pack is likely the other under new names. Packs that are different stand far
below; a test holds the distance for those of the repository."""
LOOKS = 3
_LEFT_OUT = {"at", "flows", "resolution", "environment", "event", "accounts", "counters", "name",
             "default", "value", "least", "most", "label", "refusals", "level", "target_value"}  # fmt: skip
"""What follows from others, says where it is written, or is a value and no structure."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|'[^']*'|[0-9]+|\S")


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` is between 0 and 1: what both have, of what either has. `shared` pairs declarations of
    the same shape by table: names in one, names in the other."""

    score: float
    shared: Mapping[str, tuple[tuple[str, str], ...]]
    sizes: Mapping[str, tuple[int, int]]

    @property
    def is_alike(self) -> bool:
        return self.score >= ALIKE


@dataclass(frozen=True, slots=True)
class _Shapes:
    """How often each shape stands in a pack, and the last shape of each declaration."""

    counts: Counter[str]
    of: Mapping[str, Mapping[str, str]]


def compare_packs(one: Pack, other: Pack) -> Likeness:
    """How alike they are; the order does not matter to the score."""
    mine, theirs = _shapes_of(one), _shapes_of(other)
    both = (mine.counts & theirs.counts).total()
    either = (mine.counts | theirs.counts).total()
    shared, sizes = {}, {}
    for table in TOLD:
        found = defaultdict(list)
        for name, shape in theirs.of[table].items():
            found[shape].append(name)
        shared[table] = tuple(
            (name, found[shape].pop(0)) for name, shape in mine.of[table].items() if found[shape]
        )
        sizes[table] = (len(mine.of[table]), len(theirs.of[table]))
    return Likeness(both / either if either else 0.0, shared, sizes)


class _Key:
    """A pack by its digest: two of one digest have the same shapes."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def __hash__(self) -> int:
        return hash(self.pack.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.pack.digest == self.pack.digest


def _shapes_of(pack: Pack) -> _Shapes:
    return _shapes(_Key(pack))


@lru_cache(maxsize=64)
def _shapes(key: _Key) -> _Shapes:
    pack = key.pack
    tables = {table: dict(getattr(pack, table)) for table in COMPARED}
    known = _names(pack)
    standing: dict[str, str] = dict.fromkeys(known, "~")
    counts: Counter[str] = Counter()
    latest: dict[str, dict[str, str]] = {}
    for look in range(LOOKS):
        seen: list[str] = []
        named: dict[str, list[str]] = defaultdict(list)
        for table, declared in tables.items():
            latest[table] = {}
            for name, item in declared.items():
                shape = f"{table}:{_shape(item, standing.get, seen.append)}"
                latest[table][name] = _short(shape)
                named[name].append(latest[table][name])
                seen.append(shape)
        counts.update(f"{look}:{_short(each)}" for each in seen)
        standing = {name: _short("".join(sorted(named[name])) or "~") for name in known}
    return _Shapes(counts, latest)


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=9).hexdigest()


def _names(pack: Pack) -> set[str]:
    """Whatever an author has named: declarations, fields, inputs, states, outputs, keys of texts."""
    found = {part for key in pack.texts["zh"] for part in key.split(".")[1:]}
    for table in COMPARED:
        found.update(_keys(getattr(pack, table)))
    return found - set(COMPARED)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Expression | Position):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _keys(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _keys(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            if each.name not in _LEFT_OUT and each.name != "args":
                yield from _keys(getattr(value, each.name))
        if isinstance(getattr(value, "name", None), str) and not isinstance(value, Type):
            yield value.name  # type: ignore[attr-defined]


Standing = Callable[[str], str | None]


def _shape(value: Any, standing: Standing, saw: Callable[[str], None]) -> str:
    """The shape of a value; those of dataclasses within it are told to `saw` as well."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, Expression):
        return _said(value.source, standing)
    if isinstance(value, str):
        return _said(value, standing)
    if isinstance(value, int | timedelta):
        return "#"
    if isinstance(value, Mapping):
        # What is named by an author has no order; the arguments of a block keep their names.
        inner = [
            f"{_said(str(key), standing)}={_shape(item, standing, saw)}"
            for key, item in value.items()
        ]
        return "{" + ",".join(sorted(inner)) + "}"
    if isinstance(value, tuple | list):
        return "[" + ",".join(_shape(item, standing, saw) for item in value) + "]"
    if isinstance(value, frozenset | set):
        return "<" + ",".join(sorted(_shape(item, standing, saw) for item in value)) + ">"
    if is_dataclass(value) and not isinstance(value, type):
        inner = [
            _shape(getattr(value, each.name), standing, saw)
            for each in fields(value)
            if each.name not in _LEFT_OUT
        ]
        kind = value.name if isinstance(value, Type) else type(value).__name__
        shape = f"{kind}({';'.join(inner)})"
        saw(shape)
        return shape
    return type(value).__name__


def _said(text: str, standing: Standing) -> str:
    """A word of the language stays; a name becomes what it stands for, a literal nothing."""
    found = []
    for word in _WORD.findall(text):
        if word[0] in "'0123456789":
            found.append("#")
        else:
            found.append(standing(word) or word)
    return " ".join(found)
