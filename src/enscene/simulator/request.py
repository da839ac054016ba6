"""What is asked of a scene, and what must come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONFLICT, NOT_FOUND, FORBIDDEN, REFUSED = 409, 404, 403, 422


class Said(Exception):
    """The product must say no, with this status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks of a scene. `role` may be clock or trigger; `given` is the JSON input,
    `agreed` what they have applied for and been granted, minor units."""

    scene: str
    action: str
    party: str | None
    role: str
    given: Mapping[str, Any]
    agreed: int | None = None

    def __str__(self) -> str:
        return f"{self.scene}/{self.action} by {self.role} {self.party} {dict(self.given)}"


@dataclass(slots=True)
class Done:
    """What must come back: money moved by flow, the thing and its state, further answers."""

    moved: dict[str, str] = field(default_factory=dict)
    thing: str | None = None
    key: str | None = None
    state: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP or MQTT. `status` is that of HTTP in both cases."""

    status: int
    body: Mapping[str, Any]
    replayed: bool = False
    took_s: float = 0.0

    @property
    def seq(self) -> int | None:
        """The number under which it was committed."""
        return self.body.get("seq") if self.status == 200 else None

    def __str__(self) -> str:
        if self.status == 200:
            return f"200 {dict(self.body)}"
        return f"{self.status} {self.body.get('code')}: {self.body.get('detail')}"


@dataclass(frozen=True, slots=True)
class Surprise:
    """Something came otherwise than expected."""

    request: str
    expected: str
    got: str
