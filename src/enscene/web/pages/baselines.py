"""Before and now: what a service was before it was in the scene, beside what it is now."""

from __future__ import annotations

from datetime import date, timedelta

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.operations.baselines import (
    CASES_LEAST,
    FIGURES,
    SIDES,
    BaselineOrder,
    baseline_id,
    decide_baseline,
    enter_baseline,
    list_baselines,
    read_comparison,
    withdraw_baseline,
)
from enscene.operations.scene_account import parse_month, read_span
from enscene.web.baseline_view import WIDE, bars_of, change_text, value_text
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.scene import View, open_view
from enscene.web.problems import status_of

AT = "/before"
FIELDS = ("service", "side", "day", "cases", *FIGURES, "source", "note")


def routes(console: Console) -> list[Route]:
    """The routes of this page: the team enters, an approver decides."""
    page, one = f"{AT}/{{ref}}", f"{AT}/{{ref}}/{{entry}}"
    return [
        Route(page, member(console, show, *STAFF), methods=["GET"]),
        Route(page, member(console, enter, "scene_team"), methods=["POST"]),
        Route(f"{one}/withdraw", member(console, withdraw, "scene_team"), methods=["POST"]),
        Route(f"{one}/{{verdict}}", member(console, decide, "approver"), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """A scene in a month. Raises: NotFound, Invalid (`month`)."""
    return await _page(visit, await open_view(visit))


async def enter(visit: Visit) -> Response:
    """Enter a measure; nothing is lost of what was typed when it cannot be."""
    view = await open_view(visit)
    try:
        text = visit.field("cases")
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            raise Invalid("how many cases", code="baseline.cases", param="cases")
        order = BaselineOrder(
            visit.field("service"), visit.field("side"), parse_day(visit.field("day"), param="day"),
            int(text), visit.field("source"), visit.field("minutes"), visit.field("steps"),
            visit.field("cost"), visit.field("errors"), visit.field("note"),
        )  # fmt: skip
        await enter_baseline(
            visit.console.pool, visit.tenant, view.card.id, view.pack.things, view.pack.currency,
            order, visit.who,
        )  # fmt: skip
    except EnsceneError as error:
        return await _page(visit, view, error)
    return visit.go(f"{AT}/{view.card.ref}#entries")


async def withdraw(visit: Visit) -> Response:
    """Take an entry back, or ask for that."""
    view = await open_view(visit)
    await withdraw_baseline(
        visit.console.pool, visit.tenant, view.card.id, baseline_id(visit.path("entry")), visit.who,
        visit.field("why"),
    )  # fmt: skip
    return visit.go(f"{AT}/{view.card.ref}#entries")


async def decide(visit: Visit) -> Response:
    """A second person approves or refuses."""
    view, verdict = await open_view(visit), visit.path("verdict")
    if verdict not in ("approve", "refuse"):
        raise NotFound("there is no such page", code="baseline.not_found")
    await decide_baseline(
        visit.console.pool, visit.tenant, view.card.id, baseline_id(visit.path("entry")), visit.who,
        approve=verdict == "approve",
    )  # fmt: skip
    return visit.go(f"{AT}/{view.card.ref}#entries")


async def _month(visit: Visit) -> date:
    """What is asked for, or else the last month that has computed days, or this one."""
    asked = visit.ask("month")
    if asked:
        return parse_month(asked)
    clock = await visit.read_clock()
    month = local_day(clock["now"], clock["zone"]).replace(day=1)
    day, _, last = await read_span(visit.console.pool, visit.tenant, month)
    return last.replace(day=1) if day is None and last is not None else month


async def _page(visit: Visit, view: View, error: EnsceneError | None = None) -> Response:
    month, one = await _month(visit), timedelta(days=1)
    pool, tenant, kinds = visit.console.pool, visit.tenant, view.pack.things
    found = await read_comparison(pool, tenant, view.card.id, month, kinds)
    return view.page(
        "baselines.html", "before", 200 if error is None else status_of(error),
        found=found, month=month, before=(month - one).replace(day=1),
        after=(month + 32 * one).replace(day=1),
        entries=await list_baselines(pool, tenant, view.card.id), sides=SIDES, figures=FIGURES,
        kinds={name: visit.word(view.pack, f"things.{name}.title") for name in kinds},
        least=CASES_LEAST, wide=WIDE, value_text=value_text, change_text=change_text,
        bars_of=bars_of, is_public="G" in view.pack.serves,
        typed={name: visit.field(name) if error else "" for name in FIELDS},
        param=getattr(error, "param", None) or "",
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
    )  # fmt: skip
