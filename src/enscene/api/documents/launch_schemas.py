"""Schemas of launching: what is sent and what is told."""

from __future__ import annotations

from typing import Any

from enscene.api.documents.parts import (
    FLAG,
    MAYBE,
    MAYBE_TIME,
    TEXT,
    TEXTS,
    TIME,
    Schema,
    ref,
)

_WHOLE: Schema = {"type": "integer"}
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
        "action": TEXT,
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
    "variant": MAYBE,
    "options": {"type": "object", "additionalProperties": _VALUE},
    "parts": {"type": "object", "additionalProperties": FLAG},
    "added": {"type": "array", "items": _ADDED, "maxItems": 50},
    "products": TEXTS,
    "region": _SHORT,
    "unit": _SHORT,
    "customer": _SHORT,
    "origins": {"type": "array", "items": TEXT, "maxItems": 10},
}
_MISTAKE = _object({"param": TEXT, "code": TEXT, "detail": TEXT, "hint": TEXT})
_OPTION = _object(
    {
        "name": TEXT,
        "type": TEXT,
        "title": _BOTH,
        "help": _BOTH,
        "value": MAYBE,
        "least": MAYBE,
        "most": MAYBE,
        "choices": _list(_object({"value": TEXT, "title": _BOTH})),
        "part": MAYBE,
    }
)
_CARD: dict[str, Schema] = {
    "id": {"type": "string", "format": "uuid"},
    "kind": {"enum": ["new", "change"]},
    "template": TEXT,
    "scene": MAYBE,
    "state": {"enum": ["draft", "submitted", "approved", "returned", "withdrawn"]},
    "version": _WHOLE,
    "wish": _object(_FIELDS),
    "chosen_by": TEXT,
    "chosen_at": TIME,
    "submitted_by": MAYBE,
    "submitted_at": MAYBE_TIME,
    "decided_by": MAYBE,
    "decided_at": MAYBE_TIME,
    "note": TEXT,
    "live_at": MAYBE_TIME,
    "took_s": {"type": ["number", "null"], "description": "选模板到上线 · from choice to live"},
}
_TEMPLATE: dict[str, Schema] = {
    "id": TEXT,
    "version": TEXT,
    "digest": TEXT,
    "title": _BOTH,
    "summary": _BOTH,
    "sector": TEXT,
    "serves": TEXTS,
    "currency": TEXT,
    "tier": {"enum": ["A", "B", "C"]},
    "variants": _list(_object({"name": TEXT, "title": _BOTH, "help": _BOTH})),
}
_BLOCK = _object(
    {
        "name": TEXT,
        "version": TEXT,
        "summary": TEXT,
        "output": MAYBE,
        "args": _list(
            _object(
                {
                    "name": TEXT,
                    "kind": TEXT,
                    "type": MAYBE,
                    "required": FLAG,
                    "choices": {"type": ["array", "null"], "items": TEXT},
                }
            )
        ),
    }
)
_SCENE: dict[str, Schema] = {
    "ref": TEXT,
    "name": TEXT,
    "template": TEXT,
    "state": {"enum": ["draft", "sandbox", "pilot", "live", "suspended", "retired"]},
    "terms": _WHOLE,
    "region": TEXT,
    "unit": TEXT,
    "customer": TEXT,
    "origins": TEXTS,
    "piloted_by": MAYBE,
    "created_at": TIME,
    "live_at": MAYBE_TIME,
    "parties": _WHOLE,
    "next": TEXTS,
}
_RESULT = _object(
    {
        "passed": FLAG,
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
        "verified": FLAG,
    }
)

