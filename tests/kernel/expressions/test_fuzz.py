"""Whatever text comes, it is refused with its place or means what it means in CEL."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import compile_expression
from kernel.expressions.generator import ENV, Writer, values
from kernel.expressions.oracle import agree

NAMES = ["input.price", "input.dish", "age", "now", "meal.state", "input", "options.fee"]
CALLS = ["has(", "size(", "min(", "money('1.00')", "duration('1h')"]
OPERATORS = ["&&", "||", "!", "-", "+", "*", "/", "%", "==", "!=", "<", "<=", "in", "?", ":"]
SCRAPS = NAMES + CALLS + OPERATORS + [*"()[].,", "true", "1", "0", "-1", "'a'", '"b"', "0x1"]
PIECE = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z0-9_.]+|\s+|.")


def compiles(source: str) -> bool:
    """False when it is refused; then the refusal has a place inside the text."""
    try:
        compile_expression(source, ENV)
    except Invalid as error:
        line, column = error.facts["line"], error.facts["column"]
        assert isinstance(line, int)
        assert isinstance(column, int)
        lines = source.split("\n")
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
        return False
    return True


@given(st.text(max_size=60))
def test_any_text_compiles_or_is_refused_with_its_place(source: str) -> None:
    compiles(source)


@given(st.lists(st.sampled_from(SCRAPS), max_size=12))
def test_any_row_of_tokens_compiles_or_is_refused_with_its_place(scraps: list[str]) -> None:
    compiles(" ".join(scraps))


@pytest.mark.parametrize("seed", range(4))
def test_what_still_compiles_after_a_change_still_agrees(seed: int) -> None:
    """A piece of a valid expression is dropped, doubled or swapped with another."""
    random = Random(seed)
    writer = Writer(random)
    compared = 0
    while compared < 60:
        pieces = PIECE.findall(writer.write("bool", 3))
        at, other = random.randrange(len(pieces)), random.randrange(len(pieces))
        change = random.randrange(3)
        if change == 0:
            del pieces[at]
        elif change == 1:
            pieces.insert(other, pieces[at])
        else:
            pieces[at], pieces[other] = pieces[other], pieces[at]
        source = "".join(pieces)
        if compiles(source):
            agree(source, ENV, values(random))
            compared += 1
