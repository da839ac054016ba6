"""Lines of the bank together: whom they share, who gives way to whom, and where they will meet."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.campaigns import find_conflicts, list_campaigns
from enscene.engagement.results import read_together
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.web.calendar_picture import draw_calendar
from enscene.web.campaign_words import read_words
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.campaigns import holding

DAYS = 30


def routes(console: Console) -> list[Route]:
    """The route of this page."""
    return [Route("/campaigns/lines", member(console, show, *STAFF), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """Of the last 30 days, and of the calendar around today."""
    clock = await visit.read_clock()
    today = local_day(clock["now"], clock["zone"])
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        listed = await list_campaigns(connection, visit.tenant)
        together = await read_together(
            connection, visit.tenant, listed, clock["now"] - timedelta(days=DAYS)
        )
    planned = [
        each for each in holding(listed)
        if each.kept.state in ("approved", "proposed") and each.body.ends >= today
    ]  # fmt: skip
    conflicts = find_conflicts(planned)
    shared = {(each.one, each.other): each.customers for each in together.shared}
    return visit.page(
        "campaign_lines.html", tab="lines", together=together, conflicts=conflicts, days=DAYS,
        shared=shared | {(other, one): count for (one, other), count in shared.items()},
        calendar=draw_calendar(planned, conflicts, today), words=await read_words(visit),
    )  # fmt: skip
