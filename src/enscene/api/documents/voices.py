"""The part of the platform's document that tells of voices."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    MAYBE,
    TEXT,
    TEXTS,
    TIME,
    Schema,
    asks,
    page_of,
    parameters,
    path_parameter,
    ref,
    writes,
)
from enscene.operations.teamwork import DEPARTMENTS, NAME_MOST
from enscene.operations.voices import KINDS, PLACE_MOST, SOURCES, STATES, TEXT_MOST, TOLD

_ANY = "launch:read | launch:edit | launch:approve"
_DAY: Schema = {"type": "string", "format": "date"}
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_MAYBE_NUMBER: Schema = {"type": ["number", "null"], "minimum": 0}
_DEPARTMENT: Schema = {"enum": list(DEPARTMENTS)}
_SAID: Schema = {"type": "string", "minLength": 1, "maxLength": TEXT_MOST}
_NAME: Schema = {"type": "string", "maxLength": NAME_MOST}
_MAYBE_REF: Schema = {"type": ["string", "null"], "maxLength": 64}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_CARD: dict[str, Schema] = {
    "id": TEXT, "kind": {"enum": list(KINDS)}, "source": {"enum": list(SOURCES)}, "scene": MAYBE,
    "project": MAYBE, "product": MAYBE, "says": TEXT, "found_at": MAYBE, "customer": MAYBE,
    "said_by": TEXT, "said_at": TIME, "due_on": _DAY, "state": {"enum": list(STATES)},
    "department": _DEPARTMENT, "owner": TEXT, "taken_by": MAYBE, "overdue": FLAG, "hands": COUNT,
    "answer": MAYBE, "release": MAYBE, "answered_on": _MAYBE_DAY, "released_on": _MAYBE_DAY,
}  # fmt: skip


def voice_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    step = object_of({
        "what": TEXT, "says": TEXT, "department": {"enum": [*DEPARTMENTS, None]}, "owner": MAYBE,
        "by": TEXT, "at": TIME,
    })  # fmt: skip
    figures = object_of({
        "scene": MAYBE, "told": COUNT, "answered": COUNT, "owed": COUNT, "in_time": COUNT,
        "share": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        "answer_days": _MAYBE_NUMBER, "released": COUNT, "release_days": _MAYBE_NUMBER,
    })  # fmt: skip
    whole: dict[str, Schema] = {
        **_CARD, "acts": TEXTS, "steps": {"type": "array", "items": step},
    }  # fmt: skip
    stars = object_of({"role": TEXT, "before": TEXT, "after": TEXT})
    return {
        "voices.card": object_of(_CARD),
        "voices.voice": object_of(whole),
        "voices.seen": object_of({**whole, "satisfaction": {"type": "array", "items": stars}}),
        "voices.figures": object_of({
            "month": _MONTH, "scenes": {"type": "array", "items": figures},
        }),
    }  # fmt: skip


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _tell() -> Schema:
    given: dict[str, Schema] = {
        "kind": {"enum": list(TOLD)}, "says": _SAID, "source": {"enum": list(SOURCES)},
        "scene": _MAYBE_REF, "product": _MAYBE_REF,
        "found_at": {"type": ["string", "null"], "maxLength": PLACE_MOST}, "customer": _MAYBE_REF,
        "department": {"enum": [*DEPARTMENTS, None]}, "owner": _NAME,
    }  # fmt: skip
    return object_of(given, *[name for name in given if name not in ("kind", "says")], closed=True)


def voice_paths() -> dict[str, Schema]:
    """The paths."""
    voice = path_parameter(
        "voice", {"type": "string", "pattern": "^voi_[0-9a-z]{26}$"}, "心声 · the voice"
    )
    whole = ref("schemas", "voices.voice")
    hand = object_of(
        {"department": _DEPARTMENT, "owner": _NAME,
         "says": {"type": "string", "maxLength": TEXT_MOST}},
        "owner", "says", closed=True,
    )  # fmt: skip
    says = object_of({"says": _SAID}, closed=True)
    release = object_of(
        {"release": {"type": "string", "minLength": 1, "maxLength": 40}}, closed=True
    )
    acts: tuple[tuple[str, str, str, Schema], ...] = (
        ("take", "take_voice", "受理 · take it, to answer it", EMPTY),
        ("hand", "hand_voice", "转交其他部门或人员 · hand it to another department or person", hand),
        ("answer", "answer_voice", "答复；提出者可见 · the answer, which whoever told it sees", says),
        ("change", "tie_voice", "关联由此产生的发布 · what was released because of it", release),
        ("propose", "propose_for_hot_spot", "热点：提出做法 · of a hot spot, what to do", says),
        ("act", "act_on_hot_spot", "热点：已行动 · of a hot spot, what was done", says),
        ("drop", "drop_hot_spot", "热点：放弃及理由 · of a hot spot, why nothing is done", says),
    )  # fmt: skip
    listed = asks("list_voices", "客户与一线的心声、外部热点 · what customers and the front line say, and "
                  "hot spots", _ANY, page_of(ref("schemas", "voices.card")), 404)  # fmt: skip
    listed["parameters"] = [
        _query("state", {"enum": ["open", "late", *STATES]}, "状态 · state"),
        _query("kind", {"enum": list(KINDS)}, "类型 · kind"),
        _query("scene", TEXT, "场景 · scene"),
        _query("customer", TEXT, "客户 · customer"),
        *parameters("Limit", "Cursor"),
    ]
    figures = asks("get_voice_figures", "按场景与月份的按期答复率与天数 · answered in time, and days to answer "
                   "and release, by scene", _ANY, ref("schemas", "voices.figures"))  # fmt: skip
    figures["parameters"] = [
        _query("month", _MONTH, "月份，缺省为本月 · month, by default this one")
    ]
    return {
        "/v1/voices": {
            "get": listed,
            "post": writes("tell_voice", "登记一条心声或热点 · tell something", "launch:edit | opinions:write",
                           _tell(), whole, 404, 409, 422),
        },
        "/v1/voices/figures": {"get": figures},
        "/v1/voices/{voice}": {
            "parameters": [voice],
            "get": asks("get_voice", "心声及其经过，改进前后的满意度 · a voice with all that was done, and "
                        "satisfaction before and after", _ANY, ref("schemas", "voices.seen"), 404),
        },
        **{
            f"/v1/voices/{{voice}}/{act}": {
                "parameters": [voice],
                "post": writes(name, summary, "launch:edit", body, whole, 404, 409, 422),
            }
            for act, name, summary, body in acts
        },
    }  # fmt: skip
