"""A contract as the write path sees it during one batch."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from enscene.shelf.lives import Life, Step, load_life

_encode = msgspec.json.Encoder().encode

OPEN, CLOSED = "open", "closed"


class Entry(msgspec.Struct, frozen=True):
    """A line of a contract's history: its place there, the unit in the batch, what happened."""

    n: int
    unit: int
    step: Step


class Contract:
    """Working values. `life` is None for a contract without any: it is open until it is closed.

    `terms` is what was agreed (rates, months, documents), `facts` what was verified in the scene
    when it was opened; both are JSON texts and never change.
    """

    __slots__ = (
        "about", "amount", "currency", "customer", "entries", "facts", "id", "life", "lines",
        "product", "scene", "state", "tenant", "terms", "text", "unit", "version", "version_0",
    )  # fmt: skip

    def __init__(
        self,
        tenant: int,
        contract_id: UUID,
        scene: int,
        product: str,
        customer: int,
        amount: int | None,
        currency: str,
        about: str,
        state: str = OPEN,
        version: int = 1,
        life: str | None = None,
        entries: int = 0,
        terms: str = "{}",
        facts: str = "{}",
    ) -> None:
        self.tenant = tenant
        self.id = contract_id
        self.scene = scene
        self.product = product
        self.customer = customer
        self.amount = amount
        self.currency = currency
        self.about = about
        self.state = state
        self.version = version
        self.version_0: int | None = version
        self.text = life  # as it was read, until it changes
        self.life: Life | None = None if life is None else load_life(life)
        self.entries = entries
        self.terms = terms
        self.facts = facts
        self.lines: list[Entry] = []
        self.unit = 0

    @property
    def key(self) -> tuple[int, UUID]:
        return self.tenant, self.id

    def body(self) -> str | None:
        """Its life as JSON."""
        return None if self.life is None else _encode(self.life.dump()).decode()

    def close_to(self, day: date) -> list[Step]:
        """Bring it to the end of `day`."""
        return [] if self.life is None or self.state != OPEN else self.life.close(day)

    def note(self, unit: int, steps: list[Step]) -> None:
        """Add to its history, and see whether it has ended."""
        for step in steps:
            self.lines.append(Entry(self.entries, unit, step))
            self.entries += 1
        if self.life is not None and self.life.ended:
            self.state = CLOSED

    def snapshot(self) -> tuple[Any, ...]:
        life = self.text if self.version == self.version_0 else self.body()
        return self.state, self.version, life, self.entries, len(self.lines), self.unit

    def restore(self, values: tuple[Any, ...]) -> None:
        self.state, self.version, life, self.entries, lines, self.unit = values
        self.life = None if life is None else load_life(life)
        del self.lines[lines:]
