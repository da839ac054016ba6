"""Which service somebody means: a small model learnt from the examples of a pack, on the spot.

Ridge regression over the cosine of two phrases' features (kernel ridge, one against the rest): it
is solved once per pack by one system of linear equations as large as the examples are many, within
a tenth of a second. No outside service, no weights to ship. Source: Saunders, Gammerman, Vovk 1998.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from enscene.engagement.asking.features import features_of, first_of
from enscene.scenes.language.model import Pack

PERSON = "person"
"""Where a need goes that no service meets, or that is not understood."""
LANGUAGES = ("zh", "en")
SHOWN = 3
"""Services that are named where it is not clear which one is meant."""
BAR = 0.3
"""Below this a person is asked for: of what the examples say it leads astray a quarter less than no
bar would, and of needs of other scenes two in three more go to a person, for 3 in 100 services that
are named beside a person only."""
_RIDGE = 0.5
_UNKNOWN = 4.0
"""How much a word counts that no example has."""
_LOOSE = ("letters:", "triple:", "pair:", "both:")
_NEAR = 0.6
"""A service that is this near to the best, as a part of it, is named beside it."""
_Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Led:
    """A service with how much speaks for it (about 0 to 1), and the example nearest to it."""

    action: str
    score: float
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`to` is the action, or `person`. `others` could be meant as well, the likeliest first."""

    to: str
    led: Led | None
    others: tuple[Led, ...]


class Recogniser:
    """What a pack's examples teach; it is not changed by asking."""

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        """`examples` are (what is said, the action or `person`)."""
        self._said = [said for said, _ in examples]
        self._names = sorted({name for _, name in examples})
        place = {name: at for at, name in enumerate(self._names)}
        counted = [features_of(said) for said in self._said]
        self._columns, self._rare = _rarity(counted)
        self._rows = np.array([self._row(one) for one in counted])
        near = self._rows @ self._rows.T
        self._of = np.array([place[name] for _, name in examples])
        wanted = np.zeros((len(examples), len(self._names)))
        wanted[np.arange(len(examples)), self._of] = 1.0
        # Each service weighs the same, however many examples it has.
        often = np.bincount(self._of, minlength=len(self._names))
        ridge = _RIDGE * often[self._of] / often.mean()
        self._weights: _Array = np.linalg.solve(near + np.diag(ridge), wanted)

    def ask(self, text: str, allowed: Collection[str]) -> Answer:
        """Which of the allowed actions is meant. Nothing is kept of it."""
        row = self._row(features_of(text))
        near = self._rows @ row
        scores = near @ self._weights
        order = [int(at) for at in np.argsort(-scores, kind="stable")]
        found = [
            self._led(at, float(scores[at]), near) for at in order if self._names[at] in allowed
        ]
        person = float(scores[self._names.index(PERSON)]) if PERSON in self._names else 0.0
        if not found or first_of(text) is not None or not row.any():
            return Answer(PERSON, None, ())
        best = found[0]
        if best.score < BAR or best.score <= person:
            near_by = [one for one in found[:SHOWN] if one.score > BAR / 2]
            return Answer(PERSON, None, tuple(near_by))
        others = [one for one in found[1:SHOWN] if one.score >= _NEAR * best.score]
        return Answer(best.action, best, tuple(others))

    def _led(self, at: int, score: float, near: _Array) -> Led:
        of = np.flatnonzero(self._of == at)
        return Led(self._names[at], round(score, 4), self._said[int(of[np.argmax(near[of])])])

    def _row(self, counted: Mapping[str, float]) -> _Array:
        """Of length 1 where everything in a phrase is known, and shorter the more is not."""
        row = np.zeros(len(self._columns))
        unknown = 0.0
        for name, weight in counted.items():
            at = self._columns.get(name)
            if at is not None:
                row[at] = weight * self._rare[at]
            elif not name.startswith(_LOOSE):
                unknown += (weight * _UNKNOWN) ** 2
        length = math.sqrt(float(row @ row) + unknown)
        return row / length if length else row


def _rarity(counted: Sequence[Mapping[str, float]]) -> tuple[dict[str, int], _Array]:
    """A column for each feature, and how much it counts: the rarer the more."""
    often: dict[str, int] = {}
    for one in counted:
        for name in one:
            often[name] = often.get(name, 0) + 1
    columns = {name: at for at, name in enumerate(sorted(often))}
    total = len(counted)
    rare = [math.log((1 + total) / (1 + often[name])) + 0.3 for name in columns]
    return columns, np.array(rare)


@lru_cache(maxsize=64)
def _learnt(digest: str, variant: str | None, spoken: tuple[tuple[str, str], ...]) -> Recogniser:
    return Recogniser((*spoken, *_for_a_person()))


def recogniser_of(pack: Pack) -> Recogniser:
    """The recogniser of a pack: its examples, and the titles of what a person may call."""
    persons = {party.name for party in pack.parties.values() if party.is_a == "person"}
    spoken = [
        (said, name)
        for name, action in sorted(pack.actions.items())
        if persons & set(action.by)
        for language in LANGUAGES
        for said in (
            pack.text(f"actions.{name}", language),
            *pack.asking.get(name, {}).get(language, ()),
        )
    ]
    return _learnt(pack.digest, pack.variant, tuple(spoken))


@cache
def _for_a_person() -> tuple[tuple[str, str], ...]:
    text = (files(__package__) / "for_a_person.yaml").read_text("utf-8")
    said = yaml.safe_load(text)
    return tuple((phrase, PERSON) for language in LANGUAGES for phrase in said[language])
