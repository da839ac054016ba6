"""Trainings and experts: `/v1/teamwork/trainings` and `/v1/teamwork/experts`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import EDIT, Desk, need, order_of, who_of
from enscene.api.launch.orders import Long, Nothing, Short
from enscene.api.lists import answer, page
from enscene.api.voices.told import voice_told
from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.operations.knowledge import (
    Course,
    Expert,
    Training,
    add_expert,
    ask_expert,
    end_expert,
    enter_person,
    find_experts,
    list_records,
    list_trainings,
    plan_training,
    read_training,
    record_result,
)
from enscene.operations.voices import read_voice

Told = dict[str, Any]
Work = Callable[[store.Connection], Awaitable[Told]]


class PlanTraining(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/trainings`."""

    scene: Short
    title: Long
    held_on: Short
    audience: Short
    places: int
    skill: Short | None = None


class EnterPerson(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/trainings/{training}/people`."""

    name: Short


class RecordResult(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/trainings/{training}/results`."""

    name: Short
    attended: bool
    passed: bool | None = None
    score: int | None = None


class AddExpert(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/experts`."""

    name: Short
    vertical: Short
    knows: Long
    login: Short | None = None


class AskExpert(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/experts/{expert}/ask`."""

    says: Long
    scene: Short | None = None
    project: Short | None = None


def owns(rest: list[str]) -> bool:
    """Whether a path below `/v1/teamwork` is answered here."""
    return bool(rest) and rest[0] in ("trainings", "learners", "experts")


class KnowledgeDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def read(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Lists, and one training."""
        pool, tenant = self._desk.pool, caller.tenant
        match rest:
            case ["trainings"]:
                scene = request.query("scene").get("scene")
                found = await list_trainings(pool, tenant, scene)
                return page([training_told(each) for each in found], None, has_more=False)
            case ["trainings", ref]:
                request.query()
                return answer(
                    training_told(await read_training(pool, tenant, _number(ref, "training")))
                )
            case ["learners"]:
                request.query()
                records = await list_records(pool, tenant)
                return page([msgspec.to_builtins(each) for each in records], None, has_more=False)
            case ["experts"]:
                wanted = request.query("q").get("q", "")
                experts = await find_experts(pool, tenant, wanted[:200])
                return page([expert_told(each) for each in experts], None, has_more=False)
        raise _wrong(rest)

    async def write(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Once for its key. Raises: Forbidden, NotFound, Conflict, Invalid."""
        if request.method != "POST":
            raise _wrong(rest)
        match rest:
            case ["trainings"]:
                body, work = await self._plan(request, caller)
            case ["trainings", ref, "people" | "results" as act]:
                body, work = await self._person(request, caller, _number(ref, "training"), act)
            case ["experts"]:
                body, work = await self._add(request, caller)
            case ["experts", ref, "ask" | "end" as act]:
                body, work = await self._expert(request, caller, _number(ref, "expert"), act)
            case _:
                raise _wrong(rest)
        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _plan(self, request: Request, caller: Caller) -> tuple[bytes, Work]:
        need(caller, EDIT)
        body, order = await order_of(request, PlanTraining)
        course = Course(
            order.scene, order.title, order.held_on, order.audience, order.places, order.skill
        )

        async def work(connection: store.Connection) -> Told:
            number = await plan_training(connection, caller.tenant, course, who_of(caller))
            return training_told(await read_training(connection, caller.tenant, number))

        return body, work

    async def _person(
        self, request: Request, caller: Caller, training: UUID, act: str
    ) -> tuple[bytes, Work]:
        need(caller, EDIT)
        tenant, who = caller.tenant, who_of(caller)
        if act == "people":
            body, entered = await order_of(request, EnterPerson)

            async def done(connection: store.Connection) -> None:
                await enter_person(connection, tenant, training, entered.name, who)
        else:
            body, result = await order_of(request, RecordResult)

            async def done(connection: store.Connection) -> None:
                await record_result(
                    connection, tenant, training, result.name, who, attended=result.attended,
                    passed=result.passed, score=result.score,
                )  # fmt: skip

        async def work(connection: store.Connection) -> Told:
            await done(connection)
            return training_told(await read_training(connection, tenant, training))

        return body, work

    async def _add(self, request: Request, caller: Caller) -> tuple[bytes, Work]:
        need(caller, EDIT)
        body, order = await order_of(request, AddExpert)

        async def work(connection: store.Connection) -> Told:
            number = await add_expert(
                connection, caller.tenant, order.name, order.login, order.vertical, order.knows,
                who_of(caller),
            )  # fmt: skip
            found = await find_experts(connection, caller.tenant)
            return expert_told(next(each for each in found if each.id == number))

        return body, work

    async def _expert(
        self, request: Request, caller: Caller, expert: UUID, act: str
    ) -> tuple[bytes, Work]:
        need(caller, EDIT)
        tenant, who = caller.tenant, who_of(caller)
        if act == "end":
            body, _ = await order_of(request, Nothing)

            async def end(connection: store.Connection) -> Told:
                await end_expert(connection, tenant, expert)
                return {"id": str(expert), "ended": True}

            return body, end
        body, asked = await order_of(request, AskExpert)

        async def ask(connection: store.Connection) -> Told:
            voice = await ask_expert(
                connection, tenant, expert, asked.says, who, scene=asked.scene,
                project=asked.project,
            )  # fmt: skip
            return voice_told(await read_voice(connection, tenant, voice))

        return body, ask


def training_told(found: Training) -> Told:
    """A training with its people, who are none in a list."""
    return {
        "id": str(found.id), "scene": found.scene, "title": found.title,
        "held_on": found.held_on.isoformat(), "audience": found.audience, "places": found.places,
        "skill": found.skill, "planned_by": found.planned_by,
        "planned_at": format_time(found.planned_at), "entered": found.entered,
        "attended": found.attended, "passed": found.passed,
        "people": [msgspec.to_builtins(each) for each in found.people],
    }  # fmt: skip


def expert_told(found: Expert) -> Told:
    """Who can be asked."""
    return {
        "id": str(found.id), "name": found.name, "login": found.login, "vertical": found.vertical,
        "knows": found.knows, "added_by": found.added_by, "added_at": format_time(found.added_at),
    }  # fmt: skip


def _number(text: str, what: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(f"there is no such {what}", code=f"{what}.not_found") from None


def _wrong(rest: list[str]) -> Exception:
    match rest:
        case ["trainings"] | ["experts"]:
            return wrong_method("GET", "POST")
        case ["trainings", _] | ["learners"]:
            return wrong_method("GET")
        case ["trainings", _, "people" | "results"] | ["experts", _, "ask" | "end"]:
            return wrong_method("POST")
    return not_found()
