"""Lists over HTTP: a limit, an opaque cursor, `data`, `has_more` and `next`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from enscene.api.http import Response
from enscene.kernel.errors import Invalid

LIMIT, LIMIT_MOST = 50, 200
_encode = msgspec.json.Encoder().encode


def limit_of(query: Mapping[str, str]) -> int:
    """The number of items asked for. Raises: Invalid."""
    given = query.get("limit")
    if given is None:
        return LIMIT
    if given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= LIMIT_MOST:
        return int(given)
    raise Invalid(f"limit is 1 to {LIMIT_MOST}", code="invalid.limit", param="limit")


def page(data: list[Any], next_cursor: str | None, *, has_more: bool) -> Response:
    """One page."""
    return Response(_encode({"data": data, "has_more": has_more, "next": next_cursor}))


def answer(value: Any) -> Response:
    """One object."""
    return Response(_encode(value))
