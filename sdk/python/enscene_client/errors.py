"""What may come back instead of what was asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class EnsceneError(Exception):
    """The root. `key` is the Idempotency-Key (or msg_id) to ask again with, where there is one."""

    key: str | None = None
    retry_after_s: float | None = None

    @property
    def may_pass(self) -> bool:
        """Whether asking again with the same key is of use."""
        return False


class Unreachable(EnsceneError):
    """No answer: it may have been done or not. Ask again with the same `key`."""

    @property
    def may_pass(self) -> bool:
        return True


class Unreadable(Unreachable):
    """What answered is not the bank's JSON: it may have been done or not. Ask again with the same
    `key`."""


class BadSignature(EnsceneError):
    """An answer or a webhook is not signed by whom it should be, or is old."""


class Problem(EnsceneError):
    """The bank's refusal (RFC 9457). Decide by `code`; `detail` and `hint` are for people."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(told.get("code", "unknown"))
        self.detail = str(told.get("detail", ""))
        self.param: str | None = told.get("param")
        self.hint: str | None = told.get("hint")
        self.facts: Mapping[str, Any] = told.get("facts") or {}
        self.request_id: str | None = told.get("request_id")
        super().__init__(": ".join(part for part in (self.code, self.detail, self.hint) if part))

    @property
    def may_pass(self) -> bool:
        return self.status in (429, 500, 502, 503, 504) or self.code == "idempotency.in_progress"


def json_of(body: bytes | str) -> Any:
    """The value in an answer. Raises: Unreadable."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise Unreadable(f"the answer is no whole JSON: {error}") from error


def problem_of(status: int, headers: Mapping[str, str], body: bytes) -> Problem:
    """The problem in an answer: of the API, of OAuth (RFC 6749), or of a proxy in between."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {"code": f"http.{status}", "detail": "the answer is not the bank's"}
    if "error" in told and "code" not in told:
        told = {"code": told["error"], "detail": told.get("error_description", "")}
    problem = Problem(status, told)
    after = headers.get("retry-after", "")
    problem.retry_after_s = float(after) if after.isascii() and after.isdigit() else None
    return problem
