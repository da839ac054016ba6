"""The part of the documents that is about capabilities."""

from __future__ import annotations

from enscene.api.capabilities.serve import SCOPE
from enscene.api.documents.parts import (
    COUNT,
    FLAG,
    TEXT,
    Schema,
    json_body,
    parameters,
    ref,
    responses,
)
from enscene.capabilities import METER, SEGMENTS

_DAY: Schema = {"type": "string", "format": "date"}
_MONEY: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
_PART: Schema = {"type": ["number", "null"]}
_REF: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_WORD: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}
_MAYBE: Schema = {"type": ["string", "null"], "pattern": "^[a-z][a-z0-9_]{0,63}$"}
_STATES: Schema = {"type": "array", "items": _WORD, "maxItems": 20}
_AHEAD: Schema = {"type": "integer", "minimum": 1, "maximum": 90}
_OF: Schema = {"scene": _REF, "thing": _WORD, "amount": _MAYBE, "without": _STATES}
_SALES = {"scene": "canteen", "thing": "meal", "amount": "price", "without": ["refunded"]}


def _object(properties: Schema, *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _list(properties: Schema) -> Schema:
    return {"type": "array", "items": _object(properties)}


def capability_schemas() -> dict[str, Schema]:
    """What several answers have in common."""
    error = _object({
        "days": COUNT, "mae": _MONEY, "naive_mae": _MONEY, "mape": _PART, "mase": _PART,
        "held": _PART, "beats_naive": FLAG,
    })  # fmt: skip
    error["description"] = (
        "滚动回测误差，naive_mae 为“与上周同日相同”的误差 · error of a rolling backtest; naive_mae "
        "is that of taking last week again"
    )
    return {"Backtest": error}


def capability_paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/v1/capabilities/sales-forecast": _path(
            "forecast_sales", "销售预测 · sales by day, with an interval and its error",
            _order(_OF | {"days": _AHEAD}, "scene", "thing"), _SALES | {"days": 14}, _sales(),
        ),
        "/v1/capabilities/cash-flow": _path(
            "forecast_cash_flow", "现金流预测 · an account's balance by day, and its lowest",
            _cash_order(), {"scene": "canteen", "account": "takings", "days": 30}, _cash(),
        ),
        "/v1/capabilities/repurchase": _path(
            "analyse_repurchase", "客户与复购分析 · customers by segment and cohort, who is next",
            _order(
                _OF | {"customer": _MAYBE,
                       "limit": {"type": "integer", "minimum": 0, "maximum": 200}},
                "scene", "thing",
            ), _SALES | {"customer": "diner", "limit": 20}, _repurchase(),
        ),
        "/v1/capabilities/risk": _path(
            "assess_risk", "交易对手风险评估 · how a counterparty has paid, and the risk of it",
            _order(
                _OF | {"party": _REF, "paid": {**_STATES, "minItems": 1}, "customer": _MAYBE,
                       "due": _MAYBE,
                       "within": {"type": "integer", "minimum": 0, "maximum": 365}},
                "scene", "thing", "party", "paid",
            ), {"scene": "home", "thing": "bill", "party": "acme", "paid": ["paid"], "within": 15},
            _risk(),
        ),
    }  # fmt: skip


def _path(name: str, summary: str, order: Schema, example: Schema, answer: Schema) -> Schema:
    meter = f"{METER}.{_METERS[name]}"
    return {
        "post": {
            "operationId": name, "summary": summary, "x-scope": SCOPE, "x-level": "A2",
            "x-meter": meter,
            "description": f"每次成功调用计一次 {meter} · each success is read once as {meter}",
            "parameters": parameters("IdempotencyKey", "ActingParty", "ActingRole"),
            "requestBody": json_body(order, example),
            "responses": responses(
                answer, 404, 409, 413, 415, 422, codes=("capability.little_history", "capability.too_much")
            ),
        },
    }  # fmt: skip


_METERS = {
    "forecast_sales": "sales_forecast", "forecast_cash_flow": "cash_flow",
    "analyse_repurchase": "repurchase", "assess_risk": "risk",
}  # fmt: skip


def _order(properties: Schema, *required: str) -> Schema:
    return {
        "type": "object", "properties": properties, "required": list(required),
        "additionalProperties": False,
    }  # fmt: skip


def _cash_order() -> Schema:
    known = _order(
        {"thing": _WORD, "direction": {"enum": ["in", "out"]}, "amount": _MAYBE, "due": _MAYBE,
         "without": _STATES}, "thing", "direction",
    )  # fmt: skip
    flows: Schema = {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 128}}
    return _order(
        {
            "scene": _REF, "account": _WORD, "days": _AHEAD,
            "party": {"type": ["string", "null"], "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
            "known": {"type": "array", "maxItems": 10, "items": known}, "except_flows": flows,
        }, "scene", "account",
    )  # fmt: skip


def _sales() -> Schema:
    return _object({
        "currency": TEXT, "history_days": COUNT, "way": TEXT,
        "data": _list({"day": _DAY, "expected": _MONEY, "low": _MONEY, "high": _MONEY}),
        "total": _MONEY, "backtest": ref("schemas", "Backtest"),
    })  # fmt: skip


def _cash() -> Schema:
    error: Schema = {"anyOf": [ref("schemas", "Backtest"), {"type": "null"}]}
    return _object({
        "currency": TEXT, "opening": _MONEY, "history_days": COUNT,
        "data": _list({
            "day": _DAY, "expected_in": _MONEY, "expected_out": _MONEY, "known_in": _MONEY,
            "known_out": _MONEY, "balance": _MONEY, "low": _MONEY,
        }),
        "lowest": _object({"day": _DAY, "balance": _MONEY}), "flow_in": error, "flow_out": error,
        "overdue": _object({"items": COUNT, "in": _MONEY, "out": _MONEY}),
    })  # fmt: skip


def _repurchase() -> Schema:
    sums: Schema = {"customers": COUNT, "purchases": COUNT, "amount": _MONEY}
    return _object({
        "currency": TEXT, **sums, "returned": COUNT, "rate": _PART, "days_between": _PART,
        "segments": _object({name: _object(sums) for name in SEGMENTS}),
        "cohorts": _list({
            "month": TEXT, **sums, "returned": COUNT, "rate": _PART,
            "active": {"type": "array", "items": COUNT},
        }),
        "next": _list({
            "customer": TEXT, "segment": {"enum": list(SEGMENTS)}, "purchases": COUNT,
            "amount": _MONEY, "last_days_ago": {"type": "integer"}, "next_in_days": COUNT,
        }),
        "complete": FLAG,
    })  # fmt: skip


def _risk() -> Schema:
    return _object({
        "currency": TEXT, "party": TEXT, "grade": {"enum": ["A", "B", "C", "D", "E"]},
        "late_chance": _PART, "usual_late": _PART, "reasons": {"type": "array", "items": TEXT},
        "bills": COUNT, "paid": COUNT, "on_time": COUNT, "late": COUNT, "days_late": _PART,
        "days_late_most": COUNT, "open": COUNT, "open_amount": _MONEY, "overdue": COUNT,
        "overdue_amount": _MONEY, "at_risk": _MONEY, "complete": FLAG,
    })  # fmt: skip
