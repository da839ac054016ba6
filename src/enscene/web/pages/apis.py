"""The catalogue of interfaces in the console: whose each is, how it does, and what is on its way
out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import EnsceneError, Invalid
from enscene.partners import store as partners_sql
from enscene.partners.apis import (
    VERSIONS,
    Entry,
    declare_notice,
    set_owner,
    take_back_notice,
)
from enscene.partners.apis.announce import SPAN_LEAST, TOLD_WITHIN, api_not_found
from enscene.partners.apis.store import read_callers
from enscene.partners.monitor import Sum, read_health
from enscene.tenants import get_tenant
from enscene.web.api_groups import ALL, PLATFORM, chosen, grouped, scene_names
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.problems import status_of

DECIDER = "approver"
TYPED = ("deprecated", "sunset", "successor", "zh", "en", "owner")


@dataclass(frozen=True, slots=True)
class Row:
    """An interface beside how it did over the last day; None: nobody of the partners called."""

    entry: Entry
    health: str | None
    sum: Sum | None


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route("/apis", member(console, show, *STAFF), methods=["GET"]),
        Route("/apis/of/{api}", member(console, show_one, *STAFF), methods=["GET"]),
        Route("/apis/of/{api}", member(console, change, DECIDER), methods=["POST"]),
    ]


async def entries_of(visit: Visit) -> list[Entry]:
    """Every interface of the visitor's bank."""
    known = visit.console.settings.apis
    return [] if known is None else await known(visit.tenant)


async def show(visit: Visit) -> Response:
    """The interfaces of the platform or of a scene, or those that a word finds."""
    found = await entries_of(visit)
    health = await read_health(visit.console.pool, visit.tenant)
    scenes = sorted({entry.scene for entry in found if entry.scene})
    word, where = visit.ask("q"), visit.ask("where")
    if not word and where not in (*scenes, PLATFORM, ALL):
        where = scenes[0] if scenes else PLATFORM
    rows = [_row(entry, health) for entry in chosen(found, word, where)]
    rows.sort(key=lambda row: (row.entry.notice is None, -(row.sum.calls if row.sum else 0)))
    return visit.page(
        "apis.html", shown=grouped(rows, lambda row: row.entry, visit.ask("page")), scenes=scenes,
        zone=(await visit.read_clock())["zone"], where="" if word else where, word=word,
        names=await scene_names(visit.console.pool, visit.tenant),
        counts={
            "all": len(found),
            "deprecated": sum(entry.state == "deprecated" for entry in found),
            "withdrawn": sum(entry.state == "withdrawn" for entry in found),
            "failing": sum(state == "failing" for state, _ in health.values()),
        },
    )  # fmt: skip


async def show_one(visit: Visit) -> Response:
    """One interface: who answers for it, who calls it, what was declared."""
    return await _page(visit)


async def change(visit: Visit) -> Response:
    """Declare that it goes, take that back, or name who answers for it."""
    pool, api = visit.console.pool, visit.path("api")
    try:
        known = {entry.id for entry in await entries_of(visit)}
        if visit.field("do") == "owner":
            await set_owner(pool, visit.tenant, api, visit.field("owner"), visit.who, known)
        elif visit.field("do") == "keep":
            await take_back_notice(pool, await get_tenant(pool, visit.tenant), api, visit.who)
        elif visit.field("do") == "declare":
            await declare_notice(
                pool, await get_tenant(pool, visit.tenant), api, known=known,
                deprecated=parse_day(visit.field("deprecated"), param="deprecated"),
                sunset=parse_day(visit.field("sunset"), param="sunset"),
                successor=visit.field("successor"), zh=visit.field("zh"), en=visit.field("en"),
                who=visit.who,
            )  # fmt: skip
        else:
            raise Invalid("nothing was asked", code="partner.field", param="do")
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"/apis/of/{api}")


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    pool, api = visit.console.pool, visit.path("api")
    found = await entries_of(visit)
    entry = next((each for each in found if each.id == api), None)
    if entry is None:
        raise api_not_found()
    clock = await visit.read_clock()
    today = clock["now"].astimezone(ZoneInfo(clock["zone"])).date()
    async with partners_sql.admitted(pool, visit.tenant, readonly=True) as connection:
        callers = await read_callers(connection, visit.tenant, api, TOLD_WITHIN)
    typed: dict[str, Any] = {name: visit.field(name) if error else "" for name in TYPED}
    if not error:
        typed |= {"deprecated": str(today), "sunset": str(today + SPAN_LEAST + timedelta(days=60))}
    return visit.page(
        "api.html", 200 if error is None else status_of(error),
        row=_row(entry, await read_health(pool, visit.tenant)), callers=callers,
        titles={each["name"]: each["title"] for each in callers}, versions=VERSIONS,
        others=[each for each in found if each.id != api], zone=clock["zone"], typed=typed,
        decides=visit.session.allows(DECIDER), doing=visit.field("do"),
        said="" if error is None else visit.t.problem(error.code, error.facts, error.detail),
    )  # fmt: skip


def _row(entry: Entry, health: dict[str, Any]) -> Row:
    state, own = health.get(entry.id, (None, None))
    return Row(entry, state, own)
