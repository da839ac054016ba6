"""Voices: `/v1/voices`. Told by the bank's own programs, also for customers, and answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import Nothing
from enscene.api.lists import answer, limit_of, page
from enscene.api.opinions import WRITE
from enscene.api.voices import told
from enscene.api.voices.orders import HandVoice, SayVoice, TellVoice, TieVoice
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations.scene_account import parse_month
from enscene.operations.voices import (
    KINDS,
    STATES,
    Asked,
    Words,
    answer_voice,
    end_hot_spot,
    hand_voice,
    list_voices,
    propose_for,
    read_figures,
    read_stars,
    read_voice,
    take_voice,
    tell_voice,
    tie_release,
    voice_id,
)

Told = dict[str, Any]
Act = Callable[[store.Connection], Awaitable[None]]
ACTS = ("take", "hand", "answer", "change", "propose", "act", "drop")
ASKED_STATES = ("open", "late", *STATES)


class VoicesDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        if request.method in ("GET", "HEAD"):
            need(caller, READ, EDIT, APPROVE)
            return await self._read(request, caller, rest)
        if request.method == "POST" and not rest:
            return await self._tell(request, caller)
        match rest:
            case [ref, act] if request.method == "POST" and act in ACTS:
                return await self._act(request, caller, ref, act)
        raise _wrong(rest)

    async def _read(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        pool, tenant = self._desk.pool, caller.tenant
        match rest:
            case []:
                return await self._list(request, caller)
            case ["figures"]:
                asked = request.query("month")
                if "month" in asked:
                    month = parse_month(asked["month"])
                else:
                    clock = await self._desk.clock(tenant)
                    month = local_day(clock["now"], clock["zone"]).replace(day=1)
                rows = await read_figures(pool, tenant, month)
                return answer(
                    {"month": f"{month:%Y-%m}", "scenes": [told.figures_told(r) for r in rows]}
                )
            case [ref]:
                request.query()
                voice = await read_voice(pool, tenant, voice_id(ref))
                stars = await read_stars(pool, tenant, voice)
                return answer(
                    {**told.voice_told(voice), "satisfaction": [told.stars_told(s) for s in stars]}
                )
        raise _wrong(rest)

    async def _list(self, request: Request, caller: Caller) -> Response:
        query = request.query("state", "kind", "scene", "customer", "limit", "cursor")
        for name, known in (("state", ASKED_STATES), ("kind", KINDS)):
            if name in query and query[name] not in known:
                raise Invalid(f"one of {', '.join(known)}", code="invalid.choice", param=name)
        limit = limit_of(query)
        before = None
        if "cursor" in query:
            try:
                before = voice_id(query["cursor"])
            except NotFound:
                raise Invalid("not a cursor of ours", code="cursor.bad", param="cursor") from None
        asked = Asked(
            query.get("state"), query.get("kind"), query.get("scene"), query.get("customer"),
            before=before,
        )  # fmt: skip
        found = await list_voices(self._desk.pool, caller.tenant, asked, limit + 1)
        shown = found[:limit]
        more = len(found) > limit
        cards = [told.voice_card(each) for each in shown]
        return page(cards, shown[-1].ref if more else None, has_more=more)

    async def _tell(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT, WRITE)
        body, order = await order_of(request, TellVoice)
        words = Words(
            order.kind, order.says, order.source, order.scene, None, order.product, order.found_at,
            order.customer, order.department, order.owner,
        )  # fmt: skip

        async def work(connection: store.Connection) -> Told:
            number = await tell_voice(connection, caller.tenant, words, who_of(caller))
            return told.voice_told(await read_voice(connection, caller.tenant, number))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _act(self, request: Request, caller: Caller, ref: str, name: str) -> Response:
        need(caller, EDIT)
        tenant, who = caller.tenant, who_of(caller)
        act: Act
        if name == "take":
            body, _ = await order_of(request, Nothing)

            async def act(connection: store.Connection) -> None:
                await take_voice(connection, tenant, voice, who)
        elif name == "hand":
            body, handed = await order_of(request, HandVoice)

            async def act(connection: store.Connection) -> None:
                await hand_voice(
                    connection, tenant, voice, handed.department, handed.owner, handed.says, who
                )
        elif name == "change":
            body, tied = await order_of(request, TieVoice)

            async def act(connection: store.Connection) -> None:
                await tie_release(connection, tenant, voice, tied.release, who)
        else:
            body, said = await order_of(request, SayVoice)

            async def act(connection: store.Connection) -> None:
                await _say(connection, tenant, voice, name, said.says, who)

        voice = voice_id(ref)  # a wrong body is told of first

        async def work(connection: store.Connection) -> Told:
            await act(connection)
            return told.voice_told(await read_voice(connection, tenant, voice))

        return response_of(await self._desk.once(request, caller, body, work), request.id)


async def _say(
    connection: store.Connection, tenant: int, voice: UUID, name: str, says: str, who: str
) -> None:
    if name == "answer":
        await answer_voice(connection, tenant, voice, says, who)
    elif name == "propose":
        await propose_for(connection, tenant, voice, says, who)
    else:
        await end_hot_spot(connection, tenant, voice, says, who, acted=name == "act")


def _wrong(rest: list[str]) -> Exception:
    match rest:
        case []:
            return wrong_method("GET", "POST")
        case [_]:
            return wrong_method("GET")
        case [_, act] if act in ACTS:
            return wrong_method("POST")
    return not_found()
