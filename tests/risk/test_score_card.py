"""Score cards: the points, their reasons, and the figures that judge them."""

from __future__ import annotations

import itertools
import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.risk.check_score_card import auc_of, calibration_error_of, ks_of
from enscene.risk.score_card import Numbers, ScoreCard, Words, chance_of

CARD = ScoreCard(
    "try", "1",
    (
        Numbers("months", (6.0, 24.0), (40, 20, 5), missing=10),
        Words("home", {"own": 30, "rent": 12}, missing=15),
    ),
)  # fmt: skip


def test_a_card_sums_its_points_and_tells_the_largest_loss_first() -> None:
    score = CARD.score({"months": 24, "home": "rent"})
    assert score.points == 5 + 12
    assert [(loss.name, loss.value, loss.lost) for loss in score.losses] == [
        ("months", 24, 35), ("home", "rent", 18),
    ]  # fmt: skip
    assert CARD.score({"months": 0, "home": "own"}).losses == ()


@pytest.mark.parametrize("value", [None, "six", float("nan")])
def test_what_is_no_number_counts_as_missing(value: object) -> None:
    assert CARD.points({"months": value, "home": "boat"}) == 25  # type: ignore[dict-item]


def test_cuts_belong_to_the_bin_above() -> None:
    assert [CARD.parts[0].of(value) for value in (5.99, 6, 23.99, 24)] == [40, 20, 20, 5]


def test_points_double_the_odds_every_twenty() -> None:
    odds = [(1 - chance_of(points)) / chance_of(points) for points in (600, 620, 640)]
    assert [round(o, 6) for o in odds] == [20, 40, 80]


def test_a_card_is_data_and_comes_back_as_it_was() -> None:
    assert msgspec.json.decode(msgspec.json.encode(CARD), type=ScoreCard) == CARD


def test_monotone_tells_a_turn() -> None:
    assert Numbers("x", (1.0, 2.0), (1, 2, 2), 0).monotone
    assert not Numbers("x", (1.0, 2.0), (1, 3, 2), 0).monotone


rows = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({bad for _, bad in pairs}) == 2
)


@given(rows)
def test_auc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[int, bool]]) -> None:
    good = [points for points, bad in pairs if not bad]
    ill = [points for points, bad in pairs if bad]
    wins = sum(1.0 if g > b else 0.5 if g == b else 0.0 for g, b in itertools.product(good, ill))
    points, bad = zip(*pairs, strict=True)
    assert math.isclose(auc_of(points, bad), wins / (len(good) * len(ill)))


@given(rows)
def test_ks_is_the_largest_distance_of_the_two_distributions(
    pairs: list[tuple[int, bool]],
) -> None:
    def share(bad: bool, cut: int) -> float:
        own = [points for points, of in pairs if of is bad]
        return sum(points <= cut for points in own) / len(own)

    furthest = max(abs(share(True, cut) - share(False, cut)) for cut in range(13))
    points, bad = zip(*pairs, strict=True)
    assert math.isclose(ks_of(points, bad), furthest, abs_tol=1e-12)


def test_a_card_that_foretells_what_comes_has_a_small_calibration_error() -> None:
    chance = random.Random(3)
    points = [chance.randint(500, 640) for _ in range(20_000)]
    bad = [chance.random() < chance_of(value) for value in points]
    assert calibration_error_of(points, bad) < 0.015
    assert calibration_error_of([value - 60 for value in points], bad) > 0.1
