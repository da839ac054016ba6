"""How far what comes in has moved from what came in before: the population stability index.

Under 0.1 nothing has moved, from 0.25 on a card is to be looked at (Siddiqi 2006, chapter 8).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from enscene.risk.score_card import Facts, Numbers, ScoreCard, Words

WATCH, ACT = 0.1, 0.25
_FLOOR = 1e-4
"""The share that an empty bin counts as: no share is nothing, or the index had no end."""


def drift_of(card: ScoreCard, before: Sequence[Facts], now: Sequence[Facts]) -> dict[str, float]:
    """The index of every fact of the card, over the card's own bins; empty without rows."""
    if not before or not now:
        return {}
    return {
        part.name: stability_index(
            [_bin(part, facts) for facts in before], [_bin(part, facts) for facts in now]
        )
        for part in card.parts
    }


def stability_index(before: Sequence[str], now: Sequence[str]) -> float:
    """The index of two lists of bins."""
    old, new = Counter(before), Counter(now)
    total = 0.0
    for name in sorted(old.keys() | new.keys()):
        p = max(old[name] / len(before), _FLOOR)
        q = max(new[name] / len(now), _FLOOR)
        total += (q - p) * math.log(q / p)
    return total


def _bin(part: Numbers | Words, facts: Facts) -> str:
    value = facts.get(part.name)
    if isinstance(part, Words):
        return value if isinstance(value, str) and value in part.points else "missing"
    if value is None or isinstance(value, str):
        return "missing"
    return str(bisect_right(part.cuts, value))
