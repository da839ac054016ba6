"""The part of the documents that is about outside scenes in the bank's app."""

from __future__ import annotations

from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import (
    MAYBE,
    TEXT,
    TIME,
    Schema,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.partners.bring_in import CLASSES, SHOWN, STATES

_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
_AMOUNT: Schema = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,14})(\\.[0-9]{1,4})?$",
                   "maxLength": 24}  # fmt: skip
_NUMBER: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_PAY: Schema = {"enum": ["bank", "elsewhere"]}
_STATE: Schema = {"enum": list(STATES)}
_ORDER: dict[str, Schema] = {
    "id": TEXT, "number": TEXT, "entry": TEXT, "title": TEXT, "amount": TEXT,
    "currency": TEXT, "pay": _PAY, "state": _STATE, "paid": TEXT, "refunded": TEXT,
    "pay_at": MAYBE, "at": TIME, "changed_at": TIME,
}  # fmt: skip


def bring_in_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {
        "brought_in.order": object_of(_ORDER),
        "brought_in.entry": object_of({
            "id": TEXT, "title": object_of({"zh": TEXT, "en": TEXT}),
            "class": {"enum": list(CLASSES)}, "url": TEXT, "origin": TEXT,
            "shown": {"enum": list(SHOWN)},
            "state": {"enum": ["proposed", "open", "refused", "closed"]},
        }),
        "brought_in.visit": object_of({
            "visit": TEXT, "person": TEXT, "entry": TEXT, "language": {"enum": ["zh", "en"]},
            "at": TIME,
        }),
    }  # fmt: skip


def bring_in_paths() -> dict[str, Schema]:
    """The paths."""
    order = ref("schemas", "brought_in.order")
    number = path_parameter("number", _NUMBER, "合作方自己的订单号 · the partner's own number")
    code = object_of(
        {"code": {"type": "string", "minLength": 1, "maxLength": 100},
         "origin": {"type": "string", "minLength": 1, "maxLength": 300}}, closed=True,
    )  # fmt: skip
    return {
        "/v1/brought-in/visits": {"post": {
            "operationId": "exchange_visit_code",
            "summary": "以访问码换取客户代号，一次有效 · who came with a visit code, once",
            "requestBody": json_body(code),
            "responses": responses(ref("schemas", "brought_in.visit"), 404, 413, 415),
        }},
        "/v1/brought-in/entries": {"get": {
            "operationId": "list_brought_in_entries",
            "summary": "本合作方在银行 App 内的入口 · one's own entries in the bank's app",
            "responses": responses(page_of(ref("schemas", "brought_in.entry")), 404),
        }},
        "/v1/brought-in/orders": {"get": {
            "operationId": "list_brought_in_orders",
            "summary": "已报订单 · the orders that were told",
            "parameters": parameters("Limit", "Cursor"),
            "responses": responses(page_of(order), 404),
        }},
        "/v1/brought-in/orders/{number}": {
            "parameters": [number],
            "get": {
                "operationId": "get_brought_in_order",
                "summary": "查看一个订单 · an order",
                "responses": responses(order, 404),
            },
            "put": {
                "operationId": "report_brought_in_order",
                "summary": "上报订单的当前状态；重复与过时的上报不改变结果 · tell the state of an order; "
                "the same again and old news change nothing",
                "requestBody": json_body(_report()),
                "responses": responses(
                    object_of({**_ORDER, "applied": {"type": "boolean"}}), 404, 409, 413, 415, 422
                ),
            },
        },
    }  # fmt: skip


def _report() -> Schema:
    return object_of(
        {
            "entry": _NAME, "person": _NAME, "title": {**TEXT, "minLength": 1, "maxLength": 80},
            "amount": _AMOUNT, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "state": _STATE, "pay": _PAY, "visit": {**_NAME, "type": ["string", "null"]},
            "refunded": {**_AMOUNT, "type": ["string", "null"]},
            "return_to": {"type": ["string", "null"], "maxLength": 300},
        },
        "pay", "visit", "refunded", "return_to", closed=True,
    )  # fmt: skip
