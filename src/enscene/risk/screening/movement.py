"""What is looked at, and what is found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Movement(msgspec.Struct, frozen=True, gc=False):
    """Money that went from one customer to another: `amount` in minor units, `at` and `day` by the
    tenant's clock (`day` as a number of days, so that windows are subtractions). `cash` and `firm`
    say which thresholds of reporting hold; `device` is "" where none is known."""

    ref: str
    at: datetime
    day: int
    payer: int
    payee: int
    amount: int
    currency: str = "CNY"
    cash: bool = False
    firm: bool = False
    device: str = ""


class Hit(msgspec.Struct, frozen=True):
    """What a rule has found: about `customer`, once for every `key`. `purpose` is fraud or
    laundering; `live` hits become cases, the others are only counted."""

    rule: str
    purpose: str
    live: bool
    customer: int
    key: str
    at: datetime
    facts: dict[str, Any]
    refs: tuple[str, ...]
