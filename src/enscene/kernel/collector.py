"""The garbage collector, told what kind of program this is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

PATIENT = 2_000_000
"""So many objects more than were given back before anybody looks for cycles."""


def calm_collector() -> None:
    """Call once when a long-running program has started.

    What lives by then lives for good and is never looked at again; what comes later is short
    requests whose objects go by reference counting. Looking for cycles at every 700 new objects
    cost a third of the CPU of the write path and made its tail; looking at 20,000 at a time let
    those who had just asked wait for it: 5,000 at a time are looked at in a quarter of that.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 200, 100)


class _Patience:
    """How many blocks want it, and what it was before the first of them."""

    blocks = 0
    before = 0


@contextmanager
def patient_collector() -> Iterator[None]:
    """For work that holds hundreds of thousands of objects at a time and lets go of them again,
    such as the close of a day: looking at them meanwhile was a sixth of its CPU. Blocks may overlap
    (days of several tenants); the last one to end puts things back."""
    if not _Patience.blocks:
        _Patience.before = gc.get_threshold()[0]
        gc.set_threshold(PATIENT, *gc.get_threshold()[1:])
    _Patience.blocks += 1
    try:
        yield
    finally:
        _Patience.blocks -= 1
        if not _Patience.blocks:
            gc.set_threshold(_Patience.before, *gc.get_threshold()[1:])
