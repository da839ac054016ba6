"""Campaigns of different lines that may want to speak to the same customers at the same moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from enscene.engagement.campaigns.campaign import Campaign, CampaignBody, kinds_of


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two campaigns of two lines, the days on which both run, and what they share: events that wake
    both, channels that both use, and benefits of which a customer gets but one."""

    one: Campaign
    other: Campaign
    first: date
    last: date
    events: tuple[str, ...]
    channels: tuple[str, ...]
    benefits: tuple[str, ...]


def find_conflicts(campaigns: Iterable[Campaign]) -> tuple[Conflict, ...]:
    """Among these, one version of each, the earliest days first. Who speaks then is not decided here:
    every time one is said the one that fits the customer best, under one policy of contact."""
    found = []
    for one, other in combinations(sorted(campaigns, key=lambda each: each.ref), 2):
        first = max(one.body.starts, other.body.starts)
        last = min(one.body.ends, other.body.ends)
        if one.body.line == other.body.line or first > last:
            continue
        events = wakened_by(one.body) & wakened_by(other.body)
        benefits = _benefits(one.body) & _benefits(other.body)
        if events or benefits:
            channels = _channels(one.body) & _channels(other.body)
            found.append(
                Conflict(one, other, first, last, *(
                    tuple(sorted(each)) for each in (events, channels, benefits)
                ))
            )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.first, each.one.ref, each.other.ref)))


def wakened_by(body: CampaignBody) -> set[str]:
    """The events after which it may speak."""
    return {kind for kind, at in kinds_of(body) if ".without[" not in at}


def _channels(body: CampaignBody) -> set[str]:
    return {channel for offer in body.offers.values() for channel in offer.channels}


def _benefits(body: CampaignBody) -> set[str]:
    return {offer.benefit for offer in body.offers.values() if offer.benefit is not None}
