"""A scene's page: live figures, money map, things, accounts, events, terms, kitchen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from enscene.kernel.clock import format_time
from enscene.kernel.errors import Conflict, Forbidden, NotFound
from enscene.ledger import read_statement
from enscene.operations import (
    SceneCard,
    has_kitchen,
    list_launches,
    move_scene,
    read_demand,
    read_scene_card,
    resume_scene,
    what_remains,
)
from enscene.operations import store as operations_store
from enscene.operations.catalogue import start_of_day
from enscene.operations.data_map import read_brought
from enscene.operations.district import layout_of
from enscene.operations.indicators import Window
from enscene.operations.move_scene import PILOTED_BY
from enscene.operations.scene_account import parse_entry_day
from enscene.scenes.administer.change_scene import NEXT_STATES
from enscene.scenes.language import Pack
from enscene.scenes.language.report import proofs_text, tier_of
from enscene.web.added_steps import step_words
from enscene.web.console import Console, Visit, member
from enscene.web.event_words import ToldEvent, tell_events
from enscene.web.masked_facts import masked_facts
from enscene.web.money_map import draw_flows

LIVE_S, BEAT_S, COUNTED_S, STREAM_S = 1.0, 15.0, 60.0, 600.0
PAGE = 50
LAST = 2**62
TABS = ("", "things", "accounts", "events", "people", "kitchen", "pages", "terms", "pack")


@dataclass
class View:
    """A scene as a page needs it, with a reader of `operations.store` bound to it."""

    visit: Visit
    card: SceneCard
    pack: Pack
    clock: Mapping[str, Any]

    async def read(self, query: str, *arguments: Any) -> list[Any]:
        """Rows of one of the store's queries about this scene."""
        visit = self.visit
        async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
            return await operations_store.read(
                connection, query, visit.tenant, self.card.id, *arguments
            )

    async def events(self, before: int, subject: str | None, limit: int) -> list[ToldEvent]:
        """The newest events whose numbers are less than `before`, in words."""
        visit = self.visit
        async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
            rows = await operations_store.read(
                connection, "events", visit.tenant, self.card.id, before, subject, limit
            )
            return await tell_events(connection, visit, self.pack, rows)

    @property
    def since(self) -> Any:
        """When the tenant's present day began."""
        return start_of_day(self.clock["now"], self.clock["zone"])

    @property
    def next_states(self) -> list[str]:
        """What it may become from here; it goes live by way of its pilot alone, and after a
        pause it goes on as what it was."""
        if self.card.state == "suspended":
            return ["resume", "retired"]
        states = NEXT_STATES[self.card.state] - (
            {"live"} if self.card.state == "sandbox" else set()
        )
        return sorted(states, key=_order)

    @property
    def piloted_by(self) -> str | None:
        """Who opened the pilot that a second person has not opened to all yet."""
        return self.card.profile.get(PILOTED_BY)

    @property
    def may_open(self) -> bool:
        """Whether the visitor may make it live: after a pause anybody of the team, from a pilot
        an approver who has not opened the pilot."""
        if self.card.state == "suspended" and self.piloted_by is None:
            return True
        return self.visit.session.allows("approver") and self.visit.who != self.piloted_by

    def page(self, template: str, tab: str, status: int = 200, **values: Any) -> Response:
        """A page of the scene."""
        tabs = [name for name in TABS if name != "kitchen" or has_kitchen(self.pack)]
        return self.visit.page(
            template,
            status,
            card=self.card,
            pack=self.pack,
            clock=self.clock,
            zone=self.clock["zone"],
            currency=self.pack.currency,
            tab=tab,
            tabs=tabs,
            has_places=layout_of(self.pack) is not None,
            next_states=self.next_states,
            piloted_by=self.piloted_by,
            may_open=self.may_open,
            **values,
        )


def _order(state: str) -> int:
    return ("pilot", "live", "suspended", "draft", "sandbox", "retired").index(state)


async def open_view(visit: Visit) -> View:
    """The scene of the path. Raises: NotFound."""
    card = await read_scene_card(visit.console.pool, visit.tenant, visit.path("ref"))
    running = await visit.console.host.catalogue.read(visit.tenant, card.ref)
    return View(visit, card, running.pack, await visit.read_clock())


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    pages = {
        "": overview,
        "/things": things,
        "/things/{type}/{key}": thing,
        "/accounts": accounts,
        "/accounts/{name}": owners,
        "/accounts/{name}/{party}": statement,
        "/units/{seq:int}": unit,
        "/events": events,
        "/kitchen": kitchen,
        "/terms": terms,
        "/pack": pack_file,
        "/live": live,
    }
    return [
        *(
            Route(f"/scenes/{{ref}}{path}", member(console, handler), methods=["GET"])
            for path, handler in pages.items()
        ),
        Route(
            "/scenes/{ref}/life/{state}",
            member(console, confirm, "scene_team", "approver"),
            methods=["GET"],
        ),
        Route(
            "/scenes/{ref}/life/{state}",
            member(console, change_life, "scene_team", "approver"),
            methods=["POST"],
        ),
    ]


