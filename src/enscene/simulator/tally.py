"""What was expected, what came, and what was a surprise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from enscene.simulator.request import Surprise

SHOWN = 20


@dataclass
class Tally:
    """Counts over a run. `paid_s` are the seconds that requests which moved money took,
    `applications` by scene how many came how far."""

    expected: int = 0
    matched: int = 0
    requests: int = 0
    first: list[Surprise] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    by_mqtt: int = 0
    paid_s: list[float] = field(default_factory=list)
    applications: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def surprises(self) -> int:
        """How many answers came otherwise than expected."""
        return self.expected - self.matched

    def match(self) -> None:
        """Something came as expected."""
        self.expected += 1
        self.matched += 1

    def surprise(self, request: object, expected: object, got: object) -> None:
        """Something came otherwise."""
        self.expected += 1
        if len(self.first) < SHOWN:
            self.first.append(Surprise(str(request), str(expected), str(got)))

    def check(self, holds: bool, request: object, expected: object, got: object) -> None:
        """Count one expectation."""
        if holds:
            self.match()
        else:
            self.surprise(request, expected, got)

    def applied(self, scene: str) -> Counter[str]:
        """How far the applications of a scene came."""
        return self.applications.setdefault(scene, Counter())

    def take_over(self, earlier: Tally) -> None:
        """Add what was found in events from before this run: surprises alone."""
        self.expected += earlier.surprises
        self.first += earlier.first[: SHOWN - len(self.first)]

    def quantile_ms(self, share: float) -> float:
        """How long that share of the payments took at most, milliseconds."""
        times = sorted(self.paid_s)
        if not times:
            return 0.0
        return round(times[min(len(times) - 1, int(share * len(times)))] * 1000, 1)
