"""The part of the platform's document that is about a bank's own channels and consents."""

from __future__ import annotations

from enscene.api.bank_channel import SCOPE
from enscene.api.documents.parts import (
    MAYBE_TIME,
    TEXT,
    TEXTS,
    TIME,
    Schema,
    json_body,
    object_of,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)

_THINGS: Schema = {"type": "object", "additionalProperties": TEXTS}
_REF: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_UUID: Schema = {"type": "string", "format": "uuid"}
_NUMBER: Schema = {"type": "string", "pattern": "^[0-9]{1,15}$"}
_SIGNED: Schema = {
    "type": "string", "minLength": 1, "maxLength": 8000,
    "description": "第二要素声明，typ 为 factor+jwt 的 JWS：iss、aud、sub（客户）、request、signs、amr（两类）、"
    "auth_time、iat、exp、jti · the statement of the second factor, a JWS of typ factor+jwt",
}  # fmt: skip
_AMOUNT: Schema = {"type": "integer"}
_NUMERIC: Schema = {"type": "number"}
_BAND: Schema = {"enum": ["none", "some", "clear", "strong"]}
_CUSTOMER = path_parameter("customer", _REF, "客户 · the customer's ref")
_REQUEST = path_parameter("request", _UUID, "授权请求 · the request")
_CONSENT = path_parameter("consent", _NUMBER, "授权 · the consent")


def channel_schemas() -> dict[str, Schema]:
    """What the answers are made of."""
    common: Schema = {
        "app": TEXT, "scene": TEXT, "actions": TEXTS, "things": _THINGS, "accounts": TEXTS,
    }  # fmt: skip
    return {
        "AuthorizationAsked": object_of({
            "id": _UUID, "title": TEXT, "customer": TEXT, "purpose": TEXT,
            "days": {"type": "integer"}, "until": TIME,
            "signs": {**TEXT, "description": "声明中须带上的摘要 · to be named by the statement"},
            **common,
        }),
        "GivenConsent": object_of({
            "id": {"type": "integer"}, "party": TEXT,
            "state": {"enum": ["in_force", "withdrawn", "over"]},
            "purpose": {"type": ["string", "null"]}, "granted_at": TIME, "until": MAYBE_TIME,
            "withdrawn_at": MAYBE_TIME, **common,
        }),
        "AskedErasure": object_of({
            "customer": TEXT, "request": _UUID, "law": {"type": ["string", "null"]},
            "signs": {**TEXT, "description": "声明中须带上的摘要 · to be named by the statement"},
            "state": {"enum": ["none", "asked", "refused", "erased"]},
            "number": {"type": ["integer", "null"]}, "asked_at": MAYBE_TIME, "why": TEXT,
            "stands": {"type": "array", "items": {
                "type": "object",
                "properties": {
                    "what": {"enum": ["contract", "balance", "hold", "order", "timer", "bank"]},
                    "name": TEXT, "many": {"type": "integer"}, "amount": TEXT,
                    "currency": TEXT,
                    "way_out": {"enum": ["close", "empty", "wait", "bank"]},
                },
                "required": ["what", "name", "many", "way_out"],
            }},
        }),
        "Spectrum": object_of({
            "now": TIME,
            "topics": {"type": "array", "items": object_of({
                "topic": TEXT, "value": TEXT, "preference": _AMOUNT, "attitude": _AMOUNT,
                "band": _BAND, "since": MAYBE_TIME, "falls_at": MAYBE_TIME,
                "formula": object_of(dict.fromkeys(
                    ("half_life_days", "half_at", "doubt", "speaks_for", "speaks_against"), _NUMERIC
                )),
                "scenes": TEXTS, "pieces": _AMOUNT, "first": TIME, "last": TIME,
                "evidence": {"type": "array", "items": object_of({
                    "at": TIME, "scene": TEXT, "action": TEXT, "strength": _NUMERIC,
                    "left": _NUMERIC,
                })},
                "changes": {"type": "array", "items": object_of({
                    "at": TIME, "before": _BAND, "after": _BAND, "preference": _AMOUNT,
                    "attitude": _AMOUNT, "by": {"enum": ["evidence", "time"]},
                })},
            })},
        }),
        "AnsweredAuthorization": object_of({
            "redirect_to": {**TEXT, "description": "让浏览器转到此处 · lead the browser there"},
        }),
    }  # fmt: skip


