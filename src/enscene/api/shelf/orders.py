"""Bodies of the shelf's requests."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

Word = Annotated[str, Meta(max_length=64)]
Note = Annotated[str, Meta(max_length=200)]
Value = Annotated[str, Meta(min_length=1, max_length=24)]
Money = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$")]
Months = Annotated[int, Meta(ge=1, le=480)]


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/{scene}/quotes`: who asks (the acting party when absent), and for what."""

    customer: Word | None = None
    amount: Money | None = None
    months: Months | None = None
    need: Word | None = None


class NewPrice(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/shelf/prices`. A portion as "4.35%", a charge as "9.90"; `since` the present day
    when absent."""

    product: Word
    name: Word
    value: Value
    why: Note
    scene: Word | None = None
    segment: Word | None = None
    since: date | None = None
    until: date | None = None


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/shelf/prices/{id}/approve` and `…/refuse`."""

    note: Note = ""


class Ending(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/shelf/prices/{id}/end`."""

    why: Note
    since: date | None = None


class NewChoice(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/shelf/choices`: "shown" (with a place), "declined" (with the reason), "open"."""

    product: Word
    stance: Word
    scene: Word | None = None
    place: Annotated[int, Meta(ge=1, le=999)] | None = None
    reason: Note = ""
