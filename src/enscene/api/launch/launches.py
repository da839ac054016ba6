"""Requests: `/v1/launches`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.cursors import Cursors
from enscene.api.http import JSON, Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import Begin, GiveBack, Looked, Nothing, Places, WishOrder
from enscene.api.launch.templates import TemplatesDoor
from enscene.api.launch.told import (
    Told,
    launch_card,
    launch_told,
    mistakes_told,
    rehearsal_told,
)
from enscene.api.lists import answer, limit_of, page
from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import (
    Demand,
    Launch,
    approve_launch,
    begin_change,
    begin_launch,
    change_wish,
    likely_duplicates,
    list_launches,
    read_demand,
    read_launch,
    return_launch,
    submit_launch,
    withdraw_launch,
)
from enscene.operations.catalogue import start_of_day
from enscene.operations.launch import STATES


class LaunchesDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk, cursors: Cursors, templates: TemplatesDoor) -> None:
        self._desk = desk
        self._cursors = cursors
        self._templates = templates
        self._steps = {
            "submit": self._submit,
            "approve": self._approve,
            "return": self._return,
            "withdraw": self._withdraw,
            "rehearse": self._rehearse,
        }

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        if not rest:
            match request.method:
                case "GET":
                    return await self._list(request, caller)
                case "POST":
                    return await self._begin(request, caller)
            raise wrong_method("GET", "POST")
        launch = _id(rest[0])
        if len(rest) == 1:
            match request.method:
                case "GET":
                    return await self._show(request, caller, launch)
                case "PUT" | "PATCH":
                    return await self._change(request, caller, launch)
            raise wrong_method("GET", "PUT", "PATCH")
        if rest[1:] == ["rehearsal"]:
            return await self._rehearsal(request, caller, launch)
        if rest[1:] == ["places"]:
            return await self._places(request, caller, launch)
        step = self._steps.get(rest[1]) if len(rest) == 2 else None
        if step is None:
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        return await step(request, caller, launch)

    async def _list(self, request: Request, caller: Caller) -> Response:
        need(caller, READ, EDIT, APPROVE)
        query = request.query("state", "scene", "limit", "cursor")
        state, scene, limit = query.get("state"), query.get("scene"), limit_of(query)
        if state is not None and state not in STATES:
            raise Invalid(
                f"a state is one of {', '.join(STATES)}", code="invalid.state", param="state"
            )
        purpose = f"launches:{caller.tenant}:{state}:{scene}"
        before = None
        if "cursor" in query:
            at, last = await self._cursors.open(purpose, query["cursor"])
            before = (datetime.fromisoformat(at), UUID(last))
        found = await list_launches(
            self._desk.pool,
            caller.tenant,
            states=(state,) if state else (),
            scene=scene,
            before=before,
            limit=limit + 1,
        )
        more, found = len(found) > limit, found[:limit]
        place = [found[-1].chosen_at.isoformat(), str(found[-1].id)] if more else []
        cursor = await self._cursors.seal(purpose, place) if more else None
        return page([launch_card(launch) for launch in found], cursor, has_more=more)

    async def _begin(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, Begin)
        if (order.template is None) == (order.scene is None):
            raise Invalid(
                "name a template for a new scene, or the scene that is to be changed",
                code="launch.what",
                param="template",
            )
        templates = await self._desk.templates()

        async def work(connection: store.Connection) -> Told:
            if order.scene is not None:
                new = await begin_change(connection, caller.tenant, order.scene, who_of(caller))
            else:
                pack = templates.get(order.template or "")
                new = await begin_launch(connection, caller.tenant, pack, who_of(caller))
            return launch_card(await read_launch(connection, caller.tenant, new))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _show(self, request: Request, caller: Caller, launch: UUID) -> Response:
        need(caller, READ, EDIT, APPROVE)
        request.query()
        desk = self._desk
        found = await read_launch(desk.pool, caller.tenant, launch)
        templates = await desk.templates()
        pack = templates.get(found.pack)
        zone = (await desk.clock(caller.tenant))["zone"]
        checked = await desk.check(pack, found.wish, zone)
        return answer(
            launch_told(
                found,
                pack,
                checked,
                await likely_duplicates(desk.pool, caller.tenant, templates, found),
                rehearsal_told(found, desk.rehearsals.progress(launch), pack.currency),
                await self._demand(caller, found),
            )
        )

    async def _demand(self, caller: Caller, launch: Launch) -> Demand | None:
        """What the scene of a request should expect tomorrow, once there is one."""
        if launch.scene is None:
            return None
        desk = self._desk
        running = await desk.host.catalogue.read(caller.tenant, launch.scene)
        clock = await desk.clock(caller.tenant)
        today = start_of_day(clock["now"], clock["zone"]).date()
        return await read_demand(desk.pool, caller.tenant, running.id, running.pack, today)

    async def _change(self, request: Request, caller: Caller, launch: UUID) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, WishOrder)
        desk = self._desk
        templates = await desk.templates()
        zone = (await desk.clock(caller.tenant))["zone"]

        async def work(connection: store.Connection) -> Told:
            await change_wish(
                connection,
                caller.tenant,
                templates,
                launch,
                order.changes(),
                whole=request.method == "PUT",
                version=order.version or None,
            )
            found = await read_launch(connection, caller.tenant, launch)
            checked = await desk.check(templates.get(found.pack), found.wish, zone)
            return {**launch_card(found), "mistakes": mistakes_told(found.wish, checked)}

        return response_of(await desk.once(request, caller, body, work), request.id)

    async def _submit(self, request: Request, caller: Caller, launch: UUID) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, Looked)
        desk, who = self._desk, who_of(caller)
        templates = await desk.templates()
        zone = (await desk.clock(caller.tenant))["zone"]

        async def work(connection: store.Connection) -> Told:
            await submit_launch(
                connection, caller.tenant, templates, launch, who, zone, version=order.version
            )
            return launch_card(await read_launch(connection, caller.tenant, launch))

        return response_of(await desk.once(request, caller, body, work), request.id)

    async def _approve(self, request: Request, caller: Caller, launch: UUID) -> Response:
        need(caller, APPROVE)
        body, order = await order_of(request, Looked)
        templates = await self._desk.templates()

        async def work(connection: store.Connection) -> Told:
            who, version = who_of(caller), order.version
            await approve_launch(connection, caller.tenant, templates, launch, who, version=version)
            return launch_card(await read_launch(connection, caller.tenant, launch))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _return(self, request: Request, caller: Caller, launch: UUID) -> Response:
        need(caller, APPROVE)
        body, order = await order_of(request, GiveBack)

        async def work(connection: store.Connection) -> Told:
            who, note = who_of(caller), order.note
            await return_launch(connection, caller.tenant, launch, who, note, version=order.version)
            return launch_card(await read_launch(connection, caller.tenant, launch))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _withdraw(self, request: Request, caller: Caller, launch: UUID) -> Response:
        need(caller, EDIT)
        body, _ = await order_of(request, Nothing)

        async def work(connection: store.Connection) -> Told:
            await withdraw_launch(connection, caller.tenant, launch)
            return launch_card(await read_launch(connection, caller.tenant, launch))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _rehearse(self, request: Request, caller: Caller, launch: UUID) -> Response:
        """Begin a rehearsal: 202, and where to ask how far it is."""
        need(caller, EDIT)
        body, _ = await order_of(request, Nothing)
        desk = self._desk
        templates = await desk.templates()
        zone = (await desk.clock(caller.tenant))["zone"]
        where = f"/v1/launches/{launch}/rehearsal"
        admitted: list[Launch] = []

        async def work(connection: store.Connection) -> Told:
            admitted.append(await desk.rehearsals.check(caller.tenant, templates, launch, zone))
            return {"launch": str(launch), "version": admitted[0].version, "poll": where}

        reply = await desk.once(request, caller, body, work)
        if not reply.replayed:
            pack = templates.get(admitted[0].pack)
            desk.rehearsals.begin(caller.tenant, admitted[0], pack, zone)
        headers = [JSON, (b"location", where.encode())]
        if reply.replayed:
            headers.append((b"idempotency-replayed", b"true"))
        return Response(reply.body.encode(), 202, tuple(headers))

    async def _rehearsal(self, request: Request, caller: Caller, launch: UUID) -> Response:
        need(caller, READ, EDIT, APPROVE)
        if request.method != "GET":
            raise wrong_method("GET")
        request.query()
        # Looked at first: it is taken away only when the result is stored.
        progress = self._desk.rehearsals.progress(launch)
        found = await read_launch(self._desk.pool, caller.tenant, launch)
        currency = (await self._desk.templates()).get(found.pack).currency
        return answer(rehearsal_told(found, progress, currency))

    async def _places(self, request: Request, caller: Caller, launch: UUID) -> Response:
        """Where a block would fit into what is wished so far."""
        need(caller, READ, EDIT, APPROVE)
        if request.method != "POST":
            raise wrong_method("POST")
        _, order = await order_of(request, Places)
        found = await read_launch(self._desk.pool, caller.tenant, launch)
        pack = (await self._desk.templates()).get(found.pack)
        wish = found.wish
        if order.variant is not None:
            wish = msgspec.structs.replace(wish, variant=order.variant)
        return await self._templates.places(caller, pack, wish, order)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such request", code="launch.not_found") from None
