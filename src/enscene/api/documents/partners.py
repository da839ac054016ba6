"""The part of the documents that is about becoming a partner."""

from __future__ import annotations

from enscene.api.documents.partner_parts import EMPTY, object_of, operation
from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    TEXT,
    TEXTS,
    Schema,
    json_body,
    page_of,
    parameters,
    path_parameter,
    ref,
    responses,
)
from enscene.partners.conformance import FAULTS
from enscene.partners.partner import STAGES
from enscene.partners.standard import read_standard
from enscene.tenants.apps import SIGNINGS
from enscene.tenants.apps.redirects import LENGTH_MOST, URIS_MOST

_ANY: Schema = {"type": "object"}
_LEVEL: Schema = {"enum": ["A1", "A2"]}
_SCOPES: Schema = {
    "type": "array", "maxItems": 20, "items": {"type": "string", "minLength": 1, "maxLength": 200},
}  # fmt: skip
_JWKS: Schema = {"type": "array", "items": _ANY, "minItems": 1, "maxItems": 8}


_TELLS: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 2, "maxLength": 100},
    "contact": {"type": "string", "minLength": 1, "maxLength": 60},
    "email": {"type": "string", "minLength": 5, "maxLength": 200},
    "purpose": {"type": "string", "minLength": 5, "maxLength": 1000},
}
_PARTNER = object_of(
    {
        "id": TEXT, "bank": TEXT, "stage": {"enum": list(STAGES)},
        "days": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "name": TEXT, "contact": TEXT, "email": TEXT, "purpose": TEXT, "level": _LEVEL,
        "scopes": TEXTS, "webhook_url": MAYBE, "redirect_uris": TEXTS,
        "signing": {"enum": [None, *SIGNINGS]}, "software": TEXT, "settings": COUNT,
        "application": COUNT, "answers": _ANY, "missing": TEXTS,
        "scores": {"type": "array", "items": object_of({
            "area": TEXT, "claimed": COUNT, "accepted": COUNT, "floor": COUNT,
        })},
        "not_accepted": {"type": "object", "additionalProperties": TEXT},
        "decision": {"type": ["object", "null"]}, "sandbox_client_id": MAYBE,
        "live_client_id": MAYBE, "asked_to_go_live": {"type": "boolean"},
    }
)  # fmt: skip
_RUN = object_of({
    "id": TEXT, "kind": {"enum": ["conformance", "delivery"]}, "fault": {"enum": list(FAULTS)},
    "state": {"enum": ["asked", "running", "passed", "failed"]}, "settings": COUNT,
    "version": TEXT, "asked_at": TEXT, "done_at": MAYBE,
    "checks": {"type": "array", "items": object_of({
        "check": TEXT, "passed": {"type": "boolean"}, "reason": MAYBE, "title": TEXT,
        "why": MAYBE, "way_out": MAYBE, "answers": {"type": "array", "items": _ANY},
    })},
})  # fmt: skip
_LENT = object_of({"scene": TEXT, "role": TEXT, "party": TEXT})
_CALL = object_of({
    "at": TEXT, "method": TEXT, "path": TEXT, "status": COUNT, "code": MAYBE,
    "request": TEXT, "latency_ms": COUNT,
})  # fmt: skip


def partner_schemas() -> dict[str, Schema]:
    """What paths refer to."""
    return {"partners.partner": _PARTNER, "partners.run": _RUN}


