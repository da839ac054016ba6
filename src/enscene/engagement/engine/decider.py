"""Who decides of all that fired for a customer at a moment, and what is handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID, uuid5

from enscene.engagement.engine.happening import Happening
from enscene.engagement.engine.rule import Rule


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired: on an event, or (None) because a deadline passed. `number` is what
    expressions read as `count`."""

    rule: Rule
    customer: int
    at_us: int
    happening: Happening | None
    number: int
    space: UUID

    @property
    def id(self) -> UUID:
        """The same whenever the same log is read again."""
        if self.happening is None:
            return uuid5(self.space, f"due:{self.customer}:{self.at_us}:{self.rule.name}")
        event = self.happening
        return uuid5(self.space, f"event:{event.customer}:{event.id}:{self.rule.name}")


@dataclass(frozen=True, slots=True)
class Made:
    """A decision, of whom, and when on the log's clock."""

    customer: int
    at_us: int
    firings: tuple[Firing, ...]
    decision: Any


class Decider(Protocol):
    """Decides by what it is given alone. `kept` are bytes that the engine keeps with the customer:
    empty at first, and replaced by what each call returns. Of what is told of `NOBODY` nothing is
    kept but what `general` says."""

    @property
    def kinds(self) -> frozenset[str]:
        """Events that it wants to be told, such as answers and withdrawn consent."""

    def told(self, happening: Happening, kept: bytes) -> bytes:
        """An event of these kinds, before any rule looks at it."""

    def fired(
        self, customer: int, at_us: int, firings: Sequence[Firing], kept: bytes
    ) -> tuple[Sequence[Any], bytes]:
        """All that fired for a customer at a moment, in the order of rules: the decisions. Those
        who want one id for all of them take that of the first."""

    def general(self) -> bytes:
        """What it has learnt of all customers together."""

    def put_general(self, row: bytes) -> None:
        """Go on with this."""
