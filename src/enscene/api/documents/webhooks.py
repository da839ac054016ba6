"""The part of the platform's document that is about webhooks, and what is sent to receivers."""

from __future__ import annotations

from enscene.api.documents.parts import (
    COUNT,
    MAYBE,
    MAYBE_TIME,
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
from enscene.api.webhooks.endpoint import PATTERN, VERSIONS
from enscene.api.webhooks.serve import READ, STATES, WRITE
from enscene.api.webhooks.sign import SCHEMES
from enscene.api.webhooks.target import URL_MOST

_MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_URL: Schema = {
    "type": "string", "format": "uri", "maxLength": URL_MOST, "minLength": 1,
    "description": "https，公网地址 · https, at a public address",
}  # fmt: skip
_EVENTS: Schema = {
    "type": "array", "minItems": 1, "maxItems": 50,
    "items": {"type": "string", "pattern": PATTERN, "maxLength": 130},
    "description": "动作的模式，如 pay_*、consent.*、* · patterns of actions",
}  # fmt: skip
_SCENES: Schema = {
    "type": "array", "maxItems": 50,
    "items": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    "description": "场景；空为全部 · scenes; none: all",
}  # fmt: skip
_VERSION: Schema = {"enum": list(VERSIONS)}
_SIGNATURES: Schema = {
    "type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": list(SCHEMES)},
    "description": "v1 HMAC-SHA256，v1a ed25519",
}  # fmt: skip
_DESCRIPTION: Schema = {"type": "string", "maxLength": 200}
_CHANGE: dict[str, Schema] = {
    "url": _URL, "events": _EVENTS, "scenes": _SCENES, "version": _VERSION,
    "description": _DESCRIPTION,
}  # fmt: skip


