"""A loan, or a line that is drawn on again and again: each draw is a loan of its own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from enscene.kernel.errors import Refused
from enscene.kernel.money import half_even
from enscene.shelf.day_count import DayCount
from enscene.shelf.interest import MILLION
from enscene.shelf.lives.life import Bears, Closing, Opened, Step, refuse_blocked
from enscene.shelf.loan import Keep, Loan, LoanBody, LoanTerms, State, Sums
from enscene.shelf.repayment_plan import Method


class Draw(msgspec.Struct):
    """One draw: what it is about, and how its loan stands."""

    about: str
    loan: LoanBody


class LendingBody(msgspec.Struct, tag="lending", tag_field="is"):
    """`line` says that what was repaid may be drawn again."""

    limit: int
    months: int
    rates: dict[str, int]
    method: Method
    count: DayCount
    as_of: date
    line: bool
    over: bool = False
    grace_days: int = 0
    draws: list[Draw] = []


class Lending:
    """The life of loans and credit lines. A loan is drawn once, when it is opened."""

    def __init__(self, body: LendingBody) -> None:
        self._body = body
        self.loans = [(draw.about, Loan.of(draw.loan)) for draw in body.draws]

    @classmethod
    def new(cls, opened: Opened, day: date, *, line: bool) -> Lending:
        rules = opened.rules
        return cls(
            LendingBody(
                limit=opened.amount, months=opened.months, rates=opened.rates,
                method=Method(rules["repay"]), count=DayCount(rules["count"]), as_of=day,
                line=line, grace_days=rules.get("grace_days", 0),
            )
        )  # fmt: skip

    def begin(self) -> list[Step]:
        """A line waits to be drawn; a loan is drawn by who opens it."""
        return []

    @property
    def owed(self) -> int:
        """Principal over all draws."""
        return sum(loan.owed for _, loan in self.loans)

    @property
    def available(self) -> int:
        """What may still be drawn."""
        if self._body.over or (not self._body.line and self.loans):
            return 0
        return max(0, self._body.limit - self.owed)

    @property
    def ended(self) -> bool:
        if self._body.line:
            return self._body.over
        return bool(self.loans) and all(loan.state is State.CLOSED for _, loan in self.loans)

    @property
    def wake(self) -> date | None:
        loans = [loan for _, loan in self._open()]
        days = [loan.plan[0].due for loan in loans if loan.plan]
        if any(loan.dues for loan in loans):
            # What is due and unpaid is asked for again every day.
            days.append(self._body.as_of + timedelta(days=1))
        return min(days, default=None)

    @property
    def bears(self) -> Bears:
        minor = carry = parts = 0
        for _, loan in self._open():
            parts += loan.undue * loan.rate_ppm
            minor += loan.coming_up[0]
            carry += loan.coming_up[1]
        return Bears(parts, minor, carry, self._body.as_of, self._body.count)

    def _open(self) -> list[tuple[str, Loan]]:
        return [(about, loan) for about, loan in self.loans if loan.state is State.OPEN]

    # -- time ------------------------------------------------------------------------------

    def close(self, day: date) -> list[Step]:
        steps: list[Step] = []
        for about, loan in self._open():
            steps += [
                Step(fallen.due, "fell_due", fallen.principal, fallen.interest, about=about)
                for fallen in loan.close(day)
                if fallen.total
            ]
        self._body.as_of = max(day, self._body.as_of)
        return sorted(steps, key=lambda step: step.day)

    # -- doing -----------------------------------------------------------------------------

    def verbs(self) -> dict[str, Any]:
        return {
            "draw": self.draw, "repay": self.repay, "give_back": self.give_back,
            "restructure": self.restructure, "write_off": self.write_off,
            "recover": self.recover,
        }  # fmt: skip

    def draw(self, amount: int, about: str = "", months: int = 0) -> list[Step]:
        """Lend `amount`. Raises: Refused (more than the limit leaves, or drawn for this before)."""
        if any(known == about for known, _ in self.loans if about):
            raise Refused("this was drawn for already", code="shelf.drawn_before", param="about")
        if amount > self.available:
            raise Refused(
                "more than the limit leaves", code="shelf.over_limit", param="amount",
                facts={"available_minor": self.available},
            )  # fmt: skip
        body = self._body
        terms = LoanTerms(
            amount, body.rates.get("rate", 0), months or body.months, body.method, body.count,
            body.rates.get("penalty", 0), body.grace_days, body.rates.get("early_fee", 0),
        )  # fmt: skip
        self.loans.append((about, Loan(terms, body.as_of)))
        fee = half_even(amount * body.rates.get("fee", 0), MILLION)  # as it was quoted
        return [Step(body.as_of, "drawn", amount, fee=fee, about=about)]

    def repay(
        self, amount: int, about: str = "", keep: str = "instalment", early: bool = True
    ) -> list[Step]:
        """Pay what is due, the longest due first; the rest early, unless that is not wanted.

        Raises: Refused("shelf.more_than_owed"): nothing is taken then.
        """
        # What is due is never more than what settles it, and is sooner known.
        if amount > self.due(about) and amount > self.to_settle(about):
            raise Refused(
                "more than is owed", code="shelf.more_than_owed", param="amount",
                facts={"owed_minor": self.to_settle(about)},
            )  # fmt: skip
        steps: list[Step] = []
        left = amount
        for name, loan in self._oldest(about):
            part = min(left, loan.due.total)
            if part:
                steps.append(self._step("repaid", loan.repay(part), name))
                left -= part
        if not left:
            return steps
        if not early:
            raise Refused("more than is due", code="shelf.more_than_due", param="amount")
        for name, loan in self._oldest(about):
            if left:
                taken, left = self._repay_early(name, loan, left, Keep(keep))
                steps += taken
        return steps

    def _repay_early(self, about: str, loan: Loan, left: int, keep: Keep) -> tuple[list[Step], int]:
        """Of `left` the interest up to today, the fee and then principal, as far as it goes."""
        settle = loan.to_settle
        if left >= settle.total:
            principal = loan.undue
        else:
            # The fee is a share of the principal, so the largest principal that fits is sought.
            principal = low = 0
            high = min(left, loan.undue)
            while low <= high:
                middle = (low + high) // 2
                if middle + settle.interest + loan.early_fee(middle) <= left:
                    principal, low = middle, middle + 1
                else:
                    high = middle - 1
        if not principal:
            raise Refused(
                "less than the interest up to today", code="shelf.too_little", param="amount",
                facts={"least_minor": settle.interest + 1},
            )  # fmt: skip
        # A unit of principal with its fee may not fit where one without would: all that is paid is
        # used, and what the fee's rounding leaves over pays principal.
        fee = loan.early_fee(principal)
        principal = (
            min(loan.undue, left - settle.interest - fee) if left < settle.total else principal
        )
        sums = loan.repay_early(principal, keep, fee)
        steps = []
        if sums.interest:
            steps.append(Step(self._body.as_of, "fell_due", 0, sums.interest, about=about))
        steps.append(self._step("repaid_early", sums, about))
        left -= sums.total
        if not loan.undue and loan.state is State.OPEN and loan.due.total <= left:
            rest = loan.due.total
            if rest:
                steps.append(self._step("repaid", loan.repay(rest), about))
                left -= rest
        return steps, left

    def give_back(self, amount: int, about: str = "") -> list[Step]:
        """What was bought goes back, and so much of the loan with it. Raises: Refused."""
        matching = self._oldest(about)
        if amount > sum(loan.owed for _, loan in matching):
            raise Refused("more than is owed", code="shelf.more_than_owed", param="amount")
        steps = []
        for name, loan in matching:
            part = min(amount, loan.owed)
            if not part:
                continue
            before = loan.due.interest
            loan.give_back(part)
            ripe = loan.due.interest - before
            if ripe > 0:
                steps.append(Step(self._body.as_of, "fell_due", 0, ripe, about=name))
            steps.append(Step(self._body.as_of, "given_back", part, about=name))
            amount -= part
        return steps

    def restructure(self, months: int, rate_ppm: int, about: str = "") -> list[Step]:
        """Begin anew over `months` at another rate. Raises: Refused, Invalid."""
        steps = []
        for name, loan in self._oldest(about):
            if not loan.owed:
                continue
            before = loan.due.interest
            loan.restructure(months, rate_ppm)
            ripe = loan.due.interest - before
            steps.append(
                Step(self._body.as_of, "restructured", loan.owed, max(ripe, 0), about=name)
            )
        if not steps:
            raise Refused("no principal is owed", code="shelf.nothing_owed")
        return steps

    def write_off(self) -> list[Step]:
        """Give up what is owed, for the books. Raises: Refused."""
        steps = []
        for name, loan in self._open():
            ripe = loan.to_settle.interest - loan.due.interest
            if ripe:
                steps.append(Step(self._body.as_of, "fell_due", 0, ripe, about=name))
            lost = loan.write_off()
            steps.append(self._step("written_off", lost, name))
        if not steps:
            raise Refused("nothing is owed", code="shelf.nothing_owed")
        return steps

    def recover(self, amount: int) -> list[Step]:
        """Money that comes after it was written off. Raises: Refused."""
        steps = []
        for name, loan in self.loans:
            if loan.state is State.WRITTEN_OFF and amount:
                part = min(amount, loan.lost.total)
                if part:
                    steps.append(self._step("recovered", loan.recover(part), name))
                    amount -= part
        if amount or not steps:
            raise Refused("more than is owed", code="shelf.more_than_owed", param="amount")
        return steps

    def due(self, about: str = "") -> int:
        """What is due now, minor units."""
        return sum(loan.due.total for _, loan in self._oldest(about))

    def to_settle(self, about: str = "") -> int:
        """What ends it today, minor units."""
        return sum(loan.to_settle.total for _, loan in self._oldest(about))

    def _oldest(self, about: str) -> list[tuple[str, Loan]]:
        """The open loans, the longest overdue first."""
        chosen = [(name, loan) for name, loan in self._open() if not about or name == about]
        return chosen if len(chosen) < 2 else sorted(chosen, key=lambda one: -one[1].days_overdue)

    def _step(self, what: str, sums: Sums, about: str) -> Step:
        return Step(
            self._body.as_of, what, sums.principal, sums.interest, sums.penalty, sums.fee, about
        )

    # -- ending ----------------------------------------------------------------------------

    @property
    def lost(self) -> int:
        """What was given up for the books, and not recovered yet: it is still owed."""
        return sum(loan.lost.total for _, loan in self.loans if loan.state is State.WRITTEN_OFF)

    def closing(self) -> Closing:
        return Closing(
            pays=self.to_settle(),
            loses=(("limit_gone", self.available),) if self._body.line else (),
            blocked="shelf.written_off" if self.lost else None,
        )

    def end(self) -> list[Step]:
        """Repay everything; a line is gone then. Raises: Refused (what was written off is owed)."""
        refuse_blocked(self.closing())
        steps = self.repay(self.to_settle()) if self.to_settle() else []
        self._body.over = True
        return [*steps, Step(self._body.as_of, "closed")]

    def told(self) -> dict[str, Any]:
        overdue = max((loan.days_overdue for _, loan in self._open()), default=0)
        told: dict[str, Any] = {
            "owed_minor": self.owed + self.lost, "due_minor": self.due(),
            "to_settle_minor": self.to_settle(), "overdue_days": overdue,
            "bucket": max((loan for _, loan in self._open()), key=lambda each: each.days_overdue).bucket
            if self._open() else "written_off" if self.lost else "current",
            "plan": [
                {"number": p.number, "due": p.due.isoformat(), "principal_minor": p.principal,
                 "interest_minor": p.interest, "about": about}
                for about, loan in self._open() for p in loan.plan
            ],
        }  # fmt: skip
        if self._body.line:
            told |= {"limit_minor": self._body.limit, "available_minor": self.available}
        return told

    def dump(self) -> LendingBody:
        self._body.draws = [Draw(about, loan.body()) for about, loan in self.loans]
        return self._body
