"""What a customer holds in units: wealth by net value, points, coupons and monthly cards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from enscene.kernel.errors import Invalid, Refused
from enscene.kernel.money import half_even
from enscene.shelf.day_count import months_later
from enscene.shelf.lives.life import Bears, Closing, Opened, Step

UNIT = 10_000
"""Units of wealth have four decimals, as funds in China are counted; a net value has four too."""


class WealthBody(msgspec.Struct, tag="wealth", tag_field="is"):
    """Units in ten-thousandths; `value` is the net value of one unit, in ten-thousandths of the
    minor unit's hundred (1.0000 yuan is 10000)."""

    first: int
    as_of: date
    value: int = UNIT
    valued_on: date | None = None
    units: int = 0
    closed: bool = False


class Wealth:
    """A holding of a fund: subscribed and redeemed at its net value."""

    def __init__(self, body: WealthBody) -> None:
        self._body = body

    @classmethod
    def new(cls, opened: Opened, day: date) -> Wealth:
        value = int(opened.rules.get("net_value", UNIT))
        return cls(WealthBody(opened.amount, day, value, day))

    def begin(self) -> list[Step]:
        return self.subscribe(self._body.first)

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

    @property
    def worth(self) -> int:
        """Minor units at the last net value, half-even."""
        return half_even(self._body.units * self._body.value, UNIT * UNIT // 100)

    def verbs(self) -> dict[str, Any]:
        return {"subscribe": self.subscribe, "redeem": self.redeem, "value": self.set_value}

    def subscribe(self, amount: int) -> list[Step]:
        """Buy units for `amount`."""
        if amount <= 0:
            raise Invalid("an amount is more than nothing", code="shelf.bad_amount",
                          param="amount")  # fmt: skip
        self._body.units += half_even(amount * UNIT * UNIT // 100, self._body.value)
        return [Step(self._body.as_of, "subscribed", amount)]

    def set_value(self, net_value: int, on: str) -> list[Step]:
        """A new net value; one of an earlier day is refused."""
        day = date.fromisoformat(on)
        if net_value <= 0 or (self._body.valued_on is not None and day < self._body.valued_on):
            raise Refused("not a later net value", code="shelf.old_value", param="on")
        self._body.value, self._body.valued_on = net_value, day
        return [Step(self._body.as_of, "valued")]

    def redeem(self, amount: int) -> list[Step]:
        """Sell so many units as are worth `amount`; all of them when that is all they are worth.
        Raises: Refused."""
        body, worth = self._body, self.worth
        if amount > worth:
            raise Refused("more than it is worth", code="shelf.not_enough", param="amount",
                          facts={"worth_minor": worth})  # fmt: skip
        sold = body.units if amount == worth else -(-amount * UNIT * UNIT // 100 // body.value)
        body.units = max(0, body.units - sold)
        return [Step(body.as_of, "redeemed", amount)]

    def closing(self) -> Closing:
        return Closing(gets=self.worth)

    def end(self) -> list[Step]:
        steps = self.redeem(self.worth) if self.worth else []
        self._body.units, self._body.closed = 0, True
        return [*steps, Step(self._body.as_of, "closed")]

    def told(self) -> dict[str, Any]:
        return {"units": self._body.units, "net_value": self._body.value, "worth_minor": self.worth}

    def dump(self) -> WealthBody:
        return self._body


class BenefitBody(msgspec.Struct, tag="benefit", tag_field="is"):
    """What may still be used, in minor units of value, by the day after which it is lost."""

    price: int
    months: int
    as_of: date
    lots: list[tuple[date, int]] = []
    first: int = 0
    closed: bool = False


class Benefit:
    """Points, a coupon or a monthly card: a promise with its liability. What is sold is income
    when it is used or lost; what is given is a cost when it is given."""

    def __init__(self, body: BenefitBody) -> None:
        self._body = body

    @classmethod
    def new(cls, opened: Opened, day: date) -> Benefit:
        price = int(opened.rules.get("price_minor", 0))
        return cls(BenefitBody(price, opened.months or 12, day, first=opened.amount))

    def begin(self) -> list[Step]:
        body = self._body
        steps = [Step(body.as_of, "sold", fee=body.price)] if body.price else []
        return [*steps, *(self.grant(body.first) if body.first else [])]

    @property
    def left(self) -> int:
        return sum(amount for _, amount in self._body.lots)

    @property
    def ended(self) -> bool:
        return self._body.closed

    @property
    def wake(self) -> date | None:
        return min((until + timedelta(days=1) for until, _ in self._body.lots), default=None)

    @property
    def bears(self) -> Bears:
        return Bears()

    def close(self, day: date) -> list[Step]:
        body = self._body
        lost = [(until, amount) for until, amount in body.lots if until < day]
        body.lots = [lot for lot in body.lots if lot not in lost]
        body.as_of = max(body.as_of, day)
        return [Step(until + timedelta(days=1), "lapsed", amount) for until, amount in lost]

    def verbs(self) -> dict[str, Any]:
        return {"grant": self.grant, "use": self.use}

    def grant(self, amount: int) -> list[Step]:
        """Promise so much more."""
        if amount <= 0:
            raise Invalid("an amount is more than nothing", code="shelf.bad_amount",
                          param="amount")  # fmt: skip
        body = self._body
        body.lots.append((months_later(body.as_of, body.months), amount))
        return [Step(body.as_of, "granted", amount)]

    def use(self, amount: int) -> list[Step]:
        """Use what lapses first. Raises: Refused("shelf.not_enough")."""
        if amount <= 0 or amount > self.left:
            raise Refused("there is less than that", code="shelf.not_enough", param="amount",
                          facts={"left_minor": self.left})  # fmt: skip
        wanted, lots = amount, []
        for until, there in sorted(self._body.lots):
            part = min(wanted, there)
            wanted -= part
            if there - part:
                lots.append((until, there - part))
        self._body.lots = lots
        return [Step(self._body.as_of, "used", amount)]

    def closing(self) -> Closing:
        return Closing(loses=(("benefit_left", self.left),) if self.left else ())

    def end(self) -> list[Step]:
        left, self._body.lots, self._body.closed = self.left, [], True
        steps = [Step(self._body.as_of, "lapsed", left)] if left else []
        return [*steps, Step(self._body.as_of, "closed")]

    def told(self) -> dict[str, Any]:
        return {"left_minor": self.left,
                "lapses_on": min((u.isoformat() for u, _ in self._body.lots), default=None)}  # fmt: skip

    def dump(self) -> BenefitBody:
        return self._body
