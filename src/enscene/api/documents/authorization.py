"""The part of the documents that is about tokens, what customers are asked, and receipts."""

from __future__ import annotations

from enscene.api.auth.assertion import TYPE
from enscene.api.consents import AUDIT
from enscene.api.documents.parts import (
    MAYBE,
    STATUSES,
    TEXT,
    TEXTS,
    Schema,
    page_of,
    parameters,
    ref,
    responses,
)
from enscene.customers.authorizations import PURPOSES

_CLIENT: dict[str, Schema] = {
    "client_assertion_type": {"const": TYPE},
    "client_assertion": {"type": "string", "description": "RFC 7523"},
    "client_id": TEXT,
}
_ERROR: Schema = {
    "type": "object",
    "properties": {"error": TEXT, "error_description": TEXT},
    "required": ["error"],
}
_BINDING = "DPoP 证明（RFC 9449） · a proof of possession, for a token that is bound to a key"
_TOKEN: Schema = {
    "type": "object",
    "properties": {
        "access_token": TEXT,
        "token_type": {"enum": ["Bearer", "DPoP"]},
        "expires_in": {"type": "integer"},
        "scope": TEXT,
        "refresh_token": TEXT,
        "authorization_details": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["access_token", "token_type", "expires_in", "scope"],
}
_CONSENT: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"}, "app": TEXT, "party": TEXT, "scene": TEXT,
        "state": {"enum": ["in_force", "withdrawn", "over"]},
        "purpose": {"enum": [*PURPOSES, None]}, "actions": TEXTS, "things": {"type": "object"},
        "accounts": TEXTS, "granted_at": TEXT, "until": MAYBE, "withdrawn_at": MAYBE,
    },
    "required": ["id", "app", "party", "scene", "state", "purpose", "actions", "granted_at"],
}  # fmt: skip
_RECEIPT: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"}, "app": TEXT, "party": TEXT,
        "consent": {
            "type": ["integer", "null"],
            "description": "null：属调用方自身业务，无需授权 · the data are of the caller's own business",
        },
        "served": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "field": TEXT, "level": {"enum": ["C1", "C2"]},
                "price": {**MAYBE, "description": "计量后按当日有效的价格方案 · of one record, once it "
                          "is metered, by the plan of that day"},
            },
            "required": ["field", "level", "price"],
        }},
        "currency": MAYBE, "plan": {"type": ["integer", "null"]},
        "scene": TEXT, "purpose": {"enum": list(PURPOSES)}, "what": TEXT, "fields": TEXTS,
        "level": {"enum": ["C1", "C2"]}, "records": {"type": "integer"}, "at": TEXT,
    },
    "required": ["id", "app", "consent", "party", "purpose", "what", "fields", "level", "at"],
}  # fmt: skip


_LIMIT: Schema = {
    "type": "object",
    "description": "所违反的限制；2026-11-01 版只有编号 · the limit; in 2026-11-01 its id alone",
    "properties": {"id": TEXT, "law": MAYBE},
    "required": ["id", "law"],
}
_FORBIDDEN: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"}, "app": TEXT, "scene": TEXT, "party": MAYBE,
        "purpose": {"enum": list(PURPOSES)}, "limit": _LIMIT, "fields": TEXTS, "at": TEXT,
    },
    "required": ["id", "app", "scene", "party", "purpose", "limit", "fields", "at"],
}  # fmt: skip


def authorization_paths() -> dict[str, Schema]:
    """The paths."""
    return {
        "/oauth/par": {"post": _par()},
        "/oauth/token": {"post": _token()},
        "/oauth/revoke": {"post": _care("revoke_token", "交还令牌 · give a token back", {})},
        "/oauth/introspect": {
            "post": _care(
                "introspect_token", "令牌是否有效 · is a token good",
                {"active": {"type": "boolean"}},
            )
        },
        "/v1/consents": {
            "get": _listed("list_consents", "客户授权 · what customers have allowed", _CONSENT)
        },
        "/v1/receipts": {
            "get": _listed("list_receipts", "提供记录 · receipts of what was served", _RECEIPT)
        },
        "/v1/forbidden-uses": {
            "get": _listed(
                "list_forbidden_uses", "依法拒绝的用途 · uses that the law forbids", _FORBIDDEN
            )
        },
    }  # fmt: skip


def _par() -> Schema:
    told: Schema = {
        "type": "object",
        "properties": {"request_uri": TEXT, "expires_in": {"type": "integer"}},
        "required": ["request_uri", "expires_in"],
    }
    fields: dict[str, Schema] = {
        "response_type": {"const": "code"},
        "redirect_uri": {"type": "string", "description": "已登记的地址 · a registered address"},
        "scope": TEXT,
        "state": {"type": "string", "maxLength": 1_000},
        "code_challenge": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
        "code_challenge_method": {"const": "S256"},
        "authorization_details": {"type": "string", "description": "RFC 9396"},
        "dpop_jkt": TEXT,
    }
    needed = ["response_type", "redirect_uri", "scope", "code_challenge", "code_challenge_method"]
    return _form(
        "push_request", "推送授权请求 · push a request (RFC 9126)", fields, needed, told, 201
    )


def _token() -> Schema:
    fields: dict[str, Schema] = {
        "grant_type": {"enum": ["client_credentials", "authorization_code", "refresh_token"]},
        "scope": TEXT,
        "code": TEXT,
        "code_verifier": TEXT,
        "redirect_uri": TEXT,
        "refresh_token": TEXT,
    }
    return _form("get_token", "换取访问令牌 · get an access token", fields, ["grant_type"], _TOKEN)


def _care(name: str, summary: str, answer: dict[str, Schema]) -> Schema:
    told: Schema = {"type": "object", "properties": answer, "required": list(answer)}
    return _form(name, summary, {"token": TEXT}, ["token"], told)


def _form(
    name: str, summary: str, fields: dict[str, Schema], needed: list[str], answer: Schema,
    status: int = 200,
) -> Schema:  # fmt: skip
    """A POST of a form by an application that says who it is."""
    form: Schema = {
        "type": "object",
        "properties": fields | _CLIENT,
        "required": [*needed, "client_assertion_type", "client_assertion"],
        "additionalProperties": False,
    }
    problem = {"application/problem+json": {"schema": ref("schemas", "Problem")}}
    failed: Schema = {"application/json": {"schema": _ERROR}, **problem}
    header: Schema = {
        "name": "DPoP", "in": "header", "required": False, "description": _BINDING,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$"},
    }  # fmt: skip
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "parameters": [header],
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": form}},
        },
        "responses": {
            str(status): {
                "description": "成功 · done",
                "content": {"application/json": {"schema": answer}},
            },
            "400": {"description": STATUSES[400], "content": failed},
            "401": {"description": "应用未通过认证 · invalid client", "content": failed},
            "413": {"description": STATUSES[413], "content": problem},
            "415": {"description": "不是表单 · not a form", "content": problem},
            "429": {"description": STATUSES[429], "content": problem},
            "503": {"description": STATUSES[503], "content": problem},
        },
    }


def _listed(name: str, summary: str, item: Schema) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "description": f"应用自己的；有 {AUDIT} 权限则为全部 · the application's own; all with {AUDIT}",
        "parameters": parameters("Limit", "Cursor"),
        "responses": responses(page_of(item)),
    }
