"""The register of scenes: every scene that has gone live, and every candidate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.kernel.spreadsheet import write_csv
from enscene.operations.planning import (
    COLUMNS,
    CRITERIA,
    INDUSTRY,
    LEVELS,
    MODES,
    NAMES,
    ROUTES,
    SENTENCES,
    SIDES,
    USES,
    Content,
    Entry,
    Point,
    Score,
    add_candidate,
    cells,
    change_entry,
    compare_entry,
    drop_candidate,
    find_neighbours,
    follow,
    list_bank_wide,
    list_entries,
    matches,
    reached_from,
    read_comparison,
    read_entry,
    read_history,
    read_modes,
    read_pull,
    read_scores,
    review_entry,
    rules_in_force,
    score_entry,
    screened_by,
)
from enscene.scenes.language import Pack
from enscene.shelf import standard_shelf
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of

AT = "/planning"
TEXTS = ("name", *NAMES, *SENTENCES, *INDUSTRY)
STATES = ("live", "pilot", "suspended", "candidate", "project", "dropped", "retired")
BANK_SHOWN = 200
ACTS = ("change", "score", "review", "compare", "drop")


def routes(console: Console) -> list[Route]:
    """The routes of these pages: the scene team writes, all staff read."""
    return [
        Route(AT, member(console, show_all, *STAFF), methods=["GET"]),
        Route(AT, member(console, add, "scene_team"), methods=["POST"]),
        Route(f"{AT}/bank", member(console, show_bank, *STAFF), methods=["GET"]),
        Route(f"{AT}/register.csv", member(console, fetch, *STAFF), methods=["GET"]),
        Route(f"{AT}/entries/{{ref}}", member(console, show, *STAFF), methods=["GET"]),
        Route(
            f"{AT}/entries/{{ref}}/{{act}}", member(console, act, "scene_team"), methods=["POST"]
        ),
    ]


async def today_of(visit: Visit) -> date:
    """The bank's day."""
    clock = await visit.read_clock()
    return local_day(clock["now"], clock["zone"])


async def show_all(visit: Visit) -> Response:
    """All entries, searched and filtered, in the columns of one use."""
    return await _list(visit)


