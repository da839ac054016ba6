"""The part of the documents that is about usage, prices and invoices."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.api.billing.serve import APPROVE, READ, WRITE
from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    TEXT,
    Schema,
    json_body,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.billing import PlanBody

_NUMBER: Schema = {"type": "integer"}
_MONTH: Schema = {"type": "string", "pattern": "^2[0-9]{3}-(0[1-9]|1[0-2])$"}
_DAY: Schema = {"type": "string", "format": "date"}
_ANY = f"{READ} | {WRITE} | {APPROVE}"
_SHARES: Schema = {"type": "object", "additionalProperties": TEXT}
_PAYER: Schema = {
    "type": "string", "maxLength": 48,
    "description": "自行付费的应用名称，留空为租户 · the application that pays for itself; empty: "
    "the tenant does",
}  # fmt: skip
_NOTHING = json_body({"type": "object", "properties": {}, "additionalProperties": False})


def _object(required: str = "", /, **properties: Schema) -> Schema:
    names = required.split() if required else list(properties)
    return {"type": "object", "properties": properties, "required": names}


def _list(item: Schema, **more: Schema) -> Schema:
    return _object(data={"type": "array", "items": item}, **more)


_LINE = _object(
    n=COUNT, kind=TEXT, name=TEXT, meter=MAYBE, first=_DAY, until=_DAY,
    adjusts={"type": "boolean"}, quantity=_NUMBER, amount=TEXT, shares=_SHARES,
    detail={"type": "object"},
)  # fmt: skip
_INVOICE = _object(
    "id month payer currency state total credit due shares seq issued_at",
    id=_MONTH, month=_MONTH, payer=TEXT, currency=TEXT, state={"enum": ["issued", "paid"]}, total=TEXT,
    credit=TEXT, due=TEXT, shares=_SHARES, seq=COUNT, issued_at=TEXT, paid_at=MAYBE,
    lines={"type": "array", "items": _LINE},
)  # fmt: skip
_PLAN = _object(
    "version payer starts state made_by plan",
    version=COUNT, payer=TEXT, starts=_DAY, state={"enum": ["proposed", "approved", "rejected"]},
    made_by=TEXT, decided_by=MAYBE, plan=ref("schemas", "PlanBody"),
)  # fmt: skip
_USED = _object(
    "at meter quantity readings",
    at=TEXT, meter=TEXT, quantity=COUNT, readings=COUNT, app=TEXT, scene=COUNT,
    operation=TEXT,
)  # fmt: skip
_CREDITS = _object(currency=TEXT, left=TEXT)


def billing_schemas() -> dict[str, Schema]:
    """The body of a plan, from the struct that reads it."""
    (_,), made = msgspec.json.schema_components(
        [PlanBody], ref_template="#/components/schemas/{name}"
    )
    schemas: dict[str, Schema] = dict(made)
    schemas["PlanBody"]["description"] = "价格方案，金额为字符串 · prices; amounts are texts"
    return schemas


def billing_paths() -> dict[str, Schema]:
    """The paths."""
    return _usage() | _plans() | _invoices() | _rest()


def _get(name: str, summary: str, answer: Schema, *asked: Any, **more: Any) -> Schema:
    return {
        "operationId": name, "summary": summary, "x-scope": more.pop("scope", _ANY),
        "parameters": list(asked), "responses": responses(answer, *more.pop("statuses", ())),
    }  # fmt: skip


def _post(
    name: str, summary: str, scope: str, body: Schema, answer: Schema, *statuses: int
) -> Schema:
    return {
        "operationId": name, "summary": summary, "x-scope": scope,
        "parameters": parameters("IdempotencyKey"), "requestBody": body,
        "responses": responses(answer, *{409, 413, 415, 422, *statuses}),
    }  # fmt: skip


def _query(name: str, schema: Schema, summary: str, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema,
            "description": summary}  # fmt: skip


_ASKED = _query(
    "payer", {"type": "string", "maxLength": 48},
    "某应用的；无 billing 权限的应用只看到自己的 · of one application; without a scope of billing "
    "one's own alone",
)  # fmt: skip


def _usage() -> dict[str, Schema]:
    reading: Schema = {
        "type": "object", "required": ["id", "meter", "quantity"], "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": 128},
            "meter": {"type": "string", "description": "自有计量项 · own.pages"},
            "quantity": {"type": "integer", "minimum": 0, "maximum": 10**12},
            "at": {"type": "string", "format": "date-time"},
            "facts": {"type": "object", "additionalProperties": TEXT},
        },
    }  # fmt: skip
    order: Schema = {
        "type": "object", "required": ["readings"], "additionalProperties": False,
        "properties": {
            "readings": {"type": "array", "items": reading, "minItems": 1, "maxItems": 500}
        },
    }  # fmt: skip
    return {
        "/v1/usage": {
            "get": _get(
                "read_usage", "用量 · what was used, by day, hour or minute",
                _list(_USED, zone=TEXT, by=TEXT, meters={"type": "object"}),
                _query("month", _MONTH, "按日查询的月份 · the month, by day"),
                _query("by", {"enum": ["day", "hour", "minute"]}, "粒度 · how fine"),
                _query("from", {"type": "string", "format": "date-time"},
                       "按时、按分查询的起点 · from when: a day by hour, an hour by minute"),
                _query("meter", TEXT, "计量项 · one meter alone"), _ASKED,
            ),
        },
        "/v1/usage/readings": {
            "post": _post(
                "send_readings", "上报自有服务的用量 · readings of a service of one's own", WRITE,
                json_body(order), _object(new=COUNT, known=COUNT),
            ),
        },
    }  # fmt: skip


def _plans() -> dict[str, Schema]:
    order: Schema = {
        "type": "object", "required": ["starts", "plan"], "additionalProperties": False,
        "properties": {"starts": _DAY, "plan": ref("schemas", "PlanBody"), "payer": _PAYER},
    }  # fmt: skip
    version = path_parameter("version", COUNT, "方案版本 · the plan's version")
    paths: dict[str, Schema] = {
        "/v1/plans": {
            "get": _get("list_plans", "价格方案 · prices, oldest first", _list(_PLAN), _ASKED),
            "post": _post(
                "propose_plan", "提出价格方案 · propose prices, from today on or later", WRITE,
                json_body(order), _PLAN,
            ),
        },
    }  # fmt: skip
    for verb, summary in (
        ("approve", "批准方案（须另一人） · approve it, as somebody else"),
        ("reject", "驳回方案（须另一人） · reject it, as somebody else"),
    ):
        paths[f"/v1/plans/{{version}}/{verb}"] = {
            "parameters": [version],
            "post": _post(f"{verb}_plan", summary, APPROVE, _NOTHING, _PLAN, 404),
        }
    return paths


def _invoices() -> dict[str, Schema]:
    month = path_parameter("month", _MONTH, "账期 · the month")
    asked: Schema = {
        "type": "object", "required": ["month"], "additionalProperties": False,
        "properties": {"month": _MONTH, "payer": _PAYER},
    }  # fmt: skip
    reading = _object(
        "seq at app operation scene quantity",
        seq=COUNT, at=TEXT, app=TEXT, operation=TEXT, scene=COUNT, party=MAYBE,
        quantity=COUNT, source=MAYBE, id=MAYBE,
    )  # fmt: skip
    pdf: Schema = _get(
        "get_invoice_pdf", "账单 PDF · the invoice as a PDF", {}, _ASKED,
        _query("language", {"enum": ["zh", "en"]}, "语言 · its language"), statuses=(404,),
    )  # fmt: skip
    pdf["responses"]["200"] = {
        "description": "成功 · done",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
    return {
        "/v1/invoices": {
            "get": _get(
                "list_invoices", "账单 · invoices, the newest first",
                _list(_INVOICE, has_more={"type": "boolean"}), *parameters("Limit"),
                _query("before", _MONTH, "上一页最后的账期 · the last month of the page before"),
                _ASKED,
            ),
            "post": _post(
                "issue_invoice", "出账 · close a month, once, whoever asks", WRITE,
                json_body(asked), _INVOICE, 404,
            ),
        },
        "/v1/invoices/{month}": {
            "parameters": [month],
            "get": _get("get_invoice", "账单及明细 · an invoice and its lines", _INVOICE, _ASKED,
                        statuses=(404,)),
        },
        "/v1/invoices/{month}/pdf": {"parameters": [month], "get": pdf},
        "/v1/invoices/{month}/pay": {
            "parameters": [month],
            "post": _post("pay_invoice", "登记支付 · what is due has come in", WRITE,
                          json_body({"type": "object", "properties": {"payer": _PAYER},
                                     "additionalProperties": False}), _INVOICE, 404),
        },
        "/v1/invoices/{month}/lines/{n}/readings": {
            "parameters": [month, path_parameter("n", COUNT, "行号 · the line")],
            "get": _get(
                "trace_line", "明细追溯到读数 · from a line to its readings",
                _list(reading, line=_LINE, days={"type": "array"}, has_more={"type": "boolean"}),
                *parameters("Limit"),
                _query("after", COUNT, "上一页最后的 seq · the last seq of the page before"), _ASKED,
                statuses=(404,),
            ),
        },
    }  # fmt: skip


def _rest() -> dict[str, Schema]:
    order: Schema = {
        "type": "object", "required": ["amount"], "additionalProperties": False,
        "properties": {"amount": TEXT, "payer": _PAYER},
    }  # fmt: skip
    return {
        "/v1/credits": {
            "get": _get("get_credits", "预付款余额 · what is prepaid", _CREDITS, _ASKED),
            "post": _post("buy_credits", "充值预付款 · pay before it is used", WRITE,
                          json_body(order), _CREDITS),
        },
        "/v1/operator/income": {
            "get": _get(
                "read_saas_income", "运营方 SaaS 收入 · what tenants bring the operator",
                _list({"type": "object"}, month=_MONTH, saas_income={"type": "array"}),
                _query("month", _MONTH, "账期 · the month", required=True), scope=READ,
            ),
        },
    }  # fmt: skip
