"""What stands of a person in texts goes; what only looks like it stays."""

from __future__ import annotations

import json

import pytest

from enscene.customers.erasure.marks import GONE, Marks

MARKS = Marks(
    "c-1", "erased-7f", frozenset({"c-1:x", "home.c-1.old"}),
    frozenset({"王小明", "13800001111", "2000000", "2026-12-01", "open", "Li"}),
    {1: frozenset({"note"})},
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("c-1", "erased-7f"),
        ("customer:c-1", "customer:erased-7f"),
        ("/v1/canteen/accounts/wallet/c-1?a=c-1", "/v1/canteen/accounts/wallet/erased-7f?a=erased-7f"),
        ("meal-c-1-2026", "meal-erased-7f-2026"),
        ("c-12", "c-12"),
        ("abc-1", "abc-1"),
        ("c-1:x", "c-1:x"),
        ("home.c-1.old", "home.c-1.old"),
    ],
)  # fmt: skip
def test_a_reference_is_replaced_as_a_word(before: str, after: str) -> None:
    assert MARKS.in_text(before, []) == after


def test_values_are_replaced_whole_and_sums_days_and_words_stay() -> None:
    assert set(MARKS.own) == {"王小明", "13800001111", "Li"}
    assert MARKS.wide == ["13800001111"]
    assert MARKS.in_text("王小明, 13800001111, Li, Lily, 138000011112", MARKS.own) == (
        f"{GONE}, {GONE}, {GONE}, Lily, 138000011112"
    )


def test_only_strings_of_json_change_and_numbers_stay_as_they_were_written() -> None:
    text = '{"c-1": 1.10, "parties": {"diner": "c-1"}, "n": 13800001111, "note": "at \\"home\\""}'
    found = MARKS.in_json(text, MARKS.own, frozenset({"note"}))
    assert '"erased-7f": 1.10' in found
    told = json.loads(found)
    assert told["parties"] == {"diner": "erased-7f"}
    assert told["note"] == GONE
    assert told["n"] == 13800001111


def test_a_reference_that_is_a_word_of_scenes_does_not_break_them() -> None:
    marks = Marks("card", "erased-1")
    before = '{"card": "card", "said": "pay by card", "key": "card-1", "by": "customer:card"}'
    assert json.loads(marks.in_json(before, [], frozenset())) == {
        "card": "erased-1", "said": "pay by card", "key": "card-1", "by": "customer:erased-1",
    }  # fmt: skip
