"""The part of the documents that is about the data map."""

from __future__ import annotations

from enscene.api.consents import AUDIT
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    MAYBE,
    TEXT,
    TEXTS,
    TIME,
    Schema,
    parameters,
    path_parameter,
    responses,
)
from enscene.operations.data_map import DAY_COST_MOST, DAYS, KEPT, LEVELS

_LEVEL: Schema = {"enum": list(LEVELS)}
_MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(properties: Schema) -> Schema:
    return {"type": "array", "items": _object(properties)}


def _page(properties: Schema) -> Schema:
    return _object({"data": _list(properties), "has_more": FLAG, "next": MAYBE})


_ITEM: Schema = {
    "scene": TEXT, "id": TEXT, "type": TEXT, "level": _LEVEL,
    "api_level": {"enum": ["A1", "A2"]}, "about": TEXTS, "hidden": FLAG, "limits": TEXTS,
    "answers": COUNT,
}  # fmt: skip
_WHOLE: Schema = _ITEM | {
    "limits": _list({"id": TEXT, "only": TEXTS, "law": TEXT}),
    "uses": _list({
        "who": {"enum": ["staff", "party", "app", "scene"]}, "name": TEXT,
        "rule": {"enum": ["staff", "own", "acts_on", "consent", "in_role", "holdings"]},
        "purpose": MAYBE, "consents": _MAYBE_COUNT, "masked": FLAG, "closed_by": TEXTS,
    }),
    "served": _list({"app": TEXT, "purpose": TEXT, "answers": COUNT, "records": COUNT,
                     "last": TIME}),
}  # fmt: skip
_SILO: Schema = {
    "scene": TEXT, "id": TEXT, "level": _LEVEL, "kept": {"enum": list(KEPT)},
    "customers": COUNT, "agreed": COUNT, "consents": COUNT, "reviews": COUNT, "clauses": COUNT,
    "steps": _MAYBE_COUNT,
}  # fmt: skip
_SHARE: Schema = {"type": ["number", "null"], "minimum": 0}
_RATE: Schema = {
    "parts": COUNT, "shared": COUNT, "shared_share": _SHARE, "own": COUNT, "partner": COUNT,
    "bought": COUNT, "own_share": _SHARE,
}  # fmt: skip
_REUSE: Schema = {
    "counts": _list({"kind": TEXT, "all": COUNT, "shared": COUNT,
                     "share": {"type": ["number", "null"]}}),
    "shared": _list({"kind": TEXT, "name": TEXT, "scenes": TEXTS}),
    "customers": _list({"scenes": TEXTS, "customers": COUNT}),
    "rates": _object({
        **_RATE, "scenes": _list({"scene": TEXT, **_RATE}),
        "versions": _list({"template": TEXT, "version": TEXT, "digest": TEXT, "scenes": COUNT}),
        "surplus_versions": COUNT, "days_alone": COUNT, "days_once": COUNT, "days_saved": COUNT,
        "days_per_scene": _SHARE, "days_to_build": {"type": "object", "additionalProperties": COUNT},
        "day_cost": COUNT, "cost_saved": COUNT,
        "months": _list({"month": TEXT, "scenes": COUNT, "shared_share": _SHARE,
                         "own_share": _SHARE, "versions": COUNT, "days_saved": COUNT}),
        "delivery": _list({"month": TEXT, "scenes": COUNT, "median_s": COUNT, "longest_s": COUNT,
                           "in_time": COUNT, "target_days": COUNT}),
    }),
}  # fmt: skip


def _asked(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def _get(name: str, summary: str, answer: Schema, *statuses: int, asked: list[Schema]) -> Schema:
    return {
        "operationId": name, "x-scope": AUDIT, "summary": summary, "parameters": asked,
        "responses": responses(answer, *statuses),
    }  # fmt: skip


def data_paths() -> dict[str, Schema]:
    """The paths."""
    paged = parameters("Limit", "Cursor")
    return {
        "/v1/data/items": {
            "get": _get(
                "list_data_items", "数据地图 · every item that running scenes keep",
                _page(_ITEM),
                asked=[*paged, _asked("scene", TEXT), _asked("level", _LEVEL),
                       _asked("app", TEXT)],
            ),
        },
        "/v1/data/items/{scene}/{item}": {
            "parameters": [
                path_parameter("scene", TEXT, "场景 · the scene"),
                path_parameter("item", TEXT, "数据项，如 things.meal.price · the item"),
            ],
            "get": _get(
                "show_data_item",
                f"谁能用、谁用过（{DAYS} 天） · who may use an item and why, who has in {DAYS} days",
                _object(_WHOLE), 404, asked=[],
            ),
        },
        "/v1/data/reuse": {
            "get": _get("show_data_reuse", "复用与自研率、版本数与省下的人天 · what two or more scenes share, "
                        "and how much is self-developed, versions, person-days saved",
                        _object(_REUSE),
                        asked=[_asked("day_cost", {"type": "integer", "minimum": 0,
                                                   "maximum": DAY_COST_MOST})]),
        },
        "/v1/data/silos": {
            "get": _get("list_data_silos", "孤岛 · what one scene alone keeps, and why",
                        _page(_SILO), asked=[*paged, _asked("scene", TEXT)]),
        },
    }  # fmt: skip