SCHEMAS: dict[str, Schema] = {
    "TwoLanguages": _object({"zh": TEXT, "en": TEXT}),
    "Begin": _order(
        {
            "template": {**TEXT, "description": "新场景的模板 · for a new scene"},
            "scene": {**TEXT, "description": "要变更的场景 · the scene to change"},
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
        {"role": TEXT, "name": {"type": "string", "maxLength": 200}, "bound_to": MAYBE}, "role"
    ),
    "Places": _order({"action": TEXT, "step": _STEP, "variant": MAYBE}, "action", "step"),
    "Mistake": _MISTAKE,
    "Proofs": _object(
        {
            "text": _object({"zh": TEXTS, "en": TEXTS}),
            "figures": {"type": "object", "additionalProperties": _WHOLE},
            "releases": TEXTS,
        }
    ),
    "MoneyMap": _object(
        {
            "nodes": _list(
                _object(
                    {
                        "account": TEXT,
                        "title": _BOTH,
                        "of": TEXT,
                        "kind": {"enum": ["free", "supervised", "closed_loop"]},
                        "role": TEXT,
                        "outside": FLAG,
                    }
                )
            ),
            "edges": _list(
                _object(
                    {
                        "flow": TEXT,
                        "title": _BOTH,
                        "source": TEXT,
                        "target": TEXT,
                        "released": FLAG,
                        "back": FLAG,
                    }
                )
            ),
        }
    ),
    "Duplicate": _object({"scene": MAYBE, "title": TEXT, "state": TEXT, "same": TEXTS}),
    "TemplateCard": _object(_TEMPLATE),
    "Template": _object(
        {
            **_TEMPLATE,
            "variant": MAYBE,
            "options": _list(_OPTION),
            "parts": _list(
                _object({"name": TEXT, "title": _BOTH, "help": _BOTH, "on": FLAG, "needs": TEXTS})
            ),
            "products": _list(
                _object({"name": TEXT, "title": _BOTH, "shelf": TEXT, "moment": MAYBE})
            ),
            "actions": _list(
                _object(
                    {
                        "name": TEXT,
                        "title": _BOTH,
                        "steps": _list(_object({"index": _WHOLE, "block": TEXT})),
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
            "action": TEXT,
            "places": _list(
                _object(
                    {
                        "index": _WHOLE,
                        "before": MAYBE,
                        "fits": FLAG,
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
            "parts": {"type": "object", "additionalProperties": FLAG},
            "proofs": _or_null(ref("schemas", "Proofs")),
            "money_map": ref("schemas", "MoneyMap"),
            "duplicates": _list(ref("schemas", "Duplicate")),
            "rehearsal": ref("schemas", "Rehearsal"),
            "forecast": {
                "type": ["array", "null"],
                "description": "次日各餐各菜预计份数 · portions to expect next day",
                "items": _object(
                    {
                        "day": TEXT,
                        "serving": TEXT,
                        "dish": TEXT,
                        "expected": {"type": "number"},
                        "error": {"type": ["number", "null"]},
                        "ordered": _WHOLE,
                    }
                ),
            },
        }
    ),
    "RehearsalBegun": _object({"launch": TEXT, "version": _WHOLE, "poll": TEXT}),
    "Rehearsal": _object(
        {
            "state": {"enum": ["none", "running", "done", "failed"]},
            "done": {"type": ["integer", "null"]},
            "total": {"type": ["integer", "null"]},
            "reason": MAYBE,
            "result": _or_null(_RESULT),
        }
    ),
    "Scene": _object(_SCENE),
    "Retired": _object({**_SCENE, "settlement": ref("schemas", "Settlement")}),
    "Settlement": _object(
        {
            "scene": TEXT,
            "state": TEXT,
            "balanced": {**FLAG, "description": "全部账户之和为零 · all accounts sum to zero"},
            "money_left": _MONEY,
            "accounts_left": _WHOLE,
            "things_open": _WHOLE,
            "cases_open": _WHOLE,
            "accounts": _list(
                _object(
                    {
                        "account": TEXT,
                        "kind": TEXT,
                        "currency": TEXT,
                        "accounts": _WHOLE,
                        "balance": _MONEY,
                        "held": _MONEY,
                        "outside": FLAG,
                    }
                )
            ),
            "things": _list(_object({"type": TEXT, "state": TEXT, "things": _WHOLE, "ends": FLAG})),
        }
    ),
}
