"""How much may come: a bucket that fills by itself, and the headers that tell of it."""

from __future__ import annotations

import math
import time

from enscene.kernel.controls import control
from enscene.kernel.errors import Unavailable


class Bucket:
    """Requests that may come: `rate` a second, `burst` at once. `name` tells callers whose it is."""

    __slots__ = ("_at", "_burst", "_left", "_name", "_policy", "_rate")

    def __init__(self, rate: int, burst: int, name: str = "app") -> None:
        self._name = name
        self._left = float(burst)
        self._at = time.monotonic()
        self._rate, self._burst, self._policy = 0.0, 0.0, b""
        self.adjust(rate, burst)

    def adjust(self, rate: int, burst: int) -> None:
        """Follow the present figures."""
        if (self._rate, self._burst) != (rate, burst):
            self._rate, self._burst = float(rate), float(burst)
            window_s = max(1, math.ceil(burst / rate))
            self._policy = f'"{self._name}";q={burst};w={window_s}'.encode()

    def take(self, now: float) -> None:
        """Let one request in. Raises: Unavailable("unavailable.rate")."""
        # `now` may be a moment before the bucket was made: it is asked for before the caller is.
        left = self._left + max(0.0, now - self._at) * self._rate
        self._at = max(now, self._at)
        left = min(left, self._burst)
        if left < 1.0:
            self._left = left
            refuse_rate(max(1, round((1.0 - left) / self._rate)))
        self._left = left - 1.0

    def told(self) -> tuple[tuple[bytes, bytes], ...]:
        """`RateLimit-Policy` and `RateLimit` (IETF draft): `burst` in the time in which it fills,
        how many are left, and in how many seconds it is full."""
        full_s = math.ceil((self._burst - self._left) / self._rate)
        left = f'"{self._name}";r={int(self._left)};t={full_s}'.encode()
        return ((b"ratelimit-policy", self._policy), (b"ratelimit", left))


@control("request_rate")
def refuse_rate(wait_s: int) -> None:
    """A bucket is empty for so long. Raises: Unavailable("unavailable.rate")."""
    raise Unavailable(
        "the application sends more requests than it may",
        code="unavailable.rate",
        hint="send fewer requests at once; Retry-After says how long to wait",
        facts={"retry_after_s": wait_s},
    )