def _object(properties: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _order(properties: dict[str, Schema], *required: str) -> Schema:
    order = {"type": "object", "properties": properties, "additionalProperties": False}
    return order | {"required": list(required)}


def webhook_schemas() -> dict[str, Schema]:
    """The schemas that the paths below name."""
    endpoint: dict[str, Schema] = {
        "id": TEXT, "url": TEXT, "events": {"type": "array", "items": TEXT},
        "scenes": {"type": "array", "items": TEXT}, "version": _VERSION,
        "signatures": {"type": "array", "items": {"enum": list(SCHEMES)}}, "description": TEXT,
        "state": {"enum": ["active", "paused", "disabled"]},
        "reason": {"enum": [None, "gone", "failing"]}, "failures": COUNT,
        "failing_since": MAYBE_TIME, "waits_until": MAYBE_TIME, "last_taken_at": MAYBE_TIME,
        "replaying": {"type": "boolean"}, "made_at": TIME,
        "public_keys": {"type": "array", "items": {"type": "string", "pattern": "^whpk_"}},
    }  # fmt: skip
    secret = {"type": ["string", "null"], "pattern": "^whsec_"}
    return {
        "Webhook": _object(endpoint),
        "WebhookWithSecret": _object(endpoint | {"secret": secret}),
        "Delivery": _object({
            "id": TEXT, "event": _MAYBE_COUNT, "type": TEXT, "state": {"enum": list(STATES)},
            "tries": COUNT, "status": _MAYBE_COUNT, "latency_ms": _MAYBE_COUNT, "error": MAYBE,
            "made_at": TIME, "tried_at": MAYBE_TIME, "next_try_at": MAYBE_TIME,
        }),
        "ThinEvent": _object({
            "type": TEXT, "timestamp": TIME,
            "data": _object(
                {
                    "id": {"type": ["integer", "string"]}, "scene": TEXT, "thing": TEXT,
                    "key": TEXT, "state": TEXT, "consent": {"type": "integer"},
                    "contract": TEXT, "webhook": TEXT,
                },
                ("scene", "thing", "key", "state", "consent", "contract", "webhook"),
            ),
        }),
    }  # fmt: skip


def webhook_paths() -> dict[str, Schema]:
    """`/v1/webhooks…`."""
    one = path_parameter("webhook", {"type": "string", "format": "uuid"}, "webhook")
    delivery = path_parameter(
        "delivery", {"type": "string", "pattern": "^[a-z0-9_]{1,80}$"}, "webhook-id"
    )
    webhook, secret = ref("schemas", "Webhook"), ref("schemas", "WebhookWithSecret")
    told = ref("schemas", "Delivery")
    state: Schema = {"name": "state", "in": "query", "schema": {"enum": list(STATES)}}
    base = "/v1/webhooks/{webhook}"
    new = _CHANGE | {"signatures": _SIGNATURES}
    paths: dict[str, Schema] = {
        "/v1/webhooks": {
            "get": _read("list_webhooks", "通知地址 · webhooks", page_of(webhook),
                         parameters("Limit", "Cursor"), 404),
            "post": _write("create_webhook", "新建通知地址；密钥仅此时给出 · a new webhook, with its secret",
                           secret, _order(new, "url"), []),
        },
        base: {
            "get": _read("get_webhook", "一个通知地址 · one webhook", webhook, [one], 404),
            "patch": _write("change_webhook", "修改 · change it", webhook, _order(_CHANGE), [one]),
            "delete": {
                "operationId": "delete_webhook", "summary": "删除 · delete it", "x-scope": WRITE,
                "parameters": [one],
                "responses": responses(
                    _object({"id": TEXT, "deleted": {"const": True}}), 404
                ),
            },
        },
        f"{base}/replay": {"post": _write(
            "replay_webhook", "补发某时以来的事件（至多 30 天） · tell again what happened since",
            webhook, _order({"since": TIME}, "since"), [one])},
        f"{base}/deliveries": {"get": _read(
            "list_deliveries", "投递记录，新的在前 · deliveries, newest first", page_of(told),
            [one, state, *parameters("Limit", "Cursor")], 404)},
        f"{base}/deliveries/{{delivery}}/replay": {"post": _write(
            "replay_delivery", "重新投递一次 · deliver it again", told, None, [one, delivery])},
    }  # fmt: skip
    for verb, summary, answer in (
        (
            "rotate",
            "更换密钥，旧密钥同时签名 24 小时 · new keys; the old ones sign for 24 h",
            secret,
        ),
        ("pause", "暂停，事件排队等候 · pause; events wait", webhook),
        ("resume", "恢复 · resume", webhook),
        ("test", "发送测试事件 · send a test event", told),
    ):
        paths[f"{base}/{verb}"] = {"post": _write(f"{verb}_webhook", summary, answer, None, [one])}
    return paths


def webhooks_sent() -> Schema:
    """What receivers are sent: the `webhooks` of the document."""
    headers = [
        {"name": name, "in": "header", "required": True, "schema": TEXT, "description": says}
        for name, says in (
            ("webhook-id", "重投时不变，用于去重 · the same whenever it is sent again"),
            ("webhook-timestamp", "Unix 秒 · Unix seconds"),
            ("webhook-signature", "以空格分隔 · v1,… v1a,…, with spaces between"),
        )
    ]
    return {
        "event": {
            "post": {
                "operationId": "receive_event",
                "summary": "发生了一个事件（Standard Webhooks） · something happened",
                "security": [],
                "parameters": headers,
                "requestBody": json_body(ref("schemas", "ThinEvent")),
                "responses": {"2XX": {"description": "已收到 · taken"}},
            }
        }
    }


def _read(name: str, summary: str, answer: Schema, given: list[Schema], *statuses: int) -> Schema:
    return {
        "operationId": name, "summary": summary, "x-scope": READ, "parameters": given,
        "responses": responses(answer, *statuses),
    }  # fmt: skip


def _write(
    name: str, summary: str, answer: Schema, order: Schema | None, given: list[Schema]
) -> Schema:
    told: Schema = {
        "operationId": name, "summary": summary, "x-scope": WRITE,
        "parameters": [*given, *parameters("IdempotencyKey")],
        "responses": responses(answer, 404, 409, 413, 415, 422),
    }  # fmt: skip
    if order is not None:
        told["requestBody"] = json_body(order)
    return told
