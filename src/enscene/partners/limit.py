"""How often anybody may sign up, and a partner ask: in one process."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable

from enscene.kernel.controls import control
from enscene.kernel.errors import Unavailable

KNOWN_MOST = 10_000
EACH_BURST, EACH_S = 5, 12.0
"""How often one address may sign up."""
ALL_BURST, ALL_S = 60, 1.0
"""How often all of them may."""


class Limit:
    """`burst` at once, then one every `every_s` seconds, for each name; the names that were seen
    last are known."""

    def __init__(self, burst: int, every_s: float) -> None:
        self.burst = burst
        self.every_s = every_s
        self._known: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, name: Hashable) -> None:
        """Raises: Unavailable("unavailable.rate")."""
        now = time.monotonic()
        left, at = self._known.pop(name, (float(self.burst), now))
        left = min(float(self.burst), left + (now - at) / self.every_s)
        good = left >= 1
        self._known[name] = (left - 1 if good else left, now)
        if len(self._known) > KNOWN_MOST:
            self._known.popitem(last=False)
        check_rate(good, max(1, round((1 - left) * self.every_s)))


@control("partner_rate")
def check_rate(good: bool, wait_s: int) -> None:
    """Raises: Unavailable("unavailable.rate")."""
    if not good:
        raise Unavailable(
            "too many requests",
            code="unavailable.rate",
            hint="Retry-After says how long to wait",
            facts={"retry_after_s": wait_s},
        )
