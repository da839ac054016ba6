"""Bodies of requests about campaigns."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from enscene.engagement.campaigns import CampaignBody
from enscene.engagement.delivery import Fault
from enscene.engagement.running import DAYS_MOST


class Verdict(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/decide`."""

    decision: Literal["approve", "reject"]


class Trial(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/campaigns/preview`."""

    campaign: CampaignBody
    days: Annotated[int, Meta(ge=1, le=DAYS_MOST)] = 7


class OfferAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/offers/{offer}/answers`."""

    customer: Annotated[str, Meta(min_length=1, max_length=64)]
    answer: Literal["seen", "taken", "refused", "opted_out"]


class ChannelOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/sandbox/channels`: how a way to phones fails from now on, or null for not at all."""

    channel: Annotated[str, Meta(max_length=16)]
    fault: Fault | None
