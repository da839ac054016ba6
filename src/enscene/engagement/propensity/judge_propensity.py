"""How good cards of propensity are, on rows that they were not fitted on: on random folds, and the
honest figure beside it, on what came after what they were fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from enscene.engagement.propensity.fit_propensity import Columns, fit_propensity
from enscene.risk.check_score_card import auc_of, folds_of, pick, points_of

FITTED_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Judged:
    """`auc_random` and `alift_random` are means over random folds; `auc_time` and `alift_time` are
    of the last fifth of the rows, in the order in which they came, by a card fitted on the rest.
    A plan for next month is worth the second two."""

    rows: int
    took: int
    auc_random: float
    alift_random: float
    auc_time: float
    alift_time: float


def judge_propensity(columns: Columns, took: Sequence[bool], seeds: Sequence[int] = (1,)) -> Judged:
    """Fit and ask; rows are in the order in which they came. Raises: Invalid."""
    aucs, lifts = [], []
    for seed in seeds:
        for train, test in folds_of(took, seed):
            auc, lift = _asked(columns, took, train, test)
            aucs.append(auc)
            lifts.append(lift)
    until = int(len(took) * FITTED_SHARE)
    last = _asked(columns, took, range(until), range(until, len(took)))
    return Judged(len(took), sum(map(bool, took)), fmean(aucs), fmean(lifts), *last)


def alift_of(points: Sequence[int], took: Sequence[bool]) -> float:
    """The area below the curve of who is reached: the share of those who would take it (up) among
    the first so many (across), by points. A half by chance. Equal points come in no order.
    Source: Moro, Cortez and Rita 2014, A data-driven approach to predict the success of bank
    telemarketing."""
    takers = sum(map(bool, took))
    # Across, takers and others are mixed: of two takers half the pairs, of the rest those in order.
    share = takers / len(took)
    return share / 2 + (1 - share) * auc_of(points, [not each for each in took])


def _asked(
    columns: Columns, took: Sequence[bool], train: Sequence[int], test: Sequence[int]
) -> tuple[float, float]:
    card = fit_propensity(
        "judged", "1", {name: pick(values, train) for name, values in columns.items()},
        pick(took, train),
    )  # fmt: skip
    points, came = points_of(card, columns, test), pick(took, test)
    return auc_of(points, [not each for each in came]), alift_of(points, came)
