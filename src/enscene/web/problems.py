"""What an error is on the web: the status of its page."""

from __future__ import annotations

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

_STATUS: tuple[tuple[type[EnsceneError], int], ...] = (
    (Invalid, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 422),
    (Unavailable, 503),
)


_BY_CODE = {"login.too_many": 429, "unavailable.busy": 429, "unavailable.rate": 429}
"""Codes whose status is not that of their kind; as in the API."""


def status_of(error: EnsceneError) -> int:
    """The HTTP status of an error's page."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def retry_headers(error: EnsceneError) -> dict[str, str]:
    """When to come again, where waiting helps; in whole seconds."""
    if status_of(error) not in (429, 503):
        return {}
    return {"retry-after": str(error.facts.get("retry_after_s", 1))}
