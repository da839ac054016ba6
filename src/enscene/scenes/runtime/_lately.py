"""How long what was read in vain is believed.

Before anybody is told no, it is asked what is there now. Somebody who is told no at every request
would otherwise make the database work as fast as requests may come; so what was read within this
time is not read again. Nobody who was enrolled longer ago than this is told no.
"""

from __future__ import annotations

import time

LATELY_S = 1.0


def now() -> float:
    """Seconds of a clock that only runs on."""
    return time.monotonic()


def lately() -> float:
    """What was read at this moment or later is believed."""
    return now() - LATELY_S
