"""A reading: how far a meter has gone up, by what, and who says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid

WRITES, READS = "api.writes", "api.reads"
"""Calls of the API: those that were committed, and those that only looked."""

QUANTITY_MOST = 10**12
_METER = re.compile(r"[a-z][a-z0-9_]{0,63}(\.[A-Za-z0-9_]{1,64}){0,3}")
_NAME = re.compile(r"[!-~]{1,128}")
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Reading:
    """`quantity` is an integer in the meter's own unit: times, fields, minor units of money.

    `source` and `id` name it for ever within a tenant. `at` None: when it is committed.
    """

    source: str
    id: str
    meter: str
    quantity: int
    at: datetime | None = None
    app: str = ""
    operation: str = ""
    scene: int = 0
    party: str | None = None
    facts: Mapping[str, Any] | None = None

    def check(self) -> None:
        """Raises: Invalid."""
        for name in ("source", "id"):
            if not _NAME.fullmatch(getattr(self, name)):
                raise Invalid(
                    f"{name} is 1 to 128 visible ASCII characters",
                    code="meter.bad_name",
                    param=name,
                )
        if not _METER.fullmatch(self.meter):
            raise Invalid(
                "a meter is small letters, digits and _, and up to three parts after dots",
                code="meter.bad_meter",
                param="meter",
            )
        if not 0 <= self.quantity <= QUANTITY_MOST:
            raise Invalid(
                f"a quantity is 0 to {QUANTITY_MOST}", code="meter.bad_quantity", param="quantity"
            )

    @property
    def print(self) -> str:
        """Fingerprint of all but its name, 32 hexadecimal digits."""
        said = [
            self.meter, self.quantity, None if self.at is None else format_time(self.at), self.app,
            self.operation, self.scene, self.party, self.facts or {},
        ]  # fmt: skip
        return blake2b(_encode(said), digest_size=16).hexdigest()


def read_reading(
    receipt: int,
    *,
    level: str,
    fields: int,
    records: int,
    app: str,
    scene: int,
    party: str,
    what: str,
) -> Reading:
    """The reading of the fields of one level (C1, C2) that were served under a consent: the
    receipt's number and the level make it once. Fields are counted a record.
    """
    return Reading(
        "receipts",
        f"{receipt}.{level}",
        f"data.{level}",
        fields * records,
        None,
        app,
        what,
        scene,
        party,
    )
