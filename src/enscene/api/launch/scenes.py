"""The life of a scene: `/v1/scenes/{scene}`."""

from __future__ import annotations

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import Member, Nothing, RollBack
from enscene.api.launch.told import Told, launch_card, scene_told, settlement_told
from enscene.api.lists import answer
from enscene.api.things import owner_ref
from enscene.customers import Enrolment
from enscene.kernel.errors import Invalid
from enscene.operations import (
    MOVES,
    begin_change,
    move_scene,
    read_launch,
    read_scene_card,
    resume_scene,
    settle_scene,
)
from enscene.scenes.administer import enrol

WHO_MOVES = {"live": (APPROVE,)}
"""Scopes of moves; the others are open to who edits and to who approves."""


class ScenesDoor:
    """Moves, changes, the settlement, and the first parties of a new scene."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        ref, words = rest[0], rest[1:]
        match words:
            case []:
                need(caller, READ, EDIT, APPROVE)
                _only(request, "GET")
                request.query()
                return answer(
                    scene_told(await read_scene_card(self._desk.pool, caller.tenant, ref))
                )
            case ["settlement"]:
                need(caller, READ, EDIT, APPROVE)
                _only(request, "GET")
                request.query()
                return answer(await self._settlement(caller, ref, self._desk.pool))
            case ["parties", party]:
                need(caller, EDIT)
                _only(request, "PUT")
                return await self._enrol(request, caller, ref, owner_ref(party))
            case ["change" | "roll_back" as what]:
                need(caller, EDIT)
                _only(request, "POST")
                return await self._change(request, caller, ref, what)
            case [move] if move in MOVES or move == "resume":
                need(caller, *WHO_MOVES.get(move, (EDIT, APPROVE)))
                _only(request, "POST")
                return await self._move(request, caller, ref, move)
        raise not_found()

    async def _settlement(
        self, caller: Caller, ref: str, source: store.Pool | store.Connection
    ) -> Told:
        caller.require_level("A2")
        running = await self._desk.host.catalogue.read(caller.tenant, ref)
        settlement = await settle_scene(source, caller.tenant, ref, running.pack)
        return settlement_told(settlement, running.pack.currency)

    async def _move(self, request: Request, caller: Caller, ref: str, move: str) -> Response:
        body, _ = await order_of(request, Nothing)
        tenant, who = caller.tenant, who_of(caller)
        if move == "retire":
            caller.require_level("A2")

        async def work(connection: store.Connection) -> Told:
            if move == "resume":
                await resume_scene(connection, tenant, ref, who)
            else:
                await move_scene(connection, tenant, ref, MOVES[move], who)
            told = scene_told(await read_scene_card(connection, tenant, ref))
            if move == "retire":
                told["settlement"] = await self._settlement(caller, ref, connection)
            return told

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _change(self, request: Request, caller: Caller, ref: str, what: str) -> Response:
        """Begin a request for other terms: from the present ones, or from earlier ones."""
        body, number = await self._terms(request, what)

        async def work(connection: store.Connection) -> Told:
            new = await begin_change(connection, caller.tenant, ref, who_of(caller), terms=number)
            return launch_card(await read_launch(connection, caller.tenant, new))

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _terms(self, request: Request, what: str) -> tuple[bytes, int | None]:
        if what == "change":
            return (await order_of(request, Nothing))[0], None
        body, order = await order_of(request, RollBack)
        return body, order.terms

    async def _enrol(self, request: Request, caller: Caller, ref: str, party: str) -> Response:
        """Bring a party into a scene that may have nobody yet who could."""
        body, order = await order_of(request, Member)
        scene = await self._desk.host.scene(caller.tenant, ref)
        role = scene.pack.parties.get(order.role)
        if role is None:
            raise Invalid(
                f"the scene has no role {order.role}",
                code="scene.no_role",
                param="role",
                hint=f"it has {', '.join(scene.pack.parties)}",
            )
        enrolment = Enrolment(party, order.role, role.is_a, order.name, order.bound_to)

        async def work(connection: store.Connection) -> Told:
            actor = who_of(caller)
            await enrol(connection, scene.tenant, scene.id, scene.pack, [enrolment], actor)
            return {"party": party, "role": order.role, "bound_to": order.bound_to}

        response = response_of(await self._desk.once(request, caller, body, work), request.id)
        scene.roster.drop([party])
        return response


def _only(request: Request, method: str) -> None:
    if request.method != method:
        raise wrong_method(method)
