"""What was tried becomes the next policy; before it is taken, the log says what it is worth.

A model judges nobody it has learnt from: customers are parted by lot, each part is judged by a
model of the others (cross-fitting: Chernozhukov and others 2018), doubly robust. Such a model has
learnt from nearly as much as the one that would be taken, and stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enscene.engagement.decisions import Model, Offer, holdout_of
from enscene.engagement.off_policy import Comparison, Logged, compare_policies

MILLION = 1_000_000
PARTS, LOT = 5, "optimise"


@dataclass(frozen=True, slots=True)
class Tried:
    """One decision that drew: `offers` are those that might be said with the chance of each
    (`shares`), `chosen` is the place of the one that was, and `taken` is 1.0 or 0.0. `seed` is the
    decision's own."""

    customer: str
    offers: tuple[Offer, ...]
    shares: tuple[float, ...]
    chosen: int
    features: tuple[float, ...]
    taken: float
    seed: int


@dataclass(frozen=True, slots=True)
class Optimised:
    """`model` has learnt from all that was tried. `against_last` compares what it would have earned
    a decision with what was earned, in minor units; None where nothing was drawn to judge by."""

    model: Model
    against_last: Comparison | None


def optimise_policy(
    names: Sequence[str], rows: Sequence[Tried], *, judged: Sequence[Tried], floor: float,
    base: Model | None = None,
) -> Optimised:  # fmt: skip
    """Learn from `rows` in their order, on top of what `base` knows; judge on `judged`, those of them
    in which the last policy drew, for what it did for certain tells nothing of what it did not."""
    comparison = None
    if judged:
        models = [
            _learnt(names, (row for row in rows if _part(row) != part), base)
            for part in range(PARTS)
        ]
        logged = [_logged(row, models[_part(row)], floor) for row in judged]
        comparison = compare_policies(logged, modelled=True)
    return Optimised(_learnt(names, rows, base), comparison)


def _part(row: Tried) -> int:
    return holdout_of("", LOT, row.customer) % PARTS


def _learnt(names: Sequence[str], rows: Iterable[Tried], base: Model | None) -> Model:
    model = Model(names) if base is None else Model.from_row(base.to_row())
    for row in rows:
        model.learn(row.offers[row.chosen], row.features, row.taken)
    return model


def _logged(row: Tried, model: Model, floor: float) -> Logged:
    """What was done, and what the new policy would do and earn as far as its model knows."""
    weights = [offer.weight for offer in row.offers]
    shares = model.chances(row.offers, row.features, weights, row.seed, floor).shares
    expected = [
        chance * weight
        for chance, weight in zip(model.expected(row.offers, row.features), weights, strict=True)
    ]
    wanted = [share / MILLION for share in shares]
    return Logged(
        reward=row.taken * weights[row.chosen],
        propensity=row.shares[row.chosen],
        wanted=wanted[row.chosen],
        foretold=expected[row.chosen],
        foretold_wanted=sum(w * e for w, e in zip(wanted, expected, strict=True)),
        foretold_logged=sum(s * e for s, e in zip(row.shares, expected, strict=True)),
    )
