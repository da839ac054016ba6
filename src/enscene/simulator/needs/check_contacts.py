"""Count what was said against the rules, from the log of what was said alone.

Written apart from whoever decides: it reads the whole list again for each word, and shares nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Said:
    """One offer as it was said to a customer."""

    at: datetime
    customer: str
    campaign: str
    offer: str
    benefit: str | None
    channel: str
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What was agreed: `caps` are (times, days, channel or None for all); quiet hours are minutes of
    the day in the zone, for the channels named."""

    zone: str
    caps: tuple[tuple[int, float, str | None], ...]
    quiet: tuple[int, int] | None = None
    quiet_channels: frozenset[str] = frozenset()


def check_contacts(said: Sequence[Said], words: Words) -> dict[str, int]:
    """How often each rule was broken: `cap`, `quiet_hours`, `same_benefit`. Mandatory news are
    bound by none of them."""
    broken = Counter({"cap": 0, "quiet_hours": 0, "same_benefit": 0})
    by_customer: dict[str, list[Said]] = {}
    for each in said:
        if not each.mandatory:
            by_customer.setdefault(each.customer, []).append(each)
    for heard in by_customer.values():
        heard.sort(key=lambda each: each.at)
        given = Counter(each.benefit for each in heard if each.benefit is not None)
        broken["same_benefit"] += sum(times - 1 for times in given.values())
        for place, each in enumerate(heard):
            broken["quiet_hours"] += _is_quiet(each, words)
            broken["cap"] += any(
                _heard_within(heard[: place + 1], each.at, days, channel) > times
                for times, days, channel in words.caps
                if channel in (None, each.channel)
            )
    return dict(broken)


def _heard_within(heard: Sequence[Said], at: datetime, days: float, channel: str | None) -> int:
    since = at - timedelta(days=days)
    return sum(each.at > since and channel in (None, each.channel) for each in heard)


def _is_quiet(each: Said, words: Words) -> bool:
    if words.quiet is None or each.channel not in words.quiet_channels:
        return False
    local = each.at.astimezone(UTC).astimezone(ZoneInfo(words.zone))
    minute, (begins, ends) = local.hour * 60 + local.minute, words.quiet
    return begins <= minute < ends if begins <= ends else minute >= begins or minute < ends
