"""Work across units: `/v1/teamwork`."""

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
from enscene.api.lists import answer, page
from enscene.api.teamwork import told
from enscene.api.teamwork.knowledge import KnowledgeDoor, owns
from enscene.api.teamwork.orders import (
    Choose,
    CloseTeam,
    EndTask,
    FillParty,
    HandTask,
    NewNote,
    NewTask,
    NewTeam,
)
from enscene.kernel.errors import NotFound
from enscene.operations.teamwork import (
    Charter,
    Member,
    add_to_scene,
    add_to_team,
    choose_standard,
    close_team,
    end_task,
    fill_party,
    hand_task,
    list_teams,
    note_in_team,
    open_team,
    read_division,
    read_standard,
    read_team,
    take_task,
    where_of,
)

Told = dict[str, Any]
Act = Callable[[store.Connection, str], Awaitable[Any]]
Read = Callable[[store.Connection], Awaitable[Told]]


class TeamworkDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._knowledge = KnowledgeDoor(desk)

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        if request.method in ("GET", "HEAD"):
            need(caller, READ, EDIT, APPROVE)
            if owns(rest):
                return await self._knowledge.read(request, caller, rest)
            return await self._read(request, caller, rest)
        if owns(rest):
            return await self._knowledge.write(request, caller, rest)
        if request.method != "POST":
            raise _wrong(rest)
        match rest:
            case ["scenes", ref, "choose" | "parties" | "tasks" as act]:
                return await self._scene(request, caller, ref, act)
            case ["tasks", task, "take" | "hand" | "end" as act]:
                return await self._task(request, caller, task, act)
            case ["teams"]:
                return await self._open(request, caller)
            case ["teams", ref, "tasks" | "notes" | "close" as act]:
                return await self._team(request, caller, ref, act)
        raise _wrong(rest)

    async def _read(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        pool, tenant = self._desk.pool, caller.tenant
        request.query()
        match rest:
            case ["standard"]:
                return answer(told.standard_told(read_standard()))
            case ["scenes", ref]:
                return answer(told.division_told(await read_division(pool, tenant, ref)))
            case ["teams"]:
                cards = [told.team_card(each) for each in await list_teams(pool, tenant)]
                return page(cards, None, has_more=False)
            case ["teams", ref]:
                return answer(told.team_told(await read_team(pool, tenant, ref)))
        raise _wrong(rest)

    async def _scene(self, request: Request, caller: Caller, ref: str, name: str) -> Response:
        need(caller, EDIT)
        tenant, act = caller.tenant, None
        if name == "choose":
            body, chosen = await order_of(request, Choose)

            async def act(connection: store.Connection, who: str) -> None:
                await choose_standard(connection, tenant, ref, chosen.mode, who)
        elif name == "parties":
            body, filled = await order_of(request, FillParty)

            async def act(connection: store.Connection, who: str) -> None:
                await fill_party(connection, tenant, ref, filled.party, filled.cells(), who)
        else:
            body, task = await order_of(request, NewTask)

            async def act(connection: store.Connection, who: str) -> None:
                await add_to_scene(
                    connection, tenant, ref, task.what, task.department, task.owner, task.due_on,
                    who,
                )  # fmt: skip

        return await self._done(request, caller, body, act, self._of_scene(tenant, ref))

    async def _task(self, request: Request, caller: Caller, number: str, name: str) -> Response:
        need(caller, EDIT)
        tenant, act = caller.tenant, None
        try:
            task = UUID(number)
        except ValueError:
            raise NotFound("there is no such task", code="teamwork.no_task") from None
        if name == "hand":
            body, handed = await order_of(request, HandTask)

            async def act(connection: store.Connection, who: str) -> None:
                await hand_task(connection, tenant, task, handed.department, handed.owner, who)
        elif name == "end":
            body, ended = await order_of(request, EndTask)

            async def act(connection: store.Connection, who: str) -> None:
                await end_task(connection, tenant, task, ended.result, who)
        else:
            body, _ = await order_of(request, Nothing)

            async def act(connection: store.Connection, who: str) -> None:
                await take_task(connection, tenant, task, who)

        async def tell(connection: store.Connection) -> Told:
            scene, team = await where_of(connection, tenant, task)
            if scene is not None:
                tasks = (await read_division(connection, tenant, scene)).tasks
            else:
                assert team is not None, "a task is of a scene or of a team"
                tasks = (await read_team(connection, tenant, team)).tasks
            return told.task_told(next(each for each in tasks if each.id == task))

        return await self._done(request, caller, body, act, tell)

    async def _open(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, NewTeam)
        charter = Charter(
            order.ref, order.kind, order.name, order.goal, order.unit, order.scene,
            order.indicator, order.month, order.least,
            [Member(each.name, each.unit, each.role) for each in order.members],
        )  # fmt: skip

        async def act(connection: store.Connection, who: str) -> None:
            await open_team(connection, caller.tenant, charter, who)

        tell = self._of_team(caller.tenant, order.ref)
        return await self._done(request, caller, body, act, tell)

    async def _team(self, request: Request, caller: Caller, ref: str, name: str) -> Response:
        need(caller, EDIT)
        tenant, act = caller.tenant, None
        if name == "tasks":
            body, task = await order_of(request, NewTask)

            async def act(connection: store.Connection, who: str) -> None:
                await add_to_team(
                    connection, tenant, ref, task.what, task.department, task.owner, task.due_on,
                    who,
                )  # fmt: skip
        elif name == "notes":
            body, note = await order_of(request, NewNote)

            async def act(connection: store.Connection, who: str) -> None:
                await note_in_team(connection, tenant, ref, note.says, note.link, who)
        else:
            body, closed = await order_of(request, CloseTeam)

            async def act(connection: store.Connection, who: str) -> None:
                await close_team(connection, tenant, ref, closed.outcome, who)

        return await self._done(request, caller, body, act, self._of_team(tenant, ref))

    def _of_scene(self, tenant: int, ref: str) -> Read:
        async def tell(connection: store.Connection) -> Told:
            return told.division_told(await read_division(connection, tenant, ref))

        return tell

    def _of_team(self, tenant: int, ref: str) -> Read:
        async def tell(connection: store.Connection) -> Told:
            return told.team_told(await read_team(connection, tenant, ref))

        return tell

    async def _done(
        self, request: Request, caller: Caller, body: bytes, act: Act, tell: Read
    ) -> Response:
        """Once for its key; told as it is afterwards."""

        async def work(connection: store.Connection) -> Told:
            await act(connection, who_of(caller))
            return await tell(connection)

        return response_of(await self._desk.once(request, caller, body, work), request.id)


def _wrong(rest: list[str]) -> Exception:
    match rest:
        case ["standard"] | ["scenes", _] | ["teams", _]:
            return wrong_method("GET")
        case ["teams"]:
            return wrong_method("GET", "POST")
        case (
            ["scenes", _, "choose" | "parties" | "tasks"]
            | ["tasks", _, "take" | "hand" | "end"]
            | ["teams", _, "tasks" | "notes" | "close"]
        ):
            return wrong_method("POST")
    return not_found()
