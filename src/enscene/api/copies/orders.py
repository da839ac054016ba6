"""Bodies of the copying API's requests."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Short = Annotated[str, Meta(max_length=200)]
Long = Annotated[str, Meta(max_length=2_000)]
Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class TargetOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What a pilot has to reach."""

    indicator: Short
    month: Short
    least: Short


class CriterionOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/copies/criteria/{scene}`."""

    targets: list[TargetOrder]
    currency: Short | None = None


class OfferBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/copies/offers`; without `left_open` all sums of money are left open."""

    scene: Short
    says: Long
    basis: Short
    months: Number
    points: Number
    left_open: list[Short] | None = None
    reason: Long = ""


class HelperOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A helping branch and its share."""

    ref: Short
    points: Number


class CopyBody(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/copies`: what belongs to the new place."""

    offer: Short
    ref: Short = ""
    name: Short = ""
    region: Short = ""
    unit: Short = ""
    customer: Short = ""
    options: dict[str, Any] = {}
    helpers: list[HelperOrder] = []
