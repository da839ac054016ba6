"""When something is over that a customer has waited for: in the order of time, then customer."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush

GRAIN_US = 60_000_000
FOREVER = 1 << 62


class Deadlines:
    """Those far off are kept by the minute, eight bytes each; when their minute comes they are put
    in order. Nothing is taken out: whoever is told of a deadline looks whether it still holds."""

    def __init__(self) -> None:
        self.next = FOREVER
        """Nothing is over before this."""
        self._near: list[tuple[int, int]] = []
        self._far: dict[int, array[int]] = {}
        self._minutes: list[int] = []
        self._opened = -FOREVER

    def add(self, due_us: int, customer: int) -> None:
        """What is added twice is told twice, one after the other."""
        minute = due_us // GRAIN_US
        if minute <= self._opened:
            heappush(self._near, (due_us, customer))
        elif minute in self._far:
            self._far[minute].append(customer)
        else:
            self._far[minute] = array("q", (customer,))
            heappush(self._minutes, minute)
        if due_us < self.next:
            self.next = due_us

    def before(
        self, now_us: int, dues_of: Callable[[int], Iterable[int]]
    ) -> Iterator[tuple[int, int]]:
        """The deadlines before `now_us` with their customers."""
        while True:
            first = self._near[0][0] if self._near else FOREVER
            minute = self._minutes[0] * GRAIN_US if self._minutes else FOREVER
            if minute < now_us and minute <= first:
                self._open(dues_of)
            elif first < now_us:
                yield heappop(self._near)
            else:
                break
        self.next = min(first, minute)

    def _open(self, dues_of: Callable[[int], Iterable[int]]) -> None:
        minute = self._opened = heappop(self._minutes)
        for customer in set(self._far.pop(minute)):
            for due_us in dues_of(customer):
                if due_us // GRAIN_US <= minute:
                    heappush(self._near, (due_us, customer))
