"""The proof of a night: raw readings = sums = invoices = ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from enscene.billing import store
from enscene.billing.accounts import EARNED, OWED, PAID, account_of
from enscene.billing.billing import Billing, Invoice
from enscene.billing.plan import PARTIES, payers_of
from enscene.billing.trace import sum_line
from enscene.metering import store as metering_store
from enscene.tenants import Tenant


@dataclass(slots=True)
class Proof:
    """What was compared for a tenant, and what does not hold."""

    readings: int = 0
    invoices: int = 0
    lines: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


async def prove(billing: Billing, tenant: Tenant) -> Proof:
    """Compare everything of a tenant, counted from the raw readings."""
    proof = Proof()
    async with metering_store.reading(billing.pool, [tenant.id]) as connection:
        cursor = await metering_store.read_cursor(connection, tenant.id)
        found = await metering_store.compare(connection, tenant.id, cursor)
        proof.readings = found[0]
        for name, wrong in zip(("minutes", "hours", "days"), found[1:], strict=True):
            if wrong:
                proof.faults.append(f"{wrong} {name} are not the sum of their readings")
    for payer in sorted({"", *payers_of(await billing.plans(tenant.id))}):
        await _prove_payer(billing, tenant, payer, proof)
    return proof


async def _prove_payer(billing: Billing, tenant: Tenant, payer: str, proof: Proof) -> None:
    shares: dict[str, dict[str, int]] = {"issued": dict.fromkeys(PARTIES, 0),
                                         "paid": dict.fromkeys(PARTIES, 0)}  # fmt: skip
    due = 0
    for invoice in await billing.invoices(tenant.id, before=date.max, limit=1200, payer=payer):
        await _prove_invoice(billing, tenant, invoice, proof)
        for party in PARTIES:
            shares[invoice.state][party] += invoice.shares[party]
        due += invoice.due if invoice.state == "issued" else 0
    await _prove_ledger(billing, tenant, payer, shares, due, proof)


async def _prove_invoice(billing: Billing, tenant: Tenant, invoice: Invoice, proof: Proof) -> None:
    _, lines = await billing.invoice(tenant.id, invoice.month, invoice.payer)
    proof.invoices += 1
    proof.lines += len(lines)
    if sum(line.amount for _, line in lines) != invoice.total:
        proof.faults.append(f"{invoice.name}: the lines are not the total")
    for party in PARTIES:
        if sum(line.shares[party] for _, line in lines) != invoice.shares[party]:
            proof.faults.append(f"{invoice.name}: the lines' shares of the {party} do not add up")
    async with store.reading(billing.pool, [tenant.id]) as connection:
        for n, line in lines:
            if sum(line.shares.values()) != line.amount:
                proof.faults.append(f"{invoice.name} line {n}: the shares are not the amount")
            if line.meter is not None:
                counted = await sum_line(connection, tenant, invoice, line)
                if counted != line.quantity:
                    proof.faults.append(
                        f"{invoice.name} line {n}: {line.quantity} billed, {counted} read"
                    )


async def _prove_ledger(
    billing: Billing,
    tenant: Tenant,
    payer: str,
    shares: Mapping[str, Mapping[str, int]],
    due: int,
    proof: Proof,
) -> None:
    wanted = {OWED: -due}
    wanted |= {EARNED[party]: shares["issued"][party] for party in PARTIES}
    wanted |= {PAID[party]: shares["paid"][party] for party in PARTIES}
    wanted = {account_of(name, payer): minor for name, minor in wanted.items()}
    async with store.reading(billing.pool, [tenant.id]) as connection:
        there: Mapping[str, Any] = await store.read_balances(
            connection, tenant.id, tenant.currency, list(wanted)
        )
    for name, minor in wanted.items():
        if there.get(name, 0) != minor:
            proof.faults.append(f"{name} holds {there.get(name, 0)}, the invoices say {minor}")
