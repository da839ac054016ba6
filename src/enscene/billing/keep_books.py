"""What happens by itself: receipts are metered, months that have ended invoiced, days proved once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from enscene.billing import store
from enscene.billing.billing import Billing
from enscene.billing.meter_receipts import meter_receipts
from enscene.billing.plan import payers_of
from enscene.billing.prove import prove
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Invalid
from enscene.kernel.rounds import Rounds
from enscene.metering import RollUp, after_month
from enscene.tenants import Tenant, list_tenants

METER_EVERY_S, LOOK_EVERY_S = 20.0, 300.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProvedDay:
    """The proof of a day of the tenant's; `at` is the real time at which it was made."""

    day: date
    readings: int
    invoices: int
    lines: int
    faults: list[str]
    at: datetime


class Bookkeeper(Rounds):
    """One in a process; any number of processes may have one: a month is closed once, and a day's
    proof is kept once."""

    fault = "billing.retry"

    def __init__(self, pool: store.Pool, *, every_s: float = METER_EVERY_S) -> None:
        self._billing = Billing(pool)
        self._pool = pool
        self._every_s = every_s
        self._looked_at = float("-inf")

    async def stop(self) -> None:
        """Stop; what was under way is done at the next start."""
        await super().stop()
        await self._billing.close()

    async def step(self) -> tuple[int, int]:
        """Look once at every tenant: (invoices that were issued, days that were proved)."""
        tenants = await list_tenants(self._pool)
        await meter_receipts(self._billing, tenants)
        due = [each for each in tenants if await self._is_due(each)]
        for shard in sorted({tenant.shard for tenant in due}):
            await RollUp(self._pool, shard).settle()
        issued = proved = 0
        for tenant in due:
            issued += await self._issue(tenant)
            proved += await self._prove(tenant)
        return issued, proved

    async def _is_due(self, tenant: Tenant) -> bool:
        """Whether a day has ended that is not proved: months end with days."""
        async with store.reading(self._pool, [tenant.id]) as connection:
            last = await _last_day(connection, tenant)
            proofs = await store.read_proofs(connection, tenant.id, 1)
        return not proofs or proofs[0]["day"] < last

    async def _issue(self, tenant: Tenant) -> int:
        """Every month that has ended since prices hold, and is not closed, of every payer."""
        async with store.reading(self._pool, [tenant.id]) as connection:
            plans = await store.read_plans(connection, tenant.id)
            last = await _last_day(connection, tenant)
        issued = 0
        for payer in sorted(payers_of(plans)):
            starts = [plan.starts for plan in plans if plan.payer == payer
                      and plan.state == "approved"]  # fmt: skip
            issued += await self._issue_payer(tenant, payer, min(starts), last)
        return issued

    async def _issue_payer(self, tenant: Tenant, payer: str, starts: date, last: date) -> int:
        known = await self._billing.invoices(tenant.id, before=date.max, limit=1200, payer=payer)
        closed = {each.month for each in known}
        issued, month = 0, starts.replace(day=1)
        while after_month(month) <= last + timedelta(days=1):
            if month not in closed:
                try:
                    made = await self._billing.issue(tenant, month, payer=payer, rolled=True)
                    issued += made is not None
                except (Conflict, Invalid) as error:
                    _log.warning(
                        "billing.not_issued", tenant=tenant.ref, payer=payer, code=error.code
                    )
            month = after_month(month)
        return issued

    async def _prove(self, tenant: Tenant) -> bool:
        proof = await prove(self._billing, tenant)
        async with store.writing(self._pool, tenant.id) as connection:
            kept = await store.insert_proof(
                connection, tenant.id, await _last_day(connection, tenant), proof.readings,
                proof.invoices, proof.lines, proof.faults,
            )  # fmt: skip
        if proof.faults:
            _log.error("billing.unproved", tenant=tenant.ref, faults=proof.faults[:10])
        return kept

    async def _round(self) -> float:
        if time.monotonic() - self._looked_at > LOOK_EVERY_S:
            await self.step()
            self._looked_at = time.monotonic()
        else:
            await meter_receipts(self._billing, await list_tenants(self._pool))
        return self._every_s


async def list_proofs(pool: store.Pool, tenant: int, limit: int = 31) -> list[ProvedDay]:
    """The newest days first."""
    async with store.reading(pool, [tenant]) as connection:
        return [ProvedDay(*row) for row in await store.read_proofs(connection, tenant, limit)]


async def _last_day(connection: store.Connection, tenant: Tenant) -> date:
    """The last day that has ended."""
    zone, now = await store.read_now(connection, tenant.id)
    return local_day(now, zone) - timedelta(days=1)
