"""The formula of the spectrum: how evidence of one topic becomes a preference and an attitude.

Every piece of evidence speaks for or against its topic with a strength, and fades by half in
`half_life_days`. With F and A the faded sums of what speaks for and against:

    preference = 100 * F / (F + half_at)              0 to 100: how much it matters to the customer
    attitude   = 100 * (F - A) / (F + A + doubt)      -100 to 100: what the customer thinks of it

`half_at` is the strength at which a preference is 50; `doubt` keeps a single word from being an
attitude. Both sums fade alike, so that they are kept as two numbers and a moment, and evidence may
come late and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from enscene.kernel.errors import Invalid

DAY = timedelta(days=1)
KEPT_MOST = 5
"""Pieces of evidence that are kept to be shown: the strongest by now."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What a topic's owner sets; all above 0."""

    half_life_days: float = 30.0
    half_at: float = 3.0
    doubt: float = 1.0

    def check(self) -> None:
        """Raises: Invalid."""
        for name in ("half_life_days", "half_at", "doubt"):
            if not 0 < getattr(self, name) < float("inf"):
                raise Invalid(f"{name} is above 0", code="spectrum.formula", param=name)

    def fade(self, since: datetime, until: datetime) -> float:
        """What is left of 1 after that time; more than 1 where `until` is earlier."""
        return float(2.0 ** (-((until - since) / DAY) / self.half_life_days))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen or said: `strength` above 0 speaks for the topic, below it against.
    `source` tells where it stands: an event of the log, an answer, an act of the staff."""

    at: datetime
    strength: float
    source: str


@dataclass(frozen=True, slots=True)
class Tone:
    """What is known of one customer and topic: the sums as they stood at `at`, how many pieces of
    evidence there were, from when to when, and the strongest of them."""

    at: datetime
    speaks_for: float
    speaks_against: float
    pieces: int
    first: datetime
    last: datetime
    kept: tuple[Evidence, ...] = ()


def add_evidence(tone: Tone | None, evidence: Evidence, formula: Formula) -> Tone:
    """What is known with one more piece; one that comes late has faded by the time it counts."""
    liked, disliked = max(evidence.strength, 0.0), max(-evidence.strength, 0.0)
    if tone is None:
        return Tone(evidence.at, liked, disliked, 1, evidence.at, evidence.at, (evidence,))
    at = max(tone.at, evidence.at)
    old, new = formula.fade(tone.at, at), formula.fade(evidence.at, at)
    kept = sorted(
        (*tone.kept, evidence),
        key=lambda each: (-abs(each.strength) * formula.fade(each.at, at), each.source),
    )
    return replace(
        tone,
        at=at,
        speaks_for=tone.speaks_for * old + liked * new,
        speaks_against=tone.speaks_against * old + disliked * new,
        pieces=tone.pieces + 1,
        first=min(tone.first, evidence.at),
        last=max(tone.last, evidence.at),
        kept=tuple(kept[:KEPT_MOST]),
    )


def join_tones(tones: Iterable[Tone], formula: Formula) -> Tone:
    """What is known over several scenes: the sums of what is left of each. There is one at least."""
    first, *more = sorted(tones, key=lambda tone: tone.at)
    if not more:
        return first
    at = more[-1].at
    every = (first, *more)
    left = [formula.fade(tone.at, at) for tone in every]
    kept = [each for tone in every for each in tone.kept]
    kept.sort(key=lambda each: (-abs(each.strength) * formula.fade(each.at, at), each.source))
    return Tone(
        at=at,
        speaks_for=sum(tone.speaks_for * part for tone, part in zip(every, left, strict=True)),
        speaks_against=sum(
            tone.speaks_against * part for tone, part in zip(every, left, strict=True)
        ),
        pieces=sum(tone.pieces for tone in every),
        first=min(tone.first for tone in every),
        last=max(tone.last for tone in every),
        kept=tuple(kept[:KEPT_MOST]),
    )


def preference_of(tone: Tone, formula: Formula, now: datetime) -> float:
    """The preference at a moment, not rounded: what bands are held against."""
    liked = tone.speaks_for * formula.fade(tone.at, now)
    return 100 * liked / (liked + formula.half_at)


def read_tone(tone: Tone, formula: Formula, now: datetime) -> tuple[int, int]:
    """(preference, attitude) at a moment, rounded half-even."""
    left = formula.fade(tone.at, now)
    liked, disliked = tone.speaks_for * left, tone.speaks_against * left
    return (
        round(100 * liked / (liked + formula.half_at)),
        round(100 * (liked - disliked) / (liked + disliked + formula.doubt)),
    )
