"""Campaigns: what runs, what waits for a second person, what is over; and each with its versions,
its figures and its experiment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.campaigns import (
    Campaign,
    decide_campaign,
    list_campaigns,
    stop_campaign,
)
from enscene.engagement.campaigns.store import RULES, read_versions
from enscene.engagement.results import (
    CampaignFigures,
    Experiment,
    Figures,
    Learnt,
    arms_of,
    read_effect,
    read_experiment,
    read_figures,
    read_figures_of,
    read_learnt,
    read_lots,
    taken_of,
)
from enscene.kernel.clock import local_day
from enscene.kernel.errors import NotFound
from enscene.kernel.money import parse_money
from enscene.operations import store as operations_store
from enscene.web.campaign_words import CampaignWords, Change, read_words
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.effect_view import view_effect

TEAM, APPROVER = "scene_team", "approver"
_REF = re.compile(r"[a-z][a-z0-9_]{0,47}")
SHOWN = 50
DAYS_SHOWN = 60
WIDTH, HEIGHT, LEFT = 720, 120, 48


@dataclass(frozen=True, slots=True)
class Listed:
    """One campaign of the list: `campaign` is the version that holds, or the newest that never did.
    `spent` is set aside and taken, `taken` taken alone, of `budget` (minor units)."""

    campaign: Campaign
    standing: str
    figures: CampaignFigures
    budget: int
    spent: int
    taken: int

    @property
    def full(self) -> int:
        """How much of the budget is gone, in percent."""
        return min(100, round(100 * self.spent / self.budget)) if self.budget else 0


def routes(console: Console) -> list[Route]:
    """The routes of these pages. The team proposes, an approver decides, and anybody of both stops."""
    return [
        Route("/campaigns", member(console, show, *STAFF), methods=["GET"]),
        Route("/campaigns/{ref}", member(console, show_one, *STAFF), methods=["GET"]),
        Route("/campaigns/{ref}/{version:int}/stop", member(console, stop, TEAM, APPROVER),
              methods=["POST"]),
        Route("/campaigns/{ref}/{version:int}/{verdict}", member(console, decide, APPROVER),
              methods=["POST"]),
    ]  # fmt: skip


async def show(visit: Visit) -> Response:
    """All campaigns of the tenant."""
    clock = await visit.read_clock()
    today = local_day(clock["now"], clock["zone"])
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        listed = await list_campaigns(connection, visit.tenant)
        figures = await read_figures(connection, visit.tenant)
        learnt = await read_learnt(connection, visit.tenant)
    waiting = [each for each in listed if each.kept.state == "proposed"]
    rows = [
        list_one(each, figures, learnt, today) for each in holding(listed) if each not in waiting
    ]
    live = [row for row in rows if row.standing in ("running", "upcoming")]
    return visit.page(
        "campaigns.html", live=live, waiting=waiting, words=await read_words(visit), tab="",
        over=[row for row in rows if row not in live][:SHOWN], clock=clock,
        proposes=visit.session.allows(TEAM), decides=visit.session.allows(APPROVER),
        stops=visit.session.allows(TEAM, APPROVER),
    )  # fmt: skip


def ref_in(text: str) -> str:
    """The ref of an address. Raises: NotFound (nothing is called so)."""
    if not _REF.fullmatch(text):
        raise NotFound("there is no such campaign", code="campaign.not_found")
    return text


def holding(listed: Sequence[Campaign]) -> list[Campaign]:
    """Of each campaign the version that was approved last, or the newest where none ever was."""
    found: dict[str, Campaign] = {}
    for each in listed:
        known = found.get(each.ref)
        if known is None or (known.kept.state not in ("approved", "stopped")
                             and each.kept.state in ("approved", "stopped")):  # fmt: skip
            found[each.ref] = each
    return list(found.values())


def standing_of(campaign: Campaign, today: date) -> str:
    """`running`, `upcoming`, `past`, or what was decided about it."""
    if campaign.kept.state != "approved":
        return campaign.kept.state
    if today < campaign.body.starts:
        return "upcoming"
    return "running" if campaign.runs_on(today) else "past"


def list_one(
    campaign: Campaign, figures: Mapping[str, CampaignFigures], learnt: Learnt, today: date
) -> Listed:
    """A campaign with what it has spent."""
    body, own = campaign.body, figures.get(campaign.ref, CampaignFigures())
    costs = {name: parse_money(offer.cost, body.currency) for name, offer in body.offers.items()}
    return Listed(
        campaign, standing_of(campaign, today), own, parse_money(body.budget, body.currency),
        max(0, learnt.spent.get(campaign.ref, 0)), taken_of(own, costs),
    )  # fmt: skip


async def show_one(visit: Visit) -> Response:
    """One campaign in full. Raises: NotFound."""
    clock = await visit.read_clock()
    today, ref = local_day(clock["now"], clock["zone"]), ref_in(visit.path("ref"))
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        versions = await read_versions(connection, visit.tenant, ref)
        if not versions:
            raise NotFound("there is no such campaign", code="campaign.not_found")
        campaign = holding(versions)[0]
        figures = await read_figures_of(connection, visit.tenant, ref, clock["zone"])
        learnt = await read_learnt(connection, visit.tenant)
        lots = await read_lots(connection, visit.tenant, versions)
        experiment = await read_experiment(connection, visit.tenant, clock["ref"], campaign, lots)
        effect = await read_effect(
            connection, visit.tenant, clock["ref"], clock["zone"], campaign, lots
        )
    words = await read_words(visit)
    row = list_one(campaign, {ref: figures}, learnt, today)
    return visit.page(
        "campaign.html", row=row, campaign=campaign, body=campaign.body, versions=versions,
        words=words, changes_of=changes_of(versions, words), figures=figures, clock=clock, tab="",
        experiment=experiment, verdict_name=verdict_of(experiment), shares=lots.shares,
        effect=view_effect(campaign, effect, clock["zone"], visit.t), arms=arms_of(learnt, campaign), answers=learnt.answers,
        columns=columns_of(figures.days, today, campaign), width=WIDTH, height=HEIGHT, left=LEFT,
        most=max((each.said for each in figures.days.values()), default=0),
        proposes=visit.session.allows(TEAM), decides=visit.session.allows(APPROVER),
        stops=visit.session.allows(TEAM, APPROVER),
    )  # fmt: skip


def changes_of(versions: Sequence[Campaign], words: CampaignWords) -> dict[int, list[Change]]:
    """What each version changes of the one before it."""
    bodies = [each.body for each in versions]
    return {
        each.kept.version: words.changes(before, each.body)
        for each, before in zip(versions, [*bodies[1:], None], strict=True)
    }


def verdict_of(experiment: Experiment) -> str:
    """What the experiment says today, as a key of the texts."""
    if not experiment.control.count and not experiment.treated.count:
        return "nobody"
    if experiment.split is None:
        return "no_lot"
    if not experiment.split.holds:
        return "uneven"
    if experiment.standing is None:
        return "too_few" if experiment.looked_for else "no_value"
    return experiment.standing.word


def columns_of(
    days: Mapping[date, Figures], today: date, campaign: Campaign
) -> list[dict[str, Any]]:
    """Columns of a picture: what was said each day, and what of it was taken."""
    most = max((each.said for each in days.values()), default=0)
    if not most:
        return []
    last = max(*days, min(today, campaign.body.ends))
    first = max(min(*days, campaign.body.starts), last - timedelta(days=DAYS_SHOWN - 1))
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    wide = (WIDTH - LEFT) / max(14, len(shown))
    return [
        {"day": day, "figures": (own := days.get(day, Figures())), "x": round(LEFT + n * wide, 1),
         "width": round(wide * 0.8, 1), "said": round(own.said / most * HEIGHT, 1),
         "taken": round(own.taken / most * HEIGHT, 1)}
        for n, day in enumerate(shown)
    ]  # fmt: skip


async def decide(visit: Visit) -> Response:
    """Approve or reject, by somebody else than who proposed; of the rules of contact too."""
    verdict, ref = visit.path("verdict"), ref_in(visit.path("ref"))
    if verdict not in ("approve", "reject"):
        raise NotFound("there is no such page", code="campaign.not_found")
    rules = ref == "rules"
    await decide_campaign(
        visit.console.pool, visit.tenant, RULES if rules else ref, int(visit.path("version")),
        approve=verdict == "approve", who=visit.who,
    )  # fmt: skip
    return visit.go(f"/campaigns/{ref}")


async def stop(visit: Visit) -> Response:
    """It says nothing more from now on."""
    ref = ref_in(visit.path("ref"))
    await stop_campaign(
        visit.console.pool, visit.tenant, ref, int(visit.path("version")), visit.who
    )
    return visit.go(f"/campaigns/{ref}")
