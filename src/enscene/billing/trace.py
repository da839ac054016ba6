"""From a line of an invoice down: the sums it was reckoned from, and the readings in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from enscene.billing import store
from enscene.billing.billing import Billing, Invoice
from enscene.billing.rate import Line
from enscene.kernel.errors import NotFound
from enscene.metering import begin_of
from enscene.metering import store as metering_store
from enscene.tenants import Tenant


@dataclass(frozen=True, slots=True)
class TracedReading:
    """`seq` is the number of the unit that was billed: the event log and the ledger know it."""

    seq: int
    at: datetime
    app: str
    operation: str
    scene: int
    party: str | None
    quantity: int
    source: str | None
    id: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A line, the days it was summed up from (day, quantity, readings), and a page of readings.

    The days are as they stand now: readings that came after the invoice are in them too.
    """

    line: Line
    days: Sequence[tuple[date, int, int]]
    readings: Sequence[TracedReading]
    more: bool


async def trace_line(
    billing: Billing,
    tenant: Tenant,
    month: date,
    n: int,
    *,
    payer: str = "",
    after: int = 0,
    limit: int = 50,
) -> Trace:
    """The readings of a line with numbers above `after`. Raises: NotFound."""
    invoice, lines = await billing.invoice(tenant.id, month, payer)
    line = dict(lines).get(n)
    if line is None:
        raise NotFound("the invoice has no such line", code="invoice.no_line")
    if line.meter is None:
        return Trace(line, [], [], more=False)
    async with store.reading(billing.pool, [tenant.id]) as connection:
        rows = await metering_store.read_readings(
            connection, *_where(invoice, line, tenant, after), limit + 1
        )
        days = await metering_store.read_usage(
            connection, tenant.id, line.first, line.until, line.meter, payer
        )
    sums: dict[date, tuple[int, int]] = {}
    for row in days:
        quantity, readings = sums.get(row[0], (0, 0))
        sums[row[0]] = (quantity + row[5], readings + row[6])
    found = [TracedReading(*row) for row in rows]
    return Trace(line, [(day, *both) for day, both in sums.items()], found[:limit],
                 more=len(found) > limit)  # fmt: skip


async def sum_line(
    connection: store.Connection, tenant: Tenant, invoice: Invoice, line: Line
) -> int:
    """What the readings of a line add up to, counted one by one."""
    return await metering_store.sum_readings(connection, *_where(invoice, line, tenant, 0))


def _where(
    invoice: Invoice, line: Line, tenant: Tenant, after: int
) -> tuple[int, str, int, int, datetime, datetime, str]:
    assert line.meter is not None
    return (
        tenant.id, line.meter, max(after, line.after_seq), invoice.reach,
        begin_of(line.first, tenant.zone), begin_of(line.until, tenant.zone),
        invoice.payer,
    )  # fmt: skip


__all__: list[Any] = ["Trace", "TracedReading", "sum_line", "trace_line"]
