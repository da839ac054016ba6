"""What a customer can bear: never more than they say of losses and of time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.shelf.assess_suitability import QUESTIONS, level_of
from enscene.shelf.customer_facts import facts_of

IDS = [question.id for question in QUESTIONS]
ANSWERS = st.fixed_dictionaries({name: st.integers(1, 5) for name in IDS})


@given(ANSWERS)
def test_the_level_is_within_what_was_said(answers: dict[str, int]) -> None:
    level = level_of(answers)
    assert 1 <= level <= min(answers["loss"], answers["horizon"])
    assert level <= max(answers.values())


@given(ANSWERS, st.sampled_from(IDS))
def test_a_bolder_answer_never_lowers_it(answers: dict[str, int], name: str) -> None:
    bolder = answers | {name: min(5, answers[name] + 1)}
    assert level_of(bolder) >= level_of(answers)


def test_the_ends() -> None:
    assert level_of(dict.fromkeys(IDS, 1)) == 1
    assert level_of(dict.fromkeys(IDS, 5)) == 5
    assert level_of(dict.fromkeys(IDS, 5) | {"loss": 1}) == 1


@pytest.mark.parametrize(
    "answers", [{}, {"loss": 3}, dict.fromkeys(IDS, 6), dict.fromkeys([*IDS, "x"], 3)]
)
def test_every_question_is_answered(answers: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        level_of(answers)


def test_after_a_year_it_is_not_known_any_more() -> None:
    profile = {"risk_level": 3, "risk_until": "2027-05-01"}
    assert facts_of(profile, date(2027, 5, 1)) == {"risk_level": 3}
    assert facts_of(profile, date(2027, 5, 2)) == {}
