"""Deposits as contracts: for a term, and on demand."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from enscene.kernel.errors import Refused
from enscene.shelf.day_count import DayCount
from enscene.shelf.deposit import AtMaturity, DemandDeposit, TermDeposit, TermTerms
from enscene.shelf.interest import Accrual, interest_of
from enscene.shelf.lives.life import Bears, Closing, Opened, Step


class TermBody(msgspec.Struct, tag="term", tag_field="is"):
    """A term deposit as it is kept."""

    amount: int
    months: int
    rate_ppm: int
    demand_ppm: int
    at_maturity: AtMaturity
    count: DayCount
    opened_on: date
    began: date
    principal: int
    as_of: date
    terms_ended: int = 0
    taken_in_part: bool = False


class Term:
    """Money for a term."""

    def __init__(self, body: TermBody) -> None:
        terms = TermTerms(
            body.amount, body.months, body.rate_ppm, body.demand_ppm, body.at_maturity, body.count
        )
        self._body = body
        self._deposit = TermDeposit.of(
            terms, body.opened_on, body.began, body.principal, body.as_of, body.terms_ended,
            taken_in_part=body.taken_in_part,
        )  # fmt: skip

    @classmethod
    def new(cls, opened: Opened, day: date) -> Term:
        return cls(
            TermBody(
                amount=opened.amount, months=opened.months, rate_ppm=opened.rates["rate"],
                demand_ppm=opened.rates.get("demand", 0),
                at_maturity=AtMaturity(opened.rules.get("at_maturity", "pay_out")),
                count=DayCount(opened.rules["count"]), opened_on=day, began=day,
                principal=opened.amount, as_of=day,
            )
        )  # fmt: skip

    def begin(self) -> list[Step]:
        return [Step(self._body.as_of, "paid_in", self._body.amount)]

    @property
    def ended(self) -> bool:
        return not self._deposit.principal

    @property
    def wake(self) -> date | None:
        return None if self.ended else self._deposit.matures_on

    @property
    def bears(self) -> Bears:
        deposit = self._deposit
        parts = deposit.principal * deposit.terms.rate_ppm
        return Bears(parts, 0, 0, deposit.began, deposit.terms.count)

    def close(self, day: date) -> list[Step]:
        steps = []
        for paid in self._deposit.close(day):
            if self._deposit.terms.at_maturity is AtMaturity.ROLL_ALL:
                steps.append(Step(paid.day, "credited", 0, paid.interest))
            else:
                steps.append(Step(paid.day, "paid_out", paid.principal, paid.interest))
        return steps

    def verbs(self) -> dict[str, Any]:
        return {"take_out": self.take_out}

    def take_out(self, amount: int) -> list[Step]:
        """Take money out before its term ends; it earns the demand rate. Raises: Refused."""
        paid = self._deposit.take_early(amount)
        return [Step(paid.day, "taken_out", paid.principal, paid.interest)]

    def closing(self) -> Closing:
        deposit, terms = self._deposit, self._deposit.terms
        early = interest_of(
            deposit.principal, terms.demand_ppm, deposit.began, deposit.as_of, DayCount.ACT_360
        )
        term = interest_of(
            deposit.principal, terms.rate_ppm, deposit.began, deposit.matures_on, terms.count
        )
        loses = (("term_interest", term - early),) if term > early else ()
        return Closing(gets=deposit.principal + early, loses=loses)

    def end(self) -> list[Step]:
        steps = self.take_out(self._deposit.principal)
        return [*steps, Step(self._deposit.as_of, "closed")]

    def told(self) -> dict[str, Any]:
        deposit = self._deposit
        return {
            "balance_minor": deposit.principal,
            "matures_on": None if self.ended else deposit.matures_on.isoformat(),
        }

    def dump(self) -> TermBody:
        body, deposit = self._body, self._deposit
        body.began, body.principal = deposit.began, deposit.principal
        body.as_of, body.terms_ended = deposit.as_of, deposit.terms_ended
        body.taken_in_part = deposit.taken_in_part
        return body


class DemandBody(msgspec.Struct, tag="demand", tag_field="is"):
    """Money on demand as it is kept."""

    rate_ppm: int
    count: DayCount
    as_of: date
    balance: int = 0
    interest: tuple[int, int] = (0, 0)
    closed: bool = False


class Demand:
    """Money on demand, with interest every quarter."""

    def __init__(self, body: DemandBody, first: int = 0) -> None:
        self._body = body
        self._first = first
        self._deposit = DemandDeposit.of(
            body.as_of, body.rate_ppm, body.balance, Accrual(body.count, *body.interest),
            closed=body.closed,
        )  # fmt: skip

    @classmethod
    def new(cls, opened: Opened, day: date) -> Demand:
        body = DemandBody(opened.rates["rate"], DayCount(opened.rules["count"]), day)
        return cls(body, opened.amount)

    def begin(self) -> list[Step]:
        return self.pay_in(self._first) if self._first else []

    @property
    def ended(self) -> bool:
        return self._deposit.closed

    @property
    def wake(self) -> date | None:
        return None if self.ended else self._deposit.next_settling

    @property
    def bears(self) -> Bears:
        deposit = self._deposit
        interest = deposit.interest
        return Bears(
            deposit.balance * deposit.rate_ppm, interest.minor, interest.carry, deposit.as_of,
            interest.count,
        )  # fmt: skip

    def close(self, day: date) -> list[Step]:
        return [Step(when, "credited", 0, interest) for when, interest in self._deposit.close(day)]

    def verbs(self) -> dict[str, Any]:
        return {"pay_in": self.pay_in, "take_out": self.take_out}

    def pay_in(self, amount: int) -> list[Step]:
        """Put money in."""
        self._deposit.move(amount)
        return [Step(self._deposit.as_of, "paid_in", amount)]

    def take_out(self, amount: int) -> list[Step]:
        """Take money out. Raises: Refused("shelf.not_enough")."""
        if amount > self._deposit.balance:
            raise Refused("the balance is less than that", code="shelf.not_enough", param="amount")
        self._deposit.move(-amount)
        return [Step(self._deposit.as_of, "taken_out", amount)]

    def closing(self) -> Closing:
        return Closing(gets=self._deposit.balance + self._deposit.interest.ripe)

    def end(self) -> list[Step]:
        balance, interest = self._deposit.balance, self._deposit.end()
        self._deposit.balance = 0
        return [
            Step(self._deposit.as_of, "taken_out", balance, interest),
            Step(self._deposit.as_of, "closed"),
        ]

    def told(self) -> dict[str, Any]:
        return {"balance_minor": self._deposit.balance}

    def dump(self) -> DemandBody:
        body, deposit = self._body, self._deposit
        body.as_of, body.balance, body.closed = deposit.as_of, deposit.balance, deposit.closed
        body.interest = (deposit.interest.minor, deposit.interest.carry)
        return body
