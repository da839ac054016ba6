"""Payments over the simulated rails as units of the write path: one is accepted, one is answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from enscene.commit import Appends, Cell, NotRead, Once, Report, Script, Stamp, Unit, View
from enscene.kernel.errors import Conflict, NotFound, Refused
from enscene.kernel.money import format_money, minor_digits
from enscene.ledger import Ledger
from enscene.partners.rails import store
from enscene.partners.rails.payment import (
    OUTSIDE,
    OWN,
    Move,
    Payment,
    due_at,
    moves_on_acceptance,
    payment_not_found,
    take_answer,
)
from enscene.partners.rails.store import FundsKey, PaymentKey, StepMade
from enscene.partners.rails.told import payment_told

OPENING = 1_000_000
"""What an application begins with in each currency, whole units."""
_KIND, _STEP, _FUNDS = "rail_payment", "rail_step", "rail_funds"
_encode = msgspec.json.Encoder().encode
Key = PaymentKey | FundsKey


class Sheet:
    """The payments of one batch, locked until it is written: it is always judged under the lock."""

    def __init__(self) -> None:
        self._payments: dict[Key, Payment] = {}
        self._funds: set[Key] = set()
        self._journal: list[tuple[Key, Payment | None]] = []
        self._new: set[Key] = set()
        self._asked: set[Key] = set()

    def get(self, key: PaymentKey) -> Payment:
        """Raises: NotFound."""
        found = self._payments.get(key)
        if found is None:
            if key not in self._asked:
                raise NotRead(key)
            raise payment_not_found()
        return found

    def has_funds(self, key: FundsKey) -> bool:
        """Whether the application has an account in the currency."""
        if key not in self._asked:
            raise NotRead(key)
        return key in self._funds

    def open_funds(self, key: FundsKey) -> None:
        """From now on it has."""
        self._journal.append((key, None))
        self._funds.add(key)

    def put(self, key: PaymentKey, payment: Payment) -> None:
        """As it is from now on."""
        before = self._payments.get(key)
        self._journal.append((key, before))
        if before is None:
            self._new.add(key)
        self._payments[key] = payment

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        return keys

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        self._asked.update(keys)
        payments: list[Any] = [key for key in keys if len(key) == 2]
        funds: list[Any] = [key for key in keys if len(key) == 3]
        if payments:
            self._payments |= await store.load_payments(connection, payments)
        if funds:
            self._funds |= await store.load_funds(connection, funds)

    def mark(self) -> int:
        return len(self._journal)

    def rollback(self, mark: int) -> None:
        for key, before in reversed(self._journal[mark:]):
            if len(key) == 3:
                self._funds.discard(key)
            elif before is None:
                del self._payments[key]
                self._new.discard(key)
            else:
                self._payments[key] = before
        del self._journal[mark:]

    def write(self, stamp: Stamp, script: Script) -> None:
        changed = [key for key in dict.fromkeys(key for key, _ in self._journal) if len(key) == 2]
        new = [(key[0], self._payments[key]) for key in changed if key in self._new]
        old = [(key[0], self._payments[key]) for key in changed if key not in self._new]
        if new:
            store.insert_payments(script, new)
        if old:
            store.put_payments(script, stamp, old)

    def publish(self) -> None:
        """Nothing is remembered."""

    def forget(self) -> None:
        """Nothing is remembered."""


class Payments:
    """The kind of payments."""

    name = _KIND

    def open(self, *, fresh: bool) -> Sheet:
        return Sheet()


def rail_kinds() -> tuple[Any, ...]:
    """The kinds that these units work on."""
    return (
        Ledger(),
        Payments(),
        Appends(_STEP, store.INSERT_STEPS),
        Appends(_FUNDS, store.INSERT_FUNDS),
    )


class _RailUnit:
    timed = True  # what is there, and whether it is due, is told under the lock
    lines: Sequence[Unit] = ()
    once: Once | None = None

    def __init__(self, tenant: int, payment: Payment, zone: str) -> None:
        self.tenant = tenant
        self._payment = payment
        self._zone = zone
        self._step = StepMade(0, payment.made_at, "accepted", "accepted", None, 0)

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        found: list[Cell] = [("ledger", (self.tenant, each)) for each in self._payment.accounts]
        found.append((_KIND, (self.tenant, self._payment.id)))
        if self._payment.of is not None:
            found.append((_KIND, (self.tenant, self._payment.of)))
        return found

    def _move(self, view: View, moves: Sequence[Move], flow: str) -> int:
        """Post them; what came to the own account."""
        book, payment, came = view.works["ledger"], self._payment, 0
        for dr, cr in moves:
            accounts = [book.account(self.tenant, payment.accounts[place]) for place in (dr, cr)]
            book.post(view.index, *accounts, payment.amount, flow)
            came += payment.amount * ((cr == OWN) - (dr == OWN))
        return came

    def _note(self, view: View, payment: Payment, said: str, moved: int) -> None:
        """Write the payment and its step."""
        view.works[_KIND].put((self.tenant, payment.id), payment)
        at = view.now(self.tenant)
        self._step = StepMade(payment.step, at, said, payment.state, payment.reason, moved)
        view.works[_STEP].add(
            view.index, self.tenant, payment.id, payment.step, said, payment.state, payment.reason,
            moved,
        )  # fmt: skip
        self._payment = payment

    def report(self, seq: int, at: datetime) -> Report:
        payment, step = self._payment, self._step
        facts = {
            "app": payment.app_name, "payment": payment.number, "kind": payment.kind,
            "state": payment.state, "reason": payment.reason, "currency": payment.currency,
            "moved": step.moved,
        }  # fmt: skip
        said = replace(payment, made_at=at) if step.said == "accepted" else payment
        told = payment_told(replace(said, changed_at=at), [replace(step, at=at)])
        actor = f"app:{payment.app_name}" if step.said == "accepted" else "system:rails"
        return Report(
            0, f"rail.payment.{step.said}", f"rail_payment:{payment.number}", actor,
            _encode(facts).decode(), _encode(told).decode(),
        )  # fmt: skip


class Accept(_RailUnit):
    """Takes a payment of an application, with the money that it sends away. With the first of a
    currency the application gets what it begins with."""

    def __init__(self, tenant: int, payment: Payment, zone: str, once: Once) -> None:
        super().__init__(tenant, payment, zone)
        self.once = once
        self._ordered = payment

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [*super().cells(now, exact=exact), (_KIND, self._funds)]

    @property
    def _funds(self) -> FundsKey:
        return self.tenant, self._ordered.app, self._ordered.currency

    def plan(self, view: View) -> None:
        """Raises: NotFound, Refused("rails.no_funds", "rails.not_refundable")."""
        payment = self._payment = self._ordered
        book, sheet, now = view.works["ledger"], view.works[_KIND], view.now(self.tenant)
        own = book.account(self.tenant, payment.accounts[OWN])
        if not sheet.has_funds(self._funds):
            outside = book.account(self.tenant, payment.accounts[OUTSIDE])
            begins = OPENING * 10 ** minor_digits(payment.currency)
            book.post(view.index, outside, own, begins, "rails.opening")
            sheet.open_funds(self._funds)
            view.works[_FUNDS].add(
                view.index, self.tenant, payment.app, payment.currency, own.id, begins
            )
        if payment.of is not None:
            payment = self._payment = self._refund(view, payment)
        moves = moves_on_acceptance(payment.kind)
        if moves:
            there = book.look(own).posted
            if there < payment.amount:
                # The account has no floor of its own: what was collected may be taken back from
                # one that is empty.
                raise Refused(
                    "the sandbox account has not enough",
                    code="rails.no_funds",
                    facts={"available": format_money(there, payment.currency)},
                )
        moved = self._move(view, moves, f"rails.{payment.kind}")
        first = payment.next_answer
        assert first is not None, "a payment is at least sent"
        self._note(
            view, replace(payment, made_at=now, changed_at=now, due=due_at(now, first, self._zone)),
            "accepted", moved,
        )  # fmt: skip

    def _refund(self, view: View, payment: Payment) -> Payment:
        """The refund, with the account that the collected payment came from. Raises: NotFound,
        which blames `of`; Refused("rails.not_refundable")."""
        assert payment.of is not None, "only refunds come here"
        sheet, key = view.works[_KIND], (self.tenant, payment.of)
        try:
            known: Payment = sheet.get(key)
        except NotFound:
            raise payment_not_found(param="of") from None
        if known.app != payment.app:
            raise payment_not_found(param="of")
        left = known.amount - known.refunded
        fits = known.kind == "collect" and known.state == "settled"
        if not fits or known.currency != payment.currency or payment.amount > left:
            raise Refused(
                "only what was collected, has settled and was not refunded yet is refunded",
                code="rails.not_refundable",
                facts={
                    "kind": known.kind, "state": known.state, "currency": known.currency,
                    "left": format_money(left, known.currency),
                },
            )  # fmt: skip
        sheet.put(key, replace(known, refunded=known.refunded + payment.amount))
        return replace(payment, counter_account=known.counter_account)


class AnswerPayment(_RailUnit):
    """What the rail says next of a payment, when its time has come. Its place in the script makes
    it once: whoever comes second finds another."""

    def __init__(self, tenant: int, payment: Payment, zone: str) -> None:
        super().__init__(tenant, payment, zone)
        self._seen = payment.step

    def plan(self, view: View) -> None:
        """Raises: NotFound, Conflict("rails.not_due")."""
        known: Payment = view.works[_KIND].get((self.tenant, self._payment.id))
        answer = known.next_answer
        if known.step != self._seen or known.due is None or view.now(self.tenant) < known.due:
            raise Conflict("the rail has nothing to say now", code="rails.not_due")
        if answer is None:  # a test account that answers less than it once did
            view.works[_KIND].put((self.tenant, known.id), replace(known, due=None))
            return
        self._payment = known
        taken, moves = take_answer(known, answer.says, answer.reason)
        moved = self._move(view, moves, f"rails.{answer.says}")
        gives_up = taken.state in ("rejected", "returned") and known.state != taken.state
        if known.of is not None and gives_up:
            key = (self.tenant, known.of)
            first = view.works[_KIND].get(key)
            view.works[_KIND].put(key, replace(first, refunded=first.refunded - known.amount))
        taken = replace(taken, step=known.step + 1, changed_at=view.now(self.tenant))
        due = due_at(known.made_at, taken.next_answer, self._zone)
        self._note(view, replace(taken, due=due), answer.says, moved)
