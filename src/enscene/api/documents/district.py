"""The district in the document of a scene that has places."""

from __future__ import annotations

from enscene.api.documents.parts import parameters, responses
from enscene.api.documents.schemas import Schema, schema_of
from enscene.operations.district import layout_of
from enscene.scenes.language.model import Pack, Type
from enscene.scenes.runtime import RunningScene

_WHOLE: Schema = {"type": "integer", "minimum": 0}
_DEGREES: Schema = {
    "type": "integer",
    "description": "十万分之一度 · hundred-thousandths of a degree",
}
_TEXT: Schema = {"type": "string"}
_DAY: Schema = {"type": "string", "format": "date"}
_ABOUT = (
    "商户、可领优惠、近 30 天的订单与手续费；圈层只给出每格人数，个人圈层以 5 为一档，不足 5 人不显示 · "
    "merchants, what may be had, orders and fees of 30 days; circles as counts by cell alone, those of "
    "persons in steps of five, and fewer than five are not told"
)


def _all(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _many(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def district_paths(scene: RunningScene) -> Schema:
    """The path of the district, where the scene has places."""
    layout = layout_of(scene.pack)
    if layout is None:
        return {}
    category: Schema = {
        "name": "category",
        "in": "query",
        "description": "只看一个品类 · the merchants of one category",
        "schema": {"type": "string", "enum": list(layout.categories)},
    }
    return {
        f"/v1/{scene.ref}/district": {
            "get": {
                "operationId": "get_district",
                "tags": ["things"],
                "summary": "商圈 · the district",
                "description": _ABOUT,
                "x-scope": f"scene:{scene.ref}:district.read",
                "x-level": "A2",
                "parameters": [category, *parameters("ActingParty", "ActingRole")],
                "responses": responses(_district(scene.pack), 404),
            }
        }
    }


def _district(pack: Pack) -> Schema:
    money = schema_of(Type("money"), pack)
    offer = _all(key=_TEXT, title=_TEXT, price=money, worth=money, left=_WHOLE, until=_DAY)
    merchant = _all(
        key=_TEXT, title=_TEXT, merchant=_TEXT, category=_TEXT, state=_TEXT, lat_e5=_DEGREES,
        lon_e5=_DEGREES, stars={"type": ["string", "null"]}, ratings=_WHOLE, offers=_many(offer),
        orders=_WHOLE, turnover=money,
        acts={"type": "object", "additionalProperties": _WHOLE}, fees=money,
    )  # fmt: skip
    cell = _all(
        kind={"type": "string", "enum": ["life", "work", "shopping", "business"]},
        cell={"type": "integer"}, lat_e5=_DEGREES, lon_e5=_DEGREES, circles=_WHOLE,
    )  # fmt: skip
    circles = _all(
        floor=_WHOLE, customers=_WHOLE, whole={"type": "boolean"}, cells=_many(cell)
    )  # fmt: skip
    return _all(
        scene=_TEXT, currency=_TEXT, days=_WHOLE, since=_DAY, today=_DAY, orders=_WHOLE,
        turnover=money, fees=money, merchants=_many(merchant), has_more={"type": "boolean"},
        circles=circles,
    )  # fmt: skip
