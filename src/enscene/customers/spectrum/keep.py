"""Keep what acts tell of customers, and how their preferences change by it and by time alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from enscene.customers.spectrum import store
from enscene.customers.spectrum.band import BANDS, Band, band_of, next_fall
from enscene.customers.spectrum.formula import (
    Evidence,
    Formula,
    Tone,
    add_evidence,
    join_tones,
    preference_of,
    read_tone,
)
from enscene.customers.spectrum.store import Change, Connection, Kept, Standing, Subject, Where


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence, of whom and for what, and where it comes from. Of a topic that is kept
    for each text apart `most` are kept for one customer."""

    subject: Subject
    where: Where
    formula: Formula
    evidence: Evidence
    most: int | None = None


async def keep_pieces(connection: Connection, tenant: int, pieces: Sequence[Piece]) -> list[Change]:
    """Count them, in the caller's transaction, which holds `lock_spectrum`; what has changed.

    However many there are, it is done in the same number of statements."""
    if not pieces:
        return []
    of: dict[Subject, list[Piece]] = defaultdict(list)
    for piece in pieces:
        of[piece.subject].append(piece)
    known: dict[Subject, dict[Where, Tone]] = defaultdict(dict)
    for kept in await store.read_tones(connection, tenant, of):
        known[kept.subject][kept.where] = kept.tone
    standings = await store.read_standings(connection, tenant, of)
    changes: list[Change] = []
    touched: list[Kept] = []
    for subject, told in of.items():
        told.sort(key=lambda piece: (piece.evidence.at, piece.evidence.source))
        formula, tones = told[-1].formula, known[subject]
        walk = _Walk(subject, formula, standings.get(subject))
        joined = join_tones(tones.values(), formula) if tones else None
        for piece in told:
            if joined is not None:
                walk.fall(joined, piece.evidence.at)
            tones[piece.where] = add_evidence(tones.get(piece.where), piece.evidence, formula)
            joined = join_tones(tones.values(), formula)
            walk.rise(joined, piece.evidence.source)
        standings[subject] = walk.standing()
        changes += walk.changes
        touched += [
            Kept(subject, where, formula, tones[where])
            for where in dict.fromkeys(piece.where for piece in told)
        ]
    await store.put_tones(connection, tenant, touched)
    await store.put_standings(connection, tenant, standings)
    await store.put_changes(connection, tenant, changes)
    await _drop_weakest(connection, tenant, pieces)
    return changes


async def _drop_weakest(connection: Connection, tenant: int, pieces: Iterable[Piece]) -> None:
    most = {(p.subject.customer, p.subject.topic): p.most for p in pieces if p.most is not None}
    if not most:
        return
    now = (await store.read_times(connection, tenant=tenant))[tenant]
    gone = await store.find_weakest(connection, tenant, most, now)
    await store.drop_subjects(
        connection, tenant, gone, "spectrum_tone", "spectrum_standing", "spectrum_change"
    )


async def settle_falls(
    connection: Connection, tenant: int, now: datetime, limit: int = 1_000
) -> int:
    """Let preferences that have faded leave their bands, each dated with the moment when it did;
    how many. The caller's transaction holds `lock_spectrum`."""
    subjects = await store.find_falling(connection, tenant, now, limit)
    if not subjects:
        return 0
    standings = await store.read_standings(connection, tenant, subjects)
    changes: list[Change] = []
    for subject, kept in _by_subject(await store.read_tones(connection, tenant, subjects)).items():
        formula = _formula_of(kept)
        walk = _Walk(subject, formula, standings[subject])
        walk.fall(join_tones([each.tone for each in kept], formula), now)
        standings[subject] = walk.standing()
        changes += walk.changes
    await store.put_standings(connection, tenant, standings)
    await store.put_changes(connection, tenant, changes)
    return len(changes)


async def clear_spectrum(
    connection: Connection,
    tenant: int,
    customer: int,
    *,
    scene: int | None = None,
    consent: int | None = None,
) -> None:
    """Delete what came from a scene, was done under an application's consent, or all of it.

    Of what it had told together with others only the others are left, as if they had been alone:
    what changed before is forgotten, since nobody can tell any more whose doing it was.
    """
    await store.lock_spectrum(connection, tenant)
    gone = await store.drop_tones(connection, tenant, customer, scene, consent)
    tables = ("spectrum_standing", "spectrum_change")
    await store.drop_subjects(connection, tenant, gone, *tables)
    left = _by_subject(await store.read_tones(connection, tenant, gone)) if gone else {}
    if not left:
        return
    now = (await store.read_times(connection, tenant=tenant))[tenant]
    standings = {}
    for subject, kept in left.items():
        formula = _formula_of(kept)
        tone = join_tones([each.tone for each in kept], formula)
        at = max(now, tone.at)
        band = band_of(preference_of(tone, formula, at))
        standings[subject] = _standing(tone, formula, band, at)
    await store.put_standings(connection, tenant, standings)


class _Walk:
    """How one preference goes through its bands."""

    def __init__(self, subject: Subject, formula: Formula, standing: Standing | None) -> None:
        self._subject = subject
        self._formula = formula
        self._band: Band = "none" if standing is None else standing.band
        self._since = None if standing is None else standing.since
        self._tone: Tone | None = None
        self.changes: list[Change] = []

    def fall(self, tone: Tone, until: datetime) -> None:
        """What fades until then leaves its band when it does; several, one after the other."""
        self._tone = tone
        while (crossing := next_fall(tone, self._formula, self._band)) is not None:
            if crossing.at > until:
                return
            # What came late may have left it before it had got there: then it leaves it at once.
            at = crossing.at if self._since is None else max(crossing.at, self._since)
            self._cross(tone, crossing.after, at, "")

    def rise(self, tone: Tone, source: str) -> None:
        """What was said takes it up at once, and never down."""
        self._tone = tone
        at = tone.at if self._since is None else max(tone.at, self._since)
        band = band_of(preference_of(tone, self._formula, at), self._band)
        if _place(band) > _place(self._band):
            self._cross(tone, band, at, source)
        elif self._since is None:
            self._since = at

    def standing(self) -> Standing:
        """Where it stands at the end."""
        assert self._tone is not None
        assert self._since is not None
        return _standing(self._tone, self._formula, self._band, self._since)

    def _cross(self, tone: Tone, band: Band, at: datetime, source: str) -> None:
        preference, attitude = read_tone(tone, self._formula, at)
        change = Change(self._subject, at, self._band, band, preference, attitude, source)
        self.changes.append(change)
        self._band, self._since = band, at


def _place(band: Band) -> int:
    return [name for name, _ in BANDS].index(band)


def _standing(tone: Tone, formula: Formula, band: Band, since: datetime) -> Standing:
    fall = next_fall(tone, formula, band)
    return Standing(band, since, None if fall is None else fall.at)


def _by_subject(kept: Collection[Kept]) -> dict[Subject, list[Kept]]:
    found: dict[Subject, list[Kept]] = defaultdict(list)
    for each in kept:
        found[each.subject].append(each)
    return found


def _formula_of(kept: Sequence[Kept]) -> Formula:
    """That of the newest evidence: a pack may have changed its mind in between."""
    return max(kept, key=lambda each: each.tone.at).formula
