"""How a partner's services are kept, on its page: tier and controls, gaps, records, persons of
third parties, components, and what the public says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.partners.governance import (
    ask_outsider,
    end_outsider,
    grant_outsider,
    newest,
    outsider_id,
    put_record,
    read_governed,
    read_kinds,
    read_tiers,
)
from enscene.partners.governance.kinds import Side
from enscene.partners.inventory import import_bill, read_assets
from enscene.partners.opinions import Day, list_opinions, read_trend, take_opinions
from enscene.partners.partner import Partner
from enscene.partners.renewal import GRACE, renewal_due
from enscene.web.console import Visit
from enscene.web.read_upload import file_of

DECIDER = "approver"
WIDTH, HEIGHT = 720, 120
SHOWN = 6
TYPED = ("kind", "about", "on_day", "due_on", "person", "firm", "what", "until", "outsider")


async def governance_of(visit: Visit, partner: Partner) -> dict[str, Any]:
    """What the page shows of it."""
    pool, tenant = visit.console.pool, visit.tenant
    days = await read_trend(pool, tenant, partner.id)
    governed = await read_governed(pool, tenant, partner.id)
    return {
        "governed": governed,
        "counted": newest(governed.records),
        "rules": read_tiers(),
        "record_kinds": read_kinds(),
        "renewal": renewal_due(partner),
        "grace": GRACE.days,
        "opinions": (await list_opinions(pool, tenant, partner.id))[:SHOWN],
        "trend": trend_of(days),
        "trend_most": max(day.items for day in days),
    }


def trend_of(days: Sequence[Day]) -> list[dict[str, Any]]:
    """A column for each day, in pixels."""
    most = max((day.items for day in days), default=0)
    step = WIDTH / max(1, len(days))
    return [
        {
            "day": day.day, "items": day.items, "bad": day.counts.get("bad", 0),
            "x": round(number * step + 2, 1), "width": round(step - 4, 1),
            "high": round((HEIGHT - 8) * day.items / max(1, most), 1),
            "bad_high": round((HEIGHT - 8) * day.counts.get("bad", 0) / max(1, most), 1),
        }
        for number, day in enumerate(days)
    ]  # fmt: skip


async def change_records(visit: Visit, partner: UUID) -> None:
    """Write a record down."""
    await put_typed(
        visit, visit.console.pool, visit.tenant, partner, visit.fields("f."), "bank", visit.who
    )


async def put_typed(
    visit: Any, pool: Any, tenant: int, partner: UUID, fields: dict[str, str], side: Side, who: str
) -> None:
    """The record of a form, of either side."""
    due = visit.field("due_on")
    await put_record(
        pool, tenant, partner, kind=visit.field("kind"), about=visit.field("about"),
        on_day=parse_day(visit.field("on_day"), param="on_day"), fields=fields, side=side, who=who,
        due_on=parse_day(due, param="due_on") if due else None,
    )  # fmt: skip


async def change_outsiders(visit: Visit, partner: UUID) -> None:
    """Ask for somebody's access, grant it, or end it."""
    place = (visit.console.pool, visit.tenant, partner)
    verb = visit.field("do")
    if verb == "ask":
        await ask_outsider(
            *place, person=visit.field("person"), firm=visit.field("firm"),
            what=visit.field("what"), why=visit.field("why"),
            until=parse_day(visit.field("until"), param="until"), who=visit.who,
        )  # fmt: skip
    elif verb == "grant":
        if not visit.session.allows(DECIDER):
            raise Forbidden(
                "an approver grants access",
                code="console.forbidden",
                facts={"roles": (DECIDER,)},
            )
        await grant_outsider(*place, outsider_id(visit.field("outsider")), who=visit.who)
    elif verb == "end":
        known = outsider_id(visit.field("outsider"))
        await end_outsider(*place, known, who=visit.who, why=visit.field("why"))
    else:
        raise Invalid("nothing was asked", code="partner.field", param="do")


async def import_components(visit: Visit, partner: UUID) -> None:
    """The CycloneDX file of an asset."""
    pool, tenant = visit.console.pool, visit.tenant
    await import_for(pool, tenant, partner, visit.field("asset"), visit.field("sbom"), visit.who)


async def import_for(
    pool: Any, tenant: int, partner: UUID, asset: str, file: str, who: str
) -> None:
    """The file, in base64, of an asset that is named in hex."""
    own = {str(each.id): each.id for each in await read_assets(pool, tenant, partner)}
    if asset not in own:
        raise NotFound("there is no such asset", code="asset.not_found")
    await import_bill(pool, tenant, partner, own[asset], file_of(file), who)


async def import_opinions(visit: Visit) -> None:
    """A feed, as JSON lines."""
    await take_opinions(visit.console.pool, visit.tenant, file_of(visit.field("feed")), visit.who)
