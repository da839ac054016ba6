"""What a file of a pack may not hold is refused as a whole, before it is built."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.documents import (
    MAX_BYTES,
    MAX_NODES,
    Map,
    Mistakes,
    Position,
    Scalar,
    Seq,
    read_yaml,
)

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


def read(text: str) -> tuple[Map | None, list[str]]:
    mistakes = Mistakes()
    root = read_yaml("x.yaml", text, mistakes)
    return root, [f"{item.line}:{item.column} {item.code}" for item in mistakes.all()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "1:4 alias"),
        ("a: 1\nb: *a", "2:4 alias"),
        ("a: !!python/object:os.system x", "1:4 tag"),
        ("a: 1\na: 2", "2:1 duplicate_key"),
        ("? [a, b]\n: 1", "1:3 key_not_text"),
        ("[" * 40 + "]" * 40, "1:13 too_deep"),
        ("a: 1\n---\nb: 2", "2:1 second_document"),
        ("a: [" + "1," * MAX_NODES + "]", f"1:{2 * MAX_NODES - 1} too_many_nodes"),
        ("a: '" + "x" * MAX_BYTES + "'", "1:1 file_too_large"),
        ("a: b: c", "1:5 not_yaml"),
        ("a: \x07", "1:1 not_yaml"),
        ("- a", "1:1 not_a_mapping"),
    ],
)
def test_a_forbidden_file_is_refused_at_its_place(text: str, told: str) -> None:
    _, found = read(text)
    assert found == [told]


def test_everything_knows_where_it_is_written() -> None:
    root, found = read("a:\n  b: [x, 'y']\n")
    assert found == []
    assert root is not None
    items = root.map("a").seq("b")
    assert [(item.at, item.path) for item in items] == [
        (Position("x.yaml", 2, 7), "a.b[0]"),
        (Position("x.yaml", 2, 10), "a.b[1]"),
    ]
    assert [item.quoted for item in items if isinstance(item, Scalar)] == [False, True]


def test_on_and_off_are_texts_until_a_truth_value_is_expected() -> None:
    root, _ = read("on: {meal: paid}\nyes: no\n")
    assert root is not None
    assert list(root.entries) == ["on", "yes"]


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=8)
trees = st.recursive(
    words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(words, trees, max_size=5))
def test_what_was_written_is_read(tree: dict[str, object]) -> None:
    dumped = yaml.safe_dump(tree, allow_unicode=True, default_style='"', width=10_000)
    mistakes = Mistakes()
    root = read_yaml("x.yaml", dumped, mistakes)
    deep = [item for item in mistakes.all() if item.code == "too_deep"]
    if not deep:
        # Equal objects are written once and referred to again; only such files are refused.
        assert {item.code for item in mistakes.all()} <= {"alias"}
        if root is not None:
            assert plain(root) == tree


def plain(node: object) -> object:
    if isinstance(node, Map):
        return {key: plain(value) for key, value in node}
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text
