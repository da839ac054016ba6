"""What comes out of the log, as the engine takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

Kinds: TypeAlias = tuple[str, ...]
NOBODY = -1
"""The customer of what is of no customer: the decider alone is told."""


@dataclass(slots=True)
class Happening:
    """One event of one customer.

    `id` tells it from all others of the customer: a text, or a number of at most 128 bits such as
    that of a UUID. `at_us` is when it happened and `seen_us` when it came into the log, microseconds
    UTC; within a log `seen_us` never falls. `kind` is `scene.action`. `facts` are the roots that
    expressions name. `place` is north and east in hundred-thousandths of a degree.
    """

    id: str | int
    customer: int
    at_us: int
    seen_us: int
    kind: str
    facts: Mapping[str, Any]
    place: tuple[int, int] | None = None


def number_of(name: str | int) -> int:
    """128 bits by which an id is known again."""
    if isinstance(name, int):
        return name
    return int.from_bytes(blake2b(name.encode(), digest_size=16).digest(), "big")
