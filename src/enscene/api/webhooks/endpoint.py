"""An endpoint: where an application wants to be told, and of what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

VERSIONS = ("2026-11-23",)
"""Dates of the shapes of bodies; the last is what a new endpoint gets that names none."""
ENDPOINTS_MOST = 20
PATTERN = (
    r"^(\*|[a-z][a-z0-9_]{0,63}(\.[a-z0-9_]{1,64}){0,2}\*?"
    r"|[a-z][a-z0-9_]{0,63}(\.[a-z0-9_]{1,64})?\.\*)$"
)
TEST = "webhook.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`events` are patterns of actions (`*`, `pay_*`, `consent.*`), `scenes` refs (none: every
    scene). `reason` says why it is disabled: `gone` (it answered 410) or `failing`. `opened` counts
    how often in a row its circuit was opened, `open_until` is when it is looked at again. `made_at` is
    by the tenant's clock, all other times are real ones."""

    tenant: int
    id: UUID
    app: int
    url: str
    events: tuple[str, ...]
    scenes: tuple[str, ...]
    version: str
    signatures: tuple[str, ...]
    description: str
    state: str
    reason: str | None
    made_at: datetime
    failures: int
    failing_since: datetime | None
    opened: int
    open_until: datetime | None
    told_at: datetime | None
    replay_after: int | None
    replay_to: int | None

    def wants(self, action: str, scene: str) -> bool:
        """Whether it wants to be told of this action of that scene."""
        if self.scenes and scene not in self.scenes:
            return False
        return any(_matches(pattern, action) for pattern in self.events)


COLUMNS = ", ".join(Endpoint.__slots__)


def endpoint_of(row: Mapping[str, Any]) -> Endpoint:
    """An endpoint from its row."""
    values = {name: row[name] for name in Endpoint.__slots__}
    for name in ("events", "scenes", "signatures"):
        values[name] = tuple(values[name])
    return Endpoint(**values)


@lru_cache(maxsize=10_000)
def _matches(pattern: str, action: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action) is not None
