"""The loop board: the seven steps of each running campaign's cycle, and what has been learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.campaigns import Campaign, list_campaigns
from enscene.engagement.loops import STEPS
from enscene.engagement.results import (
    Arm,
    CycleFigures,
    Experiment,
    Learnt,
    arms_of,
    cycle_on,
    read_cycle,
    read_experiment,
    read_learnt,
    read_lots,
)
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.web.campaign_words import CampaignWords, read_words
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.campaigns import holding, verdict_of

SHOWN = 12
WIDE = 200
WHOLE = ("analyse", "optimise")


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: what it has counted (`number`, None: nothing to count), in words, and whose it is.
    `width` is its bar's, of 200."""

    name: str
    number: int | None
    says: str
    owner: str
    width: float


@dataclass(frozen=True, slots=True)
class LoopView:
    """One campaign's cycle."""

    campaign: Campaign
    cycle: CycleFigures
    steps: list[StepView]
    arms: list[Arm]


def routes(console: Console) -> list[Route]:
    """The route of this page."""
    return [Route("/campaigns/loop", member(console, show, *STAFF), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """Every campaign that runs today."""
    clock = await visit.read_clock()
    zone = clock["zone"]
    today = local_day(clock["now"], zone)
    words = await read_words(visit)
    loops: list[LoopView] = []
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        listed = await list_campaigns(connection, visit.tenant)
        learnt = await read_learnt(connection, visit.tenant)
        running = [each for each in holding(listed) if each.runs_on(today)]
        for campaign in running[:SHOWN]:
            _, began = cycle_on(campaign.body.starts, today)
            since = datetime.combine(began, time(), ZoneInfo(zone))
            cycle = await read_cycle(connection, visit.tenant, campaign, today, since)
            own = [each for each in listed if each.ref == campaign.ref]
            lots = await read_lots(connection, visit.tenant, own)
            experiment = await read_experiment(
                connection, visit.tenant, clock["ref"], campaign, lots, tried=False
            )
            loops.append(_view(visit, words, campaign, cycle, experiment, learnt))
    return visit.page(
        "campaign_loop.html", loops=loops, words=words, more=max(0, len(running) - SHOWN),
        learnt=learnt, tab="loop", proposes=visit.session.allows("scene_team"), zone=zone,
    )  # fmt: skip


def _view(
    visit: Visit, words: CampaignWords, campaign: Campaign, cycle: CycleFigures,
    experiment: Experiment, learnt: Learnt,
) -> LoopView:  # fmt: skip
    t, whole, arms = visit.t, cycle.whole, arms_of(learnt, campaign)
    tried = sum(arm.tried for arm in arms)
    sent = sum(n for (_, state), n in cycle.ways.items() if state == "sent")
    lost = sum(n for (_, state), n in cycle.ways.items() if state in ("stopped", "failed"))
    facts: Mapping[str, dict[str, Any]] = {
        "insight": {"fired": _n(cycle.fired), "changed": _n(cycle.changed)},
        "reach": {"sent": _n(sent), "lost": _n(lost)},
        "identify": {"met": _n(cycle.met), "held": _n(cycle.held)},
        "serve": {"seen": _n(whole.seen)},
        "feedback": {"taken": _n(whole.taken), "refused": _n(whole.refused),
                     "waiting": _n(cycle.waiting)},
        "analyse": {"verdict": t(f"campaigns.verdicts_short.{verdict_of(experiment)}")},
        "optimise": {"tried": _n(tried), "version": campaign.kept.version},
    }  # fmt: skip
    counts = {
        "insight": cycle.fired, "reach": whole.said, "identify": cycle.met, "serve": whole.seen,
        "feedback": whole.taken + whole.refused,
        "analyse": experiment.treated.count + experiment.control.count, "optimise": tried,
    }  # fmt: skip
    # What is counted since the campaign began is no part of this cycle's picture.
    most = max(1, *(count for name, count in counts.items() if name not in WHOLE))
    decided = campaign.kept.decided_by or ""
    owners = {"optimise": t("campaigns.owner_two", maker=campaign.kept.made_by, checker=decided)}
    steps = [
        StepView(
            name, counts[name], t(f"campaigns.step_says.{name}", **facts[name]),
            owners.get(name, campaign.body.owner), 0 if name in WHOLE else round(WIDE * counts[name] / most, 1),
        )
        for name in STEPS
    ]  # fmt: skip
    return LoopView(campaign, cycle, steps, arms)


def _n(count: int) -> str:
    return f"{count:,}"
