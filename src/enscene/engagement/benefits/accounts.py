"""The bank's money for benefits, as accounts of the ledger outside every scene."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from enscene.ledger import AccountOrder, open_accounts

BANK, POOL = "benefits.bank", "benefits.pool"
"""Where the money comes from, and what all lines share."""
_LEFT, _ASIDE, _SPENT = "benefits.left", "benefits.aside", "benefits.spent"


@dataclass(frozen=True, slots=True)
class Accounts:
    """Ids. `left` is what a campaign may still promise, `aside` what it has promised, `spent` what
    was taken, by the line that paid. None may fall below nothing but the bank's own."""

    bank: int
    pool: int
    left: int
    aside: int
    spent: dict[str, int]

    def all(self) -> list[int]:
        return [self.bank, self.pool, self.left, self.aside, *self.spent.values()]


def left_name(campaign: str) -> str:
    return f"{_LEFT}@{campaign}"


def spent_name(campaign: str, line: str) -> str:
    return f"{_SPENT}@{line}/{campaign}"


async def open_pool(connection: Any, tenant: int, currency: str) -> tuple[int, int]:
    """The bank's account and the pool."""
    orders = [AccountOrder(0, BANK, 0, currency, floor=None), AccountOrder(0, POOL, 0, currency)]
    bank, pool = await open_accounts(connection, tenant, orders, mostly_open=True)
    return bank, pool


async def open_campaign(
    connection: Any, tenant: int, campaign: str, lines: Collection[str], currency: str
) -> Accounts:
    """Those of a campaign, opened where they are not."""
    bank, pool = await open_pool(connection, tenant, currency)
    known = sorted(lines)
    names = [left_name(campaign), f"{_ASIDE}@{campaign}", *(spent_name(campaign, x) for x in known)]
    orders = [AccountOrder(0, name, 0, currency) for name in names]
    left, aside, *spent = await open_accounts(connection, tenant, orders, mostly_open=True)
    return Accounts(bank, pool, left, aside, dict(zip(known, spent, strict=True)))
