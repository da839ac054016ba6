"""Bodies of requests about webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from enscene.api.webhooks.endpoint import PATTERN, VERSIONS
from enscene.api.webhooks.target import URL_MOST

Url = Annotated[str, Meta(min_length=1, max_length=URL_MOST)]
Pattern = Annotated[str, Meta(pattern=PATTERN, max_length=130)]
Ref = Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{1,64}$")]
Events = Annotated[list[Pattern], Meta(min_length=1, max_length=50)]
Scenes = Annotated[list[Ref], Meta(max_length=50)]
Version = Literal["2026-11-23"]
Signatures = Annotated[list[Literal["v1", "v1a"]], Meta(min_length=1, max_length=2)]
Description = Annotated[str, Meta(max_length=200)]
assert Version.__args__ == VERSIONS  # type: ignore[attr-defined]


class NewEndpoint(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/webhooks`."""

    url: Url
    events: Events = msgspec.field(default_factory=lambda: ["*"])
    scenes: Scenes = []
    version: Version = "2026-11-23"
    signatures: Signatures = msgspec.field(default_factory=lambda: ["v1", "v1a"])
    description: Description = ""


class EndpointChange(msgspec.Struct, forbid_unknown_fields=True):
    """`PATCH /v1/webhooks/{id}`: what it names is replaced."""

    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    scenes: Scenes | UnsetType = UNSET
    version: Version | UnsetType = UNSET
    description: Description | UnsetType = UNSET


class ReplayOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/webhooks/{id}/replay`."""

    since: Annotated[datetime, Meta(tz=True)]


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A body that may be left out."""
