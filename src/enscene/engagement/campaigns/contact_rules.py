"""How often, when and how a tenant's customers may be spoken to, over all campaigns and lines."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from enscene.kernel.clock import parse_duration
from enscene.kernel.errors import Invalid

CHANNELS = ("h5", "push", "sms", "call", "staff", "app", "account", "webhook")
"""Ways to a customer: the page that is open, a push, a message, a call, a task for somebody at a
counter or in charge, the bank's own app, a public account, the partner's own."""
CAPS_MOST = 8
TIMES_MOST = 50
MINUTES = 24 * 60

Channel = Annotated[str, Meta(pattern="^(" + "|".join(CHANNELS) + ")$")]
PerMille = Annotated[int, Meta(ge=0, le=500)]
Minute = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Cap(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """At most so many times within a span such as `7d`; of one channel, or of all together."""

    times: Annotated[int, Meta(ge=1, le=TIMES_MOST)]
    within: str
    channel: Channel | None = None


class Quiet(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """From one minute of the customer's day until another, over midnight too, through channels that
    would wake somebody."""

    begins: Minute = "21:00"
    ends: Minute = "08:00"
    channels: tuple[Channel, ...] = ("push", "sms", "call")


class Fatigue(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """After so many offers in a row that nobody answered the customer is left alone for a while."""

    after: Annotated[int, Meta(ge=2, le=TIMES_MOST)] = 5
    rest: str = "14d"


class ContactRules(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`holdout` are customers in a thousand who are never offered anything, so that it shows what
    all offers together bring; `floor` is the least chance of what may be tried, in thousandths."""

    caps: Annotated[tuple[Cap, ...], Meta(max_length=CAPS_MOST)] = (
        Cap(2, "1d"), Cap(5, "7d"), Cap(1, "1d", "push"), Cap(1, "30d", "call"),
    )  # fmt: skip
    quiet: Quiet | None = Quiet()
    fatigue: Fatigue | None = Fatigue()
    holdout: PerMille = 50
    floor: Annotated[int, Meta(ge=10, le=500)] = 10

    def check(self) -> None:
        """Raises: Invalid with `param`."""
        for place, cap in enumerate(self.caps):
            parse_duration(cap.within, param=f"caps[{place}].within")
        if self.fatigue is not None:
            parse_duration(self.fatigue.rest, param="fatigue.rest")
        if self.quiet is not None and self.quiet.begins == self.quiet.ends:
            raise Invalid(
                "quiet hours begin and end at different times", code="campaign.quiet",
                param="quiet.ends",
            )  # fmt: skip


DEFAULT_RULES = ContactRules()
"""What holds until somebody has decided otherwise."""


def minute_of(text: str) -> int:
    """The minute of the day, of `HH:MM`."""
    return int(text[:2]) * 60 + int(text[3:])
