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
from enscene.billing.accounts import CREDITS, account_of, open_books
from enscene.billing.plan import PARTIES, Plan, PlanBody, Shares, in_force, payers_of
from enscene.billing.rate import Line, adjust, give_back, rate_month
from enscene.billing.received import check_receipt, is_entered
from enscene.billing.units import BuyCredits, IssueInvoice, PayInvoice, billing_kinds
from enscene.billing.vendors import check_vendors
from enscene.commit import Once, Writer
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.metering import Meters, RollUp, after_month
from enscene.metering import store as metering_store
from enscene.tenants import Tenant, get_tenant
from enscene.tenants.apps.store import read_app

ISSUED_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Invoice:
    """A closed month of a tenant, or of an application of it that pays for itself (`payer`).
    Amounts in minor units; `reach` is the number of the last reading in it."""

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
    payer: str = ""

    @property
    def id(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def name(self) -> str:
        """Which of the tenant's it is: `2026-11`, `2026-11@shop-app`."""
        return account_of(self.id, self.payer)


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
        """All plans of a tenant and of its applications, oldest first."""
        async with store.reading(self.pool, [tenant]) as connection:
            return await store.read_plans(connection, tenant)

    async def propose(
        self, tenant: int, starts: date, body: PlanBody, who: str, *, payer: str = ""
    ) -> Plan:
        """As `propose_plan`, in a transaction of its own."""
        own = await get_tenant(self.pool, tenant)
        async with store.writing(self.pool, tenant) as connection:
            return await propose_plan(connection, own, starts, body, who, payer=payer)

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
                await _not_past(connection, tenant, plan.starts)
            state = "approved" if approve else "rejected"
            done = await store.decide_plan(connection, tenant, version, state, who)
            if done is None:
                raise Conflict(f"the plan is {plan.state} already", code="plan.decided")
            return done

    # -- invoices --------------------------------------------------------------------------

    async def run(self, month: date, tenants: Sequence[Tenant]) -> dict[str, Any]:
        """Issue the month's invoices of every tenant that has prices and none yet, its own and its
        applications'; what came of it. Done again it issues nothing twice."""
        for shard in sorted({tenant.shard for tenant in tenants}):
            await RollUp(self.pool, shard).settle()
        slots = asyncio.Semaphore(ISSUED_AT_ONCE)
        counts: dict[str, Any] = {"issued": 0, "known": 0, "nothing": 0, "failed": {}}

        async def one(tenant: Tenant) -> None:
            async with slots:
                payers = {"", *payers_of(await self.plans(tenant.id))}
                for payer in sorted(payers):
                    try:
                        known = await self._known(tenant.id, payer, month)
                        issued = known or await self.issue(tenant, month, payer=payer, rolled=True)
                    except (Conflict, Invalid) as error:
                        counts["failed"][account_of(tenant.ref, payer)] = error.code
                        continue
                    counts["known" if known else "issued" if issued else "nothing"] += 1

        await asyncio.gather(*map(one, tenants))
        return counts

    async def issue(
        self,
        tenant: Tenant,
        month: date,
        *,
        payer: str = "",
        who: str = "clock:clock",
        rolled: bool = False,
    ) -> Invoice | None:
        """Close a month of a payer: its invoice, also where another process was first; None where
        no prices held in it.

        Raises: Conflict("invoice.open") while the month lasts.
        """
        if not rolled:
            await RollUp(self.pool, tenant.shard).settle()
        async with store.reading(self.pool, [tenant.id]) as connection:
            zone, now = await store.read_now(connection, tenant.id)
            if local_day(now, zone) < after_month(month):
                raise Conflict("the month is not over", code="invoice.open")
            if await store.read_invoice(connection, tenant.id, payer, month) is not None:
                return await self._known(tenant.id, payer, month)
            reach = await metering_store.read_cursor(connection, tenant.id)
            plans = await store.read_plans(connection, tenant.id)
            plans = [plan for plan in plans if plan.payer == payer]
            if not in_force(plans, month, after_month(month)):
                return None
            lines = await reckon(connection, tenant.id, payer, plans, month)
            lines += await _late(connection, tenant.id, payer, plans, month)
        shares = {party: sum(line.shares[party] for line in lines) for party in PARTIES}
        async with store.writing(self.pool, tenant.id) as connection:
            books = await open_books(connection, tenant.id, tenant.currency, payer)
        unit = IssueInvoice(
            tenant.id, books, month, tenant.currency, lines, shares, reach, who, payer
        )
        await self.writer(tenant.shard).submit(unit)
        return await self._known(tenant.id, payer, month)

    async def _known(self, tenant: int, payer: str, month: date) -> Invoice | None:
        async with store.reading(self.pool, [tenant]) as connection:
            row = await store.read_invoice(connection, tenant, payer, month)
        return None if row is None else _invoice(row)

    async def invoices(
        self, tenant: int, *, before: date, limit: int, payer: str = ""
    ) -> list[Invoice]:
        """A payer's, the newest first."""
        async with store.reading(self.pool, [tenant]) as connection:
            rows = await store.read_invoices(connection, tenant, payer, before, limit)
        return [_invoice(row) for row in rows]

    async def invoice(
        self, tenant: int, month: date, payer: str = ""
    ) -> tuple[Invoice, list[tuple[int, Line]]]:
        """An invoice and its numbered lines. Raises: NotFound."""
        async with store.reading(self.pool, [tenant]) as connection:
            row = await store.read_invoice(connection, tenant, payer, month)
            lines = await store.read_lines(connection, tenant, payer, month)
        if row is None:
            raise NotFound("there is no such invoice", code="invoice.not_found")
        return _invoice(row), lines

    async def pay(
        self, tenant: Tenant, month: date, who: str, *, payer: str = "", receipt: str = ""
    ) -> Invoice:
        """What is due has come in; done again it changes nothing. `receipt` is the bank's own
        number of the transfer; one may pay several months. Raises: NotFound, Invalid."""
        if receipt:
            check_receipt(receipt)
        invoice, _ = await self.invoice(tenant.id, month, payer)
        if invoice.state != "paid":
            async with store.writing(self.pool, tenant.id) as connection:
                books = await open_books(connection, tenant.id, invoice.currency, payer)
            due = invoice.due
            unit = PayInvoice(tenant.id, books, month, due, invoice.shares, who, payer, receipt)
            await self.writer(tenant.shard).submit(unit)
        return (await self.invoice(tenant.id, month, payer))[0]

    async def buy_credits(
        self, tenant: Tenant, minor: int, key: str, who: str, *, payer: str = "", receipt: str = ""
    ) -> int:
        """Pay `minor` before it is used, once for the key; what is there then. `receipt` is the
        bank's own number of the transfer, which is good once for a payer, whoever enters it.

        Raises: Invalid, Conflict (the key was used for another amount, the receipt was entered).
        """
        if not 0 < minor <= 10**12:
            raise Invalid("credits are more than nothing", code="invalid.too_small", param="amount")
        scope = (who, key)
        if receipt:
            check_receipt(receipt)
            if await is_entered(self.pool, tenant, payer, receipt):
                raise Conflict("the receipt was entered before", code="billing.receipt_known",
                               param="receipt")  # fmt: skip
            # Two people with the same receipt at once are one.
            scope = ("receipt", account_of(receipt, payer))
        async with store.writing(self.pool, tenant.id) as connection:
            await _check_payer(connection, tenant.id, payer)
            books = await open_books(connection, tenant.id, tenant.currency, payer)
        request = account_of(str(minor), payer).encode()
        once = Once.of("billing", "credits", *scope, request=request)
        unit = BuyCredits(tenant.id, books, minor, once, who, payer, receipt)
        await self.writer(tenant.shard).submit(unit)
        return await self.credits(tenant, payer)

    async def credits(self, tenant: Tenant, payer: str = "") -> int:
        """What a payer has prepaid and not used."""
        name = account_of(CREDITS, payer)
        async with store.reading(self.pool, [tenant.id]) as connection:
            found = await store.read_balances(connection, tenant.id, tenant.currency, [name])
        return found.get(name, 0)


async def propose_plan(
    connection: store.Connection,
    own: Tenant,
    starts: date,
    body: PlanBody,
    who: str,
    *,
    payer: str = "",
) -> Plan:
    """A plan that waits for a second person. It bills nothing that was before. `payer` is the name
    of an application that pays for what it uses; empty: the tenant pays.

    Raises: Invalid.
    """
    body.check()
    await _check_payer(connection, own.id, payer)
    if body.shares is None:
        # What a partner pays is the bank's to begin with, what a tenant pays the operator's.
        body = msgspec.structs.replace(body, shares=Shares(bank="100%") if payer else Shares())
    if body.currency != own.currency:
        raise Invalid(
            f"the tenant's currency is {own.currency}", code="plan.currency", param="currency"
        )
    await _not_past(connection, own.id, starts)
    await check_vendors(connection, own, body)
    return await store.insert_plan(connection, own.id, payer, starts, body, who)


async def _not_past(connection: store.Connection, tenant: int, starts: date) -> None:
    zone, now = await store.read_now(connection, tenant)
    if starts < local_day(now, zone):
        raise Invalid(
            "prices hold from today on, or later", code="plan.past", param="starts",
            hint="what has been used cannot become dearer afterwards",
        )  # fmt: skip


async def _check_payer(connection: store.Connection, tenant: int, payer: str) -> None:
    if payer and await read_app(connection, tenant, payer) is None:
        raise Invalid(
            "there is no such application", code="plan.payer", param="payer",
            hint="its name, as usage tells it",
        )  # fmt: skip


async def usage_of(
    connection: store.Connection, tenant: int, payer: str, month: date
) -> dict[str, dict[date, int]]:
    """What a payer used in a month, by meter and day."""
    usage: dict[str, dict[date, int]] = defaultdict(dict)
    for day, meter, quantity, _ in await metering_store.read_by_day(
        connection, tenant, month, after_month(month), payer
    ):
        usage[meter][day] = quantity
    return usage


async def reckon(
    connection: store.Connection, tenant: int, payer: str, plans: Sequence[Plan], month: date
) -> list[Line]:
    """What the month costs by the sums as they are now."""
    until = after_month(month)
    usage = await usage_of(connection, tenant, payer, month)
    lines = rate_month(in_force(plans, month, until), usage, (until - month).days)
    return lines + give_back(plans, month, until)


async def _late(
    connection: store.Connection, tenant: int, payer: str, plans: Sequence[Plan], month: date
) -> list[Line]:
    """Readings that came after their month was closed, as lines of this one."""
    lines: list[Line] = []
    closed = await store.read_invoices(connection, tenant, payer, month, 120)
    if not closed:
        return lines
    reached = {row["month"]: row["reach"] for row in closed}
    least = min(reached.values())
    late = await metering_store.read_late_months(connection, tenant, month, least, payer)
    for each in late:
        if each not in reached:
            continue
        now = await reckon(connection, tenant, payer, plans, each)
        billed = await store.read_billed(connection, tenant, payer, each, after_month(each))
        after = max(reached[invoice] for invoice, _ in billed) if billed else reached[each]
        lines += adjust(now, [line for _, line in billed], after)
    return lines


def _invoice(row: Any) -> Invoice:
    month, currency, total, credit, due, shares, *rest = row
    return Invoice(month, currency, total, credit, due, msgspec.json.decode(shares), *rest)
