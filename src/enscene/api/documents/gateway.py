"""The gateway in the platform's document."""

from __future__ import annotations

from enscene.api.documents.parts import STATUSES, Schema, ref
from enscene.api.gateway_profile.told import MESSAGES

_TEXT: Schema = {"type": "string", "maxLength": 500}
_CALL: Schema = {
    "type": "object",
    "properties": {
        "app_id": {"type": "string", "maxLength": 81, "description": "应用号 · client_id"},
        "method": {
            "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}\\.[a-z][a-z0-9_]{0,63}$",
            "description": "场景.动作或查询 · scene.action, or scene.query",
        },
        "timestamp": {
            "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$",
            "description": "北京时间 · Beijing time",
        },
        "msg_id": {
            "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$",
            "description": "幂等键 · the idempotency key",
        },
        "charset": {"enum": ["utf-8"]},
        "sign_type": {"enum": ["RSA2", "SM2"]},
        "sign": {"type": "string", "maxLength": 2000, "description": "base64"},
        "biz_content": {
            "type": "string", "maxLength": 100000,
            "description": "动作的入参，JSON 文本 · the action's input, as JSON",
        },
        "notify_url": {"type": "string", "maxLength": 500},
        "format": {"enum": ["JSON"]},
        "version": {"enum": ["1.0"]},
        "acting_party": {"type": "string", "maxLength": 64},
        "acting_role": {"type": "string", "maxLength": 64},
    },
    "required": [
        "app_id", "method", "timestamp", "msg_id", "charset", "sign_type", "sign", "biz_content",
    ],
    "additionalProperties": False,
}  # fmt: skip
_ANSWER: Schema = {
    "type": "object",
    "properties": {
        "code": {"enum": list(MESSAGES), "description": "10000：成功 · done"},
        "msg": _TEXT,
        "sub_code": {"type": "string", "description": "同 /v1 的问题代码 · the code of a problem"},
        "sub_msg": {"type": "string"},
        "biz_content": {"type": "string", "description": "/v1 的应答体 · the answer of /v1"},
        "key_id": _TEXT,
        "sign": {"type": "string", "description": "见 docs/signatures.md · base64"},
    },
    "required": ["code", "msg"],
    "additionalProperties": {"type": "string"},
}
_KEYS: Schema = {
    "type": "object",
    "properties": {
        "keys": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "sign_type": {"enum": ["RSA2", "SM2"]},
                    "key_id": _TEXT,
                    "pem": {"type": "string"},
                },
                "required": ["sign_type", "key_id", "pem"],
            },
        }
    },
    "required": ["keys"],
}


def gateway_paths() -> Schema:
    """`/gateway` and its keys; see docs/signatures.md."""
    call: Schema = {
        "operationId": "call_gateway",
        "summary": "网关调用：RSA2、SM2 签名的表单 · call an action by a signed form",
        "security": [],
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {"schema": _CALL},
                "application/json": {"schema": _CALL},
            },
        },
        "responses": {
            "200": {
                "description": "结果看 code · `code` says what came of it",
                "content": {"application/json": {"schema": _ANSWER}},
            },
            **_problems(429, 503),
        },
    }
    keys: Schema = {
        "operationId": "get_gateway_keys",
        "summary": "网关应答的公钥 · what answers of the gateway are signed with",
        "security": [],
        "responses": {
            "200": {
                "description": "成功 · done", "content": {"application/json": {"schema": _KEYS}},
            },
            **_problems(429, 503),
        },
    }  # fmt: skip
    return {"/gateway": {"post": call}, "/gateway/keys": {"get": keys}}


def _problems(*statuses: int) -> Schema:
    problem = {"application/problem+json": {"schema": ref("schemas", "Problem")}}
    return {str(s): {"description": STATUSES[s], "content": problem} for s in statuses}
