"""Fitting: runs where the packages of `verify` are (`./enscene verify`), else it is skipped."""

from __future__ import annotations

import random

import pytest

from enscene.kernel.errors import Invalid

pytest.importorskip("optbinning", reason="the packages that fit score cards are not installed")

from enscene.risk.check_score_card import auc_of
from enscene.risk.fit_score_card import fit_score_card


def test_a_card_finds_what_matters_and_leaves_out_what_does_not() -> None:
    chance = random.Random(5)
    debt = [chance.random() for _ in range(4_000)]
    home = [chance.choice(["own", "rent"]) for _ in debt]
    noise = [chance.random() for _ in debt]
    bad = [
        chance.random() < d * (0.6 if h == "rent" else 0.3) for d, h in zip(debt, home, strict=True)
    ]
    card = fit_score_card("try", "1", {"debt": debt, "home": home, "noise": noise}, bad)
    assert {"debt", "home"} <= {part.name for part in card.parts}
    assert all(part.monotone for part in card.parts)
    points = [card.points({"debt": d, "home": h}) for d, h in zip(debt, home, strict=True)]
    assert auc_of(points, bad) > 0.65
    assert card.points({"debt": 0.9, "home": "rent"}) < card.points({"debt": 0.1, "home": "own"})


def test_too_little_to_learn_from_is_refused() -> None:
    for bad in ([True, False] * 10, [True] * 200):
        with pytest.raises(Invalid):
            fit_score_card("try", "1", {"x": [1.0] * len(bad)}, bad)
