"""Preferences and attitudes follow their formula, whatever order the evidence comes in."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.customers.spectrum import Evidence, Formula, Tone, add_evidence, read_tone
from enscene.kernel.errors import Invalid

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
FORMULA = Formula()
pieces = st.lists(
    st.builds(
        lambda minutes, strength, n: Evidence(
            BEGIN + timedelta(minutes=minutes), strength, f"event:{n}"
        ),
        st.integers(0, 400 * 1_440), st.sampled_from([-3.0, -1.0, 0.5, 1.0, 4.0]),
        st.integers(0, 10**6),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def known(evidence: list[Evidence], formula: Formula = FORMULA) -> Tone:
    found = reduce(lambda tone, each: add_evidence(tone, each, formula), evidence, None)
    assert found is not None
    return found


@given(pieces, st.randoms(use_true_random=False), st.integers(0, 800))
def test_the_order_in_which_it_comes_changes_nothing(evidence, chance, days: int) -> None:
    other = list(evidence)
    chance.shuffle(other)
    one, two = known(evidence), known(other)
    assert (one.at, one.pieces, one.first, one.last) == (two.at, two.pieces, two.first, two.last)
    assert one.speaks_for == pytest.approx(two.speaks_for, abs=1e-12)
    now = one.at + timedelta(days=days)
    for mine, theirs in zip(read_tone(one, FORMULA, now), read_tone(two, FORMULA, now),
                            strict=True):  # fmt: skip
        assert abs(mine - theirs) <= 1  # on the edge of a whole number


@given(pieces, st.integers(0, 2_000))
def test_it_is_the_sum_of_what_is_left_of_each(evidence, days: int) -> None:
    tone = known(evidence)
    now = tone.at + timedelta(days=days)
    left = [(each.strength, 2 ** (-((now - each.at) / timedelta(days=30)))) for each in evidence]
    liked = math.fsum(strength * part for strength, part in left if strength > 0)
    disliked = math.fsum(-strength * part for strength, part in left if strength < 0)
    preference, attitude = read_tone(tone, FORMULA, now)
    assert preference == pytest.approx(100 * liked / (liked + 3), abs=0.51)
    assert attitude == pytest.approx(100 * (liked - disliked) / (liked + disliked + 1), abs=0.51)
    assert 0 <= preference <= 100
    assert -100 <= attitude <= 100


@given(pieces)
def test_without_news_a_preference_only_fades(evidence) -> None:
    tone = known(evidence)
    told = [read_tone(tone, FORMULA, tone.at + timedelta(days=n))[0] for n in range(0, 700, 7)]
    assert told == sorted(told, reverse=True)


def test_known_numbers() -> None:
    three = known([Evidence(BEGIN, 1.0, f"event:{n}") for n in range(3)])
    assert read_tone(three, FORMULA, BEGIN) == (50, 75)
    assert read_tone(three, FORMULA, BEGIN + timedelta(days=30)) == (33, 60)
    mixed = known([Evidence(BEGIN, 2.0, "a"), Evidence(BEGIN, -2.0, "b")])
    assert read_tone(mixed, FORMULA, BEGIN) == (40, 0)
    against = known([Evidence(BEGIN, -4.0, "a")])
    assert read_tone(against, FORMULA, BEGIN) == (0, -80)


def test_the_strongest_evidence_by_now_is_kept_to_be_shown() -> None:
    old = [Evidence(BEGIN, 3.0, f"old:{n}") for n in range(9)]
    new = [Evidence(BEGIN + timedelta(days=120), 1.0, f"new:{n}") for n in range(2)]
    tone = known(old + new)
    assert [each.source for each in tone.kept] == ["new:0", "new:1", "old:0", "old:1", "old:2"]
    assert (tone.pieces, tone.first, tone.last) == (11, BEGIN, BEGIN + timedelta(days=120))


@pytest.mark.parametrize("name", ["half_life_days", "half_at", "doubt"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_a_formula_that_is_none_is_refused(name: str, value: float) -> None:
    with pytest.raises(Invalid) as refused:
        Formula(**{name: value}).check()
    assert refused.value.param == name
