"""Incentives in the console: agreed beforehand, reckoned by month, released, and what one's branch gets."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.operations import list_scenes
from enscene.operations import store as operations_store
from enscene.operations.catalogue import SceneCard
from enscene.operations.copying import family_of
from enscene.operations.incentives import (
    MEASURES_MOST,
    SHARES_MOST,
    RuleOrder,
    WantedMeasure,
    WantedShare,
    ask_rule,
    decide_rule,
    decide_run,
    list_rules,
    list_runs,
    looks_ahead,
    make_run,
    read_credited,
    read_rule,
    read_run,
)
from enscene.operations.scene_account import read_whole_months
from enscene.operations.teamwork import list_teams, read_standard
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.incentive_view import (
    figure_at,
    figure_text,
    names_of,
    pays_text,
    run_csv,
    scenes_text,
    unit_name,
    value_text,
)
from enscene.web.problems import status_of

AT = "/incentives"
RUNS = f"{AT}/runs"
EVERY = "*"
"""In place of a scene: all of them."""


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    team, run, rule = "scene_team", f"{RUNS}/{{month}}", f"{AT}/{{ref}}"
    return [
        Route(AT, member(console, show_all, *STAFF), methods=["GET"]),
        Route(f"{AT}/new", member(console, form, team), methods=["GET"]),
        Route(f"{AT}/new", member(console, ask, team), methods=["POST"]),
        Route(RUNS, member(console, make, team), methods=["POST"]),
        Route(f"{run}.csv", member(console, fetch, *STAFF), methods=["GET"]),
        Route(run, member(console, show_run, *STAFF), methods=["GET"]),
        Route(f"{run}/{{verdict}}", member(console, settle, "approver"), methods=["POST"]),
        Route(rule, member(console, show_rule, *STAFF), methods=["GET"]),
        Route(f"{rule}/{{verdict}}", member(console, decide, "approver"), methods=["POST"]),
    ]


async def show_all(visit: Visit) -> Response:
    """Rules, months, and what one's own branch gets."""
    return await _all(visit)


