"""Schemas of launching: what is sent and what is told."""

from __future__ import annotations

from typing import Any

from enscene.api.documents.parts import Schema, ref

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_WHOLE: Schema = {"type": "integer"}
_BOOL: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_MONEY: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
_SHORT: Schema = {"type": "string", "maxLength": 60}
_VERSION: Schema = {
    "type": "integer",
    "minimum": 1,
    "description": "所看到的版本；已变则拒绝 · the version that was looked at",
}
_VALUE: Schema = {"type": ["string", "integer", "boolean"]}
_STEP: Schema = {
    "type": "object",
    "description": "同 scene.yaml 的写法 · as scene.yaml has it",
    "additionalProperties": {"anyOf": [_VALUE, {"type": "object", "additionalProperties": _VALUE}]},
}

WISH_EXAMPLE: dict[str, Any] = {
    "ref": "north",
    "name": "North Canteen",
    "variant": "company",
    "options": {"daily_limit": "80.00"},
    "parts": {"weighing": False},
}


def _object(properties: dict[str, Schema], *optional: str) -> Schema:
    required = [name for name in properties if name not in optional]
    told: Schema = {"type": "object", "properties": properties}
    return told | ({"required": required} if required else {})


def _order(properties: dict[str, Schema], *required: str) -> Schema:
    told: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return told | ({"required": list(required)} if required else {})


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_BOTH = ref("schemas", "TwoLanguages")
_ADDED: Schema = _order(
    {
        "action": _TEXT,
        "index": {"type": "integer", "minimum": 0, "maximum": 1_000},
        "step": _STEP,
    },
    "action",
    "index",
    "step",
)
_FIELDS: dict[str, Schema] = {
    "ref": _SHORT,
    "name": _SHORT,
    "variant": _MAYBE,
    "options": {"type": "object", "additionalProperties": _VALUE},
    "parts": {"type": "object", "additionalProperties": _BOOL},
    "added": {"type": "array", "items": _ADDED, "maxItems": 50},
    "products": _TEXTS,
    "region": _SHORT,
    "unit": _SHORT,
    "customer": _SHORT,
    "origins": {"type": "array", "items": _TEXT, "maxItems": 10},
}
_MISTAKE = _object({"param": _TEXT, "code": _TEXT, "detail": _TEXT, "hint": _TEXT})
_OPTION = _object(
    {
        "name": _TEXT,
        "type": _TEXT,
        "title": _BOTH,
        "help": _BOTH,
        "value": _MAYBE,
        "least": _MAYBE,
        "most": _MAYBE,
        "choices": _list(_object({"value": _TEXT, "title": _BOTH})),
        "part": _MAYBE,
    }
)
_CARD: dict[str, Schema] = {
    "id": {"type": "string", "format": "uuid"},
    "kind": {"enum": ["new", "change"]},
    "template": _TEXT,
    "scene": _MAYBE,
    "state": {"enum": ["draft", "submitted", "approved", "returned", "withdrawn"]},
    "version": _WHOLE,
    "wish": _object(_FIELDS),
    "chosen_by": _TEXT,
    "chosen_at": _TIME,
    "submitted_by": _MAYBE,
    "submitted_at": _MAYBE_TIME,
    "decided_by": _MAYBE,
    "decided_at": _MAYBE_TIME,
    "note": _TEXT,
    "live_at": _MAYBE_TIME,
    "took_s": {"type": ["number", "null"], "description": "选模板到上线 · from choice to live"},
}
_TEMPLATE: dict[str, Schema] = {
    "id": _TEXT,
    "version": _TEXT,
    "digest": _TEXT,
    "title": _BOTH,
    "summary": _BOTH,
    "sector": _TEXT,
    "serves": _TEXTS,
    "currency": _TEXT,
    "tier": {"enum": ["A", "B", "C"]},
    "variants": _list(_object({"name": _TEXT, "title": _BOTH, "help": _BOTH})),
}
_BLOCK = _object(
    {
        "name": _TEXT,
        "version": _TEXT,
        "summary": _TEXT,
        "output": _MAYBE,
        "args": _list(
            _object(
                {
                    "name": _TEXT,
                    "kind": _TEXT,
                    "type": _MAYBE,
                    "required": _BOOL,
                    "choices": {"type": ["array", "null"], "items": _TEXT},
                }
            )
        ),
    }
)
_SCENE: dict[str, Schema] = {
    "ref": _TEXT,
    "name": _TEXT,
    "template": _TEXT,
    "state": {"enum": ["draft", "sandbox", "pilot", "live", "suspended", "retired"]},
    "terms": _WHOLE,
    "region": _TEXT,
    "unit": _TEXT,
    "customer": _TEXT,
    "origins": _TEXTS,
    "piloted_by": _MAYBE,
    "created_at": _TIME,
    "live_at": _MAYBE_TIME,
    "parties": _WHOLE,
    "next": _TEXTS,
}
_RESULT = _object(
    {
        "passed": _BOOL,
        "days": _WHOLE,
        "people": _WHOLE,
        "calls": _WHOLE,
        "answered": _WHOLE,
        "refused": {"type": "object", "additionalProperties": _WHOLE},
        "errors": {"type": "object", "additionalProperties": _WHOLE},
        "by_itself": _WHOLE,
        "transfers": _WHOLE,
        "moved": _MONEY,
        "by_day": _list({"type": "object"}),
        "balances": {"type": "object", "additionalProperties": _MONEY},
        "open_things": {"type": "object", "additionalProperties": _WHOLE},
        "verified": _BOOL,
    }
)

