"""What every life of a contract can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import msgspec

from enscene.kernel.errors import Refused
from enscene.shelf.day_count import DayCount


class Step(msgspec.Struct, frozen=True, gc=False):
    """One thing that has happened to a contract: its sums in minor units, as the history keeps
    them and the books of the product post them. `about` is the draw or claim it belongs to."""

    day: date
    what: str
    principal: int = 0
    interest: int = 0
    penalty: int = 0
    fee: int = 0
    about: str = ""

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.penalty + self.fee


@dataclass(frozen=True, slots=True)
class Opened:
    """What a customer has agreed to. `rates` are millionths a year or of the amount, by the name
    that the price has on the shelf; `rules` is what else the product says."""

    amount: int
    months: int
    rates: dict[str, int]
    rules: dict[str, Any]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """What ending a contract today means: what the customer pays and gets, minor units; what is
    lost, as codes of texts; `blocked` by what, or None."""

    pays: int = 0
    gets: int = 0
    loses: tuple[tuple[str, int], ...] = ()
    blocked: str | None = None


class Bears(msgspec.Struct, frozen=True, gc=False):
    """What interest comes up on: `parts` a day (minor units times millionths a year), and what
    had come up at the end of `since`."""

    parts: int = 0
    minor: int = 0
    carry: int = 0
    since: date | None = None
    count: DayCount = DayCount.ACT_365


class Life(Protocol):
    """A life: pure, no ledger. Days only go forward; every verb is at the end of `as_of`."""

    @property
    def ended(self) -> bool:
        """Nothing will happen any more."""
        ...

    @property
    def wake(self) -> date | None:
        """The first day on which something happens by itself."""
        ...

    @property
    def bears(self) -> Bears: ...

    def begin(self) -> list[Step]:
        """What opening it does."""
        ...

    def close(self, day: date) -> list[Step]:
        """Bring it to the end of `day`; closed days change nothing."""
        ...

    def closing(self) -> Closing:
        """What ending it today would mean."""
        ...

    def end(self) -> list[Step]:
        """End it as `closing` said. Raises: Refused when it is blocked."""
        ...

    def verbs(self) -> dict[str, Any]:
        """What else a customer or the bank may do to it: name to function of keyword arguments,
        each giving steps."""
        ...

    def told(self) -> dict[str, Any]:
        """How it stands, for people: plain values, sums in minor units under `*_minor`."""
        ...

    def dump(self) -> msgspec.Struct:
        """All that it is, to be kept."""
        ...


def refuse_blocked(closing: Closing) -> None:
    """Raises: Refused, with what stands in the way."""
    if closing.blocked:
        raise Refused(
            "it cannot be closed yet", code=closing.blocked,
            hint="settle what is open first",
        )  # fmt: skip
