"""How good score cards of a kind are, on rows that they were not fitted on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from enscene.risk.fit_score_card import Columns, fit_score_card
from enscene.risk.score_card import ScoreCard, chance_of

FOLDS = 5
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Evidence:
    """Means over all folds. `auc` and `ks` tell how well the good and the bad are kept apart;
    `calibration_error` is how far the foretold chance of default is from what came, over tenths
    of the rows; `monotone` is whether every number of every card was."""

    rows: int
    bad: int
    cards: int
    auc: float
    ks: float
    calibration_error: float
    monotone: bool


def check_score_card(columns: Columns, bad: Sequence[bool], seeds: Sequence[int]) -> Evidence:
    """Fit and ask on random folds, each row asked once a seed. Raises: Invalid."""
    aucs, kss, errors, monotone = [], [], [], True
    for seed in seeds:
        for train, test in folds_of(bad, seed):
            card = fit_score_card(
                "check", str(seed), {n: pick(v, train) for n, v in columns.items()},
                pick(bad, train),
            )  # fmt: skip
            monotone = monotone and all(part.monotone for part in card.parts)
            points = points_of(card, columns, test)
            outcome = pick(bad, test)
            aucs.append(auc_of(points, outcome))
            kss.append(ks_of(points, outcome))
            errors.append(calibration_error_of(points, outcome))
    return Evidence(len(bad), sum(bad), len(aucs), mean(aucs), mean(kss), mean(errors), monotone)


def folds_of(bad: Sequence[bool], seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """Rows to fit and to ask, five times: each fold with its share of the bad."""
    chance = random.Random(seed)
    fold_of = [0] * len(bad)
    for kind in (True, False):
        rows = [row for row, is_bad in enumerate(bad) if bool(is_bad) is kind]
        chance.shuffle(rows)
        for place, row in enumerate(rows):
            fold_of[row] = place % FOLDS
    for fold in range(FOLDS):
        train = [row for row, of in enumerate(fold_of) if of != fold]
        test = [row for row, of in enumerate(fold_of) if of == fold]
        yield train, test


def pick(values: Sequence[Any], rows: Sequence[int]) -> list[Any]:
    """The values of those rows."""
    return [values[row] for row in rows]


def points_of(card: ScoreCard, columns: Columns, rows: Sequence[int]) -> list[int]:
    """What a card gives those rows."""
    names = [part.name for part in card.parts]
    return [card.points({name: columns[name][row] for name in names}) for row in rows]


def auc_of(points: Sequence[int], bad: Sequence[bool]) -> float:
    """The chance that a good one has more points than a bad one; equal points count half."""
    order = sorted(zip(points, bad, strict=True))
    good_below = wins = 0.0
    place = 0
    bads = sum(bool(b) for b in bad)
    goods = len(order) - bads
    bad_below = 0.0
    while place < len(order):
        end = place
        good_here = bad_here = 0
        while end < len(order) and order[end][0] == order[place][0]:
            bad_here += bool(order[end][1])
            good_here += not order[end][1]
            end += 1
        wins += good_here * (bad_below + bad_here / 2)
        good_below += good_here
        bad_below += bad_here
        place = end
    return wins / (goods * bads)


def ks_of(points: Sequence[int], bad: Sequence[bool]) -> float:
    """The largest distance between the shares of bad and of good up to some number of points."""
    bads = sum(bool(b) for b in bad)
    goods = len(points) - bads
    bad_share = good_share = furthest = 0.0
    order = sorted(zip(points, bad, strict=True))
    for place, (value, is_bad) in enumerate(order):
        if is_bad:
            bad_share += 1 / bads
        else:
            good_share += 1 / goods
        if place + 1 == len(order) or order[place + 1][0] != value:
            furthest = max(furthest, abs(bad_share - good_share))
    return furthest


def calibration_error_of(points: Sequence[int], bad: Sequence[bool]) -> float:
    """The mean distance, over tenths of the rows by points, of foretold and true default."""
    order = sorted(zip(points, bad, strict=True))
    error = 0.0
    for tenth in range(TENTHS):
        rows = order[len(order) * tenth // TENTHS : len(order) * (tenth + 1) // TENTHS]
        if rows:
            foretold = mean(chance_of(value) for value, _ in rows)
            came = mean(float(is_bad) for _, is_bad in rows)
            error += abs(foretold - came) * len(rows) / len(order)
    return error
