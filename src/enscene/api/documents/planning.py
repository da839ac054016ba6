"""The part of the platform's document that tells of the register of scenes and its planning."""

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
from enscene.operations.planning import (
    CRITERIA,
    DAYS_MOST,
    EVIDENCE_MOST,
    FLAGSHIPS_MOST,
    INDUSTRY,
    LEVELS,
    LINE_MOST,
    LINKS_MOST,
    MODES,
    MONTHS_MOST,
    NAME_MOST,
    NAMES,
    POINTS_MOST,
    PRINCIPLES,
    PRODUCTS_MOST,
    REASON_MOST,
    REF,
    ROUTES,
    SECTORS_MOST,
    SENTENCES,
    SIDES,
    TEXT_MOST,
)
from enscene.shelf import standard_shelf

_READ, _EDIT, _APPROVE = "launch:read", "launch:edit", "launch:approve"
_ANY = f"{_READ} | {_EDIT} | {_APPROVE}"
_REF: Schema = {"type": "string", "pattern": REF}
_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_DAYS: Schema = {"type": "integer", "minimum": 1, "maximum": DAYS_MOST}
_POINTS: Schema = {"type": "integer", "minimum": 0, "maximum": POINTS_MOST}
_MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_STATES = ("candidate", "project", "dropped", "draft", "sandbox", "pilot", "live", "suspended",
           "retired")  # fmt: skip


def _text(most: int, least: int = 0) -> Schema:
    return {"type": "string", "minLength": least, "maxLength": most}


def _content() -> dict[str, Schema]:
    depth: Schema = {
        **object_of({
            "weekly_percent": {"type": "integer", "minimum": 1, "maximum": 100,
                               "description": "每周使用的客户占比（%） · share of its customers that "
                               "use it within a week, in per cent"},
            "products_per_100": {"type": "integer", "minimum": 1, "maximum": PRODUCTS_MOST,
                                 "description": "每百名客户在本行的合约数 · contracts that a hundred "
                                 "of its customers have with the bank"},
        }, closed=True),
        "type": ["object", "null"],
    }  # fmt: skip
    return {
        "name": _text(NAME_MOST, 1),
        "route": {"enum": [*ROUTES, None]}, "mode": {"enum": [*MODES, None]},
        "serves": {"type": "array", "items": {"enum": list(SIDES)}},
        "level": {"enum": list(LEVELS)},
        **{name: _text(NAME_MOST) for name in NAMES},
        "next_review": _DAY, "needed_by": _DAY,
        "lines": {"type": "array", "items": {"enum": list(standard_shelf().words.lines)}},
        **{name: _text(LINE_MOST) for name in SENTENCES},
        **{name: _text(TEXT_MOST) for name in INDUSTRY},
        "links": {"type": "array", "maxItems": LINKS_MOST, "items": TEXT},
        "flagship": depth,
    }  # fmt: skip


def _card() -> dict[str, Schema]:
    return {
        "ref": TEXT, "state": {"enum": list(_STATES)}, "version": COUNT, "scene": MAYBE,
        "project": MAYBE, "live_at": MAYBE_TIME, "overdue": FLAG, "total": _MAYBE_COUNT,
        **_content(),
    }  # fmt: skip


def _maybe(told: Schema) -> Schema:
    return {**told, "type": [told["type"], "null"]}


def _whole() -> Schema:
    words: Schema = object_of({"zh": TEXT, "en": TEXT})
    organisation = object_of({
        "zh": TEXT, "en": TEXT, "says": words,
        "owns": object_of(dict.fromkeys(("rules", "operation", "data", "money"), TEXT)),
        "roles": {"type": "array", "items": object_of(
            {"holder": TEXT, "zh": TEXT, "en": TEXT, "duty": words})},
    })  # fmt: skip
    point = object_of({"points": _POINTS, "evidence": TEXT})
    score = object_of({
        "number": COUNT, "total": _POINTS, "warnings": TEXTS, "refused_by": TEXTS,
        "points": object_of(dict.fromkeys(CRITERIA, point)), "scored_by": TEXT, "scored_at": TIME,
    })  # fmt: skip
    like = object_of({"title": TEXT, "ref": MAYBE, "state": TEXT, "same": TEXTS})
    comparison = object_of({
        "version": COUNT, "found": {"type": "array", "items": like}, "compared_by": TEXT,
        "compared_at": TIME,
    })  # fmt: skip
    return object_of({
        **_card(), "organisation": _maybe(organisation), "score": _maybe(score),
        "reaches": {"type": "array", "items": object_of({
            "ref": TEXT, "name": TEXT, "serves": TEXTS, "through": MAYBE, "links": COUNT})},
        "reached_from": TEXTS, "pull": _maybe(object_of({
            "product": TEXT, "month": MAYBE, "active": COUNT, "contracts": COUNT,
            "per_1000": _MAYBE_COUNT})),
        "comparison": _maybe(comparison),
        "history": {"type": "array", "items": object_of({
            "version": COUNT, "what": TEXT, "note": TEXT, "fields": TEXTS, "changed_by": TEXT,
            "changed_at": TIME})},
    })  # fmt: skip


