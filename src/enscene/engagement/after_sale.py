"""After the sale: a task for a relationship manager when a product is given up early, a debit has
failed, or nobody uses it. Reads the log after the fact; a page that is read twice makes no second task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from enscene.commit import admit
from enscene.engagement import store
from enscene.engagement.applications import right_managers
from enscene.engagement.end_contracts import ENDED_BY_SCENE
from enscene.scenes.reactions import Event
from enscene.shelf import LENDS, standard_shelf
from enscene.work import Need, make_task

EARLY = timedelta(days=30)
"""A product that is closed sooner than this was not what the customer needed."""
UNUSED_FOR = timedelta(days=60)
USED = ("credit_line", "benefit", "capability")
"""Kinds of products that are there to be used again and again."""
USES = ("drawn", "used", "served", "granted")
FOLLOWED_MOST = 500


class AfterSale:
    """Handles pages of the log."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    async def handle(self, events: Sequence[Event]) -> None:
        """Follow up on contracts that were closed, and on those whose debit failed."""
        for event in events:
            if event.action == "contract.closed" and event.actor != ENDED_BY_SCENE:
                await self._closed(event)
            elif event.action == "contracts.closed_day":
                await self._day(event, date.fromisoformat(event.facts["day"]))
            elif event.scene and any(m["how"] == "reverse" for m in event.facts.get("moved", ())):
                await self._reversed(event)

    async def _closed(self, event: Event) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [event.tenant])
            row = await store.read_contract(connection, event.tenant, UUID(event.facts["contract"]))
            if row is None or event.at - row["opened_at"] >= EARLY:
                return
            await self._follow(connection, event, row, "closed_early", Need(stuck=True))

    async def _reversed(self, event: Event) -> None:
        """What was paid for goes back: whoever has borrowed for it still owes the loan."""
        thing = event.facts.get("thing")
        if thing is None:
            return
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [event.tenant])
            refs = list(event.facts.get("parties", {}).values())
            lends = [p.id for p in standard_shelf().products.values() if p.kind in LENDS]
            for row in await store.read_lent_for(
                connection, event.tenant, event.scene, refs, thing["key"], lends
            ):
                need = Need(amount=row["amount"] or 0, trouble=True)
                await self._follow(connection, event, row, "order_refunded", need)

    async def _day(self, event: Event, day: date) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [event.tenant])
            rows = await store.read_behind(
                connection, event.tenant, day + timedelta(days=1), FOLLOWED_MOST
            )
            for row in rows:
                late = (day - date.fromisoformat(row["first"])).days
                reason = "overdue" if late > 0 else "debit_failed"
                need = Need(amount=row["amount"] or 0, trouble=True)
                await self._follow(connection, event, row, reason, need)
            products = [p.id for p in standard_shelf().products.values() if p.kind in USED]
            for row in await store.read_unused(
                connection, event.tenant, products, event.at - UNUSED_FOR, day, USES, FOLLOWED_MOST
            ):
                # A machine reminds; a person only where much lies idle.
                need = Need(amount=row["amount"] or 0)
                await self._follow(connection, event, row, "unused", need)

    async def _follow(
        self, connection: store.Connection, event: Event, row: Any, reason: str, need: Need
    ) -> None:
        contract = str(row["id"])
        if await store.was_followed(connection, event.tenant, contract, reason, event.at - EARLY):
            return
        await make_task(
            connection, event.tenant, "follow_up", scene=row["scene"], customer=row["customer"],
            reason=reason, need=need, at=event.at, contract=contract,
            managers=await right_managers(
                connection, event.tenant, row["customer"], row["product"]
            ),
        )  # fmt: skip
