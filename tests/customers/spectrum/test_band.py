"""A change of preference is told once, and dated where it happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.customers.spectrum import BANDS, Band, Formula, Tone, band_of, next_fall
from enscene.customers.spectrum.band import WOBBLE

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def tone(strength: float) -> Tone:
    return Tone(BEGIN, strength, 0.0, 1, BEGIN, BEGIN)


def exact(known: Tone, formula: Formula, now: datetime) -> float:
    left = known.speaks_for * formula.fade(known.at, now)
    return 100 * left / (left + formula.half_at)


@pytest.mark.parametrize(
    ("preference", "before", "after"),
    [(0, "none", "none"), (9.9, "none", "none"), (10, "none", "some"), (65, "none", "strong"),
     (64, "strong", "strong"), (60, "strong", "strong"), (59.9, "strong", "clear"),
     (31, "strong", "clear"), (29, "strong", "some"), (0, "strong", "none"),
     (6, "some", "some"), (4.9, "some", "none"), (36, "some", "clear")],
)  # fmt: skip
def test_up_at_once_down_past_the_wobble(preference: float, before: Band, after: Band) -> None:
    assert band_of(preference, before) == after


@given(st.floats(2.4, 97.6), st.lists(st.floats(-2.4, 2.4), min_size=2), st.sampled_from(BANDS))
def test_what_only_wobbles_changes_once_at_most(
    about: float, wobbles: list[float], began: tuple[Band, float]
) -> None:
    band = band_of(about + wobbles[0], began[0])
    changes = 0
    for by in wobbles[1:]:
        before, band = band, band_of(about + by, band)
        changes += before != band
    assert changes <= 1


@given(st.floats(0.05, 500), st.floats(0.5, 400), st.floats(0.1, 50))
def test_it_falls_at_the_moment_that_was_foretold(
    strength: float, half_life: float, half_at: float
) -> None:
    formula, known = Formula(half_life, half_at), tone(strength)
    band = band_of(exact(known, formula, BEGIN))
    fall = next_fall(known, formula, band)
    if band == "none":
        assert fall is None
        return
    assert fall is not None
    assert (fall.before, fall.at > BEGIN) == (band, True)
    assert band_of(exact(known, formula, fall.at), band) == fall.after
    assert band_of(exact(known, formula, fall.at - timedelta(seconds=2)), band) == band


def test_falls_follow_one_another_down_to_nothing() -> None:
    formula, known, band = Formula(), tone(20.0), "strong"
    told = []
    while fall := next_fall(known, formula, band):
        told.append((fall.after, (fall.at - BEGIN).days))
        band = fall.after
    assert [after for after, _ in told] == ["clear", "some", "none"]
    days = [day for _, day in told]
    assert days == sorted(days)
    # 20 fades to 3 * 0.6 / 0.4 in 30 * log2(20 / 4.5) days, and so on.
    assert days == [64, 118, 209]


def test_bands_are_further_apart_than_the_wobble() -> None:
    begins = [begin for _, begin in BANDS]
    assert all(b - a > WOBBLE for a, b in pairwise(begins))
