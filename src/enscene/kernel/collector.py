"""The garbage collector, told what kind of program this is."""

from __future__ import annotations

import gc


def calm_collector() -> None:
    """Call once when a long-running program has started.

    What lives by then lives for good and is never looked at again; what comes later is short
    requests whose objects go by reference counting. Looking for cycles at every 700 new objects
    cost a third of the CPU of the write path and made its tail.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
