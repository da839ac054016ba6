"""Contacts and the calendar with a partner, as both sides' pages have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import Invalid, NotFound
from enscene.partners.liaison import (
    drop_contact,
    finish_date,
    list_contacts,
    list_dates,
    plan_date,
    put_contact,
)
from enscene.partners.liaison.liaison import Side

ACTS = ("put_contact", "drop_contact", "plan_date", "finish_date")


async def liaison_of(pool: Any, tenant: int, partner: UUID, zone: str) -> dict[str, Any]:
    """What a page shows of it."""
    return {
        "contacts": await list_contacts(pool, tenant, partner),
        "dates": await list_dates(pool, tenant, partner),
        "liaison_today": local_day(datetime.now(UTC), zone),
    }


async def change_liaison(
    pool: Any, tenant: int, partner: UUID, field: Callable[[str], str], *, side: Side, who: str
) -> None:
    """What a form asks for. Raises: Invalid, Conflict, NotFound."""
    match field("do"):
        case "put_contact":
            await put_contact(
                pool, tenant, partner, side=side, name=field("name"), duty=field("duty"),
                reach=field("reach"),
            )  # fmt: skip
        case "drop_contact":
            await drop_contact(pool, tenant, partner, _id(field("contact")), side=side)
        case "plan_date":
            day = parse_day(field("day"), param="day")
            await plan_date(pool, tenant, partner, day, field("title"))
        case "finish_date":
            await finish_date(pool, tenant, partner, _id(field("date")), who)
        case _:
            raise Invalid("nothing was asked", code="partner.field", param="do")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such one", code="liaison.not_found") from None
