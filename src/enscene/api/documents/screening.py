"""The part of the documents that is about screening."""

from __future__ import annotations

from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    TEXT,
    Schema,
    json_body,
    parameters,
    path_parameter,
    responses,
)
from enscene.api.screening import DECIDE, READ
from enscene.risk.screening import read_screening

_RULE: Schema = {"enum": [rule.name for rule in read_screening().rules]}
_FIGURES: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}
_COUNTED: Schema = {
    "type": "object", "properties": {"hits": COUNT, "customers": COUNT},
    "required": ["hits", "customers"],
}  # fmt: skip
_CASE: Schema = {
    "type": "object",
    "properties": {
        "id": TEXT, "rule": TEXT, "purpose": {"enum": ["fraud", "laundering"]},
        "live": {"type": "boolean"}, "policy": TEXT, "customer": TEXT, "name": TEXT, "at": TEXT,
        "facts": {"type": "object"}, "units": {"type": "array", "items": TEXT},
        "outcome": {"enum": ["confirmed", "false_alarm", None]}, "why": MAYBE,
        "decided_by": MAYBE, "decided_at": MAYBE,
    },
    "required": ["id", "rule", "purpose", "live", "customer", "at", "facts", "outcome"],
}  # fmt: skip


def screening_paths() -> dict[str, Schema]:
    """The paths."""
    many: Schema = {
        "type": "object", "properties": {"data": {"type": "array", "items": _CASE}},
        "required": ["data"],
    }  # fmt: skip
    asked: list[Schema] = [
        *parameters("Limit"),
        {"name": "state", "in": "query", "schema": {"enum": ["waiting", "other"]}},
        {"name": "rule", "in": "query", "schema": TEXT},
        {"name": "customer", "in": "query", "schema": TEXT},
    ]
    return {
        "/v1/screening/cases": {
            "get": {
                "operationId": "list_screening_cases", "x-scope": f"{READ} | {DECIDE}",
                "summary": "筛查个案 · what screening has found, the newest first",
                "parameters": asked, "responses": responses(many),
            },
        },
        "/v1/screening/cases/{case}/decide": {
            "parameters": [path_parameter("case", TEXT, "个案编号 · the case")],
            "post": {
                "operationId": "decide_screening_case", "x-scope": DECIDE,
                "summary": "裁定个案 · say what a case was",
                "parameters": parameters("IdempotencyKey"),
                "requestBody": json_body({
                    "type": "object", "required": ["outcome", "why"],
                    "properties": {"outcome": {"enum": ["confirmed", "false_alarm"]},
                                   "why": {"type": "string", "minLength": 5, "maxLength": 500}},
                    "additionalProperties": False,
                }),
                "responses": responses(_CASE, 404, 409, 413, 415, 422),
            },
        },
        "/v1/screening/rules": {
            "get": {
                "operationId": "list_screening_rules", "x-scope": f"{READ} | {DECIDE}",
                "summary": "筛查规则 · the rules in force",
                "responses": responses({"type": "object"}),
            },
        },
        "/v1/screening/backtests": {
            "post": {
                "operationId": "try_screening_rule", "x-scope": f"{READ} | {DECIDE}",
                "summary": "用其他参数回测规则 · a rule with other figures, on the past",
                "requestBody": json_body({
                    "type": "object", "required": ["rule"], "additionalProperties": False,
                    "properties": {"rule": _RULE, "figures": _FIGURES},
                }),
                "responses": responses({
                    "type": "object",
                    "properties": {"rule": TEXT, "movements": COUNT, "days": COUNT,
                                   "now": _COUNTED, "then": _COUNTED, "figures": _FIGURES},
                    "required": ["rule", "movements", "now", "then"],
                }, 404, 413, 415),
            },
        },
    }  # fmt: skip
