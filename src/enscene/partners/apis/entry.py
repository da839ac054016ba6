"""One line of the catalogue of interfaces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from enscene.partners.apis.notice import Notice, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An operation of one of the OpenAPI documents. `id` is its `x-api-id`, `scene` the ref of the
    scene that it is of (of the first, where several have the pack), None for the platform's.
    `version` is the date of its present shape, `since` the day from which it is served."""

    id: str
    operation: str
    method: str
    path: str
    summary: str
    level: str
    scene: str | None
    owner: str
    version: str
    since: date
    notice: Notice | None = None

    @property
    def state(self) -> State:
        """Where it stands now."""
        return "current" if self.notice is None else self.notice.state()


Catalogue: TypeAlias = Callable[[int], Awaitable[list[Entry]]]
"""Who knows all interfaces of a tenant."""
