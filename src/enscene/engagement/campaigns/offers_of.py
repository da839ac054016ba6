"""Campaigns and rules of contact, as decisions take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from enscene.engagement.campaigns.campaign import Campaign, CampaignBody, Moment
from enscene.engagement.campaigns.contact_rules import ContactRules, minute_of
from enscene.engagement.decisions import Cap, ContactPolicy, Fatigue, Offer, Quiet
from enscene.kernel.clock import parse_duration
from enscene.kernel.money import parse_money

MILLE = 1_000
_US = 1_000_000


def offers_of(ref: str, body: CampaignBody, moment: str) -> tuple[Offer, ...]:
    """What a moment of a campaign may say. `data` are the fields that it looks at."""
    held = body.moments[moment]
    reads = _reads(held)
    found = []
    for name in held.offer:
        offer = body.offers[name]
        found.append(
            Offer(
                campaign=ref,
                moment=moment,
                name=name,
                product=offer.product,
                benefit=offer.benefit,
                value=parse_money(offer.value, body.currency),
                cost=parse_money(offer.cost, body.currency),
                lever=offer.lever,
                mandatory=offer.kind == "news",
                explored=offer.kind == "offer",
                channels=tuple(offer.channels),
                prior=offer.expected,
                data=reads,
            )
        )
    return tuple(found)


def policy_of(
    rules: ContactRules, running: Sequence[Campaign], *, zone: str, salt: str, version: int
) -> ContactPolicy:
    """The rules of contact of a tenant with the lots of the campaigns that run."""
    holdouts: Mapping[str, int] = {each.ref: each.body.holdout for each in running}
    quiet, fatigue = rules.quiet, rules.fatigue
    return ContactPolicy(
        zone=zone,
        caps=tuple(Cap(cap.times, span_us(cap.within), cap.channel) for cap in rules.caps),
        quiet=None if quiet is None else Quiet(
            minute_of(quiet.begins), minute_of(quiet.ends), frozenset(quiet.channels)
        ),
        fatigue=None if fatigue is None else Fatigue(fatigue.after, span_us(fatigue.rest)),
        holdout_per_mille=rules.holdout, campaign_holdouts=holdouts, salt=salt,
        floor=rules.floor / MILLE, version=version,
    )  # fmt: skip


def span_us(text: str) -> int:
    """Microseconds of a span such as `7d`."""
    return micros_in(parse_duration(text))


def micros_in(span: timedelta) -> int:
    """Microseconds of a span."""
    return (span.days * 86_400 + span.seconds) * _US + span.microseconds


def _reads(moment: Moment) -> tuple[str, ...]:
    name, held = moment.pattern
    field = getattr(held, "field", None)
    return (name, field) if field else (name,)
