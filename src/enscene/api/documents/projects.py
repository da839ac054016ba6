"""The part of the platform's document that tells of projects and their gates."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of
from enscene.api.documents.parts import (
    FLAG,
    MAYBE,
    MAYBE_TIME,
    TEXT,
    TEXTS,
    TIME,
    Schema,
    asks,
    page_of,
    path_parameter,
    ref,
    writes,
)
from enscene.operations.indicators import read_catalogue
from enscene.operations.projects import (
    LEVELS,
    NAME_MOST,
    REASON_MOST,
    REF,
    STEPS,
    TARGETS_MOST,
    USED_FROM,
    WHAT_MOST,
    measurable,
)

_READ, _EDIT, _APPROVE = "launch:read", "launch:edit", "launch:approve"
_ANY = f"{_READ} | {_EDIT} | {_APPROVE}"
_STEP: Schema = {"enum": list(STEPS)}
_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_MONTH: Schema = {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}
_REF: Schema = {"type": "string", "pattern": REF}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": NAME_MOST}
_AMOUNT: Schema = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"}
_TARGET: dict[str, Schema] = {
    "indicator": {"enum": list(measurable())}, "month": _MONTH,
    "least": {**_AMOUNT, "description": "数量、占比（0.35）或金额 · a count, a share such as 0.35, "
              "or money"},
}  # fmt: skip
_CARD: dict[str, Schema] = {
    "ref": TEXT, "name": TEXT, "owner": TEXT, "state": {"enum": ["planned", "under_way", "done"]},
    "scene": MAYBE, "entry": MAYBE, "step": {"enum": [*STEPS, None]}, "days": {"type": ["integer", "null"]},
    "slowest": {"enum": [*STEPS, None]}, "stopped": FLAG, "shut_by": TEXTS, "currency": TEXT,
    "planned": TEXT, "released": TEXT,
}  # fmt: skip
_STEP_TOLD = object_of({
    "step": _STEP, "owner": TEXT, "department": TEXT, "planned": TEXT, "released": TEXT,
    "began_on": _DAY, "passed_on": _DAY, "days": {"type": "integer", "minimum": 0},
    "targets": {"type": "array", "items": object_of({
        **_TARGET, "value": MAYBE, "verdict": {"enum": ["met", "missed", "awaited"]},
    })},
})  # fmt: skip
_RISK = object_of({
    "id": {"type": "string", "format": "uuid"}, "level": {"enum": list(LEVELS)}, "what": TEXT,
    "owner": TEXT, "entered_by": TEXT, "entered_at": TIME, "closed_by": MAYBE,
    "closed_at": MAYBE_TIME, "answer": MAYBE,
})  # fmt: skip
_GATE = object_of({
    "step": _STEP, "state": {"enum": ["asked", "passed", "refused"]}, "exception": FLAG,
    "reason": TEXT, "shut_by": TEXTS, "asked_by": TEXT, "asked_at": TIME, "decided_by": MAYBE,
    "decided_at": MAYBE_TIME,
})  # fmt: skip
_PROJECT = object_of({
    **_CARD, "planned_by": TEXT, "planned_at": TIME, "approved_by": MAYBE,
    "approved_at": MAYBE_TIME, "steps": {"type": "array", "items": _STEP_TOLD},
    "risks": {"type": "array", "items": _RISK}, "gates": {"type": "array", "items": _GATE},
})  # fmt: skip


def project_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {"project.card": object_of(_CARD), "project.whole": _PROJECT}


def project_paths() -> dict[str, Schema]:
    """The paths."""
    told = ref("schemas", "project.whole")
    one = path_parameter("project", _REF, "项目 · the project")
    risk = path_parameter("risk", {"type": "string", "format": "uuid"}, "风险 · the risk")
    ask = object_of({"reason": {"type": "string", "maxLength": REASON_MOST}}, "reason", closed=True)
    scene = object_of({"scene": {"type": "string", "minLength": 1, "maxLength": 64}}, closed=True)
    answer = object_of(
        {"answer": {"type": "string", "minLength": 1, "maxLength": WHAT_MOST}}, closed=True
    )
    acts: tuple[tuple[str, str, str, str, Schema], ...] = (
        ("approve", "approve_project", ("另一人批准计划，第一步开始 · a second person approves the plan, "
         "the first step begins"), _APPROVE, EMPTY),
        ("ask", "ask_gate", ("申请通过当前关口；关口未开时须写明例外理由 · ask to pass the gate; where it is "
         "shut, with a reason for an exception"), _EDIT, ask),
        ("pass", "pass_gate", ("另一人放行：下一步开始并拨付资金 · a second person lets pass: the next step "
         "begins and its money is released"), _APPROVE, EMPTY),
        ("refuse", "refuse_gate", "另一人不放行 · a second person refuses", _APPROVE, EMPTY),
        ("scene", "tie_scene", "指明项目成为哪个场景 · say which scene it has become", _EDIT, scene),
        ("risks", "enter_risk", ("登记风险；高风险未关闭则不能通过任何关口 · enter a risk; no gate opens "
         "while a high one is open"), _EDIT, _risk_order()),
    )  # fmt: skip
    return {
        "/v1/projects": {
            "get": asks("list_projects", "项目及其所处阶段 · projects and how far they are", _ANY,
                        page_of(ref("schemas", "project.card"))),
            "post": writes("plan_project", "提出项目计划 · plan a project", _EDIT, _plan(), told,
                           409, 422),
        },
        "/v1/projects/{project}": {
            "parameters": [one],
            "get": asks("get_project", "各阶段、资金、目标、风险与关口 · its steps, money, targets, "
                        "risks and gates", _ANY, told, 404),
        },
        **{
            f"/v1/projects/{{project}}/{act}": {
                "parameters": [one],
                "post": writes(name, summary, scope, body, told, 404, 409, 422),
            }
            for act, name, summary, scope, body in acts
        },
        "/v1/projects/{project}/risks/{risk}/close": {
            "parameters": [one, risk],
            "post": writes("close_risk", "另一人关闭风险 · somebody else closes a risk",
                           f"{_EDIT} | {_APPROVE}", answer, told, 404, 409, 422),
        },
    }  # fmt: skip


def _risk_order() -> Schema:
    what: Schema = {"type": "string", "minLength": 1, "maxLength": WHAT_MOST}
    return object_of({"level": {"enum": list(LEVELS)}, "what": what, "owner": _NAME}, closed=True)


def _plan() -> Schema:
    step = object_of(
        {"amount": _AMOUNT, "owner": {"type": "string", "maxLength": NAME_MOST},
         "department": {"enum": ["", *read_catalogue().owners]}},
        "amount", "owner", "department", closed=True,
    )  # fmt: skip
    used: Schema = {"enum": list(STEPS[STEPS.index(USED_FROM) :])}
    return object_of(
        {"ref": _REF, "name": _NAME, "owner": _NAME,
         "currency": {"type": ["string", "null"], "pattern": "^[A-Z]{3}$"},
         "steps": {"type": "object", "additionalProperties": False,
                   "properties": dict.fromkeys(STEPS, step)},
         "targets": {"type": "array", "maxItems": TARGETS_MOST,
                     "items": object_of({"step": used, **_TARGET}, closed=True)},
         "entry": {"type": "string", "maxLength": 40,
                   "description": "登记簿中的候选 · the candidate that it begins from"}},
        "currency", "steps", "targets", "entry", closed=True,
    )  # fmt: skip
