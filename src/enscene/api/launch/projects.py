"""Projects and their gates: `/v1/projects`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need, order_of, who_of
from enscene.api.launch.orders import (
    AskGate,
    EnterRisk,
    Nothing,
    PlanOrder,
    RiskAnswer,
    TieScene,
)
from enscene.api.lists import answer, page
from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.kernel.money import format_money
from enscene.operations.projects import (
    Gate,
    Plan,
    PlannedStep,
    PlannedTarget,
    Project,
    Risk,
    StepOf,
    approve_project,
    ask_gate,
    close_risk,
    decide_gate,
    enter_risk,
    format_value,
    list_projects,
    measurable,
    plan_project,
    read_project,
    tie_scene,
)

Told = dict[str, Any]
Act = Callable[[store.Connection, str], Awaitable[Any]]


class ProjectsDoor:
    """One method of this for each thing that is asked; the rules are not here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler."""
        method = "GET" if request.method == "HEAD" else request.method
        match rest, method:
            case [], "GET":
                need(caller, READ, EDIT, APPROVE)
                request.query()
                found = await list_projects(self._desk.pool, caller.tenant)
                return page([card_told(each) for each in found], None, has_more=False)
            case [], "POST":
                return await self._plan(request, caller)
            case [ref], "GET":
                need(caller, READ, EDIT, APPROVE)
                request.query()
                return answer(project_told(await read_project(self._desk.pool, caller.tenant, ref)))
            case [ref, "approve" | "ask" | "pass" | "refuse" | "scene" | "risks" as act], "POST":
                return await self._act(request, caller, ref, act)
            case [ref, "risks", risk, "close"], "POST":
                return await self._close_risk(request, caller, ref, risk)
            case [], _:
                raise wrong_method("GET", "POST")
            case [_], _:
                raise wrong_method("GET")
            case (
                (
                    [_, "approve" | "ask" | "pass" | "refuse" | "scene" | "risks"]
                    | [_, "risks", _, "close"]
                ),
                _,
            ):
                raise wrong_method("POST")
        raise not_found()

    async def _plan(self, request: Request, caller: Caller) -> Response:
        need(caller, EDIT)
        body, order = await order_of(request, PlanOrder)
        plan = Plan(
            order.ref, order.name, order.owner, order.currency or "",
            {name: PlannedStep(each.amount, each.owner, each.department)
             for name, each in order.steps.items()},
            [PlannedTarget(each.step, each.indicator, each.month, each.least)
             for each in order.targets],
            order.entry,
        )  # fmt: skip

        async def act(connection: store.Connection, who: str) -> None:
            await plan_project(connection, caller.tenant, plan, who)

        return await self._done(request, caller, body, order.ref, act)

    async def _act(self, request: Request, caller: Caller, ref: str, name: str) -> Response:
        need(caller, APPROVE if name in ("approve", "pass", "refuse") else EDIT)
        tenant, act = caller.tenant, None
        if name == "ask":
            body, asked = await order_of(request, AskGate)

            async def act(connection: store.Connection, who: str) -> None:
                await ask_gate(connection, tenant, ref, asked.reason, who)
        elif name == "scene":
            body, tied = await order_of(request, TieScene)

            async def act(connection: store.Connection, who: str) -> None:
                await tie_scene(connection, tenant, ref, tied.scene)
        elif name == "risks":
            body, risk = await order_of(request, EnterRisk)

            async def act(connection: store.Connection, who: str) -> None:
                await enter_risk(connection, tenant, ref, risk.level, risk.what, risk.owner, who)
        else:
            body, _ = await order_of(request, Nothing)

            async def act(connection: store.Connection, who: str) -> None:
                if name == "approve":
                    await approve_project(connection, tenant, ref, who)
                else:
                    await decide_gate(connection, tenant, ref, who, let_pass=name == "pass")

        return await self._done(request, caller, body, ref, act)

    async def _close_risk(self, request: Request, caller: Caller, ref: str, risk: str) -> Response:
        need(caller, EDIT, APPROVE)
        body, order = await order_of(request, RiskAnswer)
        try:
            number = UUID(risk)
        except ValueError:
            raise NotFound("there is no such risk", code="project.no_risk") from None

        async def act(connection: store.Connection, who: str) -> None:
            await close_risk(connection, caller.tenant, ref, number, order.answer, who)

        return await self._done(request, caller, body, ref, act)

    async def _done(
        self, request: Request, caller: Caller, body: bytes, ref: str, act: Act
    ) -> Response:
        """Once for its key; the project as it is afterwards."""

        async def work(connection: store.Connection) -> Told:
            await act(connection, who_of(caller))
            return project_told(await read_project(connection, caller.tenant, ref))

        return response_of(await self._desk.once(request, caller, body, work), request.id)


def card_told(project: Project) -> Told:
    """A project in a list."""
    now, slow, money = project.present, project.slowest, project.currency
    return {
        "ref": project.ref, "name": project.name, "owner": project.owner, "state": project.state,
        "scene": project.scene_ref, "entry": project.entry_ref, "step": now.step if now else None,
        "days": now.days if now else None, "slowest": slow.step if slow else None,
        "stopped": project.is_stopped, "shut_by": list(project.shut_by), "currency": money,
        "planned": format_money(project.planned_minor, money),
        "released": format_money(project.released_minor, money),
    }  # fmt: skip


def project_told(project: Project) -> Told:
    """A project with its steps, risks and gates."""
    return {
        **card_told(project),
        "planned_by": project.planned_by, "planned_at": format_time(project.planned_at),
        "approved_by": project.approved_by,
        "approved_at": format_time(project.approved_at) if project.approved_at else None,
        "steps": [_step_told(each, project.currency) for each in project.steps],
        "risks": [_risk_told(each) for each in project.risks],
        "gates": [_gate_told(each) for each in project.gates],
    }  # fmt: skip


def _step_told(step: StepOf, money: str) -> Told:
    return {
        "step": step.step, "owner": step.owner, "department": step.department,
        "planned": format_money(step.minor, money), "released": format_money(step.released, money),
        "began_on": step.began_on.isoformat() if step.began_on else None,
        "passed_on": step.passed_on.isoformat() if step.passed_on else None, "days": step.days,
        "targets": [
            {"indicator": each.target.indicator, "month": f"{each.target.month:%Y-%m}",
             "least": format_value(
                 each.target.least, measurable()[each.target.indicator], money),
             "value": None if each.value is None else format_value(
                 each.value, measurable()[each.target.indicator], money),
             "verdict": each.verdict}
            for each in step.judged
        ],
    }  # fmt: skip


def _risk_told(risk: Risk) -> Told:
    return {
        "id": str(risk.id), "level": risk.level, "what": risk.what, "owner": risk.owner,
        "entered_by": risk.entered_by, "entered_at": format_time(risk.entered_at),
        "closed_by": risk.closed_by,
        "closed_at": format_time(risk.closed_at) if risk.closed_at else None,
        "answer": risk.answer,
    }  # fmt: skip


def _gate_told(gate: Gate) -> Told:
    return {
        "step": gate.step, "state": gate.state, "exception": gate.is_exception,
        "reason": gate.reason, "shut_by": list(gate.shut_by), "asked_by": gate.asked_by,
        "asked_at": format_time(gate.asked_at), "decided_by": gate.decided_by,
        "decided_at": format_time(gate.decided_at) if gate.decided_at else None,
    }  # fmt: skip
