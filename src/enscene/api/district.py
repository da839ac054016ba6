"""The district of a scene, for the bank's own programs."""

from __future__ import annotations

from typing import Any

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer
from enscene.api.sight import viewer_of
from enscene.customers.circles import FLOOR, Density
from enscene.kernel.errors import Forbidden
from enscene.kernel.money import format_money
from enscene.operations.district import DAYS, District, Merchant, read_district
from enscene.scenes.runtime import SceneHost

SCOPE = "district.read"


class DistrictDoor:
    """`GET /v1/{scene}/district`: what every merchant sold is for the bank alone."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access) -> None:
        self._host = host
        self._pool = pool
        self._access = access

    async def serve(self, request: Request, caller: Caller, ref: str, rest: list[str]) -> Response:
        """All of it, or the merchants of a category. Raises: Forbidden, NotFound, Invalid."""
        if rest:
            raise not_found()
        if request.method not in ("GET", "HEAD"):
            raise wrong_method("GET")
        caller.require(ref, SCOPE)
        caller.require_level("A2")
        scene = await self._host.scene(caller.tenant, ref)
        viewer = await viewer_of(self._access, request, caller, scene, SCOPE)
        if not viewer.sees_all:
            raise Forbidden("only the bank sees the whole district", code="district.bank_only")
        query = request.query("category")
        return answer(district_told(await read_district(self._pool, scene, query.get("category"))))


def district_told(district: District) -> dict[str, Any]:
    """As the API gives it."""
    money = district.currency
    return {
        "scene": district.scene, "currency": money, "days": DAYS,
        "since": district.since.isoformat(), "today": district.today.isoformat(),
        "orders": district.orders, "turnover": format_money(district.turnover, money),
        "fees": format_money(district.fees, money),
        "merchants": [_merchant_told(each, money) for each in district.merchants],
        "has_more": district.more,
        "circles": {
            "floor": FLOOR, "customers": district.circles.customers,
            "whole": district.circles.whole,
            "cells": [_cell_told(each) for each in district.circles.cells],
        },
    }  # fmt: skip


def _merchant_told(each: Merchant, currency: str) -> dict[str, Any]:
    return {
        "key": each.key, "title": each.title, "merchant": each.owner, "category": each.category,
        "state": each.state, "lat_e5": each.lat_e5, "lon_e5": each.lon_e5,
        "stars": None if each.stars is None else f"{each.stars:.1f}", "ratings": each.ratings,
        "offers": [
            {"key": offer.key, "title": offer.title, "price": format_money(offer.price, currency),
             "worth": format_money(offer.worth, currency), "left": offer.left, "until": offer.until}
            for offer in each.offers
        ],
        "orders": each.orders, "turnover": format_money(each.turnover, currency),
        "acts": each.acts, "fees": format_money(each.fees, currency),
    }  # fmt: skip


def _cell_told(each: Density) -> dict[str, Any]:
    return {"kind": each.kind, "cell": each.cell, "lat_e5": each.lat_e5, "lon_e5": each.lon_e5,
            "circles": each.circles}  # fmt: skip
