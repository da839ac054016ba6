"""The books of a product: accounts of the bank, outside every scene, that its contracts post to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.ledger import AccountOrder, open_accounts

OUTSIDE = 0
"""The scene and the owner of the bank's own books."""
CURRENT = "current"
"""A customer's own account with the bank."""
CORE = "core"
"""The rest of the bank: where money comes from and goes to that is not in any of its books here."""

_LENDING = ("principal", "interest_due", "accrued", "interest", "penalties", "fees", "losses",
            "recovered")  # fmt: skip
_BENEFIT = ("liability", "cost", "income", "lapsed")
OF_KIND = MappingProxyType(
    {
        "loan": _LENDING,
        "credit_line": _LENDING,
        "deposit": ("deposits", "accrued", "interest"),
        "insurance": ("unearned", "premiums", "claims"),
        "wealth": ("funds",),
        "benefit": _BENEFIT,
        "currency": ("position",),
    }
)
_SERVICE = ("income",)

# (part of the step, debited book, credited book); "pay" is the account on the customer's side.
_DRAWN = (("principal", "principal", "pay"), ("fee", "pay", "fees"))
_REPAID = (
    ("principal", "pay", "principal"), ("interest", "pay", "interest_due"),
    ("penalty", "pay", "penalties"), ("fee", "pay", "fees"),
)  # fmt: skip
_PAID_OUT = (("principal", "deposits", "pay"), ("interest", "accrued", "pay"))
POSTINGS: MappingProxyType[str, tuple[tuple[str, str, str], ...]] = MappingProxyType(
    {
        "drawn": _DRAWN,
        "fell_due": (("interest", "interest_due", "accrued"),),
        "repaid": _REPAID,
        "repaid_early": _REPAID,
        "given_back": (("principal", "pay", "principal"),),
        "restructured": (("interest", "interest_due", "accrued"),),
        # Penalties are income when they are paid, so none is lost.
        "written_off": (
            ("principal", "losses", "principal"), ("interest", "losses", "interest_due"),
        ),
        "recovered": (
            ("principal", "pay", "recovered"), ("interest", "pay", "recovered"),
            ("penalty", "pay", "recovered"),
        ),
        "paid_in": (("principal", "pay", "deposits"),),
        "paid_out": _PAID_OUT,
        "taken_out": _PAID_OUT,
        "credited": (("interest", "accrued", "deposits"),),
        "premium_paid": (("principal", "pay", "unearned"),),
        "earned": (("principal", "unearned", "premiums"),),
        "claim_paid": (("principal", "claims", "pay"),),
        "premium_refunded": (("principal", "unearned", "pay"),),
        "subscribed": (("principal", "pay", "funds"),),
        "redeemed": (("principal", "funds", "pay"),),
        "sold": (("fee", "pay", "income"),),
        "granted": (("principal", "cost", "liability"),),
        "used": (("principal", "liability", "pay"),),
        "lapsed": (("principal", "liability", "lapsed"),),
        "served": (("fee", "pay", "income"),),
        "exchanged": (("principal", "pay", "position"),),
    }
)  # fmt: skip
"""What each step of a life posts. Steps that are not here move no money."""


@dataclass(frozen=True, slots=True)
class BookSet:
    """The books of one product in one currency: account ids by name."""

    product: str
    currency: str
    ids: MappingProxyType[str, int]


class Books:
    """Finds the books, and opens those that are missing; what was found is remembered."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool
        self._sets: dict[tuple[int, str, str], BookSet] = {}
        self._accounts: dict[tuple[int, int, str, str], int] = {}

    async def of(self, tenant: int, product: str, kind: str, currency: str) -> BookSet:
        """The books of a product."""
        key = (tenant, product, currency)
        known = self._sets.get(key)
        if known is None:
            names = OF_KIND.get(kind, _SERVICE)
            orders = [
                AccountOrder(OUTSIDE, f"{product}.{name}", OUTSIDE, currency, role=name, floor=None)
                for name in names
            ]
            ids = await self._open(tenant, orders)
            known = BookSet(product, currency, MappingProxyType(dict(zip(names, ids, strict=True))))
            self._sets[key] = known
        return known

    async def current(self, tenant: int, customer: int, currency: str) -> int:
        """The customer's own account."""
        return await self._account(tenant, customer, CURRENT, currency, 0)

    async def currents(
        self, tenant: int, holders: Sequence[tuple[int, str]]
    ) -> dict[tuple[int, str], int]:
        """The own accounts of many customers, by (customer, currency)."""
        wanted = sorted(set(holders))
        orders = [
            AccountOrder(OUTSIDE, CURRENT, owner, currency, role=CURRENT)
            for owner, currency in wanted
        ]
        ids = await self._open(tenant, orders, mostly_open=True)
        return dict(zip(wanted, ids, strict=True))

    async def core(self, tenant: int, currency: str) -> int:
        """The rest of the bank."""
        return await self._account(tenant, OUTSIDE, CORE, currency, None)

    async def _account(
        self, tenant: int, owner: int, name: str, currency: str, floor: int | None
    ) -> int:
        key = (tenant, owner, name, currency)
        known = self._accounts.get(key)
        if known is None:
            order = AccountOrder(OUTSIDE, name, owner, currency, role=name, floor=floor)
            known = self._accounts[key] = (await self._open(tenant, [order]))[0]
        return known

    async def _open(
        self, tenant: int, orders: list[AccountOrder], *, mostly_open: bool = False
    ) -> list[int]:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            return await open_accounts(connection, tenant, orders, mostly_open=mostly_open)
