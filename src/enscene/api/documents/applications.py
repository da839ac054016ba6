"""The part of a scene's document that tells how products are applied for."""

from __future__ import annotations

from typing import Any

from enscene.api.documents.parts import (
    MAYBE,
    MAYBE_TIME,
    TEXT,
    Schema,
    json_body,
    object_of,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.api.documents.signed import DOCUMENT, LANGUAGE, document_schema
from enscene.engagement.applications import STATES

READ, WRITE = "applications.read", "applications.write"
_MONEY: Schema = {"type": ["string", "null"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
_SHORT: Schema = {"type": "string", "maxLength": 200}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
_ID = path_parameter("application", {"type": "string", "minLength": 1}, "申请 · the application")
_FIELDS: Schema = {
    "type": "object",
    "description": "尚不知道的内容：income（月收入）、born（出生日期） · what nobody knows yet",
    "additionalProperties": _SHORT,
    "maxProperties": 20,
}

BEGIN_EXAMPLE: dict[str, Any] = {
    "product": "instalment",
    "about": {"thing": "booking", "key": "B1"},
    "months": 12,
    "fields": {"income": "9000.00"},
}


def _order(properties: dict[str, Schema], *required: str) -> Schema:
    told: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return told | ({"required": list(required)} if required else {})


_BEGIN = _order(
    {
        "product": _NAME,
        "amount": {"type": ["string", "null"], "maxLength": 24},
        "months": {"type": ["integer", "null"], "minimum": 1, "maximum": 480},
        "about": {
            "anyOf": [
                _order(
                    {"thing": _NAME, "key": {"type": "string", "minLength": 1, "maxLength": 200}},
                    "thing",
                    "key",
                ),
                {"type": "null"},
            ],
            "description": "申请所依据的业务对象；由银行核实 · what it is for; the bank verifies it",
        },
        "offer": {
            "type": ["string", "null"],
            "maxLength": 36,
            "description": "推荐编号 · the offer",
        },
        "fields": _FIELDS,
        "claims": {
            "type": "object",
            "description": "合作方声称的内容，只用于比对 · compared with the scene, never believed",
            "additionalProperties": _SHORT,
            "maxProperties": 20,
        },
    },
    "product",
)
_REASON = object_of({"code": TEXT, "zh": TEXT, "en": TEXT})
_QUOTE = object_of(
    {
        "kind": TEXT,
        "rates": {"type": "object", "additionalProperties": TEXT},
        "annual_cost": {
            **MAYBE,
            "description": "年化综合成本（IRR） · all in, as the IRR rule has it",
        },
        "fee": TEXT,
        "premium": {**MAYBE, "description": "保险的保费 · what a cover costs"},
        "interest": TEXT,
        "pays": TEXT,
        "instalments": {"type": "array", "items": object_of({"due": TEXT, "amount": TEXT})},
        "fixed": {
            "type": "boolean",
            "description": "金额与期限由场景决定 · the scene says how much",
        },
        "months_choice": {"type": "array", "items": {"type": "integer"}},
        "least": _MONEY,
        "most": _MONEY,
        "documents": {"type": "array", "items": TEXT},
    }
)
APPLICATION: Schema = {
    "type": "object",
    "description": "申请：事实由场景核实，字段注明来源 · an application",
    "properties": {
        "id": TEXT,
        "scene": TEXT,
        "customer": TEXT,
        "product": TEXT,
        "product_name": {"type": "object", "additionalProperties": TEXT},
        "state": {"enum": list(STATES)},
        "amount": _MONEY,
        "months": {"type": ["integer", "null"]},
        "currency": TEXT,
        "offer": MAYBE,
        "fact": {"type": ["object", "null"]},
        "fields": {"type": "object", "additionalProperties": {"type": "object"}},
        "missing": {"type": "array", "items": TEXT},
        "quote": _QUOTE,
        "needs_code": {"type": "boolean"},
        "data": {"type": "array", "items": TEXT},
        "reasons": {"type": "array", "items": _REASON},
        "decision": MAYBE,
        "contract": MAYBE,
        "staff": {"type": "boolean"},
        "began_in": TEXT,
        "ended_in": MAYBE,
        "asked_twice": {"type": "integer"},
        "begun_at": MAYBE_TIME,
        "answered_at": MAYBE_TIME,
        "ended_at": MAYBE_TIME,
        "expires_at": MAYBE_TIME,
        "steps": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["id", "state", "product", "quote", "missing", "reasons", "asked_twice"],
}


def application_schemas() -> dict[str, Schema]:
    """The schemas that the paths below name."""
    return {"Application": APPLICATION, "SignedDocument": document_schema()}


def application_paths(scene: str) -> dict[str, Schema]:
    """The paths of one scene."""
    base = f"/v1/{scene}/applications"
    whole = ref("schemas", "Application")
    state: Schema = {"name": "state", "in": "query", "schema": {"enum": list(STATES)}}
    word = object_of({"side": TEXT, "author": TEXT, "said": TEXT, "at": TEXT})
    paths: dict[str, Schema] = {
        base: {
            "get": _reading(
                scene, "list_applications", "申请列表 · applications", page_of(whole),
                [state, *parameters("Limit", "Cursor")],
            ),
            "post": _writing(
                scene, "begin_application",
                "发起申请：已知内容自动带入 · begin; what is known is filled in", _BEGIN, whole, [],
                BEGIN_EXAMPLE,
            ),
        },
        f"{base}/figures": {
            "get": _reading(scene, "get_application_figures",
                            "步骤、流失、渠道统计（银行） · figures, for the bank", {"type": "object"}, [])
        },
        f"{base}/{{application}}": {
            "get": _reading(scene, "get_application", "一笔申请 · one application", whole, [_ID])
        },
        f"{base}/{{application}}/decision": {
            "get": _reading(scene, "get_application_decision",
                            "信贷决策全文（银行） · the whole decision, for the bank",
                            {"type": "object"}, [_ID])
        },
        f"{base}/{{application}}/documents/{{document}}": {
            "get": _reading(
                scene, "get_application_document",
                "待签署文件的全文，已填入本次条款 · what is to be signed, filled in",
                ref("schemas", "SignedDocument"), [_ID, DOCUMENT, LANGUAGE],
            )
        },
        f"{base}/{{application}}/talk": {
            "get": _reading(scene, "get_application_talk", "沟通记录 · messages", page_of(word), [_ID]),
            "post": _writing(scene, "say_in_application", "发送消息 · write to the manager",
                             _order({"said": {"type": "string", "minLength": 1, "maxLength": 1000}},
                                    "said"), {"type": "object"}, [_ID]),
        },
    }  # fmt: skip
    for name, (summary, order, answer) in _STEPS.items():
        paths[f"{base}/{{application}}/{name}"] = {
            "post": _writing(scene, f"{name}_application", summary, order, answer or whole, [_ID])
        }
    return paths


_CODE = object_of({"id": TEXT, "until": TEXT})
_LINK = object_of({"id": TEXT, "link": TEXT, "expires_in": {"type": "integer"}})
_CALLED = object_of({"id": TEXT, "task": TEXT, "state": TEXT, "automatic": {"type": "boolean"}})
_STEPS: dict[str, tuple[str, Schema, Schema | None]] = {
    "fields": ("补充内容 · complete it", _order({"fields": _FIELDS}), None),
    "decide": ("得到答复：通过、未通过或转人工 · the answer", _order({"fields": _FIELDS}), None),
    "give_up": ("放弃 · give it up", _order({}), None),
    "code": ("发送一次性验证码 · send the one-time code", _order({}), _CODE),
    "confirm": (
        "签署并开通；渠道以货架为准 · sign and open, where the shelf allows it",
        _order({"code": {"type": ["string", "null"], "maxLength": 20}}),
        None,
    ),
    "handoff": ("转到手机银行的一次性链接 · a one-time link to the mobile bank", _order({}), _LINK),
    "call_in": (
        "请客户经理介入 · call in a relationship manager",
        _order(
            {
                "kind": {"enum": ["chat", "call_back"]},
                "said": {"type": "string", "maxLength": 1000},
                "insists": {"type": "boolean"},
            }
        ),
        _CALLED,
    ),
}


def _reading(scene: str, name: str, summary: str, answer: Schema, more: list[Schema]) -> Schema:
    return {
        "operationId": name,
        "tags": ["applications"],
        "summary": summary,
        "x-scope": f"scene:{scene}:{READ}",
        "x-level": "A2",
        "parameters": [*more, *parameters("ActingParty", "ActingRole")],
        "responses": responses(answer, 404),
    }


def _writing(
    scene: str, name: str, summary: str, order: Schema, answer: Schema, more: list[Schema],
    example: object = None,
) -> Schema:  # fmt: skip
    return {
        "operationId": name,
        "tags": ["applications"],
        "summary": summary,
        "x-scope": f"scene:{scene}:{WRITE}",
        "x-level": "A2",
        "parameters": [*more, *parameters("IdempotencyKey", "ActingParty", "ActingRole")],
        "requestBody": json_body(order, example),
        "responses": responses(answer, 404, 409, 413, 415, 422),
    }