def _rules() -> dict[str, Schema]:
    sectors: Schema = {
        "type": "array", "maxItems": SECTORS_MOST, "items": _text(NAME_MOST, 1),
    }  # fmt: skip
    months: Schema = {"type": "integer", "minimum": 1, "maximum": MONTHS_MOST}
    return {
        "weights": object_of(dict.fromkeys(CRITERIA, _POINTS), closed=True),
        "principles": object_of(dict.fromkeys(PRINCIPLES, _POINTS), closed=True),
        "review_months": object_of(dict.fromkeys(LEVELS, months), closed=True),
        "least": object_of(dict.fromkeys(CRITERIA, _POINTS), *CRITERIA, closed=True),
        "least_total": _POINTS, "warn_below": _POINTS, "closed_sectors": sectors,
        "strategic_sectors": sectors,
        "flagships_most": {"type": "integer", "minimum": 0, "maximum": FLAGSHIPS_MOST},
        **dict.fromkeys(("answer_days", "hot_spot_days"), _DAYS),
    }  # fmt: skip


def planning_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    met = object_of({"target": COUNT, "value": _MAYBE_COUNT, "met": {"type": ["boolean", "null"]}})
    return {
        "planning.entry": object_of(_card()),
        "planning.whole": _whole(),
        "planning.rules": object_of({
            "version": COUNT, "state": {"enum": ["asked", "approved", "refused"]}, "reason": TEXT,
            "asked_by": TEXT, "asked_at": MAYBE_TIME, "decided_by": MAYBE,
            "decided_at": MAYBE_TIME, "rules": object_of(_rules()),
        }),
        "planning.row": object_of({
            "place": COUNT, "ref": TEXT, "name": TEXT, "points": _POINTS,
            "parts": object_of(dict.fromkeys(PRINCIPLES, _POINTS)), "scored": FLAG,
            "place_before": COUNT, "points_before": _POINTS, "passed": TEXTS, "passed_by": TEXTS,
        }),
        "planning.need": object_of({
            "id": {"type": "string", "format": "uuid"}, "who": TEXT, "need": TEXT,
            "served_today": TEXT, "source": TEXT, "sector": TEXT, "entry": MAYBE,
            "entered_by": TEXT, "entered_at": TIME,
        }),
        "planning.neighbour": object_of({
            "ref": MAYBE, "pack": TEXT, "name": TEXT, "points": COUNT, "same_customer": FLAG,
            "same_sector": FLAG, "roles": TEXTS, "blocks": TEXTS,
        }),
        "planning.flagship": object_of({
            "ref": TEXT, "name": TEXT, "state": TEXT, "week": _DAY, "active": _MAYBE_COUNT,
            "customers": COUNT, "contracts": COUNT, "weekly_percent": met, "products_per_100": met,
        }),
        "planning.listed": object_of({
            **dict.fromkeys(("tenant", "tenant_name", "ref", "name"), TEXT),
            "state": {"enum": list(_STATES)}, "serves": TEXTS,
            **dict.fromkeys(("sector", "level", "owner", "unit", "region", "pack"), TEXT),
        }),
        "planning.line": object_of({
            "line": TEXT, "covered": FLAG, "scenes": TEXTS, "candidates": TEXTS,
            "products": TEXTS, "unmounted": TEXTS,
        }),
    }  # fmt: skip


def planning_paths() -> dict[str, Schema]:
    """The paths."""
    return {**_entry_paths(), **_reading_paths(), **_rule_paths(), **_need_paths()}


def _entry_paths() -> dict[str, Schema]:
    whole = ref("schemas", "planning.whole")
    entry = path_parameter("entry", {"type": "string"}, "登记项 · the entry")
    content = _content()
    new = object_of({"ref": _REF, **content}, *(n for n in content if n != "name"), closed=True)
    version: Schema = {"type": ["integer", "null"], "minimum": 1}
    change = object_of({"version": version, **content}, "version", *content, closed=True)
    note = object_of({"note": _text(LINE_MOST, 1)}, closed=True)
    point = object_of({"points": _POINTS, "evidence": _text(EVIDENCE_MOST, 1)}, closed=True)
    score = object_of(dict.fromkeys(CRITERIA, point), closed=True)
    filters: tuple[tuple[str, Schema], ...] = (
        ("q", TEXT), ("serves", {"enum": list(SIDES)}), ("level", {"enum": list(LEVELS)}),
        ("sector", TEXT), ("state", {"enum": list(_STATES)}),
    )  # fmt: skip
    listed = asks("list_entries", "场景登记簿：在营场景与候选 · the register: scenes and candidates",
                  _ANY, page_of(ref("schemas", "planning.entry")))  # fmt: skip
    listed["parameters"] = [
        {"name": name, "in": "query", "schema": schema} for name, schema in filters
    ]
    acts: tuple[tuple[str, str, str, Schema], ...] = (
        ("review", "review_entry", "已复核，按级别排定下次 · it was reviewed, the next one by its level",
         note),
        ("score", "score_entry", "评分并写明依据 · score it, and say what that rests on", score),
        ("compare", "compare_entry",
         "与在营场景比较，留存可能的重复 · compare it with what runs, and keep what is alike", EMPTY),
        ("drop", "drop_candidate", "不再推进的候选 · pursue a candidate no further", note),
    )  # fmt: skip
    return {
        "/v1/planning/entries": {
            "get": listed,
            "post": writes("add_candidate", "登记候选场景 · enter a candidate", _EDIT, new, whole,
                           409, 422),
        },
        "/v1/planning/entries/{entry}": {
            "parameters": [entry],
            "get": asks("get_entry", "登记项、评分、联动与历史 · an entry with its score, chain and "
                        "history", _ANY, whole, 404),
            "patch": writes("change_entry", "修改登记项，旧版本留存 · change it; earlier versions "
                            "stay", _EDIT, change, whole, 404, 409, 422),
        },
        **{
            f"/v1/planning/entries/{{entry}}/{act}": {
                "parameters": [entry],
                "post": writes(name, summary, _EDIT, body, whole, 404, 409, 422),
            }
            for act, name, summary, body in acts
        },
        "/v1/planning/entries/{entry}/neighbours": {
            "parameters": [entry],
            "get": asks("list_neighbours", "可横向扩展的相邻场景 · what to add next beside it", _ANY,
                        page_of(ref("schemas", "planning.neighbour")), 404),
        },
    }  # fmt: skip


