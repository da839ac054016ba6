"""The workbench of relationship managers: tasks by need, the case with all its context, talk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers import know_parties
from enscene.engagement.answer_offer import Answer, answer_offer
from enscene.engagement.applications import (
    MANAGER,
    Application,
    can_finish,
    complete_fields,
    decide_application,
    join_application,
    managers_of,
    override_application,
    read_application,
    read_clock,
    read_decision,
    read_steps,
    read_talk,
    reopen_application,
    say,
    send_code,
)
from enscene.engagement.applications.reasons import TEXTS
from enscene.engagement.open_offers import read_bodies
from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, Forbidden, Invalid, NotFound, Refused
from enscene.operations import store as operations_store
from enscene.operations.voices import Asked, count_late, list_voices
from enscene.tenants.users import list_users
from enscene.web.apply_view import ASKED, ApplicationView, view_application
from enscene.web.console import Console, Visit, member
from enscene.web.event_words import product_name
from enscene.web.language import Texts
from enscene.web.offer_task import ANSWERS, OF_OFFER, know_customer, read_script
from enscene.web.problems import status_of
from enscene.work import Task, end_task, hand_task, list_tasks, read_figures, read_task, take_task

LISTED = 100
VOICES = 5
"""So many of one's own voices are on the page."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list."""

    task: Task
    ref: str
    customer: str
    product: str
    scene: str
    reason: str


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    one = "/workbench/{task}"
    return [
        Route("/workbench", member(console, show, MANAGER, "auditor"), methods=["GET"]),
        Route(one, member(console, show_task, MANAGER), methods=["GET"]),
        Route(f"{one}/{{step}}", member(console, act, MANAGER), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """What waits for me, for anybody, and what has ended."""
    tenant = visit.tenant
    async with operations_store.reading(visit.console.pool, tenant) as connection:
        found = await list_tasks(connection, tenant)
        ended = await list_tasks(connection, tenant, states=("done", "automatic"))
        figures = dict(await read_figures(connection, tenant))
        clock = await operations_store.read_clock(connection, tenant)
        mine = [task for task in found if task.staff == visit.who]
        line = [task for task in found if task.state == "open" and task.staff != visit.who]
        day = local_day(clock["now"], clock["zone"])
        today = [
            task for task in [*mine, *line] if local_day(task.made_at, clock["zone"]) == day
        ]  # fmt: skip
        ended.sort(key=lambda task: task.done_at or task.made_at, reverse=True)
        lists = {
            "today": await _rows(connection, visit, today),
            "mine": await _rows(connection, visit, [each for each in mine if each not in today]),
            "line": await _rows(connection, visit, [each for each in line if each not in today]),
            "done": await _rows(connection, visit, ended[:20]),
        }
    return visit.page(
        "workbench.html",
        lists=lists,
        figures=figures,
        zone=clock["zone"],
        span=_span,
        names=await _names(visit),
        voices=await list_voices(visit.console.pool, tenant, Asked(said_by=visit.who), VOICES),
        late_voices=await count_late(visit.console.pool, tenant),
    )


async def _names(visit: Visit) -> dict[str, str]:
    """What people are called, by what they log in with."""
    found = await list_users(visit.console.pool, visit.tenant)
    return {each.login_name: each.name or each.login_name for each in found}


async def _rows(connection: Any, visit: Visit, tasks: list[Task]) -> list[TaskRow]:
    rows = []
    of_offers = any(task.reason.startswith(OF_OFFER) for task in tasks)
    bodies = await read_bodies(connection, visit.tenant) if of_offers else {}
    for task in tasks:
        ref, customer = await _customer(connection, visit.tenant, task.customer)
        name = visit.t("said.by_bank")
        if task.scene:
            scene = await visit.console.host.catalogue.scene_by_id(visit.tenant, task.scene)
            name = scene.name
        script = await read_script(connection, visit, task, bodies)
        product = await _product(connection, visit, task)
        if script is not None:
            product, reason = script.product, script.title
        else:
            reason = reason_of(task, visit.t)
            product = product_name(visit, product) if product else ""
        rows.append(TaskRow(task, ref, customer, product, name, reason))
    return rows


async def _customer(connection: Any, tenant: int, customer: int) -> tuple[str, str]:
    """Reference and name."""
    rows = await operations_store.read(connection, "party", tenant, customer)
    return (rows[0]["ref"], rows[0]["name"] or rows[0]["ref"]) if rows else ("", "")


async def _product(connection: Any, visit: Visit, task: Task) -> str:
    """What was applied for, or what the contract is that is followed up; empty for neither."""
    if task.application is not None:
        return (await read_application(connection, visit.tenant, task.application)).product
    if task.contract is None:
        return ""
    rows = await operations_store.read(connection, "contract", visit.tenant, UUID(task.contract))
    return rows[0]["product"] if rows else ""


def reason_of(task: Task, t: Texts) -> str:
    """Why, in words: a code of ours, or what the customer has said."""
    known = t.known(f"work.reasons.{task.reason}")
    if known is not None:
        return known
    if task.reason in TEXTS:
        zh, en = TEXTS[task.reason]
        return en if t.language == "en" else zh
    return task.reason


def _span(t: Texts, seconds: float | None) -> str:
    """A span as people say it."""
    if seconds is None:
        return t("work.never")
    if seconds < 90:
        return t("work.seconds", count=round(seconds))
    if seconds < 5400:
        return t("work.minutes", count=round(seconds / 60))
    return t("work.hours", count=round(seconds / 3600))


async def _own(connection: Any, visit: Visit, *, lock: bool = False) -> Task:
    """The task of the path. What is another's is not for one's eyes. Raises: NotFound, Forbidden."""
    try:
        wanted = UUID(visit.path("task"))
    except ValueError:
        raise NotFound("there is no such task", code="task.not_found") from None
    task = await read_task(connection, visit.tenant, wanted, lock=lock)
    if task.staff not in (None, visit.who) and task.state != "open":
        raise Forbidden("the task is another's", code="task.not_own")
    return task


async def show_task(visit: Visit) -> Response:
    """A task with the whole case."""
    return await _page(visit, "", good=True)


async def _page(visit: Visit, said: str, *, good: bool, status: int = 200) -> Response:
    tenant = visit.tenant
    async with operations_store.reading(visit.console.pool, tenant) as connection:
        task = await _own(connection, visit)
        clock = await operations_store.read_clock(connection, tenant)
        (row,) = await _rows(connection, visit, [task])
        view: ApplicationView | None = None
        script = await read_script(connection, visit, task)
        known = None if script is None else await know_customer(connection, visit, task, clock)
        decision, steps = None, []
        others = [who for who in await managers_of(connection, tenant) if who != visit.who]
        if task.application is not None:
            found = await read_application(connection, tenant, task.application)
            talk = await read_talk(connection, tenant, found)
            scene = await visit.console.host.catalogue.scene_by_id(tenant, found.scene)
            words = scene.pack.texts[visit.language]
            view = view_application(found, visit.t, talk, words, for_staff=True)
            steps = await read_steps(connection, tenant, found.id)
            if found.decision is not None:
                decision = await read_decision(connection, tenant, found.decision)
    return visit.page(
        "workbench_task.html",
        status,
        task=task,
        row=row,
        view=view,
        decision=decision,
        steps=steps,
        others=others,
        names=await _names(visit),
        script=script,
        known=known,
        own=task.staff == visit.who and task.state == "taken",
        zone=clock["zone"],
        said=said,
        good=good,
    )


async def act(visit: Visit) -> Response:
    """Press one of the task's buttons; what was not done is said on the page."""
    name, said = visit.path("step"), ""
    step = _STEPS.get(name)
    if step is None and name != "answer":
        raise NotFound("there is no such button", code="task.not_found")
    try:
        if step is None:
            return await _answer(visit)
        async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
            task = await _own(connection, visit, lock=True)
            if step is not _take and (task.staff != visit.who or task.state != "taken"):
                raise Forbidden("take the task first", code="task.not_own")
            said = await step(connection, visit, task)
    except (NotFound, Forbidden):
        raise
    except EnsceneError as error:
        text = visit.t.problem(error.code, error.facts, error.detail)
        return await _page(visit, text, good=False, status=status_of(error))
    if said:
        return await _page(visit, said, good=True)
    return visit.go(f"/workbench/{task.id}")


async def _application(connection: Any, visit: Visit, task: Task) -> Application:
    if task.application is None:
        raise NotFound("there is no such application", code="application.not_found")
    return await read_application(connection, visit.tenant, task.application, lock=True)


async def _take(connection: Any, visit: Visit, task: Task) -> str:
    now = (await read_clock(connection, visit.tenant))["now"]
    await take_task(connection, visit.tenant, task.id, visit.who, now)
    if task.application is not None:
        found = await _application(connection, visit, task)
        await join_application(connection, visit.tenant, found, visit.who)
    return ""


async def _say(connection: Any, visit: Visit, task: Task) -> str:
    found = await _application(connection, visit, task)
    await say(connection, visit.tenant, found, "staff", visit.who, visit.field("said"))
    return ""


async def _decide(connection: Any, visit: Visit, task: Task) -> str:
    outcome = visit.field("outcome")
    if outcome not in ("approved", "refused"):
        raise Invalid("approve or refuse", code="invalid.type", param="outcome")
    found = await _application(connection, visit, task)
    await override_application(
        connection, visit.tenant, found, visit.who,
        "approved" if outcome == "approved" else "refused", visit.field("why"),
    )  # fmt: skip
    return ""


async def _complete(connection: Any, visit: Visit, task: Task) -> str:
    """What the customer has said is filled in for them, and the answer is the bank's, at once."""
    found = await _application(connection, visit, task)
    given = {name: visit.field(name) for name in ASKED if visit.field(name)}
    found = await complete_fields(connection, visit.tenant, found, given)
    scene = await visit.console.host.catalogue.scene_by_id(visit.tenant, found.scene)
    member = await scene.roster.find(found.customer_ref)
    if member is None:
        raise NotFound("there is no such application", code="application.not_found")
    await decide_application(connection, scene, member, found, MANAGER, visit.who)
    return ""


async def _reopen(connection: Any, visit: Visit, task: Task) -> str:
    found = await _application(connection, visit, task)
    scene = await visit.console.host.catalogue.scene_by_id(visit.tenant, found.scene)
    await reopen_application(connection, scene, found, visit.who)
    return visit.t("work.reopened")


async def _code(connection: Any, visit: Visit, task: Task) -> str:
    found = await _application(connection, visit, task)
    assert can_finish(found.product, "manager"), "a manager finishes everything"
    await send_code(connection, visit.tenant, found, await read_clock(connection, visit.tenant))
    return visit.t("work.code_sent")


async def _hand(connection: Any, visit: Visit, task: Task) -> str:
    now = (await read_clock(connection, visit.tenant))["now"]
    among = await managers_of(connection, visit.tenant)
    await hand_task(connection, visit.tenant, task.id, visit.who, visit.field("taker"), among, now)
    return ""


async def _finish(connection: Any, visit: Visit, task: Task) -> str:
    result = visit.field("result")
    if not 1 <= len(result) <= 500:
        raise Invalid("say what came of it", code="talk.length", param="result",
                      facts={"most": 500})  # fmt: skip
    now = (await read_clock(connection, visit.tenant))["now"]
    await end_task(connection, visit.tenant, task.id, visit.who, result, now)
    return ""


async def _answer(visit: Visit) -> Response:
    """What the customer said to the offer: the engine hears it as if they had pressed the button
    themselves, and the task is done."""
    outcome: Answer | None = ANSWERS.get(visit.field("outcome"))
    if outcome is None:
        raise Invalid("say what came of it", code="invalid.type", param="outcome")
    tenant, pool = visit.tenant, visit.console.pool
    async with operations_store.reading(pool, tenant) as connection:
        task = await _own(connection, visit)
        script = await read_script(connection, visit, task)
    if script is None:
        raise NotFound("there is no such button", code="task.not_found")
    if task.staff != visit.who or task.state != "taken":
        raise Forbidden("take the task first", code="task.not_own")
    if not script.open:
        raise Refused("the offer is over", code="offer.over")
    # In a transaction of its own, under the lock of the log, which is taken before all others.
    await answer_offer(pool, tenant, script.offer, script.customer, outcome)
    async with operations_store.writing(pool, tenant) as connection:
        if outcome == "opted_out" and task.kind == "call_back":
            await know_parties(connection, tenant, {script.customer: {"do_not_call": True}})
        now = (await read_clock(connection, tenant))["now"]
        result = visit.t(f"said.results.{outcome}")
        await end_task(connection, tenant, task.id, visit.who, result, now)
    return visit.go(f"/workbench/{task.id}")


_STEPS: dict[str, Any] = {
    "take": _take,
    "say": _say,
    "complete": _complete,
    "decide": _decide,
    "reopen": _reopen,
    "code": _code,
    "finish": _finish,
    "hand": _hand,
}
