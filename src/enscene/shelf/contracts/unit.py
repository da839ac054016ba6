"""Units of the write path that work on contracts outside of any scene's action."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from inspect import signature
from typing import Any
from uuid import UUID

import msgspec

from enscene.commit import Cell, Once, Report, Unit, View
from enscene.kernel.clock import format_time, local_day, next_time_of_day
from enscene.kernel.errors import Conflict, EnsceneError, Invalid, NotFound, Refused
from enscene.ledger import Account
from enscene.shelf.contracts.books import BookSet
from enscene.shelf.contracts.contract import CLOSED, OPEN, Contract
from enscene.shelf.contracts.opening import Opening, new_contract
from enscene.shelf.contracts.post import Inside, post_steps, work_on
from enscene.shelf.lives import Closing, Life, Step
from enscene.shelf.lives.lending import Lending
from enscene.shelf.lives.life import refuse_blocked

OPENED = "contract.opened"
_encode = msgspec.json.Encoder().encode


def day_of(view: View, tenant: int, zone: str) -> date:
    """The tenant's day; what is planned on it holds until the day ends."""
    now = view.now(tenant)
    if not view.exact:
        view.keep_until(tenant, next_time_of_day(now, "00:00", zone))
    return local_day(now, zone)


class _Unit:
    """What all of them share."""

    timed = False
    lines: Sequence[Unit] = ()

    def __init__(self, tenant: int, zone: str, once: Once | None, actor: str) -> None:
        self.tenant = tenant
        self.once = once
        self.zone = zone
        self.actor = actor
        self.contract: Contract | None = None
        self.steps: list[Step] = []
        self.parties: Mapping[str, str] = {}

    def _ledger(self, *ids: int | None) -> list[Cell]:
        return [("ledger", (self.tenant, each)) for each in ids if each is not None]

    def _told(self, seq: int, at: datetime, action: str) -> Report:
        contract = self.contract
        assert contract is not None
        answer = {
            "seq": seq, "at": format_time(at), "contract": str(contract.id),
            "product": contract.product, "state": contract.state,
            "steps": [shown_step(step) for step in self.steps],
        }  # fmt: skip
        facts: dict[str, Any] = {
            "contract": str(contract.id), "product": contract.product, "state": contract.state,
            "customer": contract.customer, "about": contract.about,
            "parties": dict(self.parties), "steps": [shown_step(step) for step in self.steps],
        }  # fmt: skip
        if action == OPENED:
            # An offer of it is taken by this, as by an action that opens one.
            facts["contracts"] = [contract.product]
        return Report(
            contract.scene, action, f"contract:{contract.id}", self.actor,
            _encode(facts).decode(), _encode(answer).decode(),
        )  # fmt: skip


def shown_step(step: Step) -> dict[str, Any]:
    """A step for the log and the caller: sums in minor units that are not zero."""
    told: dict[str, Any] = {"day": step.day.isoformat(), "what": step.what}
    for part in ("principal", "interest", "penalty", "fee"):
        amount = getattr(step, part)
        if amount:
            told[f"{part}_minor"] = amount
    if step.about:
        told["about"] = step.about
    return told


class OpenContract(_Unit):
    """Open a contract; what opening moves goes between the books and `pay`. A loan is drawn in
    full at once, into `pay`."""

    def __init__(
        self,
        tenant: int,
        zone: str,
        opening: Opening,
        books: BookSet,
        pay: int,
        *,
        once: Once | None,
        actor: str,
        other: tuple[BookSet, int] | None = None,
    ) -> None:
        super().__init__(tenant, zone, once, actor)
        self.parties = opening.facts.get("parties", {})
        self._opening = opening
        self._books = books
        self._pay = pay
        self._other = other

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        cells = self._ledger(self._pay, *self._books.ids.values())
        if self._other is not None:
            cells += self._ledger(self._other[1], *self._other[0].ids.values())
        if self._opening.product.kind == "credit_line":
            cells.append(("contract", self._holder()))
        return cells

    def _holder(self) -> tuple[int, int, str]:
        return self.tenant, self._opening.customer, self._opening.product.id

    def plan(self, view: View) -> None:
        """Raises: Refused (also a second line of the same sort), InsufficientFunds."""
        if self._opening.product.kind == "credit_line" and view.works["contract"].held(
            *self._holder()
        ):
            raise Refused("the customer has this line already", code="lend.has_line")
        day = day_of(view, self.tenant, self.zone)
        contract = self.contract = new_contract(self.tenant, self._opening, day)
        view.works["contract"].open(view.index, contract)
        life = contract.life
        assert life is not None
        steps = life.begin()
        if isinstance(life, Lending) and self._opening.product.kind == "loan":
            steps += life.draw(self._opening.amount or 0, self._opening.about)
        post_steps(view.works, view.index, self._books, self.tenant, self._pay, steps)
        if self._other is not None:
            self._exchange(view)
        contract.note(view.index, steps)
        self.steps = steps

    def _exchange(self, view: View) -> None:
        """The other leg of an exchange, in its own currency."""
        assert self._other is not None
        books, account = self._other
        book = view.works["ledger"]
        book.post(
            view.index, book.account(self.tenant, books.ids["position"]),
            book.account(self.tenant, account), int(self._opening.rules["bought_minor"]),
            f"{books.product}.bought",
        )  # fmt: skip

    def report(self, seq: int, at: datetime) -> Report:
        return self._told(seq, at, OPENED)


