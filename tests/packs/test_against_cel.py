"""Every expression of every pack has the value that CEL's own implementation gives it."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from enscene.kernel.expressions import Environment, Type
from enscene.kernel.money import Portion
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.language.walk import expressions_of
from kernel.expressions.oracle import FAILED, agree

PACKS = Path(__file__).parents[2] / "packs"
NAMES = sorted(path.parent.name for path in PACKS.glob("*/scene.yaml"))
ROUNDS = 12
MOMENTS = datetime(2026, 1, 1, tzinfo=UTC)


def some_value(of: Type, random: Random) -> Any:
    """A value of the type; absent where it may be, small numbers and equal texts often."""
    if of.optional and random.random() < 0.35:
        return None
    match of.kind:
        case "record":
            return SimpleNamespace(**{n: some_value(t, random) for n, t in of.fields})
        case "list":
            assert of.item is not None
            return [some_value(of.item, random) for _ in range(random.randrange(4))]
        case "bool":
            return random.random() < 0.5
        case "int":
            return random.choice([0, 1, 2, 3, 60, 120, 121, -1, 10**6])
        case "money":
            return random.choice([0, 1, 300, 2_000, 99_999, -500, 10**9])
        case "portion":
            return random.choice([Portion(0, 1), Portion(3, 1000), Portion(1, 2), Portion(1, 1)])
        case "enum":
            return random.choice(of.values)
        case "date":
            return date(2026, random.randrange(1, 13), random.randrange(1, 29))
        case "time":
            return MOMENTS + timedelta(minutes=random.randrange(525_600))
        case "duration":
            return timedelta(minutes=random.choice([0, 1, 60, 24 * 60, 30 * 24 * 60]))
        case _:
            return random.choice(["", "a", "b", "ann", "面条"])


def holds_records(of: Type) -> bool:
    return of.item is not None and of.item.kind == "record"


def plain(of: Type) -> Type:
    """The type without lists of records, which no expression can look into."""
    fields = [(name, plain(t)) for name, t in of.fields if not holds_records(t)]
    return replace(of, fields=tuple(fields))


def values_of(env: Environment, random: Random) -> dict[str, Any]:
    return {name: some_value(of, random) for name, of in env.names.items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_expression_agrees_with_cel(name: str) -> None:
    pack = load_pack(PACKS / name).pack
    assert isinstance(pack, Pack)
    with_value = 0
    for path, expression, env in expressions_of(pack):
        if expression.source in env.names and holds_records(env.names[expression.source]):
            continue  # a list of entries that is handed on whole: there is nothing to compute
        names = {n: plain(t) for n, t in env.names.items() if not holds_records(t)}
        env = replace(env, names=names)
        random = Random(zlib.crc32(path.encode()))
        for _ in range(ROUNDS):
            with_value += agree(expression.source, env, values_of(env, random)) is not FAILED
    assert with_value >= 50 * ROUNDS