async def overview(visit: Visit) -> Response:
    """Today's figures, the money map, states, the last events, ratings."""
    view = await open_view(visit)
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        totals = await operations_store.read_totals(
            connection, visit.tenant, view.card.id, view.since
        )
    rows = await view.read("volumes", view.since)
    volumes = {(r["flow"], r["source"], r["target"]): (r["moves"], r["minor"]) for r in rows}
    launches = await list_launches(visit.console.pool, visit.tenant, scene=view.card.ref)
    return view.page(
        "scene.html",
        "",
        totals=totals,
        volumes=rows,
        map=draw_flows(view.pack, visit.language, volumes),
        states=await view.read("states"),
        events=await view.events(LAST, None, 12),
        by_action=await view.read("by_action", view.since),
        ratings=await view.read("ratings", 5),
        rating_sum=await view.read("rating_sum"),
        cases=await view.read("cases"),
        roles=await view.read("roles"),
        brought=await read_brought(
            visit.console.pool,
            await visit.console.host.catalogue.scene(visit.tenant, view.card.ref),
        ),
        launch=next((item for item in reversed(launches) if item.kind == "new"), None),
        under_way=[item for item in launches if item.state in ("draft", "submitted", "returned")],
    )


async def things(visit: Visit) -> Response:
    """Things by type and state."""
    view = await open_view(visit)
    kind = visit.ask("type") or next(iter(view.pack.things), "")
    if kind not in view.pack.things:
        raise NotFound("there is no such type", code="scene.no_thing")
    state = visit.ask("state") or None
    rows = await view.read("things", kind, state, None, None, PAGE)
    return view.page(
        "things.html",
        "things",
        kind=kind,
        state=state,
        states=await view.read("states"),
        rows=rows,
    )


async def thing(visit: Visit) -> Response:
    """One thing: its fields, its life in the log."""
    view = await open_view(visit)
    kind, key = visit.path("type"), visit.path("key")
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        row = await operations_store.read_thing(connection, visit.tenant, view.card.id, kind, key)
    if row is None or kind not in view.pack.things:
        raise NotFound("there is no such thing", code="scene.no_thing")
    return view.page(
        "thing.html",
        "things",
        kind=kind,
        thing=row,
        model=view.pack.things[kind],
        events=await view.events(LAST, f"{kind}:{key}", PAGE),
    )


async def accounts(visit: Visit) -> Response:
    """The trial balance of the scene."""
    view = await open_view(visit)
    rows = await view.read("accounts")
    return view.page("accounts.html", "accounts", rows=rows)


async def owners(visit: Visit) -> Response:
    """Whose accounts of a name there are."""
    view = await open_view(visit)
    name = visit.path("name")
    if name not in view.pack.accounts:
        raise NotFound("there is no such account", code="scene.no_account")
    rows = await view.read("owners", name, visit.ask("q") or None, 200)
    return view.page("owners.html", "accounts", name=name, rows=rows, q=visit.ask("q"))


async def statement(visit: Visit) -> Response:
    """An account's entries, each leading to the whole unit."""
    view = await open_view(visit)
    name, party = visit.path("name"), visit.path("party")
    rows = await view.read("owners", name, party, 1)
    if not rows:
        raise NotFound("there is no such account", code="scene.no_account")
    before = visit.ask("before").partition("-")
    place = (int(before[0]), int(before[2])) if before[0].isdigit() and before[2].isdigit() else ()
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        entries = await read_statement(
            connection,
            visit.tenant,
            rows[0]["id"],
            limit=PAGE,
            **({"before": place} if place else {}),
        )
    return view.page(
        "statement.html", "accounts", name=name, account=rows[0], entries=entries, full=PAGE
    )


async def unit(visit: Visit) -> Response:
    """Everything that one unit did: its event, all its entries."""
    view = await open_view(visit)
    seq = int(visit.request.path_params["seq"])
    found = await view.events(min(seq, LAST - 1) + 1, None, 1)
    if not found or found[0].seq != seq:
        raise NotFound("there is no such event", code="scene.no_event")
    legs = await view.read("unit_legs", seq)
    told = masked_facts(view.pack, found[0].facts)
    facts = msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
    return view.page("unit.html", "events", event=found[0], legs=legs, facts=facts)


async def events(visit: Visit) -> Response:
    """The event log, newest first; with `day` from the end of that day on. Raises: Invalid."""
    view = await open_view(visit)
    asked, day = visit.ask("before"), visit.ask("day")
    before = int(asked) if asked.isdigit() else LAST
    if day and not asked:
        ends = Window(view.clock["zone"], parse_entry_day(day)).begin_of(
            parse_entry_day(day) + timedelta(days=1)
        )
        before = (await view.read("first_event", ends))[0]["seq"]
    rows = await view.events(min(before, LAST), None, PAGE)
    return view.page("events.html", "events", events=rows, full=PAGE)


async def kitchen(visit: Visit) -> Response:
    """How much of what is ordered for when, and how much to expect next."""
    view = await open_view(visit)
    today = view.since.date()
    demand = await read_demand(visit.console.pool, visit.tenant, view.card.id, view.pack, today)
    if demand is None:
        raise NotFound("this scene has no kitchen", code="scene.no_kitchen")
    return view.page(
        "kitchen.html",
        "kitchen",
        today=demand.today,
        rows=demand.rows,
        forecast=demand.forecast,
    )