def partner_paths() -> dict[str, Schema]:
    """The paths."""
    own: Schema = {
        "parameters": [path_parameter("partner", TEXT, "合作方编号 · the partner, ptn_…")]
    }
    partner, run = ref("schemas", "partners.partner"), ref("schemas", "partners.run")
    base = "/v1/partner-applications/{partner}"
    return {
        "/v1/admission-standard": {"get": {
            "operationId": "read_admission_standard", "security": [],
            "summary": "准入标准 · the questions that a partner is asked",
            "responses": responses(_ANY),
        }},
        "/v1/partner-applications": {"post": _sign_up()},
        base: {**own, "get": operation("read_partner", "查看申请 · how far it has come", partner),
               "patch": _change(partner)},
        f"{base}/submit": {**own, "post": operation("submit_application", "提交申请 · hand it in", partner, 409, 422, body=EMPTY)},
        f"{base}/sandbox": {**own, "post": operation(
            "open_sandbox", "开通沙箱，领取密钥 · open the sandbox, get keys",
            _more(partner, client_id=TEXT, client_scopes=TEXTS,
                  private_jwk={"type": ["object", "null"]}, webhook_secret=MAYBE,
                  people={"type": "array", "items": _LENT}),
            409, body=object_of({"jwks": {**_JWKS, "type": ["array", "null"]}}, "jwks", closed=True),
        )},
        f"{base}/webhook-secret": {**own, "post": operation(
            "rotate_webhook_secret", "更换通知密钥 · another secret",
            _more(partner, webhook_secret=TEXT), 409, body=EMPTY,
        )},
        f"{base}/access-key": {**own, "post": operation(
            "renew_access_key", "更换访问密钥 · another access key",
            _more(partner, access_key=TEXT), 409, body=EMPTY,
        )},
        f"{base}/deliveries": {**own,
            "get": operation("list_trial_deliveries", "试推送记录 · deliveries that were tried", page_of(run)),
            "post": operation("try_delivery", "试推送一条 · try a delivery", run, 409, body=object_of(
                {"fault": {"enum": list(FAULTS)}}, "fault", closed=True)),
        },
        f"{base}/calls": {**own, "get": {
            **operation("list_own_calls", "自己的调用 · calls of one's own application", page_of(_CALL)),
            "parameters": [*parameters("Limit", "Cursor"),
                           {"name": "app", "in": "query", "schema": {"enum": ["sandbox", "live"]}}],
        }},
        f"{base}/go-live": {**own, "post": operation(
            "ask_to_go_live", "申请上线 · ask to go live", partner, 409, 422,
            body=object_of({"jwks": _JWKS}, closed=True),
        )},
        "/v1/conformance-runs": {
            "get": operation("list_conformance_runs", "一致性测试 · conformance runs", page_of(run)),
            "post": operation("start_conformance_run", "开始一致性测试 · start a run", run, 409, body=EMPTY),
        },
        "/v1/conformance-runs/{run}": {
            "parameters": [path_parameter("run", TEXT, "运行编号 · the run")],
            "get": operation("read_conformance_run", "测试结果 · what a run has found", run),
        },
        "/v1/conformance-runs/{run}/acts": {
            "parameters": [path_parameter("run", TEXT, "运行编号 · the run")],
            "post": _act(),
        },
    }  # fmt: skip


def _more(schema: Schema, **properties: Schema) -> Schema:
    return {"allOf": [schema, object_of(properties)]}


def _sign_up() -> Schema:
    body = object_of(
        {"bank": {"type": "string", "minLength": 2, "maxLength": 32}, **_TELLS, "level": _LEVEL,
         "scopes": _SCOPES},
        "level", "scopes", closed=True,
    )  # fmt: skip
    told = _more(ref("schemas", "partners.partner"), access_key=TEXT)
    return {
        "operationId": "sign_up", "summary": "登记为合作方 · sign up as a partner", "security": [],
        "requestBody": json_body(body), "responses": responses(told, 413, 415),
    }  # fmt: skip


def _change(partner: Schema) -> Schema:
    ids = [question.id for question in read_standard().questions]
    one = object_of(
        {"answer": {"enum": ["yes", "partly", "no"]},
         "evidence": {"type": "string", "maxLength": 1000}},
        "evidence", closed=True,
    )  # fmt: skip
    answers: Schema = {
        "type": "object",
        "propertyNames": {"enum": ids},
        "additionalProperties": one,
    }
    fields: dict[str, Schema] = {
        **_TELLS, "level": _LEVEL, "scopes": _SCOPES,
        "webhook_url": {"type": "string", "maxLength": 500},
        "redirect_uris": {"type": "array", "maxItems": URIS_MOST, "items": {
            "type": "string", "minLength": 1, "maxLength": LENGTH_MOST}},
        "signing": {"enum": list(SIGNINGS)},
        "software": {"type": "string", "maxLength": 60}, "answers": answers,
    }  # fmt: skip
    body = object_of(fields, *fields, closed=True)
    return operation("change_partner", "填写申请，修改设置 · fill in, change settings", partner, 409,
               body=body)  # fmt: skip


def _act() -> Schema:
    body = object_of(
        {"event": {"type": "string", "minLength": 1, "maxLength": 64},
         "amount": {"type": "string", "pattern": r"^[0-9]{1,9}\.[0-9]{2}$"}},
        closed=True,
    )  # fmt: skip
    return {
        "operationId": "act_in_run",
        "summary": "一致性测试要求的调用 · the call that a run asks for",
        "parameters": parameters("IdempotencyKey"),
        "requestBody": json_body(body),
        "responses": responses(
            object_of({"event": TEXT, "amount": TEXT, "replayed": {"type": "boolean"}}),
            404, 409, 413, 415, 422,
        ),
    }  # fmt: skip
