"""`GET /v1/usage` and `POST /v1/usage/readings`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api import store
from enscene.api.auth import Caller
from enscene.api.http import Request, Response
from enscene.api.lists import answer
from enscene.api.structs import convert
from enscene.billing import Billing
from enscene.kernel.clock import format_time, parse_time
from enscene.kernel.errors import Invalid
from enscene.metering import (
    Reading,
    Used,
    after_month,
    month_of,
    read_fine_usage,
    read_usage,
    shown,
    take_readings,
)
from enscene.tenants import get_tenant

READINGS_MOST = 500
Text = Annotated[str, Meta(min_length=1, max_length=128)]


class ReadingOrder(msgspec.Struct, forbid_unknown_fields=True):
    """One reading of an application's own service."""

    id: Text
    meter: Text
    quantity: int
    at: Annotated[str, Meta(max_length=40)] | None = None
    facts: dict[Text, str] = {}


class ReadingsOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/usage/readings`."""

    readings: Annotated[list[ReadingOrder], Meta(min_length=1, max_length=READINGS_MOST)]


async def show_usage(query: dict[str, str], caller: Caller, pool: store.Pool, app: str) -> Response:
    """A month by day, or a day of it by hour, or an hour by minute; of one application, or of all
    (empty)."""
    meter, by = query.get("meter"), query.get("by", "day")
    tenant = await get_tenant(pool, caller.tenant)
    if by == "day":
        if "from" in query:
            raise Invalid("days are asked for by month", code="invalid.choice", param="from")
        first = month_of(query.get("month", ""))
        used = await read_usage(pool, tenant.id, first, after_month(first), meter, app)
    elif by in ("hour", "minute"):
        begin, end = _span(query, by)
        used = await read_fine_usage(pool, tenant.id, by, begin, end, meter, app)
    else:
        raise Invalid("by is day, hour or minute", code="invalid.choice", param="by")
    totals: dict[str, dict[str, int]] = {}
    for each in used:
        total = totals.setdefault(each.meter, {"quantity": 0, "readings": 0})
        total["quantity"] += each.quantity
        total["readings"] += each.readings
    return answer({"zone": tenant.zone, "by": by, "meters": totals, "data": [*map(_row, used)]})


def _span(query: dict[str, str], by: str) -> tuple[datetime, datetime]:
    if "month" in query:
        raise Invalid("a span is asked for by from", code="invalid.choice", param="month")
    begin = parse_time(query.get("from"), param="from")
    return begin, begin + (timedelta(hours=24) if by == "hour" else timedelta(hours=1))


def _row(used: Used) -> dict[str, Any]:
    row = shown(used)
    if isinstance(used.at, datetime):
        row["at"] = format_time(used.at)
    return row


async def take(request: Request, caller: Caller, billing: Billing) -> Response:
    """Readings of the application's own service; sent again they change nothing."""
    order = convert(await request.json_body(), ReadingsOrder)
    readings = [
        Reading(
            f"app:{caller.app.name}",
            each.id,
            f"own.{each.meter}" if "." not in each.meter else each.meter,
            each.quantity,
            None if each.at is None else parse_time(each.at, param=f"readings[{place}].at"),
            caller.app.name,
            "",
            facts=each.facts or None,
        )
        for place, each in enumerate(order.readings)
    ]
    for place, reading in enumerate(readings):
        if not reading.meter.startswith("own."):
            raise Invalid(
                "an application reads its own meters alone: own.something",
                code="meter.bad_meter",
                param=f"readings[{place}].meter",
            )
        try:
            reading.check()
        except Invalid as error:
            error.param = f"readings[{place}].{error.param}"
            raise
    tenant = await get_tenant(billing.pool, caller.tenant)
    new = await take_readings(billing.writer(tenant.shard), tenant.id, readings)
    return answer({"new": new, "known": len(readings) - new})
