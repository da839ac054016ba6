"""The simulated rails of sandboxes: take payments, answer them when it is time, look at them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enscene.commit import Answer, Once, Writer, admit
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.kernel.ids import check_ref, new_uuid
from enscene.kernel.money import parse_money
from enscene.ledger import AccountOrder, open_accounts
from enscene.partners.rails import store
from enscene.partners.rails.payment import Kind, Payment, payment_id, payment_not_found
from enscene.partners.rails.store import StepMade
from enscene.partners.rails.test_accounts import find_account
from enscene.partners.rails.unit import Accept, AnswerPayment, rail_kinds
from enscene.partners.store import Pool, admitted
from enscene.tenants import Tenant, get_tenant
from enscene.tenants.apps import App
from enscene.tenants.service import ServiceWatch

SCOPE = "rails:payments"
AMOUNT_MOST = 10**11
"""Minor units: a thousand million of most currencies."""
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """What a partner asks for, as it was written. `of` is what a refund gives back, which names the
    counter account then."""

    kind: Kind
    amount: str
    currency: str
    reference: str
    counter_account: str | None = None
    of: str | None = None


class Rails:
    """One in a process, with a write path of its own as the cashier has."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._writers: dict[int, Writer] = {}

    async def close(self) -> None:
        """Take nothing more, and wait for what was taken."""
        for writer in self._writers.values():
            await writer.close()

    def writer(self, shard: int) -> Writer:
        """The write path of a shard."""
        found = self._writers.get(shard)
        if found is None:
            found = self._writers[shard] = Writer(self._pool, shard, rail_kinds())
        return found

    async def sandbox(self, tenant: int) -> Tenant:
        """The tenant, if it is a sandbox. Raises: Forbidden("rails.not_sandbox")."""
        found = await get_tenant(self._pool, tenant)
        if not found.sandbox:
            raise Forbidden(
                "simulated rails are of sandboxes alone",
                code="rails.not_sandbox",
                hint="a live bank pays through its core banking: actions of scenes and contracts, "
                "sent to it as ISO 20022 orders",
            )
        return found

    async def now(self, sandbox: Tenant) -> datetime:
        """What time it is there."""
        async with admitted(self._pool, sandbox.id, readonly=True) as connection:
            (row,) = await store.read_sandboxes(connection, sandbox.shard, sandbox.id)
        now: datetime = row["now"]
        return now

    async def pay(self, app: App, order: PaymentOrder, once: Once) -> Answer:
        """Take a payment; the answer is the JSON text of it as it is told. The same key is the same
        payment.

        Raises: Invalid, NotFound, Forbidden, Conflict("idempotency.key_reused"); a rule that says
        no is an answer that is refused.
        """
        sandbox = await self.sandbox(app.tenant)
        payment = _checked(app, order)
        currency = payment.currency
        async with admitted(self._pool, app.tenant) as connection:
            accounts = await open_accounts(
                connection, app.tenant, [
                    AccountOrder(0, f"rails.own.{app.id}", 0, currency, floor=None),
                    AccountOrder(0, "rails.clearing", 0, currency),
                    AccountOrder(0, "rails.outside", 0, currency, floor=None),
                ], mostly_open=True,
            )  # fmt: skip
        payment = replace(payment, accounts=tuple(accounts))
        unit = Accept(app.tenant, payment, sandbox.zone, once)
        return await self.writer(sandbox.shard).submit(unit)

    async def read(self, tenant: int, app: int, number: str) -> tuple[Payment, list[StepMade]]:
        """One of an application's own, with its steps. Raises: NotFound."""
        async with admitted(self._pool, tenant, readonly=True) as connection:
            found = await store.read_payment(connection, tenant, app, payment_id(number))
            if found is None:
                raise payment_not_found()
            steps = await store.read_steps(connection, tenant, [found.id])
        return found, steps.get(found.id, [])

    async def payments(
        self, tenant: int, app: int, *, before: UUID | None = None, limit: int = 50
    ) -> list[tuple[Payment, list[StepMade]]]:
        """Those of an application, newest first, with their steps."""
        async with admitted(self._pool, tenant, readonly=True) as connection:
            found = await store.list_payments(connection, tenant, app, before, limit)
            steps = await store.read_steps(connection, tenant, [each.id for each in found])
        return [(each, steps.get(each.id, [])) for each in found]

    async def balances(self, tenant: int, app: int) -> list[tuple[str, int, int]]:
        """Currency, balance, and what rests in clearing, minor units; none before the first
        payment in a currency."""
        async with admitted(self._pool, tenant, readonly=True) as connection:
            rows = await store.read_balances(connection, tenant, app)
        return [(row["currency"], row["posted"], row["waits"]) for row in rows]


