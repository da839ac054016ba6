"""Issuing an invoice, paying it, buying credits: each is one unit of the write path, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from enscene.billing import store
from enscene.billing.accounts import CREDITS, OUTSIDE, OWED, Books, Poster, cells
from enscene.billing.rate import Line
from enscene.commit import Appends, Cell, Once, Report, Unit, View
from enscene.ledger import Ledger

_encode = msgspec.json.Encoder().encode


def billing_kinds() -> tuple[Any, ...]:
    """The kinds that these units work on."""
    return (
        Ledger(),
        Appends("invoice", store.INSERT_INVOICES),
        Appends("invoice_line", store.INSERT_LINES),
        Appends("invoice_paid", store.PAY_INVOICES),
    )


def _named(month: str, payer: str) -> str:
    return f"{month}@{payer}" if payer else month


def _received(receipt: str) -> dict[str, str]:
    return {"receipt": receipt} if receipt else {}


class _BillingUnit:
    timed = True  # what credits are left is told under the lock
    lines: Sequence[Unit] = ()
    action = ""
    _month: date

    def __init__(self, tenant: int, books: Books, once: Once, who: str, payer: str) -> None:
        self.tenant = tenant
        self.payer = payer
        self.once: Once | None = once
        self._books = books
        self._who = who
        self._told: dict[str, Any] = {}

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return cells(self.tenant, self._books)

    def named(self, **minor: int) -> dict[str, Any]:
        """What is told of an invoice: which, who pays where that is an application, and amounts."""
        payer = {"payer": self.payer} if self.payer else {}
        return {"invoice": f"{self._month:%Y-%m}", **payer, **minor}

    def poster(self, view: View) -> Poster:
        return Poster(view.works["ledger"], view.index, self.tenant, self._books)

    def report(self, seq: int, at: datetime) -> Report:
        told = _encode(self._told).decode()
        subject = f"invoice:{_named(self._told.get('invoice', ''), self.payer)}"
        return Report(0, self.action, subject, self._who, told, told)


class IssueInvoice(_BillingUnit):
    """Writes an invoice and posts its shares. Once for a payer and month, whoever asks."""

    action = "billing.issued"

    def __init__(
        self,
        tenant: int,
        books: Books,
        month: date,
        currency: str,
        invoice_lines: Sequence[Line],
        shares: Mapping[str, int],
        reach: int,
        who: str,
        payer: str = "",
    ) -> None:
        name = _named(f"{month:%Y-%m}", payer)
        super().__init__(tenant, books, Once.of("billing", "issue", name, request=b""), who, payer)
        self._month = month
        self._currency = currency
        self._lines = invoice_lines
        self._shares = shares
        self._reach = reach

    def plan(self, view: View) -> None:
        total = sum(line.amount for line in self._lines)
        credit = self.poster(view).issue(self._shares, total)
        state = "paid" if credit == total else "issued"
        view.works["invoice"].add(
            view.index, self.tenant, self.payer, self._month, self._currency, total, credit,
            _encode(self._shares).decode(), self._reach, state,
        )  # fmt: skip
        for n, line in enumerate(self._lines, start=1):
            view.works["invoice_line"].add(
                view.index, self.tenant, self.payer, self._month, n, line.kind, line.name,
                line.meter, line.adjusts, line.first, line.until, line.quantity, line.amount,
                _encode(line.shares).decode(), _encode(line.detail).decode(), line.after_seq,
            )  # fmt: skip
        self._told = self.named(total=total, credit=credit)


class PayInvoice(_BillingUnit):
    """Takes what is due, and pays the shares out."""

    action = "billing.paid"

    def __init__(
        self,
        tenant: int,
        books: Books,
        month: date,
        due: int,
        shares: Mapping[str, int],
        who: str,
        payer: str = "",
        receipt: str = "",
    ) -> None:
        name = _named(f"{month:%Y-%m}", payer)
        super().__init__(tenant, books, Once.of("billing", "pay", name, request=b""), who, payer)
        self._month = month
        self._due = due
        self._shares = shares
        self._receipt = receipt

    def plan(self, view: View) -> None:
        poster = self.poster(view)
        poster.move(OUTSIDE, OWED, self._due, "billing.pay")
        poster.settle(self._shares)
        view.works["invoice_paid"].add(view.index, self.tenant, self.payer, self._month)
        self._told = {**self.named(paid=self._due), **_received(self._receipt)}


class BuyCredits(_BillingUnit):
    """Money paid before it is used."""

    action = "billing.credits"

    def __init__(
        self,
        tenant: int,
        books: Books,
        minor: int,
        once: Once,
        who: str,
        payer: str = "",
        receipt: str = "",
    ) -> None:
        super().__init__(tenant, books, once, who, payer)
        self._minor = minor
        self._receipt = receipt

    def plan(self, view: View) -> None:
        self.poster(view).move(OUTSIDE, CREDITS, self._minor, "billing.buy_credits")
        payer = {"payer": self.payer} if self.payer else {}
        self._told = {"bought": self._minor, **payer, **_received(self._receipt)}
