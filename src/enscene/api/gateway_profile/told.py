"""Answers of the gateway: flat, in Chinese, and in the numbers that its callers know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from enscene.api.problems import CONTENT_TYPE, in_chinese

DONE = "10000"
_BY_STATUS = {
    400: "40002", 401: "20001", 403: "40006", 404: "40004", 405: "40002", 409: "40004",
    413: "40002", 415: "40002", 422: "40004", 429: "20000", 500: "20000", 503: "20000",
}  # fmt: skip
_BY_CODE = {"gateway.missing_parameter": "40001"}
MESSAGES = {
    DONE: "成功",
    "20000": "服务不可用",
    "20001": "身份或签名验证失败",
    "40001": "缺少必要参数",
    "40002": "参数无效",
    "40004": "业务处理失败",
    "40006": "权限不足",
}


def done(body: str, *, replayed: bool) -> dict[str, str]:
    """What a call that was done is answered with; `replayed` is said of a stored answer."""
    told = {"code": DONE, "msg": MESSAGES[DONE], "biz_content": body}
    return told | ({"replayed": "true"} if replayed else {})


def failed(problem: bytes, words: Mapping[str, str] | None = None) -> dict[str, str]:
    """What one that was not is answered with. `sub_code` is the code that `/v1` has too; `words`
    are the Chinese texts of the scene, which has refusals of its own."""
    told: dict[str, Any] = json.loads(in_chinese(problem))
    code = _BY_CODE.get(told["code"]) or _BY_STATUS.get(told["status"], "20000")
    why = (words or {}).get(f"refusals.{told['code'].removeprefix('scene.')}", told["detail"])
    answer = {
        "code": code, "msg": MESSAGES[code], "sub_code": told["code"],
        "sub_msg": str(why), "request_id": str(told["request_id"]),
    }  # fmt: skip
    if told.get("param"):
        answer["param"] = str(told["param"])
    if told.get("facts"):
        answer["facts"] = json.dumps(told["facts"], ensure_ascii=False, separators=(",", ":"))
    return answer


def is_problem(headers: tuple[tuple[bytes, bytes], ...]) -> bool:
    """Whether an answer of the API is a problem."""
    return (b"content-type", CONTENT_TYPE) in headers


def echoed(given: Mapping[str, str]) -> dict[str, str]:
    """What an answer repeats of its request."""
    names = ("app_id", "method", "msg_id")
    return {name: given[name][:200] for name in names if given.get(name)}
