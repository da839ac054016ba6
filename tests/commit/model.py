"""What a shard has to hold after some orders, thought out a second time.

Imports nothing of the product. An order is a list of steps, each a tuple that begins with its
name; `Shard.judge` applies a whole order or raises `Said` with the code that the caller is told.
Accounts, counters and things are named by small numbers, holds by the tag of who made them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

Step = tuple[Any, ...]
Orders = tuple[tuple[Step, ...], ...]
"""One order, or several that are done together."""


class Said(Exception):
    """The order is not done; `stored` says whether asking again gives the same for ever."""

    def __init__(self, code: str, *, stored: bool) -> None:
        super().__init__(code)
        self.code = code
        self.stored = stored


@dataclass
class Account:
    floor: int | None
    posted: int = 0
    held: int = 0

    def take(self, amount: int, *, held: bool) -> None:
        if self.floor is not None and self.posted - self.held - amount < self.floor:
            raise Said("ledger.insufficient_funds", stored=True)
        if held:
            self.held += amount
        else:
            self.posted -= amount


@dataclass
class Hold:
    dr: int
    cr: int
    left: int
    open: bool = True


@dataclass
class Shard:
    accounts: dict[int, Account]
    counters: dict[int, int] = field(default_factory=dict)
    things: dict[int, tuple[str, int]] = field(default_factory=dict)
    holds: dict[Any, Hold] = field(default_factory=dict)

    def judge(self, tag: Any, orders: Orders) -> list[list[Any]]:
        """The results of every order, after all of them are done. Raises: Said."""
        trial = copy.deepcopy(self)
        results = [
            [trial._do((tag, line, place), step) for place, step in enumerate(order)]
            for line, order in enumerate(orders)
        ]
        self.__dict__.update(trial.__dict__)
        return results

    def _do(self, tag: Any, step: Step) -> Any:
        name, *rest = step
        return getattr(self, f"_{name}")(tag, *rest)

    def _post(self, tag: Any, dr: int, cr: int, amount: int) -> None:
        self.accounts[dr].take(amount, held=False)
        self.accounts[cr].posted += amount

    def _sweep(self, tag: Any, dr: int, cr: int, wanted: int) -> int:
        account = self.accounts[dr]
        room = account.posted - account.held - (account.floor if account.floor is not None else 0)
        given = wanted if account.floor is None else max(0, min(wanted, room))
        if given:
            self._post(tag, dr, cr, given)
        return given

    def _hold(self, tag: Any, dr: int, cr: int, amount: int) -> None:
        self.accounts[dr].take(amount, held=True)
        self.holds[tag] = Hold(dr, cr, amount)

    def _hold_and_capture(self, tag: Any, dr: int, cr: int, amount: int, part: int) -> None:
        self._hold(tag, dr, cr, amount)
        self._capture(tag, tag, part, True)

    def _capture(self, _: Any, tag: Any, amount: int, keep: bool) -> None:
        hold = self._open(tag)
        if amount > hold.left:
            raise Said("ledger.exceeds_hold", stored=True)
        self.accounts[hold.dr].posted -= amount
        self.accounts[hold.cr].posted += amount
        freed = amount if keep else hold.left
        self.accounts[hold.dr].held -= freed
        hold.left -= amount
        hold.open = keep and hold.left > 0

    def _void(self, _: Any, tag: Any) -> None:
        hold = self._open(tag)
        self.accounts[hold.dr].held -= hold.left
        hold.open = False

    def _open(self, tag: Any) -> Hold:
        if tag not in self.holds:
            raise Said("ledger.hold_not_found", stored=False)
        if not self.holds[tag].open:
            raise Said("ledger.hold_closed", stored=False)
        return self.holds[tag]

    def _look(self, tag: Any, account: int) -> list[int]:
        return [self.accounts[account].posted, self.accounts[account].held]

    def _count(self, tag: Any, counter: int, amount: int, limit: int | None) -> None:
        value = self.counters.get(counter, 0) + amount
        if limit is not None and value > limit:
            raise Said("limit", stored=True)
        self.counters[counter] = value

    def _tally(self, tag: Any, counter: int) -> int:
        return self.counters.get(counter, 0)

    def _create(self, tag: Any, thing: int) -> None:
        if thing in self.things:
            raise Said("thing.exists", stored=False)
        self.things[thing] = ("new", 1)

    def _change(self, tag: Any, thing: int, state: str) -> str:
        if thing not in self.things:
            raise Said("thing.not_found", stored=False)
        before, version = self.things[thing]
        self.things[thing] = (state, version + 1)
        return before

    def _see(self, tag: Any, thing: int) -> str | None:
        """Of a thing that may be absent."""
        return self.things[thing][0] if thing in self.things else None

    def _refuse(self, tag: Any) -> None:
        raise Said("no", stored=True)

    def _err(self, tag: Any) -> None:
        raise Said("zero", stored=False)
