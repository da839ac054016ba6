"""Our values are those of CEL's own implementation, errors included."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from kernel.expressions.generator import ENV, Writer, values
from kernel.expressions.oracle import FAILED, agree, cel_value_of

KINDS = ("bool", "bool", "bool", "int", "int", "money", "text", "date", "time", "duration")

EDGES = [
    "age + 9223372036854775807 > 0 || true",
    "true || age + 9223372036854775807 > 0",
    "1 / input.offset == 1 && false",
    "false && 1 / input.offset == 1",
    "1 / input.offset == 1 && true",
    "1 / input.offset == 1 || false",
    "1 / input.offset == 1 || 1 % input.offset == 0 || input.urgent",
    "(1 / input.offset == 1 || !input.urgent) && (input.note == 'x' || input.urgent)",
    "!(1 / input.offset == 1 && !input.urgent)",
    "has(input.note) && input.note.startsWith('r')",
    "!has(input.note) || input.note == 'rice'",
    "input.note == 'rice' || !has(input.note)",
    "(1 / input.offset == 1 || input.urgent) ? 1 : 2",
    "-7 / 2",
    "-7 % 2",
    "7 / -2",
    "7 % -2",
    "meal.times / -1",
    "meal.times % -1",
    "-meal.times",
    "--meal.times",
    "abs(meal.times)",
    "- 9223372036854775808 + 1",
    "-9223372036854775808 - 1",
    "meal.times * meal.times",
    "input.price + input.price",
    "2 - 3 - 4 * 5 % 3 / 1",
    "1 < 2 == true",
    "1 == 1 != false",
    "true || false && false",
    "input.urgent ? 1 : input.urgent ? 2 : 3",
    "input.urgent ? 1 : 1 / 0",
    "1 / 0 > 0 ? 1 : 2",
    "1 in [1, 1 / input.offset]",
    "1 / input.offset in [1]",
    "size('😀é') + '面条'.size()",
    r"'\x41\101\u9762\U0001F600\?\`' + r'\n'",
    "'a' < 'B' || '面' < '😀'",
    "// a comment\n0x1F + -0x10",
    "size(input.sizes) >= 0",
]


@pytest.mark.parametrize("seed", range(12))
def test_generated_expressions_agree(seed: int) -> None:
    """12 x 200 expressions, each with two sets of values."""
    random = Random(seed)
    writer = Writer(random)
    seen: Counter[str] = Counter()
    while seen["expressions"] < 200:
        source = writer.write(random.choice(KINDS), random.randint(1, 5))
        if len(source) > 2_000:
            continue
        seen["expressions"] += 1
        for _ in range(2):
            value = agree(source, ENV, values(random))
            seen["none" if value is FAILED else "value"] += 1
    assert seen["none"] >= 15, "the generator must reach errors"
    assert seen["value"] >= 200


@pytest.mark.parametrize("source", EDGES)
def test_edges_agree(source: str) -> None:
    for seed in range(8):
        chosen = values(Random(seed))
        chosen["input"].offset = seed % 2  # type: ignore[attr-defined]
        chosen["input"].urgent = seed % 3 == 0  # type: ignore[attr-defined]
        agree(source, ENV, chosen)


def test_the_oracle_tells_errors_from_texts() -> None:
    chosen = values(Random(1))
    assert cel_value_of("1 / 0", ENV, chosen) is FAILED
    assert cel_value_of("'INVALID_ARGUMENT: divide by zero'", ENV, chosen) is not FAILED


def test_the_oracle_sees_a_difference() -> None:
    chosen = values(Random(1))
    with pytest.raises(AssertionError, match="CEL"):
        agree("day(now) + duration('2h')", ENV, chosen)  # ours moves days by whole days only
