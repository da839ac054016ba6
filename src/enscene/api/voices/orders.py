"""Bodies of requests about voices."""

from __future__ import annotations

import msgspec

from enscene.api.launch.orders import Long, Short


class TellVoice(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/voices`."""

    kind: Short
    says: Long
    source: Short = "staff"
    scene: Short | None = None
    product: Short | None = None
    found_at: Long | None = None
    customer: Short | None = None
    department: Short | None = None
    owner: Short = ""


class HandVoice(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/{voice}/hand`."""

    department: Short
    owner: Short = ""
    says: Long = ""


class SayVoice(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/{voice}/answer`, `propose`, `act`, `drop`."""

    says: Long


class TieVoice(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/{voice}/change`."""

    release: Short
