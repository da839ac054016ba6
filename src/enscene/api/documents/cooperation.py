"""The part of the documents that is about clauses, returns and incidents."""

from __future__ import annotations

from enscene.api.documents.partner_parts import object_of, operation
from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    TEXT,
    Schema,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.partners.clauses import KINDS, RECORDS_AT_ONCE
from enscene.partners.incidents import LIMITS, SIDES

_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_WORDS: Schema = {"type": "string", "minLength": 2, "maxLength": 1000}
_REASON: Schema = {"type": "string", "minLength": 5, "maxLength": 1000}
_SIDE: Schema = {"enum": list(SIDES)}
_SEVERITY: Schema = {"enum": list(LIMITS)}
_PERIOD: dict[str, Schema] = {
    "period": _DAY, "state": {"enum": ["met", "due", "missed"]}, "expected": COUNT,
    "arrived": COUNT,
    "complete": {"type": "object", "additionalProperties": {
        "type": "integer", "minimum": 0, "maximum": 100,
    }},
    "met_at": MAYBE, "evidence": MAYBE,
}  # fmt: skip
_CLAUSE = object_of({
    "id": TEXT, "kind": {"enum": list(KINDS)}, "title": TEXT, "purpose": TEXT,
    "fields": {"type": "array", "items": TEXT}, "every_days": COUNT, "first_due": _DAY,
    "expected": COUNT, "complete": COUNT, "side": _SIDE,
    "state": {"enum": ["met", "due", "missed", "ended"]}, "missed": COUNT, "ended_on": MAYBE,
    "periods": {"type": "array", "items": object_of(_PERIOD)},
})  # fmt: skip
_INCIDENT = object_of({
    "id": TEXT, "title": TEXT, "severity": _SEVERITY, "clause": MAYBE, "responsible": _SIDE,
    "since": TEXT, "over": {"type": "boolean"},
    "held_s": object_of(dict.fromkeys(SIDES, COUNT)),
    "opened_at": TEXT, "closed_at": MAYBE, "cause": MAYBE,
    "steps": {"type": "array", "items": object_of({
        "at": TEXT, "act": {"enum": ["opened", "noted", "handed_over", "closed"]},
        "side": {"enum": [*SIDES, "watch"]}, "responsible": _SIDE, "text": TEXT,
    })},
})  # fmt: skip


def cooperation_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {"partners.clause": _CLAUSE, "partners.incident": _INCIDENT}


def cooperation_paths() -> dict[str, Schema]:
    """The paths."""
    base = "/v1/partner-applications/{partner}"
    partner = path_parameter("partner", TEXT, "合作方编号 · the partner, ptn_…")
    of_clause = path_parameter("clause", TEXT, "约定编号 · the clause, cls_…")
    of_incident = path_parameter("incident", TEXT, "事件编号 · the incident, inc_…")
    clause, incident = ref("schemas", "partners.clause"), ref("schemas", "partners.incident")
    one = {"parameters": [partner, of_incident]}
    return {
        f"{base}/clauses": {"parameters": [partner], "get": operation(
            "list_clauses", "合作约定与完成情况 · clauses, and how they stand", page_of(clause),
        )},
        f"{base}/clauses/{{clause}}": {"parameters": [partner, of_clause], "get": operation(
            "read_clause", "查看一项约定 · a clause", clause,
        )},
        f"{base}/clauses/{{clause}}/confirmations": {
            "parameters": [partner, of_clause],
            "post": operation(
                "confirm_clause", "确认一项检查 · confirm a check", clause, 409, body=object_of(
                    {"period": _DAY,
                     "evidence": {"type": "string", "minLength": 5, "maxLength": 500}}, closed=True,
                ),
            ),
        },
        f"{base}/incidents": {
            "parameters": [partner],
            "get": operation("list_incidents", "联合事件 · joint incidents", page_of(incident)),
            "post": _with_key(operation(
                "open_incident", "报告事件 · open an incident", incident, 409, 422,
                body=object_of({
                    "title": {"type": "string", "minLength": 2, "maxLength": 120},
                    "severity": _SEVERITY, "text": _WORDS, "responsible": _SIDE,
                }, "responsible", closed=True),
            )),
        },
        f"{base}/incidents/{{incident}}": {**one, "get": operation(
            "read_incident", "查看事件 · an incident", incident,
        )},
        f"{base}/incidents/{{incident}}/notes": {**one, "post": _with_key(operation(
            "note_incident", "记录进展 · write down what is known", incident, 409, 422,
            body=object_of({"text": _WORDS}, closed=True),
        ))},
        f"{base}/incidents/{{incident}}/hand-over": {**one, "post": operation(
            "hand_over_incident", "移交给另一方 · hand over to the other side", incident, 409, 422,
            body=object_of({"to": _SIDE, "text": _WORDS}, closed=True),
        )},
        f"{base}/incidents/{{incident}}/close": {**one, "post": operation(
            "close_incident", "写明原因并关闭 · close with its cause", incident, 409,
            body=object_of({"cause": _REASON}, closed=True),
        )},
        "/v1/returns/{clause}": {"parameters": [of_clause], "post": _take()},
    }  # fmt: skip


def _with_key(told: Schema) -> Schema:
    return {**told, "parameters": parameters("IdempotencyKey")}


def _take() -> Schema:
    record = object_of({
        "key": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        "fields": {"type": "object", "additionalProperties": {
            "type": ["string", "integer", "boolean", "null"], "maxLength": 200,
        }},
    }, closed=True)  # fmt: skip
    body = object_of(
        {"period": _DAY, "records": {
            "type": "array", "items": record, "minItems": 1, "maxItems": RECORDS_AT_ONCE,
        }},
        closed=True,
    )  # fmt: skip
    told = object_of({"clause": TEXT, **_PERIOD, "fresh": COUNT, "filled_in": COUNT, "same": COUNT})
    return {
        "operationId": "send_return",
        "summary": "按约回传数据 · return what was agreed, with the live application's own token",
        "requestBody": json_body(body),
        "responses": responses(told, 404, 409, 413, 415, 422),
    }
