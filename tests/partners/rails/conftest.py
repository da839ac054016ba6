"""A sandbox with an application that pays over the simulated rails, and the clock of the sandbox."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from api.partner import KEY
from enscene.commit import Answer, Once
from enscene.commit.move_clock import move_clock
from enscene.ledger.verify_ledger import Verdict, verify_ledger
from enscene.partners.rails import ACCOUNTS, PaymentOrder, RailClock, Rails
from enscene.partners.rails.store import read_sandboxes
from enscene.partners.store import admitted
from enscene.scenes.reactions import Reactor
from enscene.scenes.runtime import SceneHost
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.apps import App, register_app

NUMBERS = {each.name: each.number for each in ACCOUNTS}
OPENING = 100_000_000
_keys = itertools.count(1)


@dataclass
class Lane:
    """The rails, one application, and whatever drives them."""

    pool: Any
    tenant: Tenant
    app: App
    rails: Rails
    host: SceneHost
    clock: RailClock
    reactor: Reactor = field(init=False)

    def __post_init__(self) -> None:
        self.reactor = Reactor(self.pool, self.host, self.tenant.shard, dues=[self.clock])

    async def submit(self, kind: str, account: str = "", amount: str = "10.00", *, of: str = "",
                     key: str = "", app: App | None = None) -> Answer:  # fmt: skip
        order = PaymentOrder(
            kind=kind, amount=amount, currency="CNY", reference="r-1",
            counter_account=NUMBERS[account] if account else None, of=of or None,
        )  # fmt: skip
        key = key or f"key-{next(_keys)}"
        app = app or self.app
        body = msgspec.json.encode([kind, account, amount, of])
        return await self.rails.pay(app, order, Once.of(app.name, "pay", key, request=body))

    async def pay(self, kind: str, account: str = "", amount: str = "10.00", **more: Any) -> str:
        """A payment that was taken: its number."""
        told = await self.submit(kind, account, amount, **more)
        assert not told.refused, told.body
        return str(msgspec.json.decode(told.body)["id"])

    async def said(self, number: str) -> list[str]:
        _, steps = await self.rails.read(self.tenant.id, self.app.id, number)
        return [step.said for step in steps]

    async def state(self, number: str) -> str:
        return (await self.rails.read(self.tenant.id, self.app.id, number))[0].state

    async def now(self) -> datetime:
        async with admitted(self.pool, self.tenant.id) as connection:
            (row,) = await read_sandboxes(connection, self.tenant.shard, self.tenant.id)
        return row["now"]

    async def pass_days(self, days: int) -> None:
        """Move the sandbox's clock, with all that falls due on the way."""
        await self.reactor.advance(self.tenant.id, await self.now() + timedelta(days=days))

    async def leap(self, days: int) -> None:
        """Move the clock while nobody looks: what was due meanwhile is overdue."""
        moment = await self.now() + timedelta(days=days)
        async with self.pool.acquire() as connection, connection.transaction():
            await move_clock(connection, self.tenant.shard, self.tenant.id, moment)

    async def funds(self) -> tuple[int, int]:
        """Balance and what rests in clearing, fen."""
        ((_, own, clearing),) = await self.rails.balances(self.tenant.id, self.app.id)
        return own, clearing

    async def verdict(self) -> Verdict:
        async with self.pool.acquire() as connection:
            return await verify_ledger(connection, self.tenant.id)

    async def accounts(self) -> dict[str, int]:
        async with admitted(self.pool, self.tenant.id) as connection:
            rows = await connection.fetch(
                "select name, posted from account where tenant = $1", self.tenant.id
            )
        return dict(rows)


async def register(pool: Any, tenant: Tenant, name: str) -> App:
    """An application that may pay over the rails."""
    return await register_app(
        pool, tenant, name, title=name, level="A2", scopes=["rails:payments"],
        jwks=[KEY.as_dict(private=False)],
    )  # fmt: skip


@pytest.fixture
async def lane(pool: Any) -> AsyncIterator[Lane]:
    tenant = await create_tenant(pool, "sandbox", "Sandbox", sandbox=True)
    app = await register(pool, tenant, "partner-one-test")
    host, rails = SceneHost(pool), Rails(pool)
    clock = RailClock(rails, pool, tenant.shard, host.service)
    yield Lane(pool, tenant, app, rails, host, clock)
    await rails.close()
    await host.close()
