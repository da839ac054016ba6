"""A credit policy: the score card and the bounds by which one version of it decides.

A policy is data (`policies/`), never changed once it has decided: a change is another version.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from enscene.risk.score_card import ScoreCard

POLICIES = Path(__file__).parent / "policies"
CHAMPION, CHALLENGER = "scene_credit-1", "scene_credit-2"
"""The policy that decides, and the one that is asked beside it and decides nothing."""


class Band(msgspec.Struct, frozen=True):
    """From so many points on, a customer may owe `most` (minor units) over all scenes."""

    points: int
    most: int


class CreditPolicy(msgspec.Struct, frozen=True):
    """`approve_from` and `refer_from` are points: from the first on a machine says yes, below the
    second it says no, between them a person decides. `income_share_most` is the portion of the
    monthly income that all instalments may take, `income_times_most` how many times what a
    customer spends a month a declared income may be before a person looks at it;
    `overdue_days_most` the longest delay there may be now."""

    name: str
    version: str
    card: ScoreCard
    approve_from: int
    refer_from: int
    bands: tuple[Band, ...]
    income_share_most: float
    income_times_most: float
    overdue_days_most: int
    by_person_from: int
    """Amounts (minor units) from which a person decides in any case."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def limit(self, points: int) -> int:
        """What a customer with these points may owe in all."""
        return max((band.most for band in self.bands if points >= band.points), default=0)


@cache
def read_policy(name: str) -> CreditPolicy:
    """A policy of the folder; one that cannot be read is a mistake of ours."""
    text = (POLICIES / f"{name}.json").read_bytes()
    return msgspec.json.decode(text, type=CreditPolicy)