OPEN_CLAIM = "shelf.open_claim"


@dataclass(frozen=True, slots=True)
class Waits:
    """What a contract was opened with, as a cell of the write path that has a state: in one of
    these `states` (now: `state`) the contract is not closed."""

    cell: Cell
    states: frozenset[str]
    state: str | None

    @property
    def now(self) -> bool:
        """Whether it waits, as far as was read."""
        return self.state in self.states

    def holds(self, works: dict[str, Any]) -> bool:
        """Whether it waits, in a batch."""
        kind, key = self.cell
        found = works[kind].find(key)
        return found is not None and found.state in self.states


class ActOnContract(_Unit):
    """Do one of its verbs to a contract, or end it."""

    def __init__(
        self,
        tenant: int,
        zone: str,
        contract_id: UUID,
        books: BookSet,
        pay: int,
        verb: str,
        arguments: Mapping[str, Any],
        *,
        once: Once | None,
        actor: str,
        customer: int | None = None,
        parties: Mapping[str, str] | None = None,
        waits_for: Waits | None = None,
    ) -> None:
        """`customer`: only their own contract is found. `parties` are those who hear of it. It is
        not closed as long as `waits_for` says so."""
        super().__init__(tenant, zone, once, actor)
        self._waits_for = waits_for
        self.parties = parties or {}
        self._id = contract_id
        self._books = books
        self._pay = pay
        self._verb = verb
        self._arguments = dict(arguments)
        self._customer = customer

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [
            ("contract", (self.tenant, self._id)),
            *self._ledger(self._pay, *self._books.ids.values()),
            *([] if self._waits_for is None else [self._waits_for.cell]),
        ]

    def plan(self, view: View) -> None:
        """Raises: NotFound, Conflict, Refused, Invalid (no such verb)."""
        contract: Contract = view.works["contract"].get(self.tenant, self._id)
        if self._customer is not None and contract.customer != self._customer:
            raise NotFound("there is no such contract", code="contract.not_found")
        self.contract = contract
        day = day_of(view, self.tenant, self.zone)
        if contract.life is None:
            self.steps = self._end_plain(view, contract, day)
        else:
            self.steps = work_on(
                view.works, view.index, contract, self._books, self._pay, day, self._do
            )

    def _end_plain(self, view: View, contract: Contract, day: date) -> list[Step]:
        """A contract whose money its scene keeps can be ended here, and nothing else."""
        if contract.state != OPEN:
            raise Conflict("the contract is closed", code="contract.not_open")
        if self._waits_for is not None and self._waits_for.holds(view.works):
            refuse_blocked(Closing(blocked=OPEN_CLAIM))
        if self._verb != "close":
            raise Invalid(
                "its scene does that", code="contract.no_verb",
                hint="use the actions of the scene that it was opened in",
            )  # fmt: skip
        view.works["contract"].change(view.index, contract)
        contract.state = CLOSED
        steps = [Step(day, "closed")]
        contract.note(view.index, steps)
        return steps

    def _do(self, life: Life) -> list[Step]:
        if self._verb == "close":
            return life.end()
        verb = life.verbs().get(self._verb)
        if verb is None:
            raise Invalid(
                f"that cannot be done to this contract: {self._verb}", code="contract.no_verb",
                hint=f"it knows {', '.join(sorted(life.verbs()))}",
            )  # fmt: skip
        try:
            signature(verb).bind(**self._arguments)
        except TypeError:
            wanted = ", ".join(signature(verb).parameters) or "nothing"
            raise Invalid(
                f"{self._verb} takes {wanted}", code="contract.arguments",
                facts={"takes": list(signature(verb).parameters)},
            ) from None  # fmt: skip
        steps: list[Step] = verb(**self._arguments)
        return steps

    def report(self, seq: int, at: datetime) -> Report:
        assert self.contract is not None
        closed = self.contract.state != "open" and self._verb == "close"
        return self._told(seq, at, "contract.closed" if closed else f"contract.{self._verb}")


