"""The admission standard: what scores what, and when nobody may be admitted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enscene.partners.standard import POINTS, read_standard, score

STANDARD = read_standard()
ANSWER = st.sampled_from(["yes", "partly", "no"])
IDS = [question.id for question in STANDARD.questions]


def all_yes(level: str) -> dict[str, dict[str, str]]:
    return {each.id: {"answer": "yes", "evidence": "x"} for each in STANDARD.asked(level)}


def seen(*not_accepted: str) -> dict[str, dict[str, bool]]:
    return {name: {"accepted": name not in not_accepted} for name in IDS}


def test_every_area_is_asked_at_every_level_and_has_a_floor():
    for level in ("A1", "A2"):
        assert {each.area for each in STANDARD.asked(level)} == STANDARD.areas.keys()
        assert all(0 < floor <= 100 for floor in STANDARD.floors[level].values())


def test_a_stricter_level_asks_no_less():
    for area, floor in STANDARD.floors["A1"].items():
        assert STANDARD.floors["A2"][area] >= floor
    assert {q.id for q in STANDARD.asked("A1")} <= {q.id for q in STANDARD.asked("A2")}


def test_all_yes_and_all_accepted_passes():
    for level in ("A1", "A2"):
        found = score(STANDARD, level, all_yes(level), seen())
        assert found.passes
        assert {area.accepted for area in found.areas} == {100}


def test_what_nobody_has_looked_at_does_not_pass():
    found = score(STANDARD, "A2", all_yes("A2"), {})
    assert not found.passes
    assert found.broken == ()
    assert set(found.unseen) == {each.id for each in STANDARD.asked("A2")}
    assert {area.claimed for area in found.areas} == {100}


def test_a_question_that_decides_decides_alone():
    for question in STANDARD.questions:
        found = score(STANDARD, "A2", all_yes("A2"), seen(question.id))
        assert (question.id in found.broken) is question.must
        assert not (found.passes and question.must)


@given(st.fixed_dictionaries(dict.fromkeys(IDS, ANSWER)), st.sets(st.sampled_from(IDS)),
       st.sampled_from(["A1", "A2"]))  # fmt: skip
def test_scores_stay_in_bounds_and_grow_with_what_is_accepted(given_answers, rejected, level):
    answers = {name: {"answer": answer, "evidence": "x"} for name, answer in given_answers.items()}
    some = score(STANDARD, level, answers, seen(*rejected))
    whole = score(STANDARD, level, answers, seen())
    for part, all_ in zip(some.areas, whole.areas, strict=True):
        assert 0 <= part.accepted <= all_.accepted == all_.claimed <= 100
    asked = STANDARD.asked(level)
    if some.passes:
        assert all(
            given_answers[each.id] == "yes" and each.id not in rejected
            for each in asked if each.must
        )  # fmt: skip


@given(ANSWER, ANSWER)
def test_a_better_answer_never_scores_less(one, two):
    worse, better = sorted([one, two], key=POINTS.__getitem__)
    for name in IDS:
        low = score(STANDARD, "A2", all_yes("A2") | {name: {"answer": worse}}, seen())
        high = score(STANDARD, "A2", all_yes("A2") | {name: {"answer": better}}, seen())
        assert all(a.accepted <= b.accepted for a, b in zip(low.areas, high.areas, strict=True))
