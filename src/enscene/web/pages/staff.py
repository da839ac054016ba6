"""What staff did beside what came of it, and how much a unit's people can do."""

from __future__ import annotations

from datetime import date, timedelta

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.applications import MANAGER
from enscene.kernel.clock import local_day
from enscene.kernel.errors import EnsceneError, Invalid
from enscene.operations import store as operations_store
from enscene.operations.behaviour import IN_TIME, LATER, TRIES_LEAST, read_behaviour, share_of
from enscene.operations.scene_account import parse_month
from enscene.web.console import Console, Visit, member
from enscene.web.contacts_view import lasted
from enscene.web.problems import status_of
from enscene.work import read_capacity, set_capacity

LEADS = ("approver", "auditor")
"""Who sees the figures of all people of the unit, which is the tenant; anybody else, one's own."""
BEHAVIOUR, CAPACITY = "/workbench/behaviour", "/workbench/capacity"


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    return [
        Route(BEHAVIOUR, member(console, behaviour, MANAGER, *LEADS), methods=["GET"]),
        Route(CAPACITY, member(console, capacity, MANAGER, *LEADS), methods=["GET"]),
        Route(CAPACITY, member(console, set_rule, "approver"), methods=["POST"]),
    ]


async def behaviour(visit: Visit) -> Response:
    """A month, of the whole unit for its leads, of oneself for everybody else. Raises: Invalid."""
    clock = await visit.read_clock()
    this = local_day(clock["now"], clock["zone"]).replace(day=1)
    month = parse_month(visit.ask("month")) if visit.ask("month") else this
    leads = visit.session.allows(*LEADS)
    only = None if leads else visit.who.partition("@")[0]
    found = await read_behaviour(visit.console.pool, visit.tenant, month, only)
    return visit.page(
        "behaviour.html", found=found, month=month, before=_before(month), after=_after(month),
        this=this, leads=leads, share=share_of, least=TRIES_LEAST, later=LATER,
        hours=int(IN_TIME.total_seconds()) // 3_600, lasted=lasted,
    )  # fmt: skip


async def capacity(visit: Visit) -> Response:
    """Open tasks, the pace, the wait, and who was served without a person."""
    return await _capacity(visit)


async def _capacity(visit: Visit, error: EnsceneError | None = None) -> Response:
    clock = await visit.read_clock()
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        found = await read_capacity(connection, visit.tenant, clock["now"])
    leads = visit.session.allows(*LEADS)
    people = [each for each in found.people if leads or each.staff == visit.who]
    return visit.page(
        "capacity.html", 200 if error is None else status_of(error), found=found, people=people,
        leads=leads, lasted=lasted, zone=clock["zone"],
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        typed=visit.field("wait_h") if error else str(found.rule.wait_h),
    )  # fmt: skip


async def set_rule(visit: Visit) -> Response:
    """From which wait on small needs are served without a person."""
    text = visit.field("wait_h")
    try:
        if not text.isascii() or not text.isdigit() or len(text) > 4:
            raise Invalid("whole hours", code="capacity.wait_h", param="wait_h")
        async with operations_store.writing(visit.console.pool, visit.tenant) as connection:
            now = (await operations_store.read_clock(connection, visit.tenant))["now"]
            await set_capacity(connection, visit.tenant, int(text), visit.who, now)
    except EnsceneError as error:
        return await _capacity(visit, error)
    return visit.go(CAPACITY)


def _before(month: date) -> date:
    return (month - timedelta(1)).replace(day=1)


def _after(month: date) -> date:
    return (month + timedelta(32)).replace(day=1)
