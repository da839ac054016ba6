"""A loan from the draw to its end: what it owes on any day, to the minor unit.

It knows no ledger: each step tells which sums move, and the flows of the product post them. Any
day may be closed late: a year caught up at once owes what 365 daily closes would have made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.kernel.money import half_even
from enscene.shelf.day_count import DayCount
from enscene.shelf.interest import MILLION, Accrual
from enscene.shelf.repayment_plan import (
    Instalment,
    Method,
    due_days,
    level_instalment,
    plan_repayment,
)

BUCKETS = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
"""Most days overdue of each bucket; beyond them all it is "90+"."""


class State(StrEnum):
    """Where the loan is in its life."""

    OPEN = "open"
    CLOSED = "closed"
    WRITTEN_OFF = "written_off"


class Keep(StrEnum):
    """What stays as it was when more is paid than is due."""

    INSTALMENT = "instalment"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """Minor units, millionths a year, days. `penalty_ppm` is asked for overdue principal in place
    of `rate_ppm`, from `grace_days` after the due day; `early_fee_ppm` of principal paid early."""

    principal: int
    rate_ppm: int
    months: int
    method: Method
    count: DayCount = DayCount.THIRTY_360
    penalty_ppm: int = 0
    grace_days: int = 0
    early_fee_ppm: int = 0


class Sums(msgspec.Struct, frozen=True, gc=False):
    """What one step moves, or what is owed."""

    principal: int = 0
    interest: int = 0
    penalty: int = 0
    fee: int = 0

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.penalty + self.fee


class Due(msgspec.Struct, array_like=True, gc=False):
    """What is left of an instalment that has fallen due. Kept as an array with its loan."""

    due: date
    principal: int
    interest: int


class LoanBody(msgspec.Struct, omit_defaults=True):
    """A loan as it is kept. Pairs of an accrual are what came up and the carry."""

    principal: int
    rate_ppm: int
    months: int
    method: Method
    count: DayCount
    rate_now_ppm: int
    as_of: date
    undue: int
    interest: tuple[int, int]
    plan: list[Instalment]
    dues: list[Due] = []
    penalty: tuple[int, int] = (0, 0)
    penalty_due: int = 0
    penalty_ppm: int = 0
    grace_days: int = 0
    early_fee_ppm: int = 0
    state: State = State.OPEN
    lost: tuple[int, int, int] = (0, 0, 0)


class Loan:
    """The loan as it stands at the end of `as_of`.

    `undue` is principal that is not due yet, `dues` what is due and unpaid, oldest first, `plan`
    what will fall due.
    """

    def __init__(self, terms: LoanTerms, drawn_on: date) -> None:
        self.terms = terms
        self.rate_ppm = terms.rate_ppm
        self.as_of = drawn_on
        self.state = State.OPEN
        self.undue = terms.principal
        self.dues: list[Due] = []
        self._interest = Accrual(terms.count)
        self._penalty = Accrual(terms.count)
        self._penalty_due = 0
        days = due_days(drawn_on, terms.months, terms.method)
        self.plan = self._planned(drawn_on, days)
        self.lost = Sums()

    @classmethod
    def of(cls, body: LoanBody) -> Loan:
        """The loan that was kept as `body`."""
        loan = cls.__new__(cls)
        loan.terms = LoanTerms(
            body.principal, body.rate_ppm, body.months, body.method, body.count,
            body.penalty_ppm, body.grace_days, body.early_fee_ppm,
        )  # fmt: skip
        loan.rate_ppm, loan.as_of, loan.state = body.rate_now_ppm, body.as_of, body.state
        loan.undue = body.undue
        loan.dues = body.dues
        loan._interest = Accrual(body.count, *body.interest)
        loan._penalty = Accrual(body.count, *body.penalty)
        loan._penalty_due = body.penalty_due
        loan.plan = body.plan
        loan.lost = Sums(*body.lost)
        return loan

    def body(self) -> LoanBody:
        """All that it is, to be kept."""
        terms, lost = self.terms, self.lost
        return LoanBody(
            principal=terms.principal,
            rate_ppm=terms.rate_ppm,
            months=terms.months,
            method=terms.method,
            count=terms.count,
            penalty_ppm=terms.penalty_ppm,
            grace_days=terms.grace_days,
            early_fee_ppm=terms.early_fee_ppm,
            rate_now_ppm=self.rate_ppm,
            as_of=self.as_of,
            state=self.state,
            undue=self.undue,
            dues=self.dues,
            interest=(self._interest.minor, self._interest.carry),
            penalty=(self._penalty.minor, self._penalty.carry),
            penalty_due=self._penalty_due,
            plan=self.plan,
            lost=(lost.principal, lost.interest, lost.penalty),
        )

    def _planned(self, start: date, days: Sequence[date]) -> list[Instalment]:
        terms = self.terms
        return plan_repayment(
            self.undue, self.rate_ppm, start, days, terms.method, terms.count, self._interest
        )

    # -- looking ---------------------------------------------------------------------------

    @property
    def due(self) -> Sums:
        """What is due now and not paid."""
        return Sums(
            principal=sum(due.principal for due in self.dues),
            interest=sum(due.interest for due in self.dues),
            penalty=self._penalty_due + self._penalty.minor,
        )

    @property
    def coming_up(self) -> tuple[int, int]:
        """Interest that has come up and is not due: whole minor units, and the carry."""
        return self._interest.minor, self._interest.carry

    @property
    def owed(self) -> int:
        """Principal that is owed, due or not."""
        return self.undue + sum(due.principal for due in self.dues)

    @property
    def to_settle(self) -> Sums:
        """What ends the loan today, the fee for paying early included."""
        due = self.due
        return Sums(
            due.principal + self.undue,
            due.interest + self._interest.ripe,
            due.penalty,
            self.early_fee(self.undue),
        )

    @property
    def days_overdue(self) -> int:
        """Days since the oldest unpaid due day."""
        return (self.as_of - self.dues[0].due).days if self.dues else 0

    @property
    def bucket(self) -> str:
        """Where it counts in the report of overdue loans."""
        for most, name in BUCKETS:
            if self.days_overdue <= most:
                return name
        return "90+"

    # -- time ------------------------------------------------------------------------------

    def close(self, day: date) -> list[Instalment]:
        """Bring it to the end of `day`; what has fallen due meanwhile. Days that are closed
        already change nothing."""
        fallen: list[Instalment] = []
        while self.state is State.OPEN and self.as_of < day:
            due = self.plan[0].due if self.plan else day
            self._accrue(min(due, day))
            if self.plan and self.as_of == due:
                fallen.append(self._fall_due())
        return fallen

    def _accrue(self, day: date) -> None:
        self._interest.add(self.undue, self.rate_ppm, self.as_of, day)
        for due in self.dues:
            since = max(self.as_of, due.due + timedelta(days=self.terms.grace_days))
            if since < day:
                self._penalty.add(due.principal, self.terms.penalty_ppm, since, day)
        self.as_of = day

    def _fall_due(self) -> Instalment:
        planned = self.plan.pop(0)
        interest = self._interest.finish()
        fallen = Instalment(planned.number, planned.due, planned.principal, interest)
        self.undue -= planned.principal
        if fallen.total:
            self.dues.append(Due(planned.due, planned.principal, interest))
        return fallen

    # -- paying ----------------------------------------------------------------------------

    def repay(self, amount: int) -> Sums:
        """Pay what is due: penalty first, then the oldest instalment, its interest first.

        Raises: Refused("shelf.more_than_due"): what is not due yet is paid early.
        """
        self._must_be(State.OPEN)
        _positive(amount)
        due = self.due.total
        if amount > due:
            raise Refused(
                f"{amount - due} more than is due", code="shelf.more_than_due", param="amount",
                hint="pay what is due, and the rest as an early repayment",
            )  # fmt: skip
        self._penalty_due += self._penalty.take()
        penalty = min(amount, self._penalty_due)
        self._penalty_due -= penalty
        left = amount - penalty
        principal = interest = 0
        for owed in self.dues:
            part = min(left, owed.interest)
            owed.interest -= part
            interest += part
            left -= part
            part = min(left, owed.principal)
            owed.principal -= part
            principal += part
            left -= part
        self.dues = [owed for owed in self.dues if owed.principal or owed.interest]
        self._end_if_paid()
        return Sums(principal, interest, penalty)

    def repay_early(
        self, amount: int, keep: Keep = Keep.INSTALMENT, fee: int | None = None
    ) -> Sums:
        """Pay principal before it is due: the interest up to today, the fee, then principal.

        `amount` is principal, `fee` what it costs if not what `early_fee` says. With `Keep.INSTALMENT` the loan ends sooner, with `Keep.MONTHS`
        the instalments get smaller. Raises: Refused (something is due, or more than is owed).
        """
        self._must_be(State.OPEN)
        _positive(amount)
        if self.dues:
            raise Refused("something is due first", code="shelf.due_first",
                          hint="pay what is due, then pay early")  # fmt: skip
        if amount > self.undue:
            raise Refused(f"{amount - self.undue} more than is owed", code="shelf.more_than_owed",
                          param="amount")  # fmt: skip
        interest = self._interest.finish()
        self._lower(amount, keep)
        return Sums(amount, interest, 0, self.early_fee(amount) if fee is None else fee)

    def give_back(self, amount: int, keep: Keep = Keep.MONTHS) -> Sums:
        """What was bought goes back, and with it so much of the loan, without a fee: first what
        is not due yet. Interest up to today falls due as it would have.

        Raises: Refused("shelf.more_than_owed").
        """
        self._must_be(State.OPEN)
        _positive(amount)
        owed = self.undue + sum(due.principal for due in self.dues)
        if amount > owed:
            raise Refused(f"{amount - owed} more than is owed", code="shelf.more_than_owed",
                          param="amount")  # fmt: skip
        later = min(amount, self.undue)
        left = amount - later
        for due in reversed(self.dues):
            part = min(left, due.principal)
            due.principal -= part
            left -= part
        self.dues = [due for due in self.dues if due.principal or due.interest]
        if later:
            self._lower(later, keep)
        self._end_if_paid()
        return Sums(amount)

    def _lower(self, amount: int, keep: Keep) -> None:
        self.undue -= amount
        days = [planned.due for planned in self.plan]
        if not self.undue:
            self.plan = []
            ripe = self._interest.finish()
            if ripe:
                self.dues.append(Due(self.as_of, 0, ripe))
        elif keep is Keep.MONTHS:
            self.plan = self._planned(self.as_of, days)
        else:
            self.plan = self._shorter(days)
        self._end_if_paid()

    def _shorter(self, days: list[date]) -> list[Instalment]:
        """The plan with the fewest days whose instalments are no larger than they were."""
        terms, before = self.terms, self.plan
        most = len(days)
        if terms.method is Method.EQUAL_INSTALMENT:
            level = level_instalment(
                sum(planned.principal for planned in before), self.rate_ppm, self.as_of, days,
                terms.count,
            )  # fmt: skip
            low, high = 1, most
            while low < high:
                middle = (low + high) // 2
                needed = level_instalment(
                    self.undue, self.rate_ppm, self.as_of, days[:middle], terms.count
                )
                low, high = (low, middle) if needed <= level else (middle + 1, high)
            most = low
        elif terms.method is Method.EQUAL_PRINCIPAL:
            part = max(planned.principal for planned in before)
            most = min(most, -(-self.undue // part))
        return self._planned(self.as_of, days[:most])

    def early_fee(self, amount: int) -> int:
        """What paying so much principal early costs."""
        return half_even(amount * self.terms.early_fee_ppm, MILLION)

    # -- trouble ---------------------------------------------------------------------------

    def restructure(self, months: int, rate_ppm: int) -> None:
        """Begin anew with all principal that is owed; unpaid interest falls due with the first
        new instalment, a penalty stays owed. Raises: Invalid, Conflict."""
        self._must_be(State.OPEN)
        days = due_days(self.as_of, months, self.terms.method)
        unpaid = sum(due.interest for due in self.dues) + self._interest.finish()
        self.undue += sum(due.principal for due in self.dues)
        if not self.undue:
            raise Refused("no principal is owed", code="shelf.nothing_owed")
        self.rate_ppm = rate_ppm
        self._penalty_due += self._penalty.take()
        self.dues = [Due(days[0], 0, unpaid)] if unpaid else []
        self.plan = self._planned(self.as_of, days)

    def write_off(self) -> Sums:
        """Give it up for the books: what is lost. It is still owed: see `recover`."""
        self._must_be(State.OPEN)
        due = self.due
        self.lost = Sums(
            due.principal + self.undue, due.interest + self._interest.finish(), due.penalty
        )
        self.undue, self.dues, self.plan = 0, [], []
        self._penalty_due, self._penalty = 0, Accrual(self.terms.count)
        self.state = State.WRITTEN_OFF
        return self.lost

    def recover(self, amount: int) -> Sums:
        """Money that comes after all: principal first. Raises: Refused("shelf.more_than_owed")."""
        self._must_be(State.WRITTEN_OFF)
        _positive(amount)
        if amount > self.lost.total:
            raise Refused(f"{amount - self.lost.total} more than is owed",
                          code="shelf.more_than_owed", param="amount")  # fmt: skip
        principal = min(amount, self.lost.principal)
        interest = min(amount - principal, self.lost.interest)
        got = Sums(principal, interest, amount - principal - interest)
        self.lost = Sums(
            self.lost.principal - got.principal,
            self.lost.interest - got.interest,
            self.lost.penalty - got.penalty,
        )
        return got

    # -- inside ----------------------------------------------------------------------------

    def _end_if_paid(self) -> None:
        if not self.undue and not self.dues and not self._penalty_due and not self._penalty.minor:
            self.plan = []
            self.state = State.CLOSED

    def _must_be(self, state: State) -> None:
        if self.state is not state:
            raise Conflict(f"the loan is {self.state}", code="shelf.wrong_state",
                           facts={"state": self.state.value})  # fmt: skip


def _positive(amount: int) -> None:
    if amount <= 0:
        raise Invalid("an amount is more than nothing", code="shelf.bad_amount", param="amount")
