"""The register of scenes, its rules, needs and map."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import Nothing
from enscene.api.lists import answer, page
from enscene.api.planning import told
from enscene.api.planning.orders import (
    EntryChange,
    NeedOrder,
    NewEntry,
    Note,
    RulesOrder,
    ScoreOrder,
)
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import read_mountings
from enscene.operations import store as operations_store
from enscene.operations.planning import (
    LEVELS,
    POINTS_MOST,
    PRINCIPLES,
    SIDES,
    Point,
    add_candidate,
    ask_rules,
    change_entry,
    compare_entry,
    cover_lines,
    decide_rules,
    drop_candidate,
    enter_need,
    find_neighbours,
    follow,
    list_bank_wide,
    list_entries,
    list_needs,
    list_rules,
    matches,
    plan_map,
    propose_need,
    reached_from,
    read_comparison,
    read_entry,
    read_history,
    read_modes,
    read_pull,
    read_reach,
    read_rules_of,
    read_scores,
    review_entry,
    rules_in_force,
    score_entry,
)
from enscene.shelf import standard_shelf

Told = dict[str, Any]
Act = Callable[[store.Connection, str], Awaitable[Any]]
FILTERS = ("q", "serves", "level", "sector", "state")
_POSTS = ("review", "score", "compare", "drop")


class PlanningDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        method = "GET" if request.method == "HEAD" else request.method
        if method == "GET":
            need(caller, READ, EDIT, APPROVE)
            return await self._read(request, caller, rest)
        match rest, method:
            case ["entries"], "POST":
                return await self._add(request, caller)
            case ["entries", ref], "PATCH":
                return await self._change(request, caller, ref)
            case ["entries", ref, "review" | "score" | "compare" | "drop" as act], "POST":
                return await self._act(request, caller, ref, act)
            case ["rules"], "POST":
                return await self._ask_rules(request, caller)
            case ["rules", version, "approve" | "refuse" as verdict], "POST":
                return await self._decide(request, caller, version, approve=verdict == "approve")
            case ["needs"], "POST":
                return await self._enter_need(request, caller)
            case ["needs", number, "propose"], "POST":
                return await self._propose(request, caller, number)
        raise _wrong(rest)

    async def _read(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        pool, tenant = self._desk.pool, caller.tenant
        match rest:
            case ["entries"]:
                return await self._list(request, caller)
            case ["map"]:
                return await self._map(request, caller)
            case ["bank"]:
                asked = request.query("q").get("q", "")
                listed = await list_bank_wide(pool, tenant, (await self._desk.templates()).packs)
                shown = [told.listed_told(each) for each in listed
                         if matches(each.entry, asked, each.tenant.name, each.tenant.ref)]  # fmt: skip
                return page(shown, None, has_more=False)
            case ["entries", ref]:
                request.query()
                return answer(await self._whole(pool, tenant, ref))
            case ["entries", ref, "neighbours"]:
                request.query()
                packs = (await self._desk.templates()).packs
                entries = await list_entries(pool, tenant, packs)
                entry = await read_entry(pool, tenant, ref, packs)
                found = find_neighbours(entry, entries, packs)
                return page([told.neighbour_told(each) for each in found], None, has_more=False)
        request.query()
        match rest:
            case ["rules"]:
                rules = await list_rules(pool, tenant)
                return page([told.rules_told(each) for each in rules], None, has_more=False)
            case ["needs"]:
                needs = await list_needs(pool, tenant)
                return page([told.need_told(each) for each in needs], None, has_more=False)
            case ["modes"]:
                return answer(msgspec.to_builtins(read_modes()))
            case ["flagships"]:
                entries = await list_entries(pool, tenant, (await self._desk.templates()).packs)
                reach = await read_reach(pool, tenant, entries)
                return page([told.reach_told(each) for each in reach], None, has_more=False)
            case ["coverage"]:
                entries = await list_entries(pool, tenant, (await self._desk.templates()).packs)
                mountings = await read_mountings(self._desk.host, pool, tenant)
                lines = cover_lines(standard_shelf(), entries, mountings)
                return page([told.line_told(each) for each in lines], None, has_more=False)
        raise _wrong(rest)

    async def _today(self, source: store.Pool | store.Connection, tenant: int) -> date:
        # With the connection of a write: one that holds a connection and waits for a second shuts
        # out all others.
        async with operations_store.reading(source, tenant) as connection:
            clock = await operations_store.read_clock(connection, tenant)
        return local_day(clock["now"], clock["zone"])

    async def _list(self, request: Request, caller: Caller) -> Response:
        asked = request.query(*FILTERS)
        for name, known in (("serves", SIDES), ("level", LEVELS)):
            if asked.get(name, known[0]) not in known:
                raise Invalid("there is no such value", code="planning.value", param=name)
        packs = (await self._desk.templates()).packs
        found = [
            each for each in await list_entries(self._desk.pool, caller.tenant, packs)
            if matches(each, asked.get("q", ""))
            and asked.get("serves", "") in ("", *each.content.serves)
            and asked.get("level", each.content.level) == each.content.level
            and asked.get("sector", each.content.sector) == each.content.sector
            and asked.get("state", each.state) == each.state
        ]  # fmt: skip
        rules = (await rules_in_force(self._desk.pool, caller.tenant)).rules
        scores = await read_scores(self._desk.pool, caller.tenant)
        today = await self._today(self._desk.pool, caller.tenant)
        cards = [told.entry_told(each, today, scores.get(str(each.id)), rules) for each in found]
        return page(cards, None, has_more=False)

    async def _whole(self, source: store.Pool | store.Connection, tenant: int, ref: str) -> Told:
        packs = (await self._desk.templates()).packs
        entry = await read_entry(source, tenant, ref, packs)
        entries = await list_entries(source, tenant, packs)
        rules = (await rules_in_force(source, tenant)).rules
        score = (await read_scores(source, tenant)).get(str(entry.id))
        return told.whole_told(
            entry, await self._today(source, tenant), score, rules,
            await read_history(source, tenant, entry), follow(entries, ref),
            reached_from(entries, ref), await read_comparison(source, tenant, entry),
            await read_pull(source, tenant, entry),
        )  # fmt: skip

    async def _map(self, request: Request, caller: Caller) -> Response:
        pool, tenant = self._desk.pool, caller.tenant
        asked = request.query(*PRINCIPLES)
        rules = (await rules_in_force(pool, tenant)).rules
        weights = dict(rules.principles)
        for name, text in asked.items():
            if not (
                text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= POINTS_MOST
            ):
                raise Invalid(
                    "0 to 100", code="planning.bounds", param=name,
                    facts={"least": 0, "most": POINTS_MOST},
                )  # fmt: skip
            weights[name] = int(text)  # type: ignore[index]
        if not sum(weights.values()):
            raise Invalid("one of them counts", code="planning.weights", param=PRINCIPLES[0])
        entries = await list_entries(pool, tenant, (await self._desk.templates()).packs)
        scores = await read_scores(pool, tenant)
        today = await self._today(pool, tenant)
        rows = plan_map(entries, scores, rules, today, weights, rules.principles)
        return page([told.row_told(each) for each in rows], None, has_more=False)

    async def _add(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, NewEntry)
        packs = (await self._desk.templates()).packs

        async def act(connection: store.Connection, who: str) -> None:
            await add_candidate(connection, caller.tenant, order.ref, order.values(), packs, who)

        return await self._done(request, caller, body, order.ref, act)

    async def _change(self, request: Request, caller: Caller, ref: str) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, EntryChange)
        packs = (await self._desk.templates()).packs

        async def act(connection: store.Connection, who: str) -> None:
            await change_entry(
                connection, caller.tenant, ref, order.version, order.values(), packs, who
            )

        return await self._done(request, caller, body, ref, act)

    async def _act(self, request: Request, caller: Caller, ref: str, name: str) -> Response:
        need(caller, EDIT)
        tenant = caller.tenant
        if name == "score":
            body, score = await order_of(request, ScoreOrder)
            points = msgspec.convert(msgspec.to_builtins(score), dict[str, Point])

            async def act(connection: store.Connection, who: str) -> None:
                await score_entry(connection, tenant, ref, points, who)
        elif name == "compare":
            body, _ = await order_of(request, Nothing)
            templates = await self._desk.templates()

            async def act(connection: store.Connection, who: str) -> None:
                await compare_entry(connection, tenant, ref, templates, who)
        else:
            body, order = await order_of(request, Note)

            async def act(connection: store.Connection, who: str) -> None:
                if name == "review":
                    await review_entry(connection, tenant, ref, order.note, who)
                else:
                    await drop_candidate(connection, tenant, ref, order.note, who)

        return await self._done(request, caller, body, ref, act)

    async def _done(
        self, request: Request, caller: Caller, body: bytes, ref: str, act: Act
    ) -> Response:
        """Once for its key; the entry as it is afterwards."""

        async def work(connection: store.Connection) -> Told:
            await act(connection, who_of(caller))
            return await self._whole(connection, caller.tenant, ref)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _ask_rules(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, RulesOrder)
        rules = read_rules_of(order.values())

        async def work(connection: store.Connection) -> Told:
            version = await ask_rules(
                connection, caller.tenant, rules, order.reason, who_of(caller)
            )
            return await self._rules_told(connection, caller.tenant, version)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _decide(
        self, request: Request, caller: Caller, version: str, *, approve: bool
    ) -> Response:
        need(caller, APPROVE)
        body, _ = await order_of(request, Nothing)
        if not (version.isascii() and version.isdigit() and len(version) < 7):
            raise NotFound("there are no such rules", code="planning.no_rules")

        async def work(connection: store.Connection) -> Told:
            await decide_rules(
                connection, caller.tenant, int(version), who_of(caller), approve=approve
            )
            return await self._rules_told(connection, caller.tenant, int(version))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _rules_told(self, connection: store.Connection, tenant: int, version: int) -> Told:
        found = await list_rules(connection, tenant)
        return told.rules_told(next(each for each in found if each.version == version))

    async def _enter_need(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, NeedOrder)

        async def work(connection: store.Connection) -> Told:
            number = await enter_need(
                connection, caller.tenant, order.who, order.need, order.served_today,
                order.source, order.sector, who_of(caller),
            )  # fmt: skip
            found = await list_needs(connection, caller.tenant)
            return told.need_told(next(each for each in found if each.id == number))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _propose(self, request: Request, caller: Caller, number: str) -> Response:
        need(caller, EDIT)
        body, _ = await order_of(request, Nothing)
        packs = (await self._desk.templates()).packs
        try:
            found = UUID(number)
        except ValueError:
            raise NotFound("there is no such need", code="planning.no_need") from None

        async def work(connection: store.Connection) -> Told:
            ref = await propose_need(connection, caller.tenant, found, packs, who_of(caller))
            return await self._whole(connection, caller.tenant, ref)

        return response_of(await self._desk.once(request, caller, body, work), request.id)


def _wrong(rest: list[str]) -> Exception:
    match rest:
        case ["entries"] | ["rules"] | ["needs"]:
            return wrong_method("GET", "POST")
        case ["entries", _]:
            return wrong_method("GET", "PATCH")
        case (
            ["map"]
            | ["bank"]
            | ["modes"]
            | ["flagships"]
            | ["coverage"]
            | ["entries", _, "neighbours"]
        ):
            return wrong_method("GET")
        case ["entries", _, act] if act in _POSTS:
            return wrong_method("POST")
        case ["rules", _, "approve" | "refuse"] | ["needs", _, "propose"]:
            return wrong_method("POST")
    return not_found()