async def terms(visit: Visit) -> Response:
    """The terms the scene has had, each of which can be gone back to."""
    view = await open_view(visit)
    return view.page(
        "terms.html",
        "terms",
        rows=await view.read("terms"),
        step_words=partial(step_words, visit, view.pack),
    )


async def pack_file(visit: Visit) -> Response:
    """The pack as it runs: proofs and files."""
    view = await open_view(visit)
    return view.page(
        "pack.html",
        "pack",
        proofs=proofs_text(view.pack, visit.language).splitlines(),
        tier=tier_of(view.pack),
        files=sorted(view.pack.files.items(), key=lambda item: item[0] != "scene.yaml"),
    )


async def confirm(visit: Visit) -> Response:
    """Ask before a scene changes its state, with what it still holds."""
    view = await open_view(visit)
    state = visit.path("state")
    if state not in NEXT_STATES[view.card.state]:
        raise NotFound("the scene cannot become that", code="scene.bad_transition")
    if state == "live" and not view.may_open:
        raise Forbidden("a second person opens the scene to all", code="scene.second_person")
    remains = await what_remains(visit.console.pool, visit.tenant, view.card.ref)
    return view.page("confirm.html", "", target=state, remains=remains)


async def change_life(visit: Visit) -> Response:
    """Change the state: pilot, live, pause, go on, retire."""
    ref, state = visit.path("ref"), visit.path("state")
    if state == "resume":
        await resume_scene(visit.console.pool, visit.tenant, ref, visit.who)
        return visit.go(f"/scenes/{ref}")
    if state == "live":
        view = await open_view(visit)
        if view.piloted_by is not None or view.card.state == "pilot":
            visit.need("approver")
    try:
        await move_scene(visit.console.pool, visit.tenant, ref, state, visit.who)
    except Conflict as error:
        if error.code != "teamwork.empty_cells":
            raise
        return visit.page(
            "problem.html", 409, said=visit.t.problem(error.code, error.facts, error.detail),
            code=error.code, hint=visit.t.hint(error.code, error.facts, error.hint),
            way=(f"/teamwork/scenes/{ref}", visit.t("teamwork.fill")),
        )  # fmt: skip
    return visit.go(f"/scenes/{ref}")


async def live(visit: Visit) -> Response:
    """Today's figures and new events as they are committed, as server-sent events."""
    view = await open_view(visit)
    return StreamingResponse(_figures(view), media_type="text/event-stream")


async def _figures(view: View) -> AsyncIterator[str]:
    """The day is counted once and then added to; counted anew now and then, and on a new day."""
    visit, pool = view.visit, view.visit.console.pool
    ending, card = visit.console.ending, view.card.id
    totals: dict[str, int] = {}
    day, quiet_s, counted_s, spent_s = None, 0.0, 0.0, 0.0
    while spent_s < STREAM_S and not ending.is_set():
        rows: list[ToldEvent] = []
        async with operations_store.reading(pool, visit.tenant) as connection:
            clock = await operations_store.read_clock(connection, visit.tenant)
            since = start_of_day(clock["now"], clock["zone"])
            before = totals.get("seq", -1)
            if day != since or counted_s >= COUNTED_S:
                day, counted_s = since, 0.0
                totals = await operations_store.read_totals(connection, visit.tenant, card, since)
                totals["seq"] = max(totals["seq"], before)
            else:
                news = await operations_store.read_news(connection, visit.tenant, card, before)
                for name in ("acts", "transfers", "minor"):
                    totals[name] += news[name]
                totals["seq"] = news["seq"]
            if 0 <= before < totals["seq"]:
                found = await operations_store.read(
                    connection, "new_events", visit.tenant, card, before, 20
                )
                rows = await tell_events(connection, visit, view.pack, found)
        if totals["seq"] != before:
            quiet_s = 0.0
            yield _message(view, clock, totals, rows)
        elif quiet_s >= BEAT_S:
            quiet_s = 0.0
            yield ": still here\n\n"
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), LIVE_S)
        quiet_s += LIVE_S
        counted_s += LIVE_S
        spent_s += LIVE_S


def _message(view: View, clock: Any, totals: Mapping[str, int], rows: list[ToldEvent]) -> str:
    money = view.visit.console.environment.filters["money"]
    at = view.visit.console.environment.filters["clock"]
    zone = clock["zone"]
    told = {
        "now": format_time(clock["now"]),
        "clock": at(clock["now"], zone),
        "acts": f"{totals['acts']:,}",
        "actors": f"{totals['actors']:,}",
        "transfers": f"{totals['transfers']:,}",
        "turnover": money(totals["minor"], view.pack.currency),
        "events": [
            {
                "seq": row.seq,
                "at": at(row.at, zone),
                "title": row.title,
                "subject": row.subject.text,
            }
            for row in rows
        ],
    }
    return f"data: {msgspec.json.encode(told).decode()}\n\n"
