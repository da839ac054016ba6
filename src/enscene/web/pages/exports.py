"""Files that leave the bank: who asked, who granted, and the file."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import format_time, parse_day
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.kernel.spreadsheet import write_csv
from enscene.operations import list_scenes, read_scene_card
from enscene.operations import store as operations_store
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.event_words import Named, ToldEvent, tell_events
from enscene.web.problems import status_of
from enscene.work import Export, ask_export, decide_export, fetch_export, list_exports

ROWS_MOST = 50_000
HEAD = ("number", "time", "action", "what", "subject", "actor")


def routes(console: Console) -> list[Route]:
    """The routes of these pages. Auditors ask as well, but grant nothing."""
    return [
        Route("/exports", member(console, show, *STAFF), methods=["GET"]),
        Route("/exports", member(console, ask, *STAFF), methods=["POST"]),
        Route("/exports/{export}/{verdict}", member(console, decide, "approver"), methods=["POST"]),
        Route("/exports/{export}.csv", member(console, fetch, *STAFF), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """What was asked for, and a form that asks."""
    return await _page(visit)


async def ask(visit: Visit) -> Response:
    """Ask for a file; nothing is lost of what was typed when it cannot be."""
    pool = visit.console.pool
    try:
        first = parse_day(visit.field("first_day"), param="first_day")
        last = parse_day(visit.field("last_day"), param="last_day")
        card = await read_scene_card(pool, visit.tenant, visit.field("scene"))
        async with operations_store.writing(pool, visit.tenant) as connection:
            await ask_export(
                connection, visit.tenant, card.ref, first, last, visit.field("why"), visit.who
            )
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go("/exports")


async def decide(visit: Visit) -> Response:
    """Somebody else grants or refuses."""
    verdict = visit.path("verdict")
    if verdict not in ("grant", "refuse"):
        raise NotFound("there is no such page", code="export.unknown")
    async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
        await decide_export(
            connection, visit.tenant, _id(visit), visit.who, grant=verdict == "grant"
        )
    return visit.go("/exports")


async def fetch(visit: Visit) -> Response:
    """The file: people by their references, never by their names."""
    pool = visit.console.pool
    async with operations_store.writing(pool, visit.tenant) as connection:
        found = await fetch_export(connection, visit.tenant, _id(visit), visit.who)
    body = write_csv(HEAD, [_cells(event) for event in await _events(visit, found)])
    name = f"{found.about}-{found.first_day}-{found.last_day}.csv"
    return Response(
        body,
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


async def _events(visit: Visit, found: Export) -> list[ToldEvent]:
    pool = visit.console.pool
    card = await read_scene_card(pool, visit.tenant, found.about)
    running = await visit.console.host.catalogue.read(visit.tenant, card.ref)
    zone = ZoneInfo((await visit.read_clock())["zone"])
    first = datetime.combine(found.first_day, time(), zone)
    end = datetime.combine(found.last_day + timedelta(days=1), time(), zone)
    async with operations_store.reading(pool, visit.tenant) as connection:
        rows = await operations_store.read(
            connection, "events_of_days", visit.tenant, card.id,
            first.astimezone(UTC), end.astimezone(UTC), ROWS_MOST + 1,
        )  # fmt: skip
        if len(rows) > ROWS_MOST:
            raise Invalid(
                f"there are more than {ROWS_MOST} events in these days",
                code="export.too_many",
                hint="ask for fewer days",
            )
        return await tell_events(connection, visit, running.pack, rows)


def _cells(event: ToldEvent) -> tuple[str, ...]:
    return (
        str(event.seq), format_time(event.at), event.action, event.title,
        _reference(event.subject), _reference(event.actor),
    )  # fmt: skip


def _reference(named: Named) -> str:
    return named.ref or named.text


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool = visit.console.pool
    clock = await visit.read_clock()
    async with operations_store.reading(pool, visit.tenant) as connection:
        found = await list_exports(connection, visit.tenant)
    scenes = await list_scenes(pool, visit.tenant)
    names = ("scene", "first_day", "last_day", "why")
    today = clock["now"].astimezone(ZoneInfo(clock["zone"])).date().isoformat()
    typed = {name: visit.field(name) if error else "" for name in names}
    typed["scene"] = typed["scene"] or visit.ask("scene")
    return visit.page(
        "exports.html",
        200 if error is None else status_of(error),
        found=found,
        scenes=scenes,
        names={card.ref: card.name for card in scenes},
        typed={name: typed[name] or (today if name.endswith("day") else "") for name in names},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        decides=visit.session.allows("approver"),
        zone=clock["zone"],
    )


def _id(visit: Visit) -> UUID:
    try:
        return UUID(visit.path("export"))
    except ValueError:
        raise NotFound("there is no such export", code="export.unknown") from None
