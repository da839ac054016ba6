"""The part of the documents that is about events from outside."""

from __future__ import annotations

from typing import Any

from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    TEXT,
    TIME,
    Schema,
    object_of,
    page_of,
    ref,
    responses,
)
from enscene.api.outside_events import BATCH, SINGLE, WRITE, data_schema
from enscene.engagement.outside import BATCH_MOST, TYPES, schema_of

PREFIX = "events."
EXAMPLE: dict[str, Any] = {
    "specversion": "1.0", "type": "page.viewed", "source": "/shop/web", "id": "v-20260131-0001",
    "time": "2026-01-31T08:00:00Z", "subject": "diner-1", "scene": "canteen",
    "data": {"page": "menu", "dwell_ms": 8_200, "topic": "eating"},
}  # fmt: skip


def outside_schemas() -> dict[str, Schema]:
    """One schema a type, and what is told."""
    found = {f"{PREFIX}{name}": _event(name) for name in TYPES}
    found[f"{PREFIX}event"] = {
        "oneOf": [ref("schemas", f"{PREFIX}{name}") for name in TYPES],
        "discriminator": {"propertyName": "type", "mapping": {
            name: f"#/components/schemas/{PREFIX}{name}" for name in TYPES
        }},
    }  # fmt: skip
    found[f"{PREFIX}taken"] = object_of({
        "taken": COUNT,
        "events": {"type": "array", "items": object_of({
            "source": TEXT, "id": TEXT, "state": {"enum": ["kept", "not_allowed"]},
        })},
    })  # fmt: skip
    found[f"{PREFIX}type"] = object_of({
        "type": TEXT, "version": COUNT, "dataschema": TEXT, "kind": TEXT,
        "title": object_of({"zh": TEXT, "en": TEXT}), "subject": {"enum": ["person", "device"]},
        "consent": MAYBE, "by_partners": {"type": "boolean"}, "triggers_within_s": COUNT,
        "kept_days": COUNT, "data": {"type": "object"},
    })  # fmt: skip
    return found


def _event(name: str) -> Schema:
    type_ = TYPES[name]
    needed = ["specversion", "id", "source", "type", "time", "subject", "data"]
    ref_form: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
    return {
        "type": "object", "additionalProperties": False,
        "description": " · ".join(type_.says),
        "required": [*needed, "scene"] if type_.consent else needed,
        "properties": {
            "specversion": {"const": "1.0"}, "type": {"const": name},
            "id": {"type": "string", "pattern": "^[!-~]{1,128}$"},
            "source": {"type": "string", "pattern": "^[A-Za-z0-9/][!-~]{0,199}$"},
            "time": TIME, "subject": ref_form, "scene": ref_form,
            "datacontenttype": {"const": "application/json"},
            "dataschema": {"const": schema_of(type_)},
            "data": data_schema(type_),
        },
    }  # fmt: skip


def outside_paths() -> dict[str, Schema]:
    """The paths."""
    event = ref("schemas", f"{PREFIX}event")
    batch = {"type": "array", "minItems": 1, "maxItems": BATCH_MOST, "items": event}
    return {
        "/v1/events": {"post": {
            "operationId": "send_events",
            "x-scope": f"{WRITE} | scene:<scene>:events.write",
            "x-level": "A2",
            "summary": "送入场景以外的事件（CloudEvents 1.0），整批接收或整批拒绝 · events from outside "
                       "(CloudEvents 1.0), all of a batch or none",
            "requestBody": {"required": True, "content": {
                SINGLE.decode(): {"schema": event, "example": EXAMPLE},
                BATCH.decode(): {"schema": batch, "example": [EXAMPLE]},
            }},
            "responses": responses(ref("schemas", f"{PREFIX}taken"), 409, 413, 415, 422),
        }},
        "/v1/events/types": {"get": {
            "operationId": "list_event_types",
            "summary": "事件类型：字段、所需授权、时效与保存期 · types of events: fields, consent, lateness, "
                       "how long they are kept",
            "responses": responses(page_of(ref("schemas", f"{PREFIX}type"))),
        }},
    }  # fmt: skip
