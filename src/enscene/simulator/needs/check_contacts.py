"""Count what was said against the rules, from the log of what was said alone.

Written apart from whoever decides: it reads the files of the rules itself, reads the whole list again
for each word, and shares nothing but the log and the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

_DAYS = {"d": 1.0, "h": 1 / 24, "m": 1 / 1_440, "s": 1 / 86_400}
KINDS = (
    "cap", "quiet_hours", "same_benefit", "rest", "consent", "holdout", "unknown_offer", "channel",
)  # fmt: skip
"""What can be broken."""


@dataclass(frozen=True, slots=True)
class Said:
    """One offer as it was said to a customer; when they answered it, if they did."""

    at: datetime
    customer: str
    campaign: str
    offer: str
    benefit: str | None
    channel: str
    mandatory: bool = False
    answered: datetime | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What was agreed: `caps` are (times, days, channel or None for all); quiet hours are minutes of
    the day in the zone, for the channels named; `rest` is (after so many in a row without an answer,
    days). `offers` are of each the benefit and the channels, by campaign and name; None: any may be
    said. Of a thousand customers `holdout` hear nothing, by a lot with `salt`."""

    zone: str
    caps: tuple[tuple[int, float, str | None], ...]
    quiet: tuple[int, int] | None = None
    quiet_channels: frozenset[str] = frozenset()
    rest: tuple[int, float] | None = None
    offers: Mapping[tuple[str, str], tuple[str | None, frozenset[str]]] | None = None
    holdout: int = 0
    salt: str = ""


def read_words(rules: Path, campaigns: Mapping[str, Path], zone: str, salt: str = "") -> Words:
    """From the files themselves; `campaigns` by what they are called in the log. Raises: OSError,
    KeyError, ValueError (a file that is none)."""
    said: dict[str, Any] = yaml.safe_load(rules.read_text("utf-8"))
    quiet, fatigue = said.get("quiet"), said.get("fatigue")
    offers: dict[tuple[str, str], tuple[str | None, frozenset[str]]] = {}
    for ref, path in campaigns.items():
        for name, offer in yaml.safe_load(path.read_text("utf-8"))["offers"].items():
            offers[ref, name] = offer.get("benefit"), frozenset(offer.get("channels", ["h5"]))
    return Words(
        zone,
        tuple((cap["times"], _days(cap["within"]), cap.get("channel")) for cap in said["caps"]),
        None if quiet is None else (_minute(quiet["begins"]), _minute(quiet["ends"])),
        frozenset(quiet["channels"] if quiet else ()),
        None if fatigue is None else (fatigue["after"], _days(fatigue["rest"])),
        offers, said.get("holdout", 0), salt,
    )  # fmt: skip


def check_contacts(
    said: Sequence[Said],
    words: Words,
    refused: Mapping[str, Sequence[tuple[datetime, datetime | None]]] | None = None,
    keys: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """How often each of `KINDS` was broken. Mandatory news are bound by none of them. `refused` are
    the times in which a customer allowed no recommendations, from and until before (None: for good);
    `keys` what customers are called in the lot, where that is not their name in the log."""
    broken = Counter(dict.fromkeys(KINDS, 0))
    by_customer: dict[str, list[Said]] = {}
    for each in said:
        if not each.mandatory:
            by_customer.setdefault(each.customer, []).append(each)
    for customer, heard in by_customer.items():
        heard.sort(key=lambda each: each.at)
        given = Counter(b for b in (_benefit(each, words) for each in heard) if b is not None)
        broken["same_benefit"] += sum(times - 1 for times in given.values())
        if _held((keys or {}).get(customer, customer), words):
            broken["holdout"] += len(heard)
        for place, each in enumerate(heard):
            broken["quiet_hours"] += _is_quiet(each, words)
            broken["cap"] += any(
                _heard_within(heard[: place + 1], each.at, days, channel) > times
                for times, days, channel in words.caps
                if channel in (None, each.channel)
            )
            broken["rest"] += _should_rest(heard[:place], each.at, words)
            broken["consent"] += any(
                since <= each.at and (until is None or each.at < until)
                for since, until in (refused or {}).get(customer, ())
            )
            if words.offers is not None:
                known = words.offers.get((each.campaign, each.offer))
                broken["unknown_offer"] += known is None
                broken["channel"] += known is not None and each.channel not in known[1]
    return dict(broken)


def _benefit(each: Said, words: Words) -> str | None:
    """What the file says, where there is one: the log may have forgotten it."""
    known = (words.offers or {}).get((each.campaign, each.offer))
    return each.benefit if known is None else known[0]


def _held(key: str, words: Words) -> bool:
    """The lot as docs/engagement.md states it: a salted hash, 0 to 999."""
    digest = blake2b(f"{words.salt}\0\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 1_000 < words.holdout


def _heard_within(heard: Sequence[Said], at: datetime, days: float, channel: str | None) -> int:
    since = at - timedelta(days=days)
    return sum(each.at > since and channel in (None, each.channel) for each in heard)


def _should_rest(before: Sequence[Said], at: datetime, words: Words) -> bool:
    """Whether the last so many had no answer by then, with no pause among them as long as the rest."""
    if words.rest is None:
        return False
    after, days = words.rest
    rest, row, last = timedelta(days=days), 0, at
    for each in reversed(before):
        if last - each.at >= rest or (each.answered is not None and each.answered <= at):
            break
        row, last = row + 1, each.at
    return row >= after


def _is_quiet(each: Said, words: Words) -> bool:
    if words.quiet is None or each.channel not in words.quiet_channels:
        return False
    local = each.at.astimezone(UTC).astimezone(ZoneInfo(words.zone))
    minute, (begins, ends) = local.hour * 60 + local.minute, words.quiet
    return begins <= minute < ends if begins <= ends else minute >= begins or minute < ends


def _days(text: str) -> float:
    return float(text[:-1]) * _DAYS[text[-1]]


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
