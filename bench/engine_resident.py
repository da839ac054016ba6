"""The process that holds the states: `python -m bench.engine_resident CUSTOMERS`; JSON at the end.

Every customer comes once, so that each of the 25 rules remembers something of each; then the same
pages go on with the collector as Python has it, and with it looking between pages only.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from typing import Any

from bench.moments_log import (
    BEGIN_US,
    KINDS,
    PAGE,
    STEP_US,
    Fact,
    engine,
    resident_bytes,
    say,
)
from enscene.engagement.engine import Engine, Happening, Rests

PAGES = 10
GROW = 200_000


class Pauses:
    """How long the collector held everything up, as it tells itself."""

    def __init__(self) -> None:
        self.longest_s, self._began = 0.0, 0.0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        """A callback of gc."""
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.longest_s = max(self.longest_s, time.perf_counter() - self._began)

    def since_then(self) -> float:
        """The longest in milliseconds since this was last asked."""
        longest, self.longest_s = self.longest_s, 0.0
        return round(1000 * longest, 2)


def _page(first: int, size: int, customers: int) -> list[Happening]:
    return [
        Happening(
            n, (n * 7919) % customers, BEGIN_US + n * STEP_US, BEGIN_US + n * STEP_US, KINDS[n % 4],
            {"event": Fact(n * 31 % 10_000, n % 7)}, (3_100_000 + n * 13 % 400_000, 12_147_000),
        )
        for n in range(first, first + size)
    ]  # fmt: skip


def _go_on(ours: Engine, first: int, customers: int, rests: Rests | None = None) -> int:
    for _ in range(PAGES):
        ours.apply(_page(first, PAGE, customers))
        first += PAGE
        if rests is not None:
            rests.rest()
    return first


def main(customers: int) -> None:
    """Print what it came to."""
    ours = engine()
    ours.apply(_page(0, PAGE, customers))  # NumPy and all else is loaded
    before = resident_bytes()
    pauses = Pauses()
    gc.callbacks.append(pauses)
    for first in range(PAGE, customers, PAGE):
        ours.apply(_page(first, min(PAGE, customers - first), customers))
        if first % GROW == 0:
            say(f"engine: {first:,} customers, {resident_bytes() / 1024**3:.2f} GB")
    gc.collect()
    resident = resident_bytes()
    pauses.since_then()
    # Some of what a process holds beside the engine: rows of a page, texts, records of decisions.
    held = [[{"row": [n, str(n)]} for n in range(100)] for _ in range(5_000)]
    pauses.since_then()
    number = _go_on(ours, customers, customers)
    gc.collect()
    as_it_is = pauses.since_then()
    with Rests.kept() as rests:
        pauses.since_then()
        _go_on(ours, number, customers, rests)
        gc.collect()  # there may have been too little for `rest` to look at
        between = pauses.since_then()
    assert held
    print(json.dumps({
        "customers": len(list(ours.customers())),
        "resident_gb": round(resident / 1024**3, 3),
        "bytes_a_customer": round((resident - before) / (customers - PAGE)),
        "pause_as_python_has_it_ms": as_it_is,
        "pause_between_ms": between,
    }))  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
