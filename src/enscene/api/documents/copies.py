"""The part of the platform's document that tells of copying scenes."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    MAYBE,
    MAYBE_TIME,
    TEXT,
    TEXTS,
    TIME,
    Schema,
    asks,
    page_of,
    path_parameter,
    ref,
    writes,
)
from enscene.operations.copying import (
    BASES,
    HELPERS_MOST,
    MONTHS_MOST,
    REASON_MOST,
    SAYS_MOST,
    TARGETS_MOST,
    WHOLE,
)
from enscene.operations.launch import STATES, TEXT_MOST
from enscene.operations.projects import measurable

_READ, _EDIT, _APPROVE = "launch:read", "launch:edit", "launch:approve"
_ANY = f"{_READ} | {_EDIT} | {_APPROVE}"
_ID: Schema = {"type": "string", "format": "uuid"}
_MAYBE_ID: Schema = {"type": ["string", "null"], "format": "uuid"}
_SCENE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_POINTS: Schema = {"type": "integer", "minimum": 1, "maximum": WHOLE,
                   "description": "万分比 · basis points"}  # fmt: skip
_MONTHS: Schema = {"type": "integer", "minimum": 1, "maximum": MONTHS_MOST}
_SHORT: Schema = {"type": "string", "maxLength": TEXT_MOST}
_OPEN: Schema = {"type": "object"}
_TARGET: dict[str, Schema] = {
    "indicator": {"enum": list(measurable())}, "month": _MONTH,
    "least": {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$",
              "description": "数量、占比（0.35）或金额 · a count, a share such as 0.35, or money"},
}  # fmt: skip
_CRITERION = object_of({
    "scene": TEXT, "outcome": {"enum": ["unset", "asked", "awaited", "met", "missed"]},
    "project": MAYBE, "currency": MAYBE,
    "targets": {"type": "array", "items": object_of({
        **_TARGET, "value": MAYBE, "verdict": {"enum": ["met", "missed", "awaited"]},
    })},
    "set_by": MAYBE, "set_at": MAYBE_TIME, "approved_by": MAYBE, "approved_at": MAYBE_TIME,
})  # fmt: skip
_OFFER = object_of({
    "id": _ID, "branch": TEXT, "own": FLAG, "scene": MAYBE, "name": TEXT, "template": TEXT,
    "says": TEXT, "basis": {"enum": list(BASES)}, "months": _MONTHS, "points": _POINTS,
    "state": {"enum": ["asked", "offered", "refused", "ended"]}, "exception": FLAG, "reason": TEXT,
    "left_open": TEXTS, "variant": MAYBE, "options": _OPEN, "parts": _OPEN,
    "added": {"type": "array", "items": _OPEN}, "products": TEXTS, "asked_by": MAYBE,
    "asked_at": TIME, "decided_by": MAYBE, "decided_at": MAYBE_TIME,
})  # fmt: skip
_COPY: dict[str, Schema] = {
    "id": _ID, "branch": TEXT, "own": FLAG, "origin": TEXT, "original": TEXT, "offer": _ID,
    "template": TEXT, "name": TEXT, "region": TEXT, "scene": MAYBE, "launch": _MAYBE_ID,
    "launch_state": {"enum": list(STATES)}, "basis": {"enum": list(BASES)}, "months": _MONTHS,
    "points": _POINTS,
    "helpers": {"type": "array", "items": object_of({"ref": TEXT, "points": _POINTS})},
    "begun_by": MAYBE, "begun_at": TIME, "approved_by": MAYBE, "approved_at": MAYBE_TIME,
    "live_at": MAYBE_TIME, "took_s": {"type": ["number", "null"], "minimum": 0},
    "code_lines": {"const": 0, "description": "复制不含代码 · a copy holds no code"},
}  # fmt: skip
_CREDIT = object_of({
    "copy": _ID, "month": _MONTH, "currency": TEXT, "branch": TEXT, "points": _POINTS,
    "value": TEXT, "credited": TEXT,
})  # fmt: skip
_TRACK = object_of({
    "branch": TEXT, "original": FLAG, "copy": _MAYBE_ID, "from_month": MAYBE,
    "months": {"type": "array", "items": object_of({
        "month": {"type": "integer", "minimum": 1},
        "values": {"type": "object", "additionalProperties": TEXT},
    })},
})  # fmt: skip
_CHANGE = object_of({
    "kind": {"enum": ["added", "removed", "changed"]}, "path": TEXT, "before": TEXT, "after": TEXT,
    "breaking": FLAG,
})  # fmt: skip
_WHOLE = object_of({
    **_COPY, "distance": {**COUNT, "type": ["integer", "null"]},
    "difference": {"type": ["array", "null"], "items": _CHANGE},
    "comparison": {"anyOf": [{"type": "null"}, object_of({
        "currency": TEXT, "figures": TEXTS, "scenes": {"type": "array", "items": _TRACK},
    })]},
    "credits": {"type": "array", "items": _CREDIT},
})  # fmt: skip


def copy_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {
        "copy.criterion": _CRITERION, "copy.offer": _OFFER, "copy.card": object_of(_COPY),
        "copy.whole": _WHOLE, "copy.credit": _CREDIT,
    }  # fmt: skip


def copy_paths() -> dict[str, Schema]:
    """The paths."""
    scene = path_parameter("scene", _SCENE, "场景 · the scene")
    offer = path_parameter("offer", _ID, "可复制的场景 · the offer")
    copy = path_parameter("copy", _ID, "复制 · the copy")
    criterion = ref("schemas", "copy.criterion")
    made = object_of({"id": TEXT, "state": {"enum": ["asked", "offered", "refused", "ended"]}})
    acts = (
        ("approve", "approve_copy_offer", "另一人同意供复制 · a second person agrees", _APPROVE),
        ("refuse", "refuse_copy_offer", "另一人不同意 · a second person refuses", _APPROVE),
        ("end", "end_copy_offer", "不再供复制 · nobody begins another copy", _EDIT),
    )
    return {
        "/v1/copies": {
            "get": asks("list_copies", "本机构及与本机构有关的复制 · copies of and for this branch",
                        _ANY, page_of(ref("schemas", "copy.card"))),
            "post": writes(
                "begin_copy", "复制到另一地：得到预填的上线申请 · copy to another place: a launch "
                "that is filled but for the place", _EDIT, _copy_order(),
                object_of({"id": _ID, "launch": _ID}), 404, 409, 422),
        },
        "/v1/copies/credits": {
            "get": asks("list_copy_credits", "记入本机构的分成（仅供激励核算，不动账） · what this branch is "
                        "credited: a statement, no money moves", _ANY,
                        page_of(ref("schemas", "copy.credit"))),
        },
        "/v1/copies/criteria/{scene}": {
            "parameters": [scene],
            "get": asks("get_pilot_criterion", "试点标准与结果 · what its pilot has to reach, and what came",
                        _ANY, criterion, 404),
            "put": writes("set_pilot_criterion", "事先设定试点标准 · set beforehand what a good pilot is",
                          _EDIT, _criterion_order(), criterion, 404, 409, 422),
        },
        "/v1/copies/criteria/{scene}/approve": {
            "parameters": [scene],
            "post": writes("approve_pilot_criterion", "另一人批准，从此固定 · a second person fixes it",
                           _APPROVE, EMPTY, criterion, 404, 409, 422),
        },
        "/v1/copies/offers": {
            "get": asks("list_copy_offers", "本行可复制的场景 · scenes of the bank that may be copied", _ANY,
                        page_of(ref("schemas", "copy.offer"))),
            "post": writes("ask_copy_offer", "申请供他人复制 · ask that a scene may be copied", _EDIT,
                           _offer_order(), made, 404, 409, 422),
        },
        "/v1/copies/offers/{offer}": {
            "parameters": [offer],
            "get": asks("get_copy_offer", "一个可复制的场景 · one of them", _ANY,
                        ref("schemas", "copy.offer"), 404),
        },
        **{
            f"/v1/copies/offers/{{offer}}/{act}": {
                "parameters": [offer],
                "post": writes(name, summary, scope, EMPTY, made, 404, 409, 422),
            }
            for act, name, summary, scope in acts
        },
        "/v1/copies/{copy}": {
            "parameters": [copy],
            "get": asks("get_copy", "差异、对比与分成 · its difference, the comparison, the credits",
                        _ANY, ref("schemas", "copy.whole"), 404),
        },
    }  # fmt: skip


def _criterion_order() -> Schema:
    return object_of(
        {"targets": {"type": "array", "minItems": 1, "maxItems": TARGETS_MOST,
                     "items": object_of(_TARGET, closed=True)},
         "currency": {"type": ["string", "null"], "pattern": "^[A-Z]{3}$"}},
        "currency", closed=True,
    )  # fmt: skip


def _offer_order() -> Schema:
    return object_of(
        {"scene": _SCENE, "says": {"type": "string", "minLength": 1, "maxLength": SAYS_MOST},
         "basis": {"enum": list(BASES)}, "months": _MONTHS, "points": _POINTS,
         "left_open": {"type": ["array", "null"], "items": {"type": "string", "maxLength": 200}},
         "reason": {"type": "string", "maxLength": REASON_MOST}},
        "left_open", "reason", closed=True,
    )  # fmt: skip


def _copy_order() -> Schema:
    places = ("ref", "name", "region", "unit", "customer")
    helper = object_of(
        {"ref": {"type": "string", "maxLength": 32}, "points": {**_POINTS, "maximum": WHOLE - 1}},
        closed=True,
    )
    return object_of(
        {"offer": _ID, **dict.fromkeys(places, _SHORT),
         "options": {"type": "object", "description": "本地选项 · options of the place"},
         "helpers": {"type": "array", "maxItems": HELPERS_MOST, "items": helper}},
        *places, "options", "helpers", closed=True,
    )  # fmt: skip
