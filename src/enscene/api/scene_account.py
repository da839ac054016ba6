"""The account of a scene, for the bank's own programs."""

from __future__ import annotations

from typing import Any

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, limit_of, page
from enscene.api.sight import viewer_of
from enscene.kernel.clock import format_time, local_day
from enscene.kernel.errors import Forbidden
from enscene.kernel.money import format_money
from enscene.operations import store as operations_store
from enscene.operations.scene_account import (
    Bound,
    Earning,
    Entry,
    Place,
    SceneAccount,
    Sheet,
    parse_entry_day,
    parse_month,
    read_account,
    read_bound,
    read_earnings,
    read_entries,
    wanted,
)
from enscene.scenes.runtime import RunningScene, SceneHost

SCOPE = "account.read"


class SceneAccountDoor:
    """`GET /v1/{scene}/account` and `…/entries`: what a scene brings and costs is for the bank alone."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, cursors: Cursors) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._cursors = cursors

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """The account of `month` (`2026-03`), or of this one. Raises: Forbidden, NotFound, Invalid."""
        if rest not in ([], ["entries"]):
            raise not_found()
        if request.method not in ("GET", "HEAD"):
            raise wrong_method("GET")
        caller.require(ref, SCOPE)
        caller.require_level("A2")
        scene = await self._host.scene(caller.tenant, ref)
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        if not viewer.sees_all:
            raise Forbidden("only the bank sees the account of a scene", code="account.bank_only")
        if rest:
            return await self._entries(request, scene)
        asked = request.query("month").get("month")
        async with operations_store.reading(self._pool, caller.tenant) as connection:
            if asked is None:
                clock = await operations_store.read_clock(connection, caller.tenant)
                month = local_day(clock["now"], scene.zone).replace(day=1)
            else:
                month = parse_month(asked)
            account = await read_account(connection, caller.tenant, scene.id, month)
            bound = await read_bound(connection, caller.tenant, scene.id, month)
        earnings = await read_earnings(self._pool, caller.tenant, scene.id)
        return answer({
            **account_told(ref, account), "bound": [bound_told(each) for each in bound],
            "payback": [payback_told(each) for each in earnings.get(scene.id, ())],
        })  # fmt: skip

    async def _entries(self, request: Request, scene: RunningScene) -> Response:
        """A page of what a figure of a day is made of. Raises: Invalid (`day`, `class`, `line`…)."""
        query = request.query("day", "class", "line", "currency", "limit", "cursor")
        day = parse_entry_day(query.get("day", ""))
        want = wanted(query.get("class", ""), query.get("line", ""))
        currency = query.get("currency", scene.pack.currency)
        limit = limit_of(query)
        purpose = f"account:{scene.tenant}:{scene.id}:{day}:{want.name}:{want.which}:{currency}"
        after = None
        if "cursor" in query:
            after = Place.unpacked(await self._cursors.open(purpose, query["cursor"]))
        async with operations_store.reading(self._pool, scene.tenant) as connection:
            clock = await operations_store.read_clock(connection, scene.tenant)
            found = await read_entries(
                connection, scene.tenant, scene.id, day, want, currency, clock["zone"],
                after=after, limit=limit,
            )  # fmt: skip
        cursor = None
        if found.more:
            cursor = await self._cursors.seal(purpose, found.entries[-1].place.packed())
        return page([entry_told(each) for each in found.entries], cursor, has_more=found.more)


def entry_told(entry: Entry) -> dict[str, Any]:
    """An entry as the API gives it; `amount` as it goes into the figure."""
    return {
        "seq": entry.seq, "at": format_time(entry.at), "side": entry.side,
        "account": entry.account, "party": entry.party, "currency": entry.currency,
        "amount": format_money(entry.minor, entry.currency), "what": entry.what,
        "event": {"action": entry.action, "subject": entry.subject},
        "contract": str(entry.contract) if entry.contract else None,
    }  # fmt: skip


def account_told(ref: str, account: SceneAccount) -> dict[str, Any]:
    """As the API gives it."""
    return {
        "scene": ref, "month": f"{account.month:%Y-%m}",
        "computed_to": account.day.isoformat() if account.day else None,
        "sheets": [_sheet_told(each) for each in account.sheets],
        "leading": dict(account.leading),
    }  # fmt: skip


def bound_told(bound: Bound) -> dict[str, Any]:
    """A comparison as the API gives it; no figure where it cannot be told."""
    told: dict[str, Any] = {
        "line": bound.name, "currency": bound.currency, "began": bound.began,
        "compared": bound.compared, "others": bound.others, "why": bound.why,
        "per_customer": None, "in_all": None,
    }  # fmt: skip
    if bound.why is None:
        money = bound.currency
        told["per_customer"] = {
            name: format_money(round(value), money)
            for name, value in (("value", bound.value), ("low", bound.low), ("high", bound.high))
        }
        told["in_all"] = format_money(bound.whole, money)
    return told


def payback_told(earning: Earning) -> dict[str, Any]:
    """What was put into a scene and whether it is earned back, over all whole months."""
    told, money = earning.payback, earning.currency
    months = {"month": told.month, "soonest": told.soonest, "latest": told.latest}
    return {
        "currency": money, "invested": format_money(told.invested, money),
        "left": format_money(told.left, money), "outlook": told.outlook,
        **{name: f"{day:%Y-%m}" if day else None for name, day in months.items()},
        "months_in_a_row": earning.in_a_row, "sustained": earning.is_sustained,
    }  # fmt: skip


def _sheet_told(sheet: Sheet) -> dict[str, Any]:
    money = sheet.currency
    return {
        "currency": money,
        "lines": [
            {"line": each.line.name, "part": each.line.part, "at_end": each.line.at_end,
             "amount": format_money(each.minor, money),
             "before": format_money(each.before, money), "counts": each.line.counts}
            for each in sheet.amounts
        ],
        "result": format_money(sheet.result, money),
        "result_before": format_money(sheet.result_before, money),
    }  # fmt: skip
