"""The part of the platform's document that tells of before and now."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    MAYBE,
    MAYBE_TIME,
    TEXT,
    TIME,
    Schema,
    asks,
    path_parameter,
    ref,
    writes,
)
from enscene.operations.baselines import (
    CASES_MOST,
    FIGURES,
    NOTE_MOST,
    SIDES,
    SOURCE_MOST,
    STATES,
    WHYS,
)

_READ, _EDIT, _APPROVE = "launch:read", "launch:edit", "launch:approve"
_SCENE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_ENTRY: Schema = {"type": "string", "pattern": "^bas_[0-9a-hjkmnp-tv-z]{26}$"}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_DAY: Schema = {"type": "string", "format": "date"}
_NUMBER: Schema = {"type": "string", "pattern": r"^((0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?)?$"}
_MONEY: Schema = {"type": "string", "pattern": r"^((0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?)?$"}
_CASES: Schema = {
    "type": "integer", "minimum": 1, "maximum": CASES_MOST,
    "description": "查看了多少笔 · how many cases were looked at",
}  # fmt: skip
_SIDE: Schema = {"enum": list(SIDES)}
_SERVICE: Schema = {
    "type": "string", "maxLength": 64,
    "description": "业务对象种类；空为全场景 · a kind of thing; empty: the whole scene",
}  # fmt: skip
_ABOUT = (
    "之前与现在，按服务与月份 · before and now, by service and month. measured 由事件日志算出，否则为录入并经另一人批准 "
    "· measured: told by the log, otherwise stated by a person and approved by another; minutes, steps and "
    "cost are of a case, errors of a thousand; fewer than 30 cases on either side tell no change"
)


def baseline_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    entry = object_of({
        "id": TEXT, "service": _SERVICE, "side": _SIDE, "day": _DAY, "cases": _CASES,
        **dict.fromkeys(FIGURES, MAYBE), "currency": TEXT, "source": TEXT, "note": TEXT,
        "state": {"enum": list(STATES)}, "asked_by": TEXT, "asked_at": TIME,
        "decided_by": MAYBE, "decided_at": MAYBE_TIME, "leaving_by": MAYBE, "leaving_why": MAYBE,
        "left_by": MAYBE, "left_at": MAYBE_TIME,
    })  # fmt: skip
    compared = object_of({
        "figure": {"enum": list(FIGURES)}, "before": MAYBE, "now": MAYBE, "measured": FLAG,
        "change_percent": MAYBE, "in_all": MAYBE, "why": {"enum": [None, *WHYS]},
    })  # fmt: skip
    service = object_of({
        "service": _SERVICE, "cases": COUNT, "before": MAYBE, "after": MAYBE,
        "figures": {"type": "array", "items": compared},
    })  # fmt: skip
    operating = object_of({"currency": TEXT, "amount": TEXT, "cases": COUNT, "per_case": MAYBE})
    return {
        "baselines.entry": entry,
        "baselines.comparison": object_of({
            "scene": TEXT, "month": _MONTH,
            "computed_to": {"type": ["string", "null"], "format": "date"},
            "services": {"type": "array", "items": service},
            "operating": {"type": "array", "items": operating},
            "stars": {"type": "object", "additionalProperties": TEXT},
            "entries": {"type": "array", "items": ref("schemas", "baselines.entry")},
        }),
    }  # fmt: skip


def baseline_paths() -> dict[str, Schema]:
    """The paths."""
    entry, at = ref("schemas", "baselines.entry"), "/v1/baselines/{scene}"
    scene = path_parameter("scene", _SCENE, "场景 · the scene")
    number = path_parameter("baseline", _ENTRY, "记录 · the entry")
    month: Schema = {
        "name": "month", "in": "query", "schema": _MONTH,
        "description": "月份，默认本月 · the month; by default this one",
    }  # fmt: skip
    why = object_of(
        {"why": {"type": "string", "minLength": 1, "maxLength": NOTE_MOST}}, closed=True
    )
    comparison = ref("schemas", "baselines.comparison")
    read = asks("get_before_and_now", "之前与现在 · before and now",
                f"{_READ} | {_EDIT} | {_APPROVE}", comparison, 404)  # fmt: skip
    return {
        at: {
            "parameters": [scene],
            "get": {**read, "description": _ABOUT, "parameters": [month]},
            "post": writes(
                "enter_baseline", "录入之前的情况或事后的测量，由另一人批准 · enter what was before, or was measured "
                "since; another approves it", _EDIT, _order(), entry, 404, 409, 422,
            ),
        },
        **{
            f"{at}/{{baseline}}/{act}": {
                "parameters": [scene, number],
                "post": writes(
                    f"{act}_baseline", summary, scope, body, entry, 404, 409, 422
                ),
            }
            for act, scope, body, summary in (
                ("approve", _APPROVE, EMPTY, "批准录入或撤回 · approve an entry, or its withdrawal"),
                ("refuse", _APPROVE, EMPTY, "退回录入或撤回 · refuse an entry, or its withdrawal"),
                ("withdraw", _EDIT, why, "撤回；已批准的由另一人同意 · withdraw; of what counts another agrees"),
            )
        },
    }  # fmt: skip


def _order() -> Schema:
    given: dict[str, Schema] = {
        "side": _SIDE, "day": _DAY, "cases": _CASES,
        "source": {"type": "string", "minLength": 1, "maxLength": SOURCE_MOST},
        "service": _SERVICE, "minutes": _NUMBER, "steps": _NUMBER, "cost": _MONEY,
        "errors": _NUMBER, "currency": {"type": "string", "pattern": "^([A-Z]{3})?$"},
        "note": {"type": "string", "maxLength": NOTE_MOST},
    }  # fmt: skip
    return object_of(given, *[n for n in given if n not in ("side", "day", "cases", "source")],
                     closed=True)  # fmt: skip
