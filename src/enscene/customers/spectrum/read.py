"""A customer's spectrum: every topic with its preference, attitude, evidence, age and history."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from enscene.customers.spectrum import store
from enscene.customers.spectrum.band import Band
from enscene.customers.spectrum.formula import Evidence, Formula, Tone, join_tones, read_tone
from enscene.customers.spectrum.store import Change, Connection, Kept, Subject


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence: from which scene (its number), by which action, the strength that it had
    and what is left of it."""

    at: datetime
    scene: int
    action: str
    strength: float
    left: float


@dataclass(frozen=True, slots=True)
class Preference:
    """A topic of a customer, over all scenes: `preference` 0 to 100, `attitude` -100 to 100 as of
    `now`, with the sums and the formula that give them, and which scenes (numbers) they come from."""

    topic: str
    value: str
    preference: int
    attitude: int
    band: Band
    since: datetime | None
    falls_at: datetime | None
    speaks_for: float
    speaks_against: float
    formula: Formula
    pieces: int
    first: datetime
    last: datetime
    evidence: tuple[Shown, ...]
    scenes: tuple[int, ...]
    changes: tuple[Change, ...]


def source_of(scene: int, action: str, seq: int) -> str:
    """How evidence says which event it is."""
    return f"{scene}:{action}:{seq}"


async def read_spectrum(
    connection: Connection, tenant: int, customer: int, now: datetime
) -> list[Preference]:
    """Everything that is known of the customer, the strongest first."""
    standings = await store.read_standings_of(connection, tenant, customer)
    changes: dict[Subject, list[Change]] = defaultdict(list)
    for change in await store.read_changes_of(connection, tenant, customer):
        changes[change.subject].append(change)
    of: dict[Subject, list[Kept]] = defaultdict(list)
    for kept in await store.read_tones_of(connection, tenant, customer):
        of[kept.subject].append(kept)
    found = []
    for subject, kepts in of.items():
        formula = max(kepts, key=lambda each: each.tone.at).formula
        tone = join_tones([each.tone for each in kepts], formula)
        standing = standings.get(subject)
        preference, attitude = read_tone(tone, formula, now)
        left = formula.fade(tone.at, now)
        found.append(
            Preference(
                topic=subject.topic,
                value=subject.value,
                preference=preference,
                attitude=attitude,
                band="none" if standing is None else standing.band,
                since=None if standing is None else standing.since,
                falls_at=None if standing is None else standing.falls_at,
                speaks_for=tone.speaks_for * left,
                speaks_against=tone.speaks_against * left,
                formula=formula,
                pieces=tone.pieces,
                first=tone.first,
                last=tone.last,
                evidence=_shown(tone, formula, now),
                scenes=tuple(sorted({each.where.scene for each in kepts})),
                changes=tuple(changes[subject]),
            )
        )
    found.sort(key=lambda each: (-each.preference, -abs(each.attitude), each.topic, each.value))
    return found


def _shown(tone: Tone, formula: Formula, now: datetime) -> tuple[Shown, ...]:
    def one(evidence: Evidence) -> Shown:
        scene, action, _ = evidence.source.split(":")
        left = evidence.strength * formula.fade(evidence.at, now)
        return Shown(evidence.at, int(scene), action, evidence.strength, left)

    return tuple(one(each) for each in tone.kept)
