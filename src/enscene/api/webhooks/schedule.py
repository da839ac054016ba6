"""When a delivery is tried again, and when an endpoint that fails is looked at again."""

from __future__ import annotations

import random

RETRY_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The delays that Standard Webhooks proposes: ten tries in a little over three days."""
JITTER = 0.1
RETRY_AFTER_MOST_S = 86_400

BREAK_AFTER = 5
"""Failures in a row after which an endpoint is left alone, but for one delivery now and then."""
BREAK_S = (5, 30, 120, 600, 1_800, 3_600)


def retry_delay_s(tries: int, retry_after_s: int | None = None) -> float | None:
    """Seconds until the next try after so many; None: that was the last. The receiver may ask for
    more patience, not for less."""
    if tries > len(RETRY_S):
        return None
    delay = _jittered(RETRY_S[tries - 1])
    return max(delay, min(retry_after_s or 0, RETRY_AFTER_MOST_S))


def break_delay_s(opened: int) -> float:
    """How long the circuit stays open when it has been opened so many times before."""
    return _jittered(BREAK_S[min(opened, len(BREAK_S) - 1)])


def _jittered(delay_s: float) -> float:
    # Not a secret: that what failed together does not come back together.
    return delay_s * random.uniform(1 - JITTER, 1 + JITTER)
