"""Products without a balance: a mandate, a settlement account, a priced call, an exchange."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from enscene.kernel.errors import Refused
from enscene.shelf.lives.life import Bears, Closing, Opened, Step


class ServiceBody(msgspec.Struct, tag="service", tag_field="is"):
    """`price` minor units a use; `once` ends with its opening; `bought` is what an exchange gave,
    minor units of the other currency."""

    as_of: date
    price: int = 0
    uses: int = 0
    amount: int = 0
    bought: int = 0
    once: bool = False
    closed: bool = False


class Service:
    """Open until it is closed; each use may have its price."""

    def __init__(self, body: ServiceBody) -> None:
        self._body = body

    @classmethod
    def new(cls, opened: Opened, day: date, *, once: bool = False) -> Service:
        rules = opened.rules
        return cls(
            ServiceBody(
                day, int(rules.get("price_minor", 0)), amount=opened.amount,
                bought=int(rules.get("bought_minor", 0)), once=once,
            )
        )  # fmt: skip

    def begin(self) -> list[Step]:
        body = self._body
        if not body.once:
            return []
        if not body.bought:
            raise Refused("there is no quote for this", code="shelf.no_quote")
        body.closed = True
        return [Step(body.as_of, "exchanged", body.amount), Step(body.as_of, "bought", body.bought)]

    @property
    def ended(self) -> bool:
        return self._body.closed

    @property
    def wake(self) -> date | None:
        return None

    @property
    def bears(self) -> Bears:
        return Bears()

    def close(self, day: date) -> list[Step]:
        self._body.as_of = max(self._body.as_of, day)
        return []

    def verbs(self) -> dict[str, Any]:
        return {"use": self.use}

    def use(self, about: str = "") -> list[Step]:
        """Use it once, for its price."""
        self._body.uses += 1
        return [Step(self._body.as_of, "served", fee=self._body.price, about=about)]

    def closing(self) -> Closing:
        return Closing(loses=(("service_ends", 0),))

    def end(self) -> list[Step]:
        self._body.closed = True
        return [Step(self._body.as_of, "closed")]

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {"uses": self._body.uses}
        if self._body.bought:
            told["bought_minor"] = self._body.bought
        return told

    def dump(self) -> ServiceBody:
        return self._body