def _reading_paths() -> dict[str, Schema]:
    ordered = asks("get_planning_map", "规划图：按四项原则排序；给出权重则与现行次序对照 · candidates in "
                   "order by four principles; with other weights, beside the present order", _ANY,
                   page_of(ref("schemas", "planning.row")))  # fmt: skip
    ordered["parameters"] = [
        {"name": name, "in": "query", "schema": _POINTS} for name in PRINCIPLES
    ]
    listed = asks("list_bank_wide", "本机构与下级机构的登记簿 · the registers of a tenant and of all below "
                  "it", _ANY, page_of(ref("schemas", "planning.listed")))  # fmt: skip
    listed["parameters"] = [{"name": "q", "in": "query", "schema": TEXT}]
    return {
        "/v1/planning/map": {"get": ordered},
        "/v1/planning/bank": {"get": listed},
        "/v1/planning/flagships": {
            "get": asks("list_flagships", "旗舰场景的深度目标与实际 · flagships: depth targets beside "
                        "what is", _ANY, page_of(ref("schemas", "planning.flagship"))),
        },
        "/v1/planning/coverage": {
            "get": asks("get_coverage", "各业务条线的场景与产品覆盖 · which lines have scenes and "
                        "products", _ANY, page_of(ref("schemas", "planning.line"))),
        },
        "/v1/planning/modes": {
            "get": asks("list_modes", "三种建设方式的组织模板 · what each way of building brings",
                        _ANY, object_of({"holders": {"type": "object"},
                                         "modes": {"type": "object"}})),
        },
    }  # fmt: skip


def _rule_paths() -> dict[str, Schema]:
    rules = ref("schemas", "planning.rules")
    fields = _rules()
    order = object_of(
        {**fields, "reason": _text(REASON_MOST, 1)},
        *(n for n in fields if n not in ("weights", "principles", "review_months")), closed=True,
    )  # fmt: skip
    version = path_parameter("version", {"type": "integer", "minimum": 1}, "版本 · the version")
    return {
        "/v1/planning/rules": {
            "get": asks("list_planning_rules", "权重、筛选规则与原则的各版本 · weights, screening "
                        "rules and principles by version", _ANY, page_of(rules)),
            "post": writes("ask_planning_rules", "提出新规则 · propose other rules", _EDIT, order,
                           rules, 409, 422),
        },
        **{
            f"/v1/planning/rules/{{version}}/{act}": {
                "parameters": [version],
                "post": writes(f"{act}_planning_rules", summary, _APPROVE, EMPTY, rules, 404, 409,
                               422),
            }
            for act, summary in (("approve", "另一人批准 · a second person lets them hold"),
                                 ("refuse", "另一人不批准 · a second person refuses"))
        },
    }  # fmt: skip


def _need_paths() -> dict[str, Schema]:
    text = _text(LINE_MOST, 1)
    order = object_of(
        {"who": text, "need": text, "served_today": text, "source": text,
         "sector": _text(NAME_MOST)}, "sector", closed=True,
    )  # fmt: skip
    told = ref("schemas", "planning.need")
    number = path_parameter("need", {"type": "string", "format": "uuid"}, "需求 · the need")
    return {
        "/v1/planning/needs": {
            "get": asks("list_needs", "未满足的需求 · needs that nobody meets", _ANY, page_of(told)),
            "post": writes("enter_need", "登记需求 · enter one", _EDIT, order, told, 409, 422),
        },
        "/v1/planning/needs/{need}/propose": {
            "parameters": [number],
            "post": writes("propose_need", "由需求提出候选 · make a candidate of it", _EDIT, EMPTY,
                           ref("schemas", "planning.whole"), 404, 409, 422),
        },
    }  # fmt: skip
