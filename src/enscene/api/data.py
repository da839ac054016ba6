"""The data map over HTTP: items of running scenes, who may use each, and who has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.api import store
from enscene.api.auth import Caller
from enscene.api.consents import AUDIT
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.launch.desk import need
from enscene.api.lists import answer, limit_of, page
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid
from enscene.operations.data_map import (
    DAY_COST,
    DAY_COST_MOST,
    DAYS_TO_BUILD,
    LEVELS,
    TARGET_DAYS,
    DataMap,
    Item,
    Rate,
    Rates,
    Served,
    Use,
    cost_of,
    read_data_map,
    read_rates,
    read_reuse,
    read_silos,
    surplus,
)
from enscene.scenes.runtime import SceneHost


class DataDoor:
    """`/v1/data/…`."""

    def __init__(self, host: SceneHost, pool: store.Pool, cursors: Cursors) -> None:
        self._host = host
        self._pool = pool
        self._cursors = cursors

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return path[1:2] == ["data"] and path[2:3] in (["items"], ["reuse"], ["silos"])

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Find the handler; all of it is for whoever audits consents."""
        if request.method != "GET":
            raise wrong_method("GET")
        need(caller, AUDIT)
        match request.path[2:]:
            case ["items"]:
                return await self._list(request, caller)
            case ["items", scene, item]:
                request.query()
                found = await self._map(caller)
                return answer(_told_whole(found, found.find(scene, item)))
            case ["reuse"]:
                return await self._reuse(caller, _day_cost(request.query("day_cost")))
            case ["silos"]:
                return await self._silos(request, caller)
        raise not_found()

    async def _map(self, caller: Caller) -> DataMap:
        return await read_data_map(self._host, self._pool, caller.tenant)

    async def _list(self, request: Request, caller: Caller) -> Response:
        """Items by scene, level and application."""
        query = request.query("limit", "cursor", "scene", "level", "app")
        if query.get("level", "C1") not in LEVELS:
            raise Invalid("level is C1, C2 or C3", code="invalid.choice", param="level")
        found = await self._map(caller)
        app = query.get("app")
        items = [
            item
            for item in found.items
            if query.get("scene", item.ref) == item.ref
            and query.get("level", item.level) == item.level
            and (app is None or any(u.who == "app" and u.name == app for u in found.uses(item)))
        ]
        told = [_told(found, item) for item in items]
        return await self._page("data", query, caller, told)

    async def _silos(self, request: Request, caller: Caller) -> Response:
        """What one scene alone keeps, with what sharing it would take."""
        query = request.query("limit", "cursor", "scene")
        found = await self._map(caller)
        silos = await read_silos(found, self._pool, caller.tenant)
        told = [
            {
                "scene": silo.item.ref, "id": silo.item.id, "level": silo.item.level,
                "kept": silo.kept, "customers": silo.customers, "agreed": silo.agreed,
                "consents": silo.consents, "reviews": silo.reviews, "clauses": silo.clauses,
                "steps": silo.steps,
            }
            for silo in silos
            if query.get("scene", silo.item.ref) == silo.item.ref
        ]  # fmt: skip
        return await self._page("silos", query, caller, told)

    async def _reuse(self, caller: Caller, day_cost: int) -> Response:
        """What two or more scenes share, and the rates that come of it. Raises: Invalid."""
        found = await self._map(caller)
        rates = await read_rates(self._host, self._pool, caller.tenant)
        reuse = await read_reuse(found, self._pool, caller.tenant)
        return answer({
            "counts": [
                {"kind": count.kind, "all": count.all, "shared": count.shared,
                 "share": count.share}
                for count in reuse.counts
            ],
            "shared": [
                {"kind": each.kind, "name": each.name, "scenes": list(each.scenes)}
                for each in reuse.shared
            ],
            "customers": [
                {"scenes": [one, other], "customers": people} for one, other, people in reuse.pairs
            ],
            "rates": _rates_told(rates, day_cost),
        })  # fmt: skip

    async def _page(
        self, what: str, query: Mapping[str, str], caller: Caller, told: list[dict[str, Any]]
    ) -> Response:
        """A part of a list whose order is that of the scenes and their packs."""
        asked = [query.get(name) for name in ("scene", "level", "app")]
        purpose = f"{what}:{caller.tenant}:{asked}"
        begin = 0
        if "cursor" in query:
            begin = (await self._cursors.open(purpose, query["cursor"]))[0]
        end = begin + limit_of(query)
        more = end < len(told)
        cursor = await self._cursors.seal(purpose, [end]) if more else None
        return page(told[begin:end], cursor, has_more=more)


