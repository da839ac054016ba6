"""How an endpoint has answered of late in this process: how much it gets at once follows from that."""

from __future__ import annotations

from datetime import UTC, datetime

from enscene.api.webhooks.post import Outcome
from enscene.api.webhooks.schedule import BREAK_AFTER

_FIRST = 2


class Health:
    """Places grow by one with each round of quick answers, and shrink to one with a failure or a slow answer."""

    __slots__ = ("_failures", "_latency_s", "_met", "_most", "_places", "_slow_s")

    def __init__(self, most: int, slow_s: float) -> None:
        self._most = most
        self._slow_s = slow_s
        self._places = float(_FIRST)
        self._failures = 0
        self._latency_s = 0.0
        self._met = False

    @property
    def quick(self) -> bool:
        """Whether it stands with those that answer; who has not been met does not yet."""
        return self._met and self._failures == 0 and self._latency_s <= self._slow_s

    def places(self, open_until: datetime | None) -> int:
        """How many deliveries it may have at once: none while its circuit is open, then one to see
        whether it is back."""
        if open_until is not None:
            return 0 if open_until > datetime.now(UTC) else 1
        return 1 if self._failures else int(self._places)

    def breaks(self) -> bool:
        """Whether the last failure opens the circuit."""
        return self._failures >= BREAK_AFTER

    def note(self, outcome: Outcome) -> None:
        """What came of a delivery."""
        self._met = True
        latency_s = outcome.latency_ms / 1000
        self._latency_s += (latency_s - self._latency_s) / 4
        if not outcome.taken:
            self._failures += 1
            self._places = 1.0
        else:
            self._failures = 0
            if self._latency_s > self._slow_s:
                self._places = max(1.0, self._places / 2)
            else:
                self._places = min(float(self._most), self._places + 1 / self._places)