SCHEMAS: dict[str, Schema] = {
    "TwoLanguages": _object({"zh": _TEXT, "en": _TEXT}),
    "Begin": _order(
        {
            "template": {**_TEXT, "description": "新场景的模板 · for a new scene"},
            "scene": {**_TEXT, "description": "要变更的场景 · the scene to change"},
        }
    )
    | {"minProperties": 1, "maxProperties": 1},
    "WishOrder": _order(
        {
            **_FIELDS,
            "version": _VERSION,
            "options": {
                "type": "object",
                "description": "null 表示恢复缺省 · null takes the template's own again",
                "additionalProperties": {"type": ["string", "integer", "boolean", "null"]},
            },
            "parts": {"type": "object", "additionalProperties": {"type": ["boolean", "null"]}},
        }
    ),
    "Looked": _order({"version": _VERSION}),
    "GiveBack": _order({"version": _VERSION, "note": {"type": "string", "maxLength": 2_000}}),
    "RollBack": _order({"terms": {"type": "integer", "minimum": 1}}, "terms"),
    "Nothing": _order({}),
    "Member": _order(
        {"role": _TEXT, "name": {"type": "string", "maxLength": 200}, "bound_to": _MAYBE}, "role"
    ),
    "Places": _order({"action": _TEXT, "step": _STEP, "variant": _MAYBE}, "action", "step"),
    "Mistake": _MISTAKE,
    "Proofs": _object(
        {
            "text": _object({"zh": _TEXTS, "en": _TEXTS}),
            "figures": {"type": "object", "additionalProperties": _WHOLE},
            "releases": _TEXTS,
        }
    ),
    "MoneyMap": _object(
        {
            "nodes": _list(
                _object(
                    {
                        "account": _TEXT,
                        "title": _BOTH,
                        "of": _TEXT,
                        "kind": {"enum": ["free", "supervised", "closed_loop"]},
                        "role": _TEXT,
                        "outside": _BOOL,
                    }
                )
            ),
            "edges": _list(
                _object(
                    {
                        "flow": _TEXT,
                        "title": _BOTH,
                        "source": _TEXT,
                        "target": _TEXT,
                        "released": _BOOL,
                        "back": _BOOL,
                    }
                )
            ),
        }
    ),
    "Duplicate": _object({"scene": _MAYBE, "title": _TEXT, "state": _TEXT, "same": _TEXTS}),
    "TemplateCard": _object(_TEMPLATE),
    "Template": _object(
        {
            **_TEMPLATE,
            "variant": _MAYBE,
            "options": _list(_OPTION),
            "parts": _list(
                _object(
                    {"name": _TEXT, "title": _BOTH, "help": _BOTH, "on": _BOOL, "needs": _TEXTS}
                )
            ),
            "products": _list(
                _object({"name": _TEXT, "title": _BOTH, "shelf": _TEXT, "moment": _MAYBE})
            ),
            "actions": _list(
                _object(
                    {
                        "name": _TEXT,
                        "title": _BOTH,
                        "steps": _list(_object({"index": _WHOLE, "block": _TEXT})),
                    }
                )
            ),
            "blocks": _list(_BLOCK),
            "proofs": ref("schemas", "Proofs"),
            "money_map": ref("schemas", "MoneyMap"),
            "duplicates": _list(ref("schemas", "Duplicate")),
        }
    ),
    "TemplatePlaces": _object(
        {
            "action": _TEXT,
            "places": _list(
                _object(
                    {
                        "index": _WHOLE,
                        "before": _MAYBE,
                        "fits": _BOOL,
                        "why_not": _or_null(ref("schemas", "Mistake")),
                    }
                )
            ),
        }
    ),
    "LaunchCard": _object(_CARD),
    "LaunchChanged": _object({**_CARD, "mistakes": _list(ref("schemas", "Mistake"))}),
    "Launch": _object(
        {
            **_CARD,
            "mistakes": _list(ref("schemas", "Mistake")),
            "options": _list(_OPTION),
            "parts": {"type": "object", "additionalProperties": _BOOL},
            "proofs": _or_null(ref("schemas", "Proofs")),
            "money_map": ref("schemas", "MoneyMap"),
            "duplicates": _list(ref("schemas", "Duplicate")),
            "rehearsal": ref("schemas", "Rehearsal"),
            "forecast": {
                "type": ["array", "null"],
                "description": "次日各餐各菜预计份数 · portions to expect next day",
                "items": _object(
                    {
                        "day": _TEXT,
                        "serving": _TEXT,
                        "dish": _TEXT,
                        "expected": {"type": "number"},
                        "error": {"type": ["number", "null"]},
                        "ordered": _WHOLE,
                    }
                ),
            },
        }
    ),
    "RehearsalBegun": _object({"launch": _TEXT, "version": _WHOLE, "poll": _TEXT}),
    "Rehearsal": _object(
        {
            "state": {"enum": ["none", "running", "done", "failed"]},
            "done": {"type": ["integer", "null"]},
            "total": {"type": ["integer", "null"]},
            "reason": _MAYBE,
            "result": _or_null(_RESULT),
        }
    ),
    "Scene": _object(_SCENE),
    "Retired": _object({**_SCENE, "settlement": ref("schemas", "Settlement")}),
    "Settlement": _object(
        {
            "scene": _TEXT,
            "state": _TEXT,
            "balanced": {**_BOOL, "description": "全部账户之和为零 · all accounts sum to zero"},
            "money_left": _MONEY,
            "accounts_left": _WHOLE,
            "things_open": _WHOLE,
            "cases_open": _WHOLE,
            "accounts": _list(
                _object(
                    {
                        "account": _TEXT,
                        "kind": _TEXT,
                        "currency": _TEXT,
                        "accounts": _WHOLE,
                        "balance": _MONEY,
                        "held": _MONEY,
                        "outside": _BOOL,
                    }
                )
            ),
            "things": _list(
                _object({"type": _TEXT, "state": _TEXT, "things": _WHOLE, "ends": _BOOL})
            ),
        }
    ),
}
