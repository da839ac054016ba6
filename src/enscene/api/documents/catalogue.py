"""The part of the documents that is about the interfaces themselves."""

from __future__ import annotations

from enscene.api.documents.parts import (
    MAYBE,
    TEXT,
    Schema,
    page_of,
    path_parameter,
    ref,
    responses,
)
from enscene.partners.apis import VERSIONS


def catalogue_schemas() -> dict[str, Schema]:
    """What the answers are made of."""
    notice: Schema = {
        "type": "object",
        "properties": {
            "deprecated": {**TEXT, "format": "date-time"},
            "sunset": {**TEXT, "format": "date-time"},
            "successor": MAYBE, "zh": TEXT, "en": TEXT,
        },
        "required": ["deprecated", "sunset", "successor", "zh", "en"],
    }  # fmt: skip
    properties: dict[str, Schema] = {
        "id": TEXT, "operation": TEXT, "method": TEXT, "path": TEXT, "summary": TEXT,
        "level": {"enum": ["A1", "A2"]}, "scene": MAYBE, "owner": TEXT,
        "version": {"enum": list(VERSIONS)}, "since": {**TEXT, "format": "date"},
        "state": {"enum": ["current", "deprecated", "withdrawn"]},
        "notice": {"anyOf": [ref("schemas", "ApiNotice"), {"type": "null"}]},
    }  # fmt: skip
    api: Schema = {"type": "object", "properties": properties, "required": list(properties)}
    change: Schema = {
        "type": "object",
        "properties": {"version": TEXT, "api": TEXT, "zh": TEXT, "en": TEXT},
        "required": ["version", "api", "zh", "en"],
    }
    return {"Api": api, "ApiNotice": notice, "ApiChange": change}


def catalogue_paths() -> dict[str, Schema]:
    """The paths."""
    many = page_of(ref("schemas", "Api"))
    many["properties"] |= {
        "versions": {"type": "array", "items": TEXT},
        "changes": {"type": "array", "items": ref("schemas", "ApiChange")},
    }
    one = path_parameter("api", {"type": "string", "minLength": 1}, "接口编号 · its x-api-id")
    return {
        "/v1/apis": {
            "get": {
                "operationId": "list_apis",
                "summary": "接口目录：级别、负责人、版本、下线计划 · every interface, with its plan",
                "responses": responses(many),
            }
        },
        "/v1/apis/{api}": {
            "parameters": [one],
            "get": {
                "operationId": "get_api",
                "summary": "一个接口 · one interface",
                "responses": responses(ref("schemas", "Api"), 404),
            },
        },
    }