def channel_paths() -> dict[str, Schema]:
    """The paths."""
    consent, asked = ref("schemas", "GivenConsent"), ref("schemas", "AuthorizationAsked")
    answered = ref("schemas", "AnsweredAuthorization")
    receipt: Schema = {"type": "object"}
    base = "/v1/customers/{customer}"
    visit = object_of({"link": TEXT, "expires_in": {"type": "integer"}})
    return {
        f"{base}/authorizations/{{request}}": {
            "parameters": [_CUSTOMER, _REQUEST],
            "get": _reading(
                "get_authorization", "合作方请求的内容；此后只有该客户可以答复 · what is asked; from then "
                "on only this customer may answer", asked,
            ),
        },
        f"{base}/authorizations/{{request}}/allow": _doing(
            "allow_authorization", "同意授权 · allow it", answered, _REQUEST,
            {"factor": _SIGNED}, "factor",
        ),
        f"{base}/authorizations/{{request}}/refuse": _doing(
            "refuse_authorization", "不同意 · refuse it", answered, _REQUEST, {},
        ),
        f"{base}/visits": _doing(
            "open_visit", "打开银行授权页面的一次性链接 · a link, good once, that opens the page",
            visit, None,
            {"request": {**_UUID, "type": ["string", "null"]},
             "factor": {**_SIGNED, "type": ["string", "null"]}},
        ),
        f"{base}/consents": {
            "parameters": [_CUSTOMER],
            "get": _reading("list_customer_consents", "客户的授权 · a customer's consents",
                            page_of(consent), *parameters("Limit", "Cursor")),
        },
        f"{base}/consents/{{consent}}": {
            "parameters": [_CUSTOMER, _CONSENT],
            "get": _reading("get_customer_consent", "一项授权 · one consent", consent),
        },
        f"{base}/consents/{{consent}}/withdraw": _doing(
            "withdraw_customer_consent", "撤回授权，立即生效 · withdraw it, at once", consent,
            _CONSENT, {},
        ),
        f"{base}/erasure": {
            "parameters": [_CUSTOMER],
            "get": _reading(
                "get_erasure", "删除个人信息：进度、未了结的事项与出路 · erasure: how far it has come, what "
                "stands against it, and the way out", ref("schemas", "AskedErasure"),
            ),
        },
        f"{base}/erasure/ask": _doing(
            "ask_erasure", "请求删除个人信息（个人信息保护法第四十七条），由银行两人决定 · ask for "
            "erasure; two people of the bank decide", ref("schemas", "AskedErasure"), None,
            {"factor": _SIGNED}, "factor",
        ),
        f"{base}/receipts": {
            "parameters": [_CUSTOMER],
            "get": _reading(
                "list_customer_receipts", "提供给合作方的信息 · what partners were served",
                page_of(receipt),
                {"name": "consent", "in": "query", "schema": _NUMBER},
                *parameters("Limit", "Cursor"),
            ),
        },
        f"{base}/spectrum": {
            "parameters": [_CUSTOMER],
            "get": _reading(
                "get_customer_spectrum", "偏好光谱：客户自己看到的同一页 · preferences, as the customer's own "
                "page shows them", ref("schemas", "Spectrum"),
            ),
        },
    }  # fmt: skip


def _reading(name: str, summary: str, answer: Schema, *also: Schema) -> Schema:
    told: Schema = {
        "operationId": name, "summary": summary, "x-scope": SCOPE, "x-level": "A2",
        "responses": responses(answer, 404),
    }  # fmt: skip
    return told | ({"parameters": list(also)} if also else {})


def _doing(
    name: str, summary: str, answer: Schema, more: Schema | None, fields: Schema, *required: str
) -> Schema:
    body: Schema = {"type": "object", "properties": fields, "additionalProperties": False}
    if required:
        body["required"] = list(required)
    return {
        "parameters": [_CUSTOMER, *([] if more is None else [more])],
        "post": {
            "operationId": name, "summary": summary, "x-scope": SCOPE, "x-level": "A2",
            "requestBody": json_body(body),
            "responses": responses(answer, 404, 413, 415),
        },
    }  # fmt: skip
