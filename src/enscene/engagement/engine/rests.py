"""The garbage collector of a process that runs an engine: it looks between pages, never within."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

from enscene.kernel.collector import calm_collector, patient_collector

OBJECTS = 50_000
"""So many objects more than were given back, and the pause between two pages is used."""


class Rests:
    """`with Rests.kept() as rests:` around the work, `rests.rest()` between pages. `longest_s` is
    the longest pause so far."""

    def __init__(self, objects: int = OBJECTS) -> None:
        self.longest_s = 0.0
        self._objects = objects

    @classmethod
    @contextmanager
    def kept(cls, objects: int = OBJECTS) -> Iterator[Rests]:
        """What lives when it begins is never looked at again; inside a page nothing is."""
        calm_collector()
        with patient_collector():
            yield cls(objects)

    def rest(self) -> None:
        """Look for cycles among what is young, if there is enough of it."""
        if gc.get_count()[0] < self._objects:
            return
        began = time.perf_counter()
        gc.collect(1)
        self.longest_s = max(self.longest_s, time.perf_counter() - began)
