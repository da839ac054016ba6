"""Billing in one process: plans, invoices, payments, credits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
import msgspec

from enscene.billing import store
from enscene.billing.accounts import CREDITS, open_books
from enscene.billing.plan import PARTIES, Plan, PlanBody, in_force
from enscene.billing.rate import Line, adjust, rate_month
from enscene.billing.units import BuyCredits, IssueInvoice, PayInvoice, billing_kinds
from enscene.commit import Once, Writer
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.metering import Meters, RollUp, after_month
from enscene.metering import store as metering_store
from enscene.tenants import Tenant, get_tenant

ISSUED_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Invoice:
    """A closed month. Amounts in minor units; `reach` is the number of the last reading in it."""

    month: date
    currency: str
    total: int
    credit: int
    due: int
    shares: Mapping[str, int]
    reach: int
    state: str
    seq: int
    issued_at: datetime
    paid_seq: int | None
    paid_at: datetime | None

    @property
    def id(self) -> str:
        return f"{self.month:%Y-%m}"


class Billing:
    """One in a process. It has a write path of its own; the ledger's conditions keep the two of a
    process apart, as they do those of two processes."""

    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self.pool = pool
        self._writers: dict[int, Writer] = {}

    def writer(self, shard: int) -> Writer:
        """The write path of a shard."""
        writer = self._writers.get(shard)
        if writer is None:
            writer = Writer(self.pool, shard, (*billing_kinds(), Meters()))
            self._writers[shard] = writer
        return writer

    async def close(self) -> None:
        """Take nothing more and wait for what was taken."""
        for writer in self._writers.values():
            await writer.close()

    # -- plans -----------------------------------------------------------------------------

    async def plans(self, tenant: int) -> list[Plan]:
        """All plans of a tenant, oldest first."""
        async with store.reading(self.pool, [tenant]) as connection:
            return await store.read_plans(connection, tenant)

    async def propose(self, tenant: int, starts: date, body: PlanBody, who: str) -> Plan:
        """A plan that waits for a second person. It bills nothing that was before.

        Raises: Invalid.
        """
        body.check()
        own = await get_tenant(self.pool, tenant)
        if body.currency != own.currency:
            raise Invalid(
                f"the tenant's currency is {own.currency}", code="plan.currency", param="currency"
            )
        async with store.writing(self.pool, tenant) as connection:
            await self._not_past(connection, tenant, starts)
            return await store.insert_plan(connection, tenant, starts, body, who)

    async def decide(self, tenant: int, version: int, *, approve: bool, who: str) -> Plan:
        """Approve or reject, by somebody else than who made it.

        Raises: NotFound, Conflict (it was decided), Forbidden("plan.four_eyes"), Invalid (its
        first day has passed).
        """
        async with store.writing(self.pool, tenant) as connection:
            plans = {plan.version: plan for plan in await store.read_plans(connection, tenant)}
            plan = plans.get(version)
            if plan is None:
                raise NotFound("there is no such plan", code="plan.not_found")
            if plan.made_by == who:
                raise Forbidden("somebody else has to decide", code="plan.four_eyes")
            if approve:
                await self._not_past(connection, tenant, plan.starts)
            state = "approved" if approve else "rejected"
            done = await store.decide_plan(connection, tenant, version, state, who)
            if done is None:
                raise Conflict(f"the plan is {plan.state} already", code="plan.decided")
            return done

    async def _not_past(self, connection: store.Connection, tenant: int, starts: date) -> None:
        zone, now = await store.read_now(connection, tenant)
        if starts < local_day(now, zone):
            raise Invalid(
                "prices hold from today on, or later", code="plan.past", param="starts",
                hint="what has been used cannot become dearer afterwards",
            )  # fmt: skip

    # -- invoices --------------------------------------------------------------------------

    async def run(self, month: date, tenants: Sequence[Tenant]) -> dict[str, Any]:
        """Issue the month's invoice of every tenant that has prices and none yet; what came of
        it. Done again it issues nothing twice."""
        for shard in sorted({tenant.shard for tenant in tenants}):
            await RollUp(self.pool, shard).settle()
        slots = asyncio.Semaphore(ISSUED_AT_ONCE)
        counts: dict[str, Any] = {"issued": 0, "known": 0, "nothing": 0, "failed": {}}

        async def one(tenant: Tenant) -> None:
            async with slots:
                try:
                    known = await self._known(tenant.id, month)
                    issued = known or await self.issue(tenant, month, rolled=True)
                except (Conflict, Invalid) as error:
                    counts["failed"][tenant.ref] = error.code
                    return
            counts["known" if known else "issued" if issued else "nothing"] += 1

        await asyncio.gather(*map(one, tenants))
        return counts

    async def issue(
        self, tenant: Tenant, month: date, *, who: str = "clock:clock", rolled: bool = False
    ) -> Invoice | None:
        """Close a month: its invoice, also where another process was first; None where no prices
        held in it.

        Raises: Conflict("invoice.open") while the month lasts.
        """
        if not rolled:
            await RollUp(self.pool, tenant.shard).settle()
        async with store.reading(self.pool, [tenant.id]) as connection:
            zone, now = await store.read_now(connection, tenant.id)
            if local_day(now, zone) < after_month(month):
                raise Conflict("the month is not over", code="invoice.open")
            if await store.read_invoice(connection, tenant.id, month) is not None:
                return await self._known(tenant.id, month)
            reach = await metering_store.read_cursor(connection, tenant.id)
            plans = await store.read_plans(connection, tenant.id)
            if not in_force(plans, month, after_month(month)):
                return None
            lines = await _reckon(connection, tenant.id, plans, month)
            lines += await _late(connection, tenant.id, plans, month)
        shares = {party: sum(line.shares[party] for line in lines) for party in PARTIES}
        async with store.writing(self.pool, tenant.id) as connection:
            books = await open_books(connection, tenant.id, tenant.currency)
        unit = IssueInvoice(tenant.id, books, month, tenant.currency, lines, shares, reach, who)
        await self.writer(tenant.shard).submit(unit)
        return await self._known(tenant.id, month)

    async def _known(self, tenant: int, month: date) -> Invoice | None:
        async with store.reading(self.pool, [tenant]) as connection:
            row = await store.read_invoice(connection, tenant, month)
        return None if row is None else _invoice(row)

    async def invoices(self, tenant: int, *, before: date, limit: int) -> list[Invoice]:
        """The newest first."""
        async with store.reading(self.pool, [tenant]) as connection:
            rows = await store.read_invoices(connection, tenant, before, limit)
        return [_invoice(row) for row in rows]

    async def invoice(self, tenant: int, month: date) -> tuple[Invoice, list[tuple[int, Line]]]:
        """An invoice and its numbered lines. Raises: NotFound."""
        async with store.reading(self.pool, [tenant]) as connection:
            row = await store.read_invoice(connection, tenant, month)
            lines = await store.read_lines(connection, tenant, month)
        if row is None:
            raise NotFound("there is no such invoice", code="invoice.not_found")
        return _invoice(row), lines

    async def pay(self, tenant: Tenant, month: date, who: str) -> Invoice:
        """What is due has come in; done again it changes nothing. Raises: NotFound."""
        invoice, _ = await self.invoice(tenant.id, month)
        if invoice.state != "paid":
            async with store.writing(self.pool, tenant.id) as connection:
                books = await open_books(connection, tenant.id, invoice.currency)
            unit = PayInvoice(tenant.id, books, month, invoice.due, invoice.shares, who)
            await self.writer(tenant.shard).submit(unit)
        return (await self.invoice(tenant.id, month))[0]

    async def buy_credits(self, tenant: Tenant, minor: int, key: str, who: str) -> int:
        """Pay `minor` before it is used, once for the key; what is there then.

        Raises: Invalid, Conflict (the key was used for another amount).
        """
        if not 0 < minor <= 10**12:
            raise Invalid("credits are more than nothing", code="invalid.too_small", param="amount")
        async with store.writing(self.pool, tenant.id) as connection:
            books = await open_books(connection, tenant.id, tenant.currency)
        once = Once.of("billing", "credits", who, key, request=str(minor).encode())
        await self.writer(tenant.shard).submit(BuyCredits(tenant.id, books, minor, once, who))
        return await self.credits(tenant)

    async def credits(self, tenant: Tenant) -> int:
        """What is prepaid and not used."""
        async with store.reading(self.pool, [tenant.id]) as connection:
            found = await store.read_balances(connection, tenant.id, tenant.currency, [CREDITS])
        return found.get(CREDITS, 0)


async def _reckon(
    connection: store.Connection, tenant: int, plans: Sequence[Plan], month: date
) -> list[Line]:
    """What the month costs by the sums as they are now."""
    until = after_month(month)
    usage: dict[str, dict[date, int]] = defaultdict(dict)
    for day, meter, quantity, _ in await metering_store.read_by_day(
        connection, tenant, month, until
    ):
        usage[meter][day] = quantity
    return rate_month(in_force(plans, month, until), usage, (until - month).days)


async def _late(
    connection: store.Connection, tenant: int, plans: Sequence[Plan], month: date
) -> list[Line]:
    """Readings that came after their month was closed, as lines of this one."""
    lines: list[Line] = []
    closed = await store.read_invoices(connection, tenant, month, 120)
    if not closed:
        return lines
    reached = {row["month"]: row["reach"] for row in closed}
    least = min(reached.values())
    late = await metering_store.read_late_months(connection, tenant, month, least)
    for each in late:
        if each not in reached:
            continue
        now = await _reckon(connection, tenant, plans, each)
        billed = await store.read_billed(connection, tenant, each, after_month(each))
        after = max(reached[invoice] for invoice, _ in billed) if billed else reached[each]
        lines += adjust(now, [line for _, line in billed], after)
    return lines


def _invoice(row: Any) -> Invoice:
    month, currency, total, credit, due, shares, *rest = row
    return Invoice(month, currency, total, credit, due, msgspec.json.decode(shares), *rest)
