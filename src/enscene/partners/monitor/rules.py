"""The rules that watch calls, as data, and what a partner's calls are by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

FILE = Path(__file__).parents[4] / "admission" / "watch.yaml"
SHARES = ("share_of_codes", "share_of_statuses")
BASE_DAYS, BASE_DAYS_LEAST = 14, 3
"""What is usual is the mean of so many days; with fewer there is nothing to compare with."""
OWN_CODES = frozenset({"partner.blocked"})
"""Refusals that a rule has made itself: they count for none."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See the file. `threshold` is in percent for shares, in times for jumps."""

    id: str
    about: Literal["failures", "traffic", "money", "behaviour"]
    measure: Literal["share_of_codes", "share_of_statuses", "calls_jump", "money_jump"]
    least: int
    threshold: int
    action: Literal["alarm", "block"]
    severity: Literal["low", "middle", "high"]
    zh: str
    en: str
    minutes: int = 60
    codes: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    block_minutes: int = 0

    def title(self, language: str) -> str:
        """In a language."""
        return self.en if language == "en" else self.zh


class Health(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which figures on an interface is slow, refuses much, or is failing."""

    slow_p99_ms: int
    refusing_percent: int
    failing_percent: int


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, as of a version."""

    version: str
    health: Health
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """So many calls that were answered alike."""

    status: int
    code: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class Hour:
    """What a partner did in the present hour, and usually does in it, by `days` days."""

    calls: int = 0
    moved: Mapping[str, int] = field(default_factory=dict)
    usual_calls: float = 0.0
    usual_moved: Mapping[str, float] = field(default_factory=dict)
    days: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken: `measured` against its threshold, out of `calls`."""

    rule: Rule
    measured: float
    calls: int
    facts: Mapping[str, object]


@cache
def read_watch(file: Path = FILE) -> Watch:
    """What stands in the file; one that cannot be read is a mistake of ours."""
    told = msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), Watch)
    assert len({rule.id for rule in told.rules}) == len(told.rules)
    for rule in told.rules:
        assert (rule.action == "block") == (rule.block_minutes > 0), rule.id
        assert (rule.measure == "share_of_codes") == bool(rule.codes), rule.id
        assert (rule.measure == "share_of_statuses") == bool(rule.statuses), rule.id
    return told


def judge_share(rule: Rule, groups: Sequence[Group]) -> Finding | None:
    """Whether too many of these calls are of the rule's codes or statuses."""
    counted = [group for group in groups if group.code not in OWN_CODES]
    calls = sum(group.calls for group in counted)
    hit = [g for g in counted if g.code in rule.codes or g.status in rule.statuses]
    bad = sum(group.calls for group in hit)
    if calls < rule.least or 100 * bad < rule.threshold * calls:
        return None
    by_code: dict[str, int] = {}
    for group in hit:
        name = group.code or str(group.status)
        by_code[name] = by_code.get(name, 0) + group.calls
    return Finding(rule, round(100 * bad / calls, 1), calls, {"bad": bad, "codes": by_code})


def judge_jump(rule: Rule, hour: Hour) -> Finding | None:
    """Whether there is far more than usual; nothing is said of a partner that is new."""
    if hour.days < BASE_DAYS_LEAST:
        return None
    if rule.measure == "calls_jump":
        return _jump(rule, hour, hour.calls, hour.usual_calls, "calls")
    found = (
        _jump(rule, hour, moved, hour.usual_moved.get(currency, 0.0), currency)
        for currency, moved in sorted(hour.moved.items())
    )
    return next((each for each in found if each is not None), None)


def _jump(rule: Rule, hour: Hour, now: int, usual: float, what: str) -> Finding | None:
    if now < rule.least or now < rule.threshold * usual:
        return None
    times = round(now / usual, 1) if usual else float(now)
    facts = {"what": what, "now": now, "usual": round(usual, 1), "days": hour.days}
    return Finding(rule, times, hour.calls, facts)