async def _all(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    family = await family_of(pool, tenant)
    async with operations_store.reading(pool, tenant) as connection:
        months = await read_whole_months(connection, tenant)
    runs = await list_runs(pool, tenant)
    done = {each.month for each in runs if each.state != "refused"}
    last = max(done, default=None)
    return visit.page(
        "incentives.html", 200 if error is None else status_of(error), family=family,
        rules=await list_rules(pool, tenant), runs=runs,
        open=[each for each in reversed(months) if last is None or each > last],
        credited=await read_credited(pool, family), names=names_of(visit.t),
        value=value_text, said=_said(visit, error),
    )  # fmt: skip


async def form(visit: Visit) -> Response:
    """A new rule."""
    return await _form(visit)


async def ask(visit: Visit) -> Response:
    """Enter it; where nothing in it counts beyond the season, that is said first."""
    pool = visit.console.pool
    everywhere = [each.ref for each in await _scenes(visit)]
    try:
        measures = [
            WantedMeasure(
                visit.field(f"figure.{n}"),
                everywhere if visit.field(f"scene.{n}") == EVERY else [visit.field(f"scene.{n}")],
                visit.field(f"amount.{n}"), visit.field(f"least.{n}"), visit.field(f"per.{n}"),
                _number(visit, f"after.{n}", f"measures[{n}].months_after") or 0,
            )
            for n in range(MEASURES_MOST)
            if visit.field(f"figure.{n}")
        ]  # fmt: skip
        shares = [
            WantedShare(*visit.field(f"unit.{n}").partition(":")[::2],
                        _number(visit, f"points.{n}", f"shares[{n}].points") or 0)
            for n in range(SHARES_MOST)
            if visit.field(f"unit.{n}")
        ]  # fmt: skip
        if measures and not looks_ahead(measures) and not visit.field("season"):
            return await _form(visit, warned=True)
        order = RuleOrder(
            visit.field("ref"), visit.field("name"), visit.field("says"), visit.field("first"),
            visit.field("last"), visit.field("ceiling"), measures, shares,
        )  # fmt: skip
        family = await family_of(pool, visit.tenant)
        await ask_rule(pool, visit.tenant, family, order, visit.who)
    except EnsceneError as error:
        return await _form(visit, error)
    return visit.go(f"{AT}/{visit.field('ref')}")


async def _form(
    visit: Visit, error: EnsceneError | None = None, *, warned: bool = False
) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    family = await family_of(pool, tenant)
    async with operations_store.reading(pool, tenant) as connection:
        teams = [each for each in await list_teams(connection, tenant) if each.closed_at is None]
        clock = await operations_store.read_clock(connection, tenant)
    return visit.page(
        "incentive_new.html", 200 if error is None else status_of(error), names=names_of(visit.t), measures=range(MEASURES_MOST),
        scenes=await _scenes(visit), shares=range(8), every=EVERY,
        branches=[each for each in family.tenants.values() if each.state == "open"],
        departments=read_standard().departments, teams=teams, currency=clock["currency"],
        typed=dict(visit.form) if error or warned else {}, warned=warned,
        said=_said(visit, error), param=visit.t.field("incentives", error.param) if error else "",
    )  # fmt: skip


async def _scenes(visit: Visit) -> list[SceneCard]:
    found = await list_scenes(visit.console.pool, visit.tenant)
    return [each for each in found if each.state not in ("draft", "retired")]


async def show_rule(visit: Visit) -> Response:
    """What is agreed, or waits for a second person."""
    return await _rule(visit)


async def _rule(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool = visit.console.pool
    rule = await read_rule(pool, visit.tenant, visit.path("ref"))
    family = await family_of(pool, visit.tenant)
    return visit.page(
        "incentive.html", 200 if error is None else status_of(error), rule=rule, family=family,
        pays=partial(pays_text, visit.t), figure=partial(figure_text, visit.t), scenes=scenes_text,
        unit=partial(unit_name, visit.t, family), said=_said(visit, error),
    )  # fmt: skip


async def decide(visit: Visit) -> Response:
    """Agree to a rule, or do not."""
    ref, approve = visit.path("ref"), _verdict(visit, "approve")
    try:
        await decide_rule(visit.console.pool, visit.tenant, ref, visit.who, approve=approve)
    except NotFound:
        raise
    except EnsceneError as error:
        return await _rule(visit, error)
    return visit.go(f"{AT}/{ref}")


async def make(visit: Visit) -> Response:
    """Reckon a month."""
    month = visit.field("month")
    try:
        await make_run(visit.console.pool, visit.tenant, month, visit.who)
    except EnsceneError as error:
        return await _all(visit, error)
    return visit.go(f"{RUNS}/{month}")


async def show_run(visit: Visit) -> Response:
    """From what a unit gets to the figure, and on to its days."""
    return await _run(visit)


async def _run(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool = visit.console.pool
    run = await read_run(pool, visit.tenant, visit.path("month"))
    family = await family_of(pool, visit.tenant)
    return visit.page(
        "incentive_run.html", 200 if error is None else status_of(error), run=run,
        totals=run.totals(), unit=partial(unit_name, visit.t, family), value=value_text,
        figure=partial(figure_text, visit.t), pays=partial(pays_text, visit.t), scenes=scenes_text,
        figure_at=partial(figure_at, visit.session.user.tenant_ref), said=_said(visit, error),
        zone=(await visit.read_clock())["zone"],
    )  # fmt: skip


async def settle(visit: Visit) -> Response:
    """Release a run, or refuse it."""
    month, release = visit.path("month"), _verdict(visit, "release")
    try:
        await decide_run(visit.console.pool, visit.tenant, month, visit.who, release=release)
    except (Invalid, NotFound):
        raise
    except EnsceneError as error:
        return await _run(visit, error)
    return visit.go(f"{RUNS}/{month}")


async def fetch(visit: Visit) -> Response:
    """A released run as a file for payroll. Raises: NotFound."""
    run = await read_run(visit.console.pool, visit.tenant, visit.path("month"))
    if run.state != "released":
        raise NotFound("it is not released", code="incentive.no_run")
    family = await family_of(visit.console.pool, visit.tenant)
    name = f"incentives-{run.month:%Y-%m}.csv"
    return Response(
        run_csv(run, visit.t, family), media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _verdict(visit: Visit, yes: str) -> bool:
    verdict = visit.path("verdict")
    if verdict not in (yes, "refuse"):
        raise NotFound("there is no such page", code="incentive.no_rule")
    return verdict == yes


def _said(visit: Visit, error: EnsceneError | None) -> str:
    return visit.t.problem(error.code, error.facts, error.detail) if error else ""


def _number(visit: Visit, name: str, param: str) -> int | None:
    """A whole number of a form. Raises: Invalid."""
    text = visit.field(name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        code = "incentive.months_after" if name.startswith("after") else "incentive.points"
        raise Invalid("a whole number", code=code, param=param)
    return int(text)
