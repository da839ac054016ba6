"""Parts that every document uses: parameters, problems, security."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
MAYBE: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}

OPENAPI = "3.1.0"
VERSION = "1.0.0"

PROBLEM: Schema = {
    "type": "object",
    "description": "问题说明（RFC 9457） · what went wrong",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "稳定的代码 · stable code"},
        "request_id": {"type": "string"},
        "param": {"type": "string", "description": "出错的输入 · the input at fault"},
        "hint": {"type": "string"},
        "facts": {"type": "object"},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}

STATUSES = {
    400: "请求无效 · the request is not valid",
    401: "未通过身份认证 · not authenticated",
    403: "无权操作 · not allowed",
    404: "未找到 · not found",
    405: "方法不支持 · wrong method",
    409: "与当前状态冲突，或同一键的请求仍在处理 · conflict, or the key is in progress",
    413: "请求体超过 1 MB · the body is too large",
    415: "请求体不是 JSON · the body is not JSON",
    422: "被业务规则拒绝，或幂等键已用于其他请求 · refused by a rule, or the key was used before",
    429: "请求过多，请按 Retry-After 重试 · too many requests",
    503: "暂不可用 · not available now",
}

PARAMETERS: dict[str, Schema] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "每个新请求用一个新键；重试时用同一个键 · a new key for each new request",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    },
    "ActingParty": {
        "name": "Acting-Party",
        "in": "header",
        "description": "代为操作的参与方；缺省为应用自己的参与方 · the party the application acts for",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
    },
    "ActingRole": {
        "name": "Acting-Role",
        "in": "header",
        "description": "以何种角色操作；仅在有多种可能时需要 · in which role, where there are several",
        "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"},
    },
    "Limit": {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
    },
    "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": "上一页的 next · the `next` of the page before",
        "schema": {"type": "string"},
    },
}

SECURITY_SCHEMES: dict[str, Schema] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "在 /oauth/token 以 private_key_jwt 换取 · from /oauth/token",
    },
    "access_key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "epk_…",
        "description": "合作方登记时告知的访问密钥 · told to a partner when it signs up",
    },
}


def components(schemas: dict[str, Schema] | None = None) -> Schema:
    """The components of a document."""
    return {
        "schemas": {"Problem": PROBLEM, **(schemas or {})},
        "parameters": PARAMETERS,
        "securitySchemes": SECURITY_SCHEMES,
    }


def ref(kind: str, name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def parameters(*names: str) -> list[Schema]:
    """References to parameters."""
    return [ref("parameters", name) for name in names]


def json_body(schema: Schema, example: object = None) -> Schema:
    """A required JSON body."""
    content: Schema = {"schema": schema}
    if example is not None:
        content["example"] = example
    return {"required": True, "content": {"application/json": content}}


def responses(answer: Schema | None, *statuses: int, codes: tuple[str, ...] = ()) -> Schema:
    """The answer, and the problems of those statuses; `codes` are the refusals of a rule."""
    told: Schema = {}
    if answer is not None:
        told["200"] = {
            "description": "成功 · done",
            "content": {"application/json": {"schema": answer}},
        }
    for status in sorted({400, 401, 403, 429, 503, *statuses}):
        problem: Schema = ref("schemas", "Problem")
        response: Schema = {
            "description": STATUSES[status],
            "content": {"application/problem+json": {"schema": problem}},
        }
        if status == 422 and codes:
            response["x-codes"] = list(codes)
        told[str(status)] = response
    return told


def page_of(item: Schema) -> Schema:
    """A page of a list."""
    return {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": item},
            "has_more": {"type": "boolean"},
            "next": {"type": ["string", "null"]},
        },
        "required": ["data", "has_more", "next"],
    }


def path_parameter(name: str, schema: Schema, description: str) -> Schema:
    """A parameter in the path."""
    return {
        "name": name, "in": "path", "required": True, "schema": schema, "description": description,
    }  # fmt: skip


def object_of(properties: dict[str, Schema]) -> Schema:
    """An object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def asks(name: str, summary: str, scope: str, told: Schema, *statuses: int) -> Schema:
    """An operation that reads, for tokens with the scope."""
    return {
        "operationId": name, "summary": summary, "x-scope": scope,
        "responses": responses(told, *statuses),
    }  # fmt: skip


def writes(
    name: str, summary: str, scope: str, body: Schema, told: Schema, *statuses: int
) -> Schema:
    """An operation that changes something, once for each idempotency key."""
    return {
        "operationId": name, "summary": summary, "x-scope": scope,
        "parameters": parameters("IdempotencyKey"), "requestBody": json_body(body),
        "responses": responses(told, 413, 415, *statuses),
    }  # fmt: skip