async def _list(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    packs = (await visit.console.templates()).packs
    entries = await list_entries(pool, tenant, packs)
    today = await today_of(visit)
    use = next((each for each in USES if each == visit.ask("use")), USES[0])
    asked = {name: visit.ask(name) for name in ("q", "serves", "sector", "level", "state")}
    shown = [each for each in entries if _wanted(visit, each, asked)]
    return visit.page(
        "planning.html", 200 if error is None else status_of(error),
        tab="", entries=entries, shown=shown, today=today, use=use, uses=USES,
        columns=COLUMNS[use], asked=asked, sides=SIDES, levels=LEVELS, states=STATES,
        sectors=sorted({each.content.sector for each in entries if each.content.sector}),
        overdue=[each for each in entries if each.is_overdue(today)],
        scores=await read_scores(pool, tenant), rules=(await rules_in_force(pool, tenant)).rules,
        line_name=_line_name(visit), **_form(visit, Content(name=""), error, packs),
        ref=visit.field("ref") if error else "",
    )  # fmt: skip


def _wanted(visit: Visit, entry: Entry, asked: Mapping[str, str]) -> bool:
    content = entry.content
    word = visit.t.known(f"sectors.{content.sector}") or ""
    return (
        matches(entry, asked["q"], word)
        and asked["serves"] in ("", *content.serves)
        and asked["sector"] in ("", content.sector)
        and asked["level"] in ("", content.level)
        and asked["state"] in ("", entry.state)
    )


def _line_name(visit: Visit) -> Any:
    words = standard_shelf().words
    return lambda line: words.called("lines", line, visit.language)


def _form(
    visit: Visit, content: Content, error: EnsceneError | None, packs: Mapping[str, Pack]
) -> dict[str, Any]:
    """What a form of an entry shows: what stands there, or what was typed and could not be."""
    typed = {name: visit.field(name) for name in _fields()} if error else as_typed(content)
    words = standard_shelf().words
    return {
        "typed": typed, "routes": ROUTES, "modes": MODES, "lines": tuple(words.lines),
        "industry": INDUSTRY, "known_sectors": visit.t.keys("sectors."),
        "packs": packs, "products": standard_shelf().products,
        "said": visit.t.problem(error.code, error.facts, error.detail) if error else "",
        "wrong": visit.t.field("planning", error.param) if error else "",
    }  # fmt: skip


def _fields() -> list[str]:
    lines = [f"lines.{line}" for line in standard_shelf().words.lines]
    sides = [f"serves.{side}" for side in SIDES]
    return [*TEXTS, "route", "mode", "level", "next_review", "needed_by", "links",
            "weekly_percent", "products_per_100", *lines, *sides]  # fmt: skip


def as_typed(content: Content) -> dict[str, str]:
    """A content as the fields of a form."""
    found = dict.fromkeys(_fields(), "")
    found |= {name: str(getattr(content, name) or "")
              for name in (*TEXTS, "route", "mode", "level", "next_review", "needed_by")}  # fmt: skip
    found["links"] = ", ".join(content.links)
    found |= {f"lines.{line}": "on" for line in content.lines}
    found |= {f"serves.{side}": "on" for side in content.serves}
    if content.flagship is not None:
        found["weekly_percent"] = str(content.flagship.weekly_percent)
        found["products_per_100"] = str(content.flagship.products_per_100)
    return found


def values_of(visit: Visit) -> dict[str, Any]:
    """What a form says. Raises: Invalid("planning.depth")."""
    values: dict[str, Any] = {name: visit.field(name) for name in TEXTS}
    for name in ("route", "mode", "next_review", "needed_by"):
        values[name] = visit.field(name) or None
    values["level"] = visit.field("level") or LEVELS[-1]
    values["serves"] = list(visit.fields("serves."))
    values["lines"] = list(visit.fields("lines."))
    values["links"] = visit.field("links").replace("，", " ").replace(",", " ").split()
    numbers = (visit.field("weekly_percent"), visit.field("products_per_100"))
    values["flagship"] = None
    if any(numbers):
        if not all(each.isascii() and each.isdigit() and len(each) < 7 for each in numbers):
            raise Invalid("two numbers", code="planning.depth", param="flagship")
        values["flagship"] = {
            "weekly_percent": int(numbers[0]),
            "products_per_100": int(numbers[1]),
        }
    return values


async def show_bank(visit: Visit) -> Response:
    """The registers of the tenant and of all below it."""
    packs = (await visit.console.templates()).packs
    listed = await list_bank_wide(visit.console.pool, visit.tenant, packs)
    wanted = visit.ask("q")
    found = [
        each for each in listed
        if matches(each.entry, wanted, each.tenant.name, each.tenant.ref,
                   visit.t.known(f"sectors.{each.entry.content.sector}") or "")
    ]  # fmt: skip
    return visit.page(
        "planning_bank.html", tab="", q=wanted, found=found[:BANK_SHOWN], count=len(found),
        every=len(listed), tenants=len({each.tenant.id for each in found}), most=BANK_SHOWN,
    )  # fmt: skip


async def add(visit: Visit) -> Response:
    """Enter a candidate; nothing is lost of what was typed when it cannot be."""
    packs = (await visit.console.templates()).packs
    ref = visit.field("ref")
    try:
        await add_candidate(
            visit.console.pool, visit.tenant, ref, values_of(visit), packs, visit.who
        )
    except EnsceneError as error:
        return await _list(visit, error)
    return visit.go(f"{AT}/entries/{ref}")


async def show(visit: Visit) -> Response:
    """One entry. Raises: NotFound."""
    return await _page(visit)


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, tenant, ref = visit.console.pool, visit.tenant, visit.path("ref")
    packs = (await visit.console.templates()).packs
    entry = await read_entry(pool, tenant, ref, packs)
    entries = await list_entries(pool, tenant, packs)
    rules = await rules_in_force(pool, tenant)
    score = (await read_scores(pool, tenant)).get(str(entry.id))
    failed = visit.path("act") if error else ""
    form = _form(visit, entry.content, error if failed == "change" else None, packs)
    points = {
        f"{each}.{what}": (
            visit.field(f"{each}.{what}") if failed == "score" else _point(score, each, what)
        )
        for each in CRITERIA
        for what in ("points", "evidence")
    }
    history = await read_history(pool, tenant, entry)
    form |= {
        "said": visit.t.problem(error.code, error.facts, error.detail) if error else "",
        "wrong": visit.t.field("planning", error.param) if error else "",
    }
    return visit.page(
        "planning_entry.html", 200 if error is None else status_of(error),
        tab="", entry=entry, today=await today_of(visit), score=score, rules=rules.rules,
        criteria=CRITERIA, points=points, failed=failed, history=history, sides=SIDES,
        levels=LEVELS, organisation=read_modes().modes.get(entry.content.mode or "cooperate"),
        holders=read_modes().holders, chain=follow(entries, ref), names=_names(entries),
        above=reached_from(entries, ref), line_name=_line_name(visit),
        comparison=await read_comparison(pool, tenant, entry),
        pull=await read_pull(pool, tenant, entry), clock=await visit.read_clock(),
        neighbours=find_neighbours(entry, entries, packs, visit.language),
        refused_by=() if score is None else screened_by(entry.content, score, rules.rules),
        **form,
    )  # fmt: skip


def _names(entries: Any) -> dict[str, str]:
    return {each.ref: each.content.name for each in entries}


def _point(score: Score | None, criterion: Any, what: str) -> str:
    return "" if score is None else str(getattr(score.points[criterion], what))


async def act(visit: Visit) -> Response:
    """What is done with an entry; what is refused is said on its page."""
    pool, tenant, ref, who = visit.console.pool, visit.tenant, visit.path("ref"), visit.who
    templates = await visit.console.templates()
    if visit.path("act") not in ACTS:
        raise NotFound("there is no such page", code="planning.not_found")
    try:
        match visit.path("act"):
            case "change":
                version = visit.field("version")
                seen = int(version) if version.isascii() and version.isdigit() else None
                await change_entry(pool, tenant, ref, seen, values_of(visit), templates.packs, who)
            case "score":
                await score_entry(pool, tenant, ref, _points(visit), who)
            case "review":
                await review_entry(pool, tenant, ref, visit.field("note"), who)
            case "compare":
                await compare_entry(pool, tenant, ref, templates, who)
            case _:
                await drop_candidate(pool, tenant, ref, visit.field("note"), who)
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"{AT}/entries/{ref}")


def _points(visit: Visit) -> dict[str, Point]:
    found: dict[str, Point] = {}
    for each in CRITERIA:
        typed = visit.field(f"{each}.points")
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else -1
        found[each] = Point(number, visit.field(f"{each}.evidence"))
    return found


async def fetch(visit: Visit) -> Response:
    """The columns of a use as a file; cells are never formulas."""
    pool, tenant = visit.console.pool, visit.tenant
    use = next((each for each in USES if each == visit.ask("use")), USES[0])
    packs = (await visit.console.templates()).packs
    rules = (await rules_in_force(pool, tenant)).rules
    scores, today = await read_scores(pool, tenant), await today_of(visit)
    rows = [
        cells(each, use, today, scores.get(str(each.id)), rules)
        for each in await list_entries(pool, tenant, packs)
    ]
    return Response(
        write_csv(("ref", "name", *COLUMNS[use]), rows),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="scene-register-{use}.csv"',
            "cache-control": "no-store",
        },
    )
