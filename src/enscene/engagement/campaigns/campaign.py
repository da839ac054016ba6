"""A campaign: what is read from its JSON, and that it makes sense by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from enscene.engagement.campaigns.contact_rules import Channel, PerMille
from enscene.kernel.clock import parse_duration
from enscene.kernel.errors import Invalid
from enscene.kernel.money import minor_digits, parse_money

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Kind = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$", max_length=128)]
Kinds = Annotated[tuple[Kind, ...], Meta(min_length=1, max_length=20)]
Amount = Annotated[str, Meta(pattern=r"^(input|answer)\.[a-z][a-z0-9_]{0,47}$")]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Span = Annotated[str, Meta(min_length=2, max_length=16)]
Source = Annotated[str, Meta(min_length=1, max_length=1_000)]
MOMENTS_MOST, OFFERS_MOST = 20, 20


class Said(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What people read, in both languages."""

    zh: Text
    en: Text


class Counted(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """So many of these events within a span; `only` those for which an expression holds."""

    of: Kinds
    at_least: Annotated[int, Meta(ge=2, le=50)]
    within: Span
    only: Source | None = None


class Summed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The sum of an amount of these events (`input.price`) within a span reaches so much."""

    of: Kinds
    field: Amount
    reaches: str
    within: Span


class Followed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One after the other, all within a span."""

    steps: Annotated[tuple[Kind, ...], Meta(min_length=2, max_length=5)]
    within: Span


class Missing(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """After one of these, none of `without` comes for so long."""

    after: Kinds
    without: Kinds
    span: Span


class Crossing(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An amount of these events falls below, or rises above; one of the two is given."""

    of: Kinds
    field: Amount
    below: str | None = None
    above: str | None = None


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Hundred-thousandths of a degree, north and east."""

    lat_e5: Annotated[int, Meta(ge=-9_000_000, le=9_000_000)]
    lon_e5: Annotated[int, Meta(ge=-18_000_000, le=18_000_000)]


class Entering(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The place of these events comes within so many metres of one of the places, from outside."""

    of: Kinds
    places: Annotated[tuple[Place, ...], Meta(min_length=1, max_length=500)]
    metres: Annotated[int, Meta(ge=20, le=50_000)]


Pattern: TypeAlias = "Counted | Summed | Followed | Missing | Crossing | Entering | tuple[str, ...]"
Purpose: TypeAlias = Literal["acquire", "keep", "activate"]
PATTERNS = ("after", "count", "sum", "sequence", "absent", "crosses", "enters")


class Moment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """When to speak: one of the patterns, and a condition over what the event says and what is
    known of the customer. What comes later than `tolerance` after it happened is only remembered."""

    offer: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=OFFERS_MOST)]
    after: Kinds | None = None
    count: Counted | None = None
    sum: Summed | None = None
    sequence: Followed | None = None
    absent: Missing | None = None
    crosses: Crossing | None = None
    enters: Entering | None = None
    only_if: Source | None = msgspec.field(default=None, name="if")
    tolerance: Span = "10m"

    @property
    def pattern(self) -> tuple[str, Any]:
        """Its name and what it holds; the check has seen that there is one."""
        return next((name, held) for name in PATTERNS if (held := getattr(self, name)) is not None)


Gives: TypeAlias = Literal[
    "coupon", "monthly_card", "points", "red_packet", "instalment", "limit", "insurance"
]


class Offer(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What may be said. `gives` is the kind of benefit that its cost pays for. `value` is what it brings the bank when it is taken, `cost` what it is
    subsidised with then. `lever` is the bank's own weight. `kind` credit, price or claim is never
    tried out: rules and cards decide; `news` must be said. `benefit` is one that a customer gets
    once, whoever gives it."""

    title: Said
    reason: Said
    product: Name | None = None
    benefit: Name | None = None
    gives: Gives | None = None
    kind: Literal["offer", "credit", "price", "claim", "news"] = "offer"
    value: str = "0"
    cost: str = "0"
    lever: Annotated[float, Meta(gt=0, le=100)] = 1.0
    expected: Annotated[float, Meta(gt=0, lt=1)] = 0.05
    channels: Annotated[tuple[Channel, ...], Meta(min_length=1, max_length=8)] = ("h5",)


class CampaignBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A whole campaign. Amounts are texts such as `5.00`; `budget` is what all its subsidies cost
    together at most. `starts` and `ends` are days of the tenant's zone, the last one included."""

    title: Said
    owner: Text
    line: Name
    purpose: Purpose
    starts: date
    ends: date
    moments: Annotated[dict[Name, Moment], Meta(min_length=1, max_length=MOMENTS_MOST)]
    offers: Annotated[dict[Name, Offer], Meta(min_length=1, max_length=OFFERS_MOST)]
    currency: Annotated[str, Meta(min_length=3, max_length=3)] = "CNY"
    budget: str = "0"
    holdout: PerMille = 100

    def check(self) -> None:
        """Raises: Invalid with `param`."""
        minor_digits(self.currency)
        if self.ends < self.starts:
            raise Invalid(
                "it ends on the day it starts, or later", code="campaign.days", param="ends"
            )
        costs = [
            self._amount(offer.cost, f"offers.{name}.cost") for name, offer in self.offers.items()
        ]
        for name, offer in self.offers.items():
            self._amount(offer.value, f"offers.{name}.value")
        if any(costs) and not self._amount(self.budget, "budget"):
            raise Invalid(
                "what is subsidised needs a budget", code="campaign.budget", param="budget"
            )
        self._amount(self.budget, "budget")
        offered = {offer for moment in self.moments.values() for offer in moment.offer}
        for name, moment in self.moments.items():
            self._check_moment(moment, f"moments.{name}")
        if idle := sorted(set(self.offers) - offered):
            raise Invalid("no moment offers this", code="campaign.idle", param=f"offers.{idle[0]}")

    def _amount(self, text: str, param: str) -> int:
        minor = parse_money(text, self.currency, param=param)
        if minor < 0:
            raise Invalid("it is not below zero", code="campaign.amount", param=param)
        return minor

    def _check_moment(self, moment: Moment, at: str) -> None:
        given = [name for name in PATTERNS if getattr(moment, name) is not None]
        if len(given) != 1:
            raise Invalid(
                "a moment has one pattern", code="campaign.pattern", param=at,
                hint=f"one of {', '.join(PATTERNS)}",
            )  # fmt: skip
        for place, name in enumerate(moment.offer):
            if name not in self.offers:
                raise Invalid(
                    "there is no such offer", code="campaign.offer", param=f"{at}.offer[{place}]"
                )
        parse_duration(moment.tolerance, param=f"{at}.tolerance")
        for field in ("within", "span"):
            if (span := getattr(moment.pattern[1], field, None)) is not None:
                parse_duration(span, param=f"{at}.{given[0]}.{field}")
        if moment.sum is not None and self._amount(moment.sum.reaches, f"{at}.sum.reaches") == 0:
            raise Invalid("a sum reaches more than nothing", code="campaign.amount",
                          param=f"{at}.sum.reaches")  # fmt: skip
        if moment.crosses is not None:
            self._check_crossing(moment.crosses, f"{at}.crosses")

    def _check_crossing(self, crossing: Crossing, at: str) -> None:
        if (crossing.below is None) == (crossing.above is None):
            raise Invalid("either below or above", code="campaign.crosses", param=at)
        which = "below" if crossing.below is not None else "above"
        self._amount(getattr(crossing, which), f"{at}.{which}")


State: TypeAlias = Literal["proposed", "approved", "rejected", "stopped"]


@dataclass(frozen=True, slots=True)
class Kept:
    """One version that was proposed, and what became of it."""

    version: int
    state: State
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    stopped_by: str | None
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A version of a campaign of a tenant."""

    tenant: int
    ref: str
    body: CampaignBody
    kept: Kept

    def runs_on(self, day: date) -> bool:
        """Whether it speaks on a day of the tenant's."""
        return self.kept.state == "approved" and self.body.starts <= day <= self.body.ends


def kinds_of(body: CampaignBody) -> Iterator[tuple[str, str]]:
    """Every event that it names, with the place where: (`pack.action`, `moments.m.count.of[0]`)."""
    for name, moment in body.moments.items():
        pattern, held = moment.pattern
        at = f"moments.{name}.{pattern}"
        parts: Mapping[str, tuple[str, ...]] = (
            {"": held} if pattern == "after" else
            {f".{field}": found for field in ("of", "steps", "after", "without")
             if (found := getattr(held, field, None)) is not None}
        )  # fmt: skip
        for field, kinds in parts.items():
            for place, kind in enumerate(kinds):
                yield kind, f"{at}{field}[{place}]"
