"""What the tests of decisions begin with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from enscene.engagement.decisions import ContactPolicy, Offer, Standing

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
NOON_US = 1_795_492_800_000_000
"""2026-11-24 at noon in Shanghai (04:00 UTC)."""
OPEN = ContactPolicy("Asia/Shanghai")


def offer(name: str = "card", **changes: Any) -> Offer:
    """An offer of a campaign that earns 10.00."""
    return Offer(**{"campaign": "spring", "moment": "paid", "name": name, "value": 1_000} | changes)


def standing(**changes: Any) -> Standing:
    """Somebody to whom everything may be said."""
    return Standing(**{"key": "c1", "granted": True, "served": True} | changes)


def numbered(number: int) -> UUID:
    """The id of a decision."""
    return UUID(int=number)
