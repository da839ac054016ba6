"""The board over HTTP: `/v1/board`, for the bank's own programs."""

from __future__ import annotations

from typing import Any

from enscene.api.auth import Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import APPROVE, EDIT, READ, Desk, need
from enscene.api.lists import answer
from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money
from enscene.operations.board import Board, Loop, Spot, read_board
from enscene.operations.scene_account import parse_month
from enscene.tenants.figures import sight_of
from enscene.tenants.tenant import list_below

Told = dict[str, Any]


class BoardDoor:
    """The figures of the console's board: of the caller's own institution and of all below it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def serve(self, request: Request, caller: Caller, rest: list[str]) -> Response:
        """`month` (`2026-03`), by default the last with figures; `place`, by default the caller's own.
        Raises: Forbidden, NotFound, Invalid."""
        if rest:
            raise not_found()
        if request.method not in ("GET", "HEAD"):
            raise wrong_method("GET")
        need(caller, READ, EDIT, APPROVE)
        asked = request.query("month", "place")
        month = parse_month(asked["month"]) if "month" in asked else None
        sight = await sight_of(self._desk.pool, caller.tenant, None)
        place = sight.find(asked["place"]) if "place" in asked else sight.tenants[0]
        tenants = [
            each for each in await list_below(self._desk.pool, place.id)
            if place.sandbox or not each.sandbox
        ]  # fmt: skip
        return answer(board_told(await read_board(self._desk.pool, tenants, month)))


def board_told(board: Board) -> Told:
    """As the API gives it: shares in millionths, money as text."""
    return {
        "month": f"{board.month:%Y-%m}",
        "computed_to": board.to.isoformat() if board.to else None,
        "places": [
            {"tenant": each.tenant.ref, "computed_to": each.to.isoformat() if each.to else None,
             "late_days": each.late, "missing_days": each.gaps}
            for each in board.places
        ],
        "scenes": [_spot_told(each) for each in board.spots],
        "totals": [
            {"line": each.line.name, "currency": each.currency,
             "scenes": format_money(each.scenes, each.currency),
             "unallocated": format_money(each.unallocated, each.currency),
             "ledger": format_money(each.ledger, each.currency)}
            for each in board.totals
        ],
        "even": all(board.even.values()),
        "funnel": [
            {"indicator": each.indicator, "count": each.count, "share": each.share}
            for each in board.steps
        ],
        "income": [
            {"currency": currency, "amount": format_money(minor, currency)}
            for currency, minor in board.income.items()
        ],
        "cohorts": [{"first": each.first, "active": list(each.active)} for each in board.cohorts],
        "loops": [_loop_told(each) for each in board.loops],
        "todo": [
            {"tenant": each.tenant.ref, "what": each.what, "count": each.count,
             "since": format_time(each.since) if each.since else None}
            for each in board.todo
        ],
    }  # fmt: skip


def _spot_told(spot: Spot) -> Told:
    return {
        "tenant": spot.tenant.ref, "scene": spot.ref, "name": spot.name, "state": spot.state,
        "health": spot.health, "owner": spot.owner, "active": spot.active,
        "quality": spot.quality, "converted_share": spot.converted,
        "retained_share": spot.retained,
        "last_use": spot.last_use.isoformat() if spot.last_use else None,
    }  # fmt: skip


def _loop_told(loop: Loop) -> Told:
    told: Told = {
        "tenant": loop.tenant.ref, "campaign": loop.campaign, "cycle": loop.number,
        "owner": loop.owner, "verdict": loop.verdict, "uneven": loop.uneven, "per_customer": None,
    }  # fmt: skip
    if loop.value is not None and loop.low is not None and loop.high is not None:
        told["per_customer"] = {
            name: format_money(round(value), loop.currency)
            for name, value in (("value", loop.value), ("low", loop.low), ("high", loop.high))
        }
    return told
