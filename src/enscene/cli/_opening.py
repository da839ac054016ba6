"""Balances from before the first day: one unit of the write path for each account."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from enscene.commit import Once, Report, View, admit
from enscene.kernel.money import format_money
from enscene.ledger import AccountOrder, open_accounts
from enscene.scenes.runtime import RunningScene, SceneHost

Balance = tuple[str, str, int]
"""Account, party, minor units."""


class Opening:
    """Puts a balance there, against the bank's account for openings; done once."""

    timed = False
    lines: Sequence[Any] = ()

    def __init__(self, scene: RunningScene, source: int, account: int, balance: Balance) -> None:
        self.tenant = scene.tenant
        self._scene = scene
        self._source = source
        self._account = account
        self._balance = balance
        name, party, amount = balance
        self._facts = {
            "account": name, "party": party, "amount": format_money(amount, scene.pack.currency),
        }  # fmt: skip
        request = msgspec.json.encode(self._facts)
        self.once: Once | None = Once.of(
            "enscene", f"{scene.ref}/opening", f"{name}:{party}", request=request
        )

    def cells(self, now: datetime, *, exact: bool) -> Iterable[tuple[str, Any]]:
        return [("ledger", (self.tenant, self._source)), ("ledger", (self.tenant, self._account))]

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        source = book.account(self.tenant, self._source)
        target = book.account(self.tenant, self._account)
        amount = self._balance[2]
        if amount > 0:
            book.post(view.index, source, target, amount, "opening")
        else:
            book.post(view.index, target, source, -amount, "opening")

    def report(self, seq: int, at: datetime) -> Report:
        facts = msgspec.json.encode({"input": self._facts}).decode()
        subject = f"party:{self._balance[1]}"
        return Report(self._scene.id, "opening", subject, "bank:bank", facts, "{}")


async def open_balances(
    pool: asyncpg.Pool[Any], host: SceneHost, scene: RunningScene, balances: Sequence[Balance]
) -> None:
    """Give each account what it begins with."""
    if not balances:
        return
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [scene.tenant])
        order = AccountOrder(0, "opening", 0, scene.pack.currency, floor=None)
        (source,) = await open_accounts(connection, scene.tenant, [order])
    units = []
    for balance in balances:
        member = await scene.roster.find(balance[1])
        assert member is not None, balance
        units.append(Opening(scene, source, member.accounts[balance[0]], balance))
    writer = host.writer(scene.shard)
    await asyncio.gather(*(writer.submit(unit) for unit in units))
