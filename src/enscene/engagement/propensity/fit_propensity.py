"""Fit a card of how likely somebody is to take an offer: points by bins of each fact.

It is a score card (`enscene.risk.score_card`) whose good ones are those who took the offer, so that
it is asked, read and explained as one, without any library of statistics. Unlike a card of credit
its points need not rise or fall all the way: that who is 70 buys more often than who is 50, and
less than who is 20, wrongs nobody. Needs the optional packages of `risk` (scikit-learn).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from enscene.kernel.errors import Invalid
from enscene.risk.score_card import FACTOR, OFFSET, Numbers, ScoreCard, Words

Columns = Mapping[str, Sequence[float | str | None]]
"""Values by name, all of one length: numbers or words."""

STRENGTH = 0.3
BINS = 8
FEW = 12
"""A number with no more values than these has a bin for each."""
ROWS_LEAST = 200
ROUNDS_MOST = 1_000


def fit_propensity(name: str, version: str, columns: Columns, took: Sequence[bool]) -> ScoreCard:
    """A card by which `1 - chance_of(points)` is the chance to take it. What was never seen, a word
    or that a value is missing, speaks neither for it nor against.

    Raises: Invalid (too few rows, or all of one kind).
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if len(took) < ROWS_LEAST or len(set(took)) < 2:
        raise Invalid(
            f"a card needs at least {ROWS_LEAST} rows with both who took it and who did not",
            code="risk.too_few_rows",
        )
    found = {column: _bins(values) for column, values in columns.items()}
    found = {column: bins for column, bins in found.items() if bins.count > 1}
    if not found:
        raise Invalid("no column tells one from another", code="risk.no_evidence")
    ones = [np.asarray(bins.of)[:, None] == np.arange(bins.count) for bins in found.values()]
    model = LogisticRegression(C=STRENGTH, max_iter=ROUNDS_MOST)
    model.fit(np.hstack(ones).astype(float), np.asarray(took, dtype=int))
    share = (OFFSET + FACTOR * float(model.intercept_[0])) / len(found)
    parts, place = [], 0
    for column, bins in found.items():
        weights = [float(each) for each in model.coef_[0][place : place + bins.count]]
        parts.append(bins.part(column, weights, share))
        place += bins.count
    return ScoreCard(name, version, tuple(parts))


class _Bins:
    """Which bin each value of a column is in; the last one is of what is missing."""

    def __init__(self, values: Sequence[Any], cuts: Sequence[float] | None) -> None:
        self._cuts = cuts
        if cuts is None:
            words = sorted({value for value in values if isinstance(value, str)})
            self._places = {word: place for place, word in enumerate(words)}
            self.of = [self._places.get(value, len(words)) for value in values]
        else:
            asked = Numbers("", tuple(cuts), tuple(range(len(cuts) + 1)), len(cuts) + 1)
            self.of = [asked.of(value) for value in values]
        self._missing = len(self._places) if cuts is None else len(cuts) + 1
        self.count = self._missing + 1 if self._missing in self.of else self._missing

    def part(self, name: str, weights: Sequence[float], share: float) -> Numbers | Words:
        """The points of the column, by the weights of its bins."""
        points = [round(FACTOR * weight + share) for weight in weights]
        missing = points[self._missing] if self._missing < len(points) else round(share)
        if self._cuts is None:
            return Words(name, {word: points[n] for word, n in self._places.items()}, missing)
        return Numbers(name, tuple(self._cuts), tuple(points[: self._missing]), missing)


def _bins(values: Sequence[Any]) -> _Bins:
    if any(isinstance(value, str) for value in values):
        return _Bins(values, None)
    numbers = sorted(float(value) for value in values if value is not None and value == value)
    known = sorted(set(numbers))
    if len(known) > FEW:
        known = sorted({numbers[len(numbers) * n // BINS] for n in range(1, BINS)} | {known[0]})
    # A cut is the first value of the bin that begins there.
    return _Bins(values, known[1:])
