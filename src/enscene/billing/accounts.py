"""What is owed, prepaid and shared, as accounts of a tenant's ledger outside every scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from enscene.billing.plan import PARTIES
from enscene.ledger import AccountOrder, Book, open_accounts

OUTSIDE, CREDITS, OWED = "billing.outside", "billing.credits", "billing.owed"
EARNED = {party: f"billing.earned.{party}" for party in PARTIES}
"""Shares of what was issued and is not paid yet."""
PAID = {party: f"billing.paid.{party}" for party in PARTIES}
NAMES = (OUTSIDE, CREDITS, OWED, *EARNED.values(), *PAID.values())

Books = Mapping[str, int]
"""Ids of the accounts by name."""


def account_of(name: str, payer: str) -> str:
    """The account of that name of who pays: `billing.owed`, or `billing.owed@shop-app` where an
    application does."""
    return f"{name}@{payer}" if payer else name


async def open_books(connection: Any, tenant: int, currency: str, payer: str = "") -> Books:
    """The accounts, opened where they are not: only credits may not fall below nothing."""
    orders = [
        AccountOrder(0, account_of(name, payer), 0, currency, floor=0 if name == CREDITS else None)
        for name in NAMES
    ]
    ids = await open_accounts(connection, tenant, orders, mostly_open=True)
    return dict(zip(NAMES, ids, strict=True))


class Poster:
    """Posts for one unit; an amount below zero goes the other way."""

    def __init__(self, book: Book, unit: int, tenant: int, books: Books) -> None:
        self._book = book
        self._unit = unit
        self._accounts = {name: book.account(tenant, books[name]) for name in books}

    def move(self, dr: str, cr: str, minor: int, flow: str) -> None:
        if minor < 0:
            dr, cr, minor = cr, dr, -minor
        if minor:
            self._book.post(self._unit, self._accounts[dr], self._accounts[cr], minor, flow)

    def issue(self, shares: Mapping[str, int], total: int) -> int:
        """What is owed, and to whom; how much of it is paid from credits at once."""
        for party, minor in shares.items():
            self.move(OWED, EARNED[party], minor, "billing.issue")
        if total < 0:
            # What was billed too much before: it is there for the next months.
            self.move(OWED, CREDITS, -total, "billing.give_back")
            used = total
        else:
            used = self._book.take_up_to(self._accounts[CREDITS], total) if total else 0
            self.move(CREDITS, OWED, used, "billing.credit")
        if used == total:
            self.settle(shares)
        return used

    def settle(self, shares: Mapping[str, int]) -> None:
        """The shares are paid."""
        for party, minor in shares.items():
            self.move(EARNED[party], PAID[party], minor, "billing.share")


def cells(tenant: int, books: Books) -> Iterator[tuple[str, tuple[int, int]]]:
    """The accounts as cells of the write path."""
    return (("ledger", (tenant, each)) for each in books.values())