class WakeContracts:
    """Bring a page of contracts to the end of `day`: what falls due is debited where there is
    money for it. One that fails is left as it was, and named in `failed`."""

    timed = False
    lines: Sequence[Unit] = ()
    once: Once | None = None

    def __init__(
        self,
        tenant: int,
        day: date,
        page: Sequence[tuple[UUID, BookSet, int]],
        *,
        asked: bool = False,
    ) -> None:
        """`page`: contract, its books, the customer's account. `asked`: also before its day."""
        self.tenant = tenant
        self._day = day
        self._page = page
        self._asked = asked
        self.failed: list[tuple[UUID, str]] = []
        self.done = 0
        self._minor = 0

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        tenant = self.tenant
        accounts = {
            account for _, books, pay in self._page for account in (pay, *books.ids.values())
        }
        return [
            *(("contract", (tenant, contract)) for contract, _, _ in self._page),
            *(("ledger", (tenant, account)) for account in accounts),
        ]

    def plan(self, view: View) -> None:
        self.failed, self.done = [], 0
        works = view.works
        sums: dict[str, tuple[BookSet, Inside]] = {}
        for contract_id, books, pay in self._page:
            mark = view.mark()
            inside: Inside = {}
            try:
                self._wake(works, view.index, contract_id, books, pay, inside)
            except EnsceneError as error:
                view.rollback(mark)
                self.failed.append((contract_id, error.code))
            else:
                _, total = sums.setdefault(f"{books.product} {books.currency}", (books, {}))
                for key, amount in inside.items():
                    total[key] = total.get(key, 0) + amount
        for books, total in sums.values():
            self._post_inside(view, books, total)

    def _post_inside(self, view: View, books: BookSet, total: Inside) -> None:
        """What moves between the books, once for the whole page."""
        book = view.works["ledger"]
        for (product, dr, cr, what), amount in total.items():
            debited, credited = (book.account(self.tenant, books.ids[name]) for name in (dr, cr))
            book.post(view.index, debited, credited, amount, f"{product}.{what}")

    def _wake(
        self,
        works: dict[str, Any],
        unit: int,
        contract_id: UUID,
        books: BookSet,
        pay: int,
        inside: Inside,
    ) -> None:
        contract: Contract = works["contract"].get(self.tenant, contract_id)
        if contract.state != "open" or contract.life is None:
            return
        wake = contract.life.wake
        if (wake is None or wake > self._day) and not self._asked:
            return  # somebody else was first
        account: Account = works["ledger"].account(self.tenant, pay)

        def debit(life: Life) -> list[Step]:
            if not isinstance(life, Lending):
                return []
            due = life.due()
            given = works["ledger"].take_up_to(account, due) if due else 0
            return life.repay(given) if given else []

        work_on(works, unit, contract, books, pay, self._day, debit, inside)
        self.done += 1

    def report(self, seq: int, at: datetime) -> Report:
        facts = {"day": self._day.isoformat(), "contracts": self.done, "failed": len(self.failed)}
        return Report(0, "contracts.woken", "shelf", "clock:clock", _encode(facts).decode(), "{}")


class DayClosed:
    """Say once that a day is closed."""

    timed = False
    lines: Sequence[Unit] = ()

    def __init__(self, tenant: int, day: date, woken: int, failed: int) -> None:
        self.tenant = tenant
        self.once: Once | None = Once.of("clock", "closed_day", day.isoformat(), request=b"")
        self._facts = {"day": day.isoformat(), "contracts": woken, "failed": failed}

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return ()

    def plan(self, view: View) -> None:
        """It changes nothing."""

    def report(self, seq: int, at: datetime) -> Report:
        facts = _encode(self._facts).decode()
        return Report(0, "contracts.closed_day", "shelf", "clock:clock", facts, "{}")


class BringTo:
    """Bring an account to what it is to be, against another: what the contracts say is accrued."""

    timed = False
    lines: Sequence[Unit] = ()
    once: Once | None = None

    def __init__(self, tenant: int, targets: Sequence[tuple[int, int, int, str]]) -> None:
        """`targets`: account, the balance it is to have, the account against it, the flow."""
        self.tenant = tenant
        self._targets = targets
        self.moved = 0

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [
            ("ledger", (self.tenant, account)) for target in self._targets
            for account in (target[0], target[2])
        ]  # fmt: skip

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        self.moved = 0
        for account_id, wanted, against_id, flow in self._targets:
            account = book.look(book.account(self.tenant, account_id))
            against = book.account(self.tenant, against_id)
            missing = wanted - account.posted
            if missing > 0:
                book.post(view.index, against, account, missing, flow)
            elif missing < 0:
                book.post(view.index, account, against, -missing, flow)
            self.moved += abs(missing)

    def report(self, seq: int, at: datetime) -> Report:
        facts = {"minor": self.moved}
        return Report(0, "contracts.accrued", "shelf", "clock:clock", _encode(facts).decode(), "{}")
