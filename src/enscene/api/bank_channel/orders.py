"""Bodies of a channel's requests."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

Signed = Annotated[str, Meta(min_length=1, max_length=8_000)]


class AllowOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/authorizations/{request}/allow`: the statement of the second factor."""

    factor: Signed


class VisitOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/visits`: to answer a request; without one, to look at one's permissions. With
    `factor` the request can be granted there, without it only refused."""

    request: UUID | None = None
    factor: Signed | None = None


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A body that says nothing."""
