"""A campaign's experiment in full: what it shows today, how it has gone day by day, and why it may be
believed."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.experiments import reduced_by
from enscene.engagement.results import Experiment, read_course, read_experiment, read_lots
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.web.campaign_words import read_words
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.course_picture import draw_course
from enscene.web.pages.campaigns import holding, ref_in, verdict_of


def routes(console: Console) -> list[Route]:
    """The route of this page."""
    path = "/campaigns/{ref}/experiment"
    return [Route(path, member(console, show, *STAFF), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """Raises: NotFound."""
    clock = await visit.read_clock()
    today, ref = local_day(clock["now"], clock["zone"]), ref_in(visit.path("ref"))
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        versions = await read_versions(connection, visit.tenant, ref)
        if not versions:
            raise NotFound("there is no such campaign", code="campaign.not_found")
        campaign = holding(versions)[0]
        lots = await read_lots(connection, visit.tenant, versions)
        experiment = await read_experiment(connection, visit.tenant, clock["ref"], campaign, lots)
        looks = await read_course(
            connection, visit.tenant, clock["ref"], campaign, lots, clock["zone"], today
        )
    counted = experiment.treated.count + experiment.control.count
    return visit.page(
        "campaign_experiment.html", campaign=campaign, body=campaign.body, tab="",
        words=await read_words(visit), experiment=experiment, verdict_name=verdict_of(experiment),
        shares=lots.shares, looks=looks, picture=draw_course(looks), counted=counted,
        reduced=_reduced(experiment),
        full=min(100, round(100 * counted / experiment.size)) if experiment.size else 0,
    )  # fmt: skip


def _reduced(experiment: Experiment) -> float | None:
    """How much less customers differ once what they had before is taken out, in percent."""
    try:
        return 100 * reduced_by(experiment.treated, experiment.control)
    except Invalid:
        return None
