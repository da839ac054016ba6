"""A notice that an interface is on its way out, as it is without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal

State = Literal["current", "deprecated", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`successor` is the id of the interface to use instead, "" where there is none. `told` are
    the names of the applications that had called it and were told."""

    api: str
    deprecated: datetime
    sunset: datetime
    successor: str
    zh: str
    en: str
    told: tuple[str, ...] = ()
    who: str = ""
    at: datetime | None = None

    def state(self, now: datetime | None = None) -> State:
        """Where it stands at a moment; without one, now."""
        now = now or datetime.now(UTC)
        if now >= self.sunset:
            return "withdrawn"
        return "deprecated" if now >= self.deprecated else "current"

    def headers(self, page: str) -> tuple[tuple[bytes, bytes], ...]:
        """`Deprecation` (RFC 9745), `Sunset` and `Link` (RFC 8594). `page` is where callers read
        about it."""
        links = f'<{page}>; rel="deprecation"; type="text/html"'
        if self.successor:
            links += f', <{page}>; rel="successor-version"; title="{self.successor}"'
        return (
            (b"deprecation", f"@{int(self.deprecated.timestamp())}".encode()),
            (b"sunset", format_datetime(self.sunset.astimezone(UTC), usegmt=True).encode()),
            (b"link", links.encode()),
        )
