"""Staff: `/v1/staff`. For the bank's own programs; people see their own figures in the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from enscene.api import store
from enscene.api.actions import response_of
from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import Desk, need, order_of, who_of
from enscene.api.lists import answer, page
from enscene.api.tenancy.serve import PEOPLE, check_own
from enscene.kernel.clock import format_time, local_day
from enscene.operations import store as operations_store
from enscene.operations.behaviour import TRIES_LEAST, Behaviour, read_behaviour, share_of
from enscene.operations.scene_account import parse_month
from enscene.partners.find_partner import partner_behind
from enscene.work import Capacity, read_capacity, set_capacity

Told = dict[str, Any]
WRITE = PEOPLE[1]


class CapacityBody(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/staff/capacity`."""

    wait_h: int


class StaffDoor:
    """One method of this for each thing that is asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """Find the handler. Raises: Forbidden (a partner's application)."""
        check_own(await partner_behind(self._desk.pool, caller.tenant, caller.app.id))
        method = "GET" if request.method == "HEAD" else request.method
        match rest, method:
            case ["behaviour"], "GET":
                need(caller, *PEOPLE)
                return await self._behaviour(request, caller)
            case ["capacity"], "GET":
                need(caller, *PEOPLE)
                request.query()
                async with store.reading(self._desk.pool, caller.tenant) as connection:
                    return answer(await self._capacity(connection, caller.tenant))
            case ["capacity"], "PUT":
                return await self._set(request, caller)
            case ["behaviour"], _:
                raise wrong_method("GET")
            case ["capacity"], _:
                raise wrong_method("GET", "PUT")
        raise not_found()

    async def _behaviour(self, request: Request, caller: Caller) -> Response:
        asked = request.query("month", "staff")
        if "month" in asked:
            month = parse_month(asked["month"])
        else:
            clock = await self._desk.clock(caller.tenant)
            month = local_day(clock["now"], clock["zone"]).replace(day=1)
        found = await read_behaviour(self._desk.pool, caller.tenant, month, asked.get("staff"))
        return page([behaviour_told(each) for each in found], None, has_more=False)

    async def _set(self, request: Request, caller: Caller) -> Response:
        need(caller, WRITE)
        body, order = await order_of(request, CapacityBody)

        async def work(connection: store.Connection) -> Told:
            now = (await operations_store.read_clock(connection, caller.tenant))["now"]
            await set_capacity(connection, caller.tenant, order.wait_h, who_of(caller), now)
            return await self._capacity(connection, caller.tenant)

        return response_of(await self._desk.once(request, caller, body, work), request.id)

    async def _capacity(self, connection: store.Connection, tenant: int) -> Told:
        clock = await operations_store.read_clock(connection, tenant)
        return capacity_told(await read_capacity(connection, tenant, clock["now"]))


def behaviour_told(each: Behaviour) -> Told:
    """What somebody did and what came of it; shares of fewer than thirty tries are null."""
    return {
        "staff": each.staff, "contacts": each.contacts,
        "replies": each.replies, "reply_s": each.reply_s, "in_time": each.in_time,
        "in_time_share": _share(each.in_time, each.replies),
        "follow_ups": each.follow_ups, "followed": each.followed,
        "followed_share": _share(each.followed, each.follow_ups),
        "handed_on": each.handed_on, "handed_in": each.handed_in,
        "customers": each.customers, "offers": each.offers, "taken": each.taken,
        "taken_share": _share(each.taken, each.offers), "opened": each.opened, "kept": each.kept,
        "kept_share": _share(each.kept, each.opened), "active_later": each.active_later,
        "active_share": _share(each.active_later, each.customers), "tries_least": TRIES_LEAST,
    }  # fmt: skip


def capacity_told(found: Capacity) -> Told:
    """The line of a unit, its rule, and who was served without a person in thirty days."""
    return {
        "open": found.open, "unassigned": found.waiting, "expected_wait_s": found.wait_s,
        "people": [
            {"staff": each.staff, "open": each.open, "done_by_day": round(each.by_day, 2)}
            for each in found.people
        ],
        "wait_h": found.rule.wait_h, "set_by": found.rule.set_by, "set_at": _time(found.rule.set_at),
        "served": {"low_need": found.low_need, "long_wait": found.long_wait,
                   "came_back": found.came_back},
    }  # fmt: skip


def _share(part: int | None, whole: int) -> float | None:
    share = share_of(part, whole)
    return None if share is None else round(share, 4)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
