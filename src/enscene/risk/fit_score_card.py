"""Fit a score card: monotone bins, logistic regression on their weights of evidence, points.

Needs the optional packages of `risk` (optbinning, scikit-learn); a card that is fitted needs none.
Method: N. Siddiqi, Credit Risk Scorecards (2006), chapter 6.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from enscene.kernel.errors import Invalid
from enscene.risk.score_card import FACTOR, OFFSET, Numbers, ScoreCard, Words

Columns = Mapping[str, Sequence[float | str | None]]
"""Values by name, all of one length: numbers or words."""

STRENGTH = 0.3
PREBINS = 20
ROWS_LEAST = 100


def fit_score_card(name: str, version: str, columns: Columns, bad: Sequence[bool]) -> ScoreCard:
    """A card that tells the bad from the good. Every number's points are monotone, and no fact
    counts against its own evidence.

    Raises: Invalid (too few rows, or all of one kind).
    """
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        # One of their packages tells of every solver that it could not load; none is asked for.
        import numpy as np
        from optbinning import OptimalBinning
        from sklearn.linear_model import LogisticRegression

    if len(bad) < ROWS_LEAST or len(set(bad)) < 2:
        raise Invalid(
            f"a card needs at least {ROWS_LEAST} rows with good and bad ones",
            code="risk.too_few_rows",
        )
    target = np.asarray(bad, dtype=int)
    bins: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    for column, values in columns.items():
        kind = "categorical" if any(isinstance(value, str) for value in values) else "numerical"
        data = np.asarray(values, dtype=object if kind == "categorical" else float)
        binning = OptimalBinning(
            column, dtype=kind, max_n_prebins=PREBINS,
            monotonic_trend="auto_asc_desc" if kind == "numerical" else None,
        )  # fmt: skip
        binning.fit(data, target)
        if len(binning.splits) == 0:
            continue  # it tells nothing
        bins[column] = binning
        evidence[column] = binning.transform(data, metric="woe")
    if not evidence:
        raise Invalid("no column tells the bad from the good", code="risk.no_evidence")
    chosen = list(evidence)
    while True:
        matrix = np.column_stack([evidence[column] for column in chosen])
        model = LogisticRegression(C=STRENGTH, max_iter=1_000).fit(matrix, target)
        # Evidence speaks for the good: a weight above zero would turn a fact against itself.
        worst = int(np.argmax(model.coef_[0]))
        if model.coef_[0][worst] <= 0 or len(chosen) == 1:
            break
        del chosen[worst]
    share = (OFFSET - FACTOR * float(model.intercept_[0])) / len(chosen)
    parts = [
        _part(bins[column], column, -FACTOR * float(weight), share)
        for column, weight in zip(chosen, model.coef_[0], strict=True)
    ]
    return ScoreCard(name, version, tuple(parts))


def _part(binning: Any, name: str, scale: float, share: float) -> Numbers | Words:
    table = binning.binning_table.build(add_totals=False)
    worth = [float(value) for value in table["WoE"]]
    # The last two rows are special and missing values.
    points = [round(scale * value + share) for value in worth[:-2]]
    missing = round(scale * worth[-1] + share)
    if binning.dtype == "numerical":
        return Numbers(name, tuple(float(cut) for cut in binning.splits), tuple(points), missing)
    return Words(
        name,
        {str(word): points[n] for n, group in enumerate(binning.splits) for word in group},
        missing,
    )
