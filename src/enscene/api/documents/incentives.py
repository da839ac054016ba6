"""The part of the platform's document that tells of incentives."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of
from enscene.api.documents.parts import (
    MAYBE,
    MAYBE_TIME,
    TEXT,
    TIME,
    Schema,
    asks,
    page_of,
    path_parameter,
    ref,
    writes,
)
from enscene.operations.incentives import (
    LATER_MOST,
    MEASURES_MOST,
    SAYS_MOST,
    SHARE_KINDS,
    SHARES_MOST,
    figures,
)
from enscene.operations.projects import REF
from enscene.operations.teamwork import NAME_MOST

_READ, _EDIT, _APPROVE = "launch:read", "launch:edit", "launch:approve"
_ANY = f"{_READ} | {_EDIT} | {_APPROVE}"
_REF: Schema = {"type": "string", "pattern": REF}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_NUMBER: Schema = {"type": "string", "pattern": r"^((0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?)?$"}
_MONEY: Schema = {"type": "string", "pattern": r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?$"}
_FIGURE: Schema = {"enum": list(figures())}
_LATER: Schema = {
    "type": "integer", "minimum": 0, "maximum": LATER_MOST,
    "description": "首次使用后的月数，仅用于留存队列 · months after the first use, for users.cohort alone",
}  # fmt: skip
_POINTS: Schema = {"type": "integer", "minimum": 1, "maximum": 10_000,
                   "description": "万分比 · basis points"}  # fmt: skip
_KIND: Schema = {"enum": list(SHARE_KINDS)}
_UNIT: dict[str, Schema] = {
    "kind": {"enum": ["branch", "department", "team", "unassigned"]}, "name": TEXT,
}  # fmt: skip
_SIGN: Schema = {
    "enum": [-1, 1],
    "description": "-1 冲回此前所计 · takes back what was counted before",
}
_SCENE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}
_STATE: Schema = {"enum": ["made", "released", "refused"]}
_CAME: dict[str, Schema] = {
    "figure": _FIGURE, "indicator": TEXT, "months_after": _LATER, "value": TEXT,
}  # fmt: skip


def _list(**properties: Schema) -> Schema:
    return {"type": "array", "items": object_of(properties)}


_RULE = object_of({
    "ref": TEXT, "name": TEXT, "says": TEXT, "state": {"enum": ["asked", "approved", "refused"]},
    "first_month": _MONTH, "last_month": _MONTH, "currency": TEXT, "ceiling": _MONEY,
    "measures": _list(
        number={"type": "integer"}, figure=_FIGURE,
        unit={"enum": ["count", "millionths", "minor", "seconds"]},
        scenes={"type": "array", "items": TEXT}, months_after=_LATER, amount=_MONEY, least=TEXT,
        per=MAYBE,
    ),
    "shares": _list(kind=_KIND, name=TEXT, points=_POINTS),
    "warnings": {"type": "array", "items": {"enum": ["season_only"]}},
    "asked_by": TEXT, "asked_at": TIME, "decided_by": MAYBE, "decided_at": MAYBE_TIME,
})  # fmt: skip
_CARD: dict[str, Schema] = {
    "month": _MONTH, "state": _STATE, "made_by": TEXT, "made_at": TIME, "decided_by": MAYBE,
    "decided_at": MAYBE_TIME,
}  # fmt: skip
_RUN = object_of({
    **_CARD, "totals": _list(**_UNIT, currency=TEXT, amount=_MONEY),
    "sums": _list(
        number={"type": "integer"}, rule=TEXT, measure={"type": "integer"}, month=_MONTH,
        sign=_SIGN, scenes={"type": "array", "items": TEXT}, **_CAME, currency=TEXT,
        amount=_MONEY, lines=_list(**_UNIT, amount=_MONEY),
    ),
})  # fmt: skip
_CREDITED = object_of({
    "branch": TEXT, "run": _MONTH, "month": _MONTH, "rule": TEXT, **_CAME, "sign": _SIGN,
    "currency": TEXT, "whole": _MONEY, "amount": _MONEY,
})  # fmt: skip


def incentive_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {
        "incentives.rule": _RULE, "incentives.card": object_of(_CARD), "incentives.run": _RUN,
        "incentives.credit": _CREDITED,
    }  # fmt: skip


def incentive_paths() -> dict[str, Schema]:
    """The paths."""
    rule, run = ref("schemas", "incentives.rule"), ref("schemas", "incentives.run")
    of_rule = path_parameter("rule", _REF, "激励规则 · the rule")
    of_month = path_parameter("month", _MONTH, "月份 · the month")
    asked = object_of({"month": _MONTH}, closed=True)
    return {
        "/v1/incentives/rules": {
            "get": asks("list_incentive_rules", "激励规则 · rules of incentives", _ANY, page_of(rule)),
            "post": writes(
                "ask_incentive_rule", "提出激励规则，由另一人在首月之前批准 · a rule, which another approves "
                "before its first month", _EDIT, _order(), rule, 409, 422,
            ),
        },
        "/v1/incentives/rules/{rule}": {
            "parameters": [of_rule],
            "get": asks("get_incentive_rule", "一条规则 · a rule", _ANY, rule, 404),
        },
        **{
            f"/v1/incentives/rules/{{rule}}/{act}": {
                "parameters": [of_rule],
                "post": writes(
                    f"{act}_incentive_rule", summary, _APPROVE, EMPTY, rule, 404, 409, 422
                ),
            }
            for act, summary in (("approve", "批准规则 · agree to a rule"),
                                 ("refuse", "不同意规则 · do not agree to a rule"))
        },
        "/v1/incentives/runs": {
            "get": asks("list_incentive_runs", "各月核算 · runs", _ANY,
                        page_of(ref("schemas", "incentives.card"))),
            "post": writes(
                "make_incentive_run", "核算已结束的月份；重复请求得到同一结果 · reckon a month that is over; "
                "asked again it is the same run", _EDIT, asked, run, 409, 422,
            ),
        },
        "/v1/incentives/runs/{month}": {
            "parameters": [of_month],
            "get": asks("get_incentive_run", "一个月的核算，从金额到指标 · a run, from amounts to figures",
                        _ANY, run, 404),
        },
        **{
            f"/v1/incentives/runs/{{month}}/{act}": {
                "parameters": [of_month],
                "post": writes(
                    f"{act}_incentive_run", summary, _APPROVE, EMPTY, run, 404, 409, 422
                ),
            }
            for act, summary in (
                ("release", "由另一人发布 · a second person releases it"),
                ("refuse", "退回，不计入 · refuse it: nothing of it counts"),
            )
        },
        "/v1/incentives/credits": {
            "get": asks("list_incentive_credits", "本机构在全行已发布核算中所得（仅供发薪，不动账） · what this "
                        "branch gets by released runs of the bank; no money moves by it", _ANY,
                        page_of(ref("schemas", "incentives.credit"))),
        },
    }  # fmt: skip


def _order() -> Schema:
    measure = object_of(
        {
            "figure": _FIGURE, "scenes": {"type": "array", "items": _SCENE, "minItems": 1},
            "amount": _MONEY, "least": _NUMBER, "per": _NUMBER, "months_after": _LATER,
        },
        "least", "per", "months_after", closed=True,
    )  # fmt: skip
    share = object_of(
        {"kind": _KIND, "points": _POINTS, "name": {"type": "string", "maxLength": 80}},
        "name", closed=True,
    )  # fmt: skip
    return object_of(
        {
            "ref": _REF, "name": {"type": "string", "minLength": 1, "maxLength": NAME_MOST},
            "says": {"type": "string", "minLength": 1, "maxLength": SAYS_MOST},
            "first_month": _MONTH, "last_month": _MONTH, "ceiling": _MONEY,
            "measures": {"type": "array", "items": measure, "minItems": 1,
                         "maxItems": MEASURES_MOST},
            "shares": {"type": "array", "items": share, "minItems": 1, "maxItems": SHARES_MOST},
            "currency": {"type": "string", "pattern": "^([A-Z]{3})?$"},
        },
        "currency", closed=True,
    )  # fmt: skip
