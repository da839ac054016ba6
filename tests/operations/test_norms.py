"""The matrix of norms: what is named is there, and what is missing is told."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from enscene.cli._norm_facts import FACTS, load_controls
from enscene.operations.norms import Norm, Norms, judge_norms, read_norms


def judged(norm: Norm, **facts: str):
    load_controls()
    looks = {name: partial(str, said) for name, said in facts.items()}
    (found,) = judge_norms(Norms("t", (norm,)), looks)
    return found


def test_every_norm_of_the_bank_is_held() -> None:
    load_controls()
    found = judge_norms(read_norms(), FACTS)
    assert len(found) >= 20
    assert {each.norm.id: each.wrong for each in found if each.wrong} == {}
    assert {name for each in found for name in each.norm.facts} == set(FACTS)


@pytest.mark.parametrize(
    ("norm", "wrong"),
    [
        (Norm("n", "甲", "a", controls=("no_such",)), "control no_such"),
        (Norm("n", "甲", "a", tests=("tests/operations/test_norms.py::test_gone",)), "test_gone"),
        (Norm("n", "甲", "a", tests=("tests/operations/test_gone.py::test_a",)), "test_gone.py"),
        (Norm("n", "甲", "a", facts=("odd",)), "odd: 3 of them"),
        (Norm("n", "甲", "a", facts=("unknown",)), "nobody looks"),
        (Norm("n", "甲", "a"), "nothing holds it"),
    ],
)  # fmt: skip
def test_what_is_named_has_to_be_there_and_what_is_looked_up_has_to_hold(
    norm: Norm, wrong: str
) -> None:
    found = judged(norm, odd="3 of them")
    assert found.status == "broken"
    assert wrong in " ".join(found.wrong)


def test_what_is_lacking_is_told_as_partly() -> None:
    norm = Norm("n", "甲", "a", controls=("pkce",), lacks={"en": "not yet"})
    assert judged(norm).status == "partly"
    assert judged(Norm("n", "甲", "a", controls=("pkce",))).status == "held"


def test_without_tests_installed_the_rest_is_judged(tmp_path: Path) -> None:
    load_controls()
    norm = Norm("n", "甲", "a", controls=("pkce",), tests=("tests/gone.py::test_a",))
    assert judge_norms(Norms("t", (norm,)), {}, tmp_path)[0].status == "held"
