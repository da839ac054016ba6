"""The loop board: the seven steps of each running campaign's cycle, what came of the cycles before it,
and what has been learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.campaigns import Campaign, list_campaigns
from enscene.engagement.loops import STEPS, KeptCycle, read_cycles
from enscene.engagement.loops.of_cycle import Counts, read_counts
from enscene.engagement.results import (
    Arm,
    Experiment,
    Learnt,
    arms_of,
    read_experiment,
    read_learnt,
    read_lots,
)
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.web.campaign_words import read_words
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.campaigns import holding, verdict_of
from enscene.web.render import money

SHOWN = 12
CYCLES_SHOWN = 12
WIDE = 200
WHOLE = ("analyse", "optimise")
_SOON = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: what it has counted (`number`, None: nothing to count), in words, and whose it is.
    `width` is its bar's, of 200; None where it is counted since the campaign began."""

    name: str
    number: int | None
    says: str
    owner: str
    width: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """An interval as a picture of 200: from `left`, so `wide`, what was measured at `at`, nothing at
    `zero`; in words."""

    left: float
    wide: float
    at: float
    zero: float
    says: str


@dataclass(frozen=True, slots=True)
class CycleView:
    """A cycle that is closed: `gain` is that of the policy that was learnt, a decision, `difference`
    what one of the customers brought more than one held out. None where nothing was compared."""

    kept: KeptCycle
    gain: Span | None
    difference: Span | None
    verdict: str
    counted: str


@dataclass(frozen=True, slots=True)
class LoopView:
    """One campaign's cycle that runs, None where it is about to begin, and those before it."""

    campaign: Campaign
    cycle: KeptCycle | None
    steps: list[StepView]
    before: list[CycleView]
    arms: list[Arm]


def routes(console: Console) -> list[Route]:
    """The route of this page."""
    return [Route("/campaigns/loop", member(console, show, *STAFF), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """Every campaign that runs today."""
    clock = await visit.read_clock()
    zone, now = clock["zone"], clock["now"]
    today = local_day(now, zone)
    words = await read_words(visit)
    loops: list[LoopView] = []
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        listed = await list_campaigns(connection, visit.tenant)
        learnt = await read_learnt(connection, visit.tenant)
        running = [each for each in holding(listed) if each.runs_on(today)]
        for campaign in running[:SHOWN]:
            cycles = await read_cycles(connection, visit.tenant, campaign.ref, CYCLES_SHOWN + 1)
            own = [each for each in listed if each.ref == campaign.ref]
            lots = await read_lots(connection, visit.tenant, own)
            experiment = await read_experiment(
                connection, visit.tenant, clock["ref"], campaign, lots, tried=False
            )
            cycle = next((each for each in cycles if each.closed_at is None), None)
            steps: list[StepView] = []
            if cycle is not None:
                counts = await read_counts(
                    connection, visit.tenant, campaign.ref, cycle.began, now + _SOON
                )
                steps = _steps(visit, campaign, counts, experiment, learnt)
            before = [each for each in cycles if each.closed_at is not None]
            loops.append(
                LoopView(campaign, cycle, steps, _before(visit, before), arms_of(learnt, campaign))
            )
    return visit.page(
        "campaign_loop.html", loops=loops, words=words, more=max(0, len(running) - SHOWN),
        learnt=learnt, tab="loop", proposes=visit.session.allows("scene_team"), zone=zone,
    )  # fmt: skip


def _steps(
    visit: Visit, campaign: Campaign, counted: Counts, experiment: Experiment, learnt: Learnt
) -> list[StepView]:
    t, tried = visit.t, sum(arm.tried for arm in arms_of(learnt, campaign))
    serving = 0 if learnt.serving is None else learnt.serving.learnt_of(campaign.ref)
    facts: Mapping[str, dict[str, Any]] = {
        "insight": {"fired": _n(counted.fired), "changed": _n(counted.changed)},
        "reach": {"sent": _n(counted.sent), "lost": _n(counted.lost)},
        "identify": {"met": _n(counted.met), "held": _n(counted.held)},
        "serve": {"seen": _n(counted.seen)},
        "feedback": {"taken": _n(counted.taken), "refused": _n(counted.refused),
                     "waiting": _n(counted.waiting)},
        "analyse": {"verdict": t(f"campaigns.verdicts_short.{verdict_of(experiment)}")},
        "optimise": {"tried": _n(tried), "serving": _n(serving)},
    }  # fmt: skip
    counts = {
        "insight": counted.fired, "reach": counted.said, "identify": counted.met,
        "serve": counted.seen, "feedback": counted.taken + counted.refused,
        "analyse": experiment.treated.count + experiment.control.count, "optimise": tried,
    }  # fmt: skip
    # What is counted since the campaign began is no part of this cycle's picture.
    most = max(1, *(count for name, count in counts.items() if name not in WHOLE))
    decided = campaign.kept.decided_by or ""
    owners = {"optimise": t("campaigns.owner_two", maker=campaign.kept.made_by, checker=decided)}
    return [
        StepView(
            name, counts[name], t(f"campaigns.step_says.{name}", **facts[name]),
            owners.get(name, campaign.body.owner),
            None if name in WHOLE else round(WIDE * counts[name] / most, 1),
        )
        for name in STEPS
    ]  # fmt: skip


def _before(visit: Visit, cycles: Sequence[KeptCycle]) -> list[CycleView]:
    """All on one scale each, so that cycles can be compared by eye."""
    compared = [each.comparison or {} for each in cycles]
    differs = [each.difference or {} for each in cycles]
    gains = _spans(visit, compared, "gain", "campaigns.gain_says")
    differences = _spans(visit, differs, "value", "campaigns.differs_says")
    return [
        CycleView(kept, gain, differs, visit.t(f"campaigns.switch.{found['why']}"), counted)
        for kept, gain, differs, found, counted in zip(
            cycles, gains, differences, compared, (_counted(visit, each) for each in cycles),
            strict=True,
        )
    ]  # fmt: skip


def _spans(
    visit: Visit, rows: Sequence[Mapping[str, Any]], name: str, text: str
) -> list[Span | None]:
    most = max([abs(row[end]) for row in rows if name in row for end in ("low", "high")], default=0)
    scale, found = WIDE / 2 / (most or 1), list[Span | None]()
    for row in rows:
        if name not in row:
            found.append(None)
            continue
        low, high = WIDE / 2 + row["low"] * scale, WIDE / 2 + row["high"] * scale
        amounts = {end: money(round(row[end]), row.get("currency", "CNY"))
                   for end in (name, "low", "high")}  # fmt: skip
        amounts["value"] = amounts.pop(name)
        found.append(
            Span(
                round(low, 1), max(1.0, round(high - low, 1)),
                round(WIDE / 2 + row[name] * scale, 1), WIDE / 2, visit.t(text, **amounts),
            )
        )  # fmt: skip
    return found


def _counted(visit: Visit, kept: KeptCycle) -> str:
    outcomes = {each.name: each.outcome for each in kept.cycle.steps}
    return visit.t(
        "campaigns.cycle_counted", said=_n(outcomes["reach"]["said"]),
        taken=_n(outcomes["feedback"]["taken"]), met=_n(outcomes["identify"]["met"]),
        held=_n(outcomes["identify"]["held"]),
    )  # fmt: skip


def _n(count: int) -> str:
    return f"{count:,}"