class RailClock:
    """The rails of one shard's sandboxes, by the clock of each. Any number of processes may have
    one: an answer is given once."""

    def __init__(self, rails: Rails, pool: Pool, shard: int, service: ServiceWatch) -> None:
        self._rails = rails
        self._pool = pool
        self._shard = shard
        self._service = service

    async def step(self, tenant: int | None = None) -> int:
        """Give every answer that is due now, in every sandbox or in one; how many were given."""
        done = 0
        while True:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                found = await store.read_sandboxes(connection, self._shard, tenant)
                open_ = [e for e in found if self._service.of(e["id"]).state != "readings"]
                if not open_:
                    return done
                await admit(connection, [each["id"] for each in open_], by_key=True)
                due = await store.read_due(connection, [(e["id"], e["now"]) for e in open_], PAGE)
            zones = {each["id"]: each["zone"] for each in open_}
            given = await self._answer(due, zones)
            done += given
            if not given:
                return done

    async def next_due(self, tenant: int) -> datetime | None:
        """When the rail has something to say next."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant], by_key=True)
            return await store.read_next_due(connection, tenant)

    async def _answer(self, due: list[tuple[int, Payment]], zones: dict[int, str]) -> int:
        writer = self._rails.writer(self._shard)
        units = [AnswerPayment(tenant, each, zones[tenant]) for tenant, each in due]
        outcomes: list[Any] = await asyncio.gather(
            *(writer.submit(unit) for unit in units), return_exceptions=True
        )
        for outcome in outcomes:
            # Somebody else was first; or the database's clock is a little behind.
            if isinstance(outcome, BaseException) and not isinstance(outcome, Conflict):
                raise outcome
        return sum(not isinstance(outcome, BaseException) for outcome in outcomes)


async def has_paid(pool: Pool, tenant: int, app: int) -> bool:
    """Whether an application has ever paid over the rails."""
    async with admitted(pool, tenant, readonly=True) as connection:
        return bool(await store.list_payments(connection, tenant, app, None, 1))


def _checked(app: App, order: PaymentOrder) -> Payment:
    """The payment, its accounts not yet known. Raises: Invalid, NotFound."""
    amount = parse_money(order.amount, order.currency, param="amount")
    if not 0 < amount <= AMOUNT_MOST:
        raise Invalid("the amount is too small or too large", code="rails.amount", param="amount")
    of = None
    if order.kind == "refund":
        if order.of is None or order.counter_account is not None:
            raise Invalid(
                "a refund names the payment that it gives back, and goes where that came from",
                code="rails.refund_of",
                param="of" if order.of is None else "counter_account",
            )
        of = payment_id(order.of, param="of")
        counter = ""
    else:
        if order.of is not None or order.counter_account is None:
            raise Invalid(
                "what is no refund names a counter account and no payment",
                code="rails.refund_of",
                param="counter_account" if order.counter_account is None else "of",
            )
        counter = find_account(order.counter_account).number
    beginning = datetime.min.replace(tzinfo=UTC)  # until it is taken
    return Payment(
        id=new_uuid(), app=app.id, app_name=app.name, kind=order.kind, of=of, amount=amount,
        currency=order.currency, counter_account=counter,
        reference=check_ref(order.reference, param="reference"), accounts=(), state="accepted",
        reason=None, refunded=0, step=0, due=None, made_at=beginning, changed_at=beginning,
    )  # fmt: skip