def _day_cost(query: Mapping[str, str]) -> int:
    """Raises: Invalid (`day_cost`)."""
    asked = query.get("day_cost", str(DAY_COST))
    if asked.isascii() and asked.isdigit() and len(asked) <= 6 and int(asked) <= DAY_COST_MOST:
        return int(asked)
    raise Invalid("what a day costs", code="data.day_cost", param="day_cost",
                  facts={"most": DAY_COST_MOST})  # fmt: skip


def _rate_told(rate: Rate) -> dict[str, Any]:
    return {
        "parts": rate.parts, "shared": rate.shared, "shared_share": rate.shared_share,
        "own": rate.own, "partner": rate.partner, "bought": rate.bought,
        "own_share": rate.own_share,
    }  # fmt: skip


def _rates_told(rates: Rates, day_cost: int) -> dict[str, Any]:
    saved = rates.saved
    return {
        **_rate_told(rates.whole),
        "scenes": [{"scene": each.ref, **_rate_told(each.rate)} for each in rates.scenes],
        "versions": [
            {"template": each.pack, "version": each.version, "digest": each.digest,
             "scenes": each.scenes}
            for each in rates.versions
        ],
        "surplus_versions": surplus(rates.versions),
        "days_alone": saved.alone, "days_once": saved.once, "days_saved": saved.days,
        "days_per_scene": saved.per_scene, "days_to_build": dict(DAYS_TO_BUILD),
        "day_cost": day_cost, "cost_saved": cost_of(saved.days, day_cost),
        "months": [
            {"month": f"{each.month:%Y-%m}", "scenes": each.scenes,
             "shared_share": each.rate.shared_share, "own_share": each.rate.own_share,
             "versions": each.versions, "days_saved": each.saved.days}
            for each in rates.months
        ],
        "delivery": [
            {"month": f"{each.month:%Y-%m}", "scenes": each.scenes, "median_s": each.median_s,
             "longest_s": each.longest_s, "in_time": each.in_time, "target_days": TARGET_DAYS}
            for each in rates.delivery
        ],
    }  # fmt: skip


def _told(found: DataMap, item: Item) -> dict[str, Any]:
    """An item of the list."""
    return {
        "scene": item.ref,
        "id": item.id,
        "type": item.type,
        "level": item.level,
        "api_level": item.api,
        "about": list(item.about),
        "hidden": item.hidden,
        "limits": [limit.id for limit in item.limits],
        "answers": sum(each.times for each in found.served_of(item)),
    }


def _told_whole(found: DataMap, item: Item) -> dict[str, Any]:
    """An item with who may use it and who has within 30 days."""
    return _told(found, item) | {
        "limits": [
            {"id": limit.id, "only": list(limit.only), "law": limit.law} for limit in item.limits
        ],
        "uses": [_use(use) for use in found.uses(item)],
        "served": [_served(each) for each in found.served_of(item)],
    }


def _use(use: Use) -> dict[str, Any]:
    return {
        "who": use.who,
        "name": use.name,
        "rule": use.rule,
        "purpose": use.purpose,
        "consents": use.consents,
        "masked": use.masked,
        "closed_by": list(use.closed_by),
    }


def _served(served: Served) -> dict[str, Any]:
    return {
        "app": served.app,
        "purpose": served.purpose,
        "answers": served.times,
        "records": served.records,
        "last": format_time(served.last),
    }
