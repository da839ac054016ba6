"""How often, when and how customers may be spoken to, over all campaigns and lines together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from enscene.engagement.decisions.contacts import RING
from enscene.kernel.clock import zone_of
from enscene.kernel.errors import Invalid

FLOOR_LEAST = 0.01
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many contacts within any span of this length; of one channel, or of all together."""

    times: int
    within_us: int
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one minute of the customer's day until before another, over midnight where it ends
    earlier, through channels that would wake somebody. A page that is open wakes nobody."""

    from_min: int
    until_min: int
    channels: frozenset[str] = frozenset({"push", "sms", "call"})


@dataclass(frozen=True, slots=True)
class Fatigue:
    """After so many offers in a row without an answer the customer is left alone for `rest_us`. A
    row ends with an answer, or with a pause as long as the rest."""

    after: int
    rest_us: int


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """`zone` is the IANA name of the zone of those of whom no own one is known. Of a thousand
    customers `holdout_per_mille` are offered nothing, and of a campaign those of
    `campaign_holdouts`; `salt` is what their lots are drawn with. `floor` is the least chance of
    whatever may be tried.

    Raises: Invalid with `param`.
    """

    zone: str
    caps: tuple[Cap, ...] = ()
    quiet: Quiet | None = None
    fatigue: Fatigue | None = None
    holdout_per_mille: int = 0
    campaign_holdouts: Mapping[str, int] = field(default_factory=dict)
    salt: str = ""
    floor: float = FLOOR_LEAST
    version: int = 0

    def __post_init__(self) -> None:
        zone_of(self.zone)
        for place, cap in enumerate(self.caps):
            _check_times(cap.times, f"caps[{place}].times")
            _check_span(cap.within_us, f"caps[{place}].within_us")
        if self.fatigue is not None:
            _check_times(self.fatigue.after, "fatigue.after")
            _check_span(self.fatigue.rest_us, "fatigue.rest_us")
        if self.quiet is not None:
            _check_quiet(self.quiet)
        _check_per_mille(self.holdout_per_mille, "holdout_per_mille")
        for name, share in self.campaign_holdouts.items():
            _check_per_mille(share, f"campaign_holdouts.{name}")
        if not FLOOR_LEAST <= self.floor <= 1:
            raise Invalid(
                f"the least chance is {FLOOR_LEAST} or more: what is never tried is never learnt",
                code="contact.floor", param="floor",
            )  # fmt: skip


def _check_times(times: int, param: str) -> None:
    if not 1 <= times <= RING:
        raise Invalid(
            f"from 1 to {RING}: no more contacts of a customer are kept", code="contact.times",
            param=param,
        )  # fmt: skip


def _check_span(span_us: int, param: str) -> None:
    if span_us <= 0:
        raise Invalid("a span is longer than nothing", code="contact.span", param=param)


def _check_per_mille(share: int, param: str) -> None:
    if not 0 <= share <= 1_000:
        raise Invalid("from 0 to 1000 in a thousand", code="contact.holdout", param=param)


def _check_quiet(quiet: Quiet) -> None:
    for name in ("from_min", "until_min"):
        if not 0 <= getattr(quiet, name) < DAY_MIN:
            raise Invalid(
                "a minute of the day is 0 to 1439", code="contact.quiet", param=f"quiet.{name}"
            )
    if quiet.from_min == quiet.until_min:
        raise Invalid(
            "quiet hours begin and end at different times", code="contact.quiet",
            param="quiet.until_min",
        )  # fmt: skip
