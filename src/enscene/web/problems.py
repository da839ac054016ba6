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


def status_of(error: EnsceneError) -> int:
    """The HTTP status of an error's page."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
