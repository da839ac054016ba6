"""Problems: how errors are told over HTTP (RFC 9457). The only place that knows statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from enscene.kernel.errors import (
    Conflict,
    EnsceneError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Unauthenticated,
    Unavailable,
)
from enscene.kernel.problem_texts import PROBLEMS

CONTENT_TYPE = b"application/problem+json"
TYPES = "/docs/problems#"
"""Where a problem is explained: its `type` is this and its code."""

BUSY_RETRY_S = 1
ACCEPT_SIGNATURE = (
    b'sig=("@method" "@target-uri" "authorization" "content-digest");'
    b'created;keyid;alg;tag="fapi-2-request"'
)
"""What RFC 9421 has for asking for a signature."""

_MEANS_ZH = {code: chinese for code, _, chinese, _ in PROBLEMS}
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Kind:
    """One branch of the tree: its status and its title, in English and Chinese."""

    status: int
    title: str
    title_zh: str


KINDS: Mapping[type[EnsceneError], Kind] = {
    Invalid: Kind(400, "The request is not valid", "请求无效"),
    Unauthenticated: Kind(401, "Not authenticated", "未通过身份认证"),
    Forbidden: Kind(403, "Not allowed", "无权操作"),
    NotFound: Kind(404, "Not found", "未找到"),
    Conflict: Kind(409, "Conflict with the present state", "与当前状态冲突"),
    Refused: Kind(422, "Refused by a rule", "被业务规则拒绝"),
    Unavailable: Kind(503, "Not available now", "暂不可用"),
}

STATUSES: Mapping[str, int] = {
    "idempotency.key_reused": 422,
    "http.method": 405,
    "http.too_large": 413,
    "http.media_type": 415,
    "http.not_acceptable": 406,
    "http.header_too_large": 431,
    "unavailable.busy": 429,
    "unavailable.rate": 429,
    "quota.exceeded": 429,
    "login.too_many": 429,
    "code.too_many": 429,
    "api.gone": 410,
}
"""Codes whose status is not that of their kind."""

_INTERNAL = Kind(500, "Something went wrong here", "系统内部错误")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem ready to be sent."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


def kind_of(error: EnsceneError) -> Kind:
    """The branch that an error stands on."""
    for kind in type(error).__mro__:
        found = KINDS.get(kind)
        if found is not None:
            return found
    return _INTERNAL


def status_of(code: str, kind: Kind) -> int:
    """The status of a code on a branch."""
    return STATUSES.get(code, kind.status)


def problem_of(error: EnsceneError, request_id: str) -> Problem:
    """The problem that tells an error."""
    kind = kind_of(error)
    status = status_of(error.code, kind)
    body = _body(status, kind, error.code, error.detail, request_id)
    for name, value in (("param", error.param), ("hint", error.hint), ("facts", error.facts)):
        if value:
            body[name] = value
    return Problem(status, _encode(body), _headers(status, error))


def problem_of_refusal(refusal: str, request_id: str) -> Problem:
    """The problem that tells a stored refusal, a JSON object with code and detail."""
    told: dict[str, Any] = json.loads(refusal)
    kind = KINDS[Refused]
    body = _body(kind.status, kind, told.pop("code"), told.pop("detail"), request_id)
    body.update(told)
    return Problem(kind.status, _encode(body))


def in_chinese(body: bytes) -> bytes:
    """The same problem for who asks for Chinese: its title, and what its code means. `hint` and
    `facts` stay."""
    told: dict[str, Any] = json.loads(body)
    for kind in (*KINDS.values(), _INTERNAL):
        if told.get("title") == kind.title:
            told["title"] = kind.title_zh
    told["detail"] = _MEANS_ZH.get(told.get("code", ""), told.get("detail"))
    return _encode(told)


def internal_problem(request_id: str) -> Problem:
    """The problem that tells nothing but where to ask."""
    detail = "the error was recorded; name the request_id when you ask about it"
    return Problem(500, _encode(_body(500, _INTERNAL, "internal", detail, request_id)))


def _body(status: int, kind: Kind, code: str, detail: str, request_id: str) -> dict[str, Any]:
    return {
        "type": f"{TYPES}{code}",
        "title": kind.title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }


def _headers(status: int, error: EnsceneError) -> tuple[tuple[bytes, bytes], ...]:
    if status == 401:
        if error.code == "auth.proof_nonce":
            nonce = str(error.facts.get("nonce", ""))
            challenge = b'DPoP realm="enscene", error="use_dpop_nonce"'
            return ((b"www-authenticate", challenge), (b"dpop-nonce", nonce.encode()))
        if error.code == "auth.proof":
            return ((b"www-authenticate", b'DPoP realm="enscene", error="invalid_dpop_proof"'),)
        if error.code == "auth.signature":
            return ((b"accept-signature", ACCEPT_SIGNATURE),)
        # RFC 6750: nothing about an error when no token was sent at all.
        told = "" if error.code == "auth.no_token" else ', error="invalid_token"'
        return ((b"www-authenticate", f'Bearer realm="enscene"{told}'.encode()),)
    if status == 403 and error.code == "auth.scope":
        scope = error.facts.get("scope", "")
        told = f'Bearer realm="enscene", error="insufficient_scope", scope="{scope}"'
        return ((b"www-authenticate", told.encode()),)
    if status in (429, 503) or error.code == "idempotency.in_progress":
        wait_s = error.facts.get("retry_after_s", BUSY_RETRY_S)
        return ((b"retry-after", str(wait_s).encode()),)
    if status == 405:
        return ((b"allow", str(error.facts.get("allow", "")).encode()),)
    return ()
