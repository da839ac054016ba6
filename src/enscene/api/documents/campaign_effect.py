"""The part of the documents that is about what a subsidy leaves behind."""

from __future__ import annotations

from typing import Any

from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import COUNT, FLAG, MAYBE, MAYBE_TIME, TEXT, TIME, Schema

_NUMBER: Schema = {"type": "number"}
_VALUE: Schema = {
    "type": ["number", "string"],
    "description": "paid 为金额文本，其余为数字 · a text of money of `paid`, else a number",
}
_SPAN: Schema = {"enum": ["during", "weeks_1_4", "weeks_5_12"]}


def _nullable(schema: Schema, about: str) -> Schema:
    return {"anyOf": [schema, {"type": "null"}], "description": about}


def effect_schema() -> Schema:
    """As `effect_told` gives it."""
    between = object_of({"value": _VALUE, "low": _VALUE, "high": _VALUE})
    measure = object_of({
        "measure": {"enum": ["active", "payments", "paid", "contracts"]},
        "treated": _VALUE, "held_out": _VALUE,
        "difference": _nullable(between, "差异及其95%区间 · the difference with its 95 % interval"),
        "verdict": {"enum": ["more", "less", "nothing", "not_enough", "uneven", "no_lot", "until"]},
        "needed": {"type": ["integer", "null"], "minimum": 0},
    })  # fmt: skip
    money = object_of({"value": TEXT, "low": TEXT, "high": TEXT})
    span = object_of({
        "span": _SPAN, "since": TIME, "until": TIME, "over": FLAG, "weeks": _NUMBER,
        "extra": _nullable(money, "全部可享客户合计多付的金额及其区间 · what all treated customers "
                           "together paid more"),
        "measures": {"type": "array", "items": measure},
    })  # fmt: skip
    week = object_of({"week": {"type": "integer"}, "treated": _NUMBER, "held_out": _NUMBER})
    split = object_of(
        {"expected": {"type": "array", "items": _NUMBER}, "p": _NUMBER, "holds": FLAG}
    )
    return object_of({
        "ref": TEXT, "version": COUNT, "state": {"enum": ["no_subsidy", "running", "over"]},
        "ended": MAYBE_TIME, "currency": TEXT, "subsidy": TEXT,
        "customers": object_of({"treated": COUNT, "held_out": COUNT, "changed_sides": COUNT,
                                "whole": FLAG}),
        "split": _nullable(split, "两组人数是否与抽签相符 · whether groups are as the lot makes them"),
        "spans": {"type": "array", "items": span}, "weeks": {"type": "array", "items": week},
        "kept": {"type": ["number", "null"]}, "cost_of_kept": MAYBE,
    })  # fmt: skip


def _measure(name: str, treated: Any, held: Any, found: tuple[Any, Any, Any], verdict: str) -> Any:
    value, low, high = found
    return {"measure": name, "treated": treated, "held_out": held, "verdict": verdict,
            "difference": {"value": value, "low": low, "high": high}, "needed": 1640}  # fmt: skip


def _span(
    name: str, since: str, until: str, weeks: float, extra: tuple[str, str, str], *measures: Any
) -> Any:
    value, low, high = extra
    return {"span": name, "since": since, "until": until, "over": True, "weeks": weeks,
            "extra": {"value": value, "low": low, "high": high}, "measures": list(measures)}  # fmt: skip


EXAMPLE: Any = {
    "ref": "winter", "version": 2, "state": "over", "ended": "2026-03-31T16:00:00Z",
    "currency": "CNY", "subsidy": "4000.00",
    "customers": {"treated": 1052, "held_out": 448, "changed_sides": 0, "whole": True},
    "split": {"expected": [1050.0, 450.0], "p": 0.9103, "holds": True},
    "spans": [
        _span("during", "2026-03-01T16:00:00Z", "2026-03-31T16:00:00Z", 4.2857,
              ("4310.20", "3690.00", "4930.40"),
              _measure("active", 0.61, 0.2, (0.41, 0.36, 0.46), "more"),
              _measure("paid", "1.42", "0.47", ("0.95", "0.82", "1.09"), "more")),
        _span("weeks_1_4", "2026-03-31T16:00:00Z", "2026-04-28T16:00:00Z", 4.0,
              ("1180.00", "610.00", "1750.00"),
              _measure("active", 0.32, 0.21, (0.11, 0.06, 0.16), "more"),
              _measure("paid", "0.75", "0.47", ("0.28", "0.14", "0.42"), "more")),
        _span("weeks_5_12", "2026-04-28T16:00:00Z", "2026-06-23T16:00:00Z", 8.0,
              ("170.00", "-790.00", "1130.00"),
              _measure("active", 0.22, 0.21, (0.01, -0.03, 0.05), "nothing"),
              _measure("paid", "0.49", "0.47", ("0.02", "-0.09", "0.13"), "nothing")),
    ],
    "weeks": [{"week": 0, "treated": 0.14, "held_out": 0.05},
              {"week": 1, "treated": 0.08, "held_out": 0.05}],
    "kept": None, "cost_of_kept": None,
}  # fmt: skip
"""Customers of a campaign that is over: most of what the subsidy bought was gone after a month."""
