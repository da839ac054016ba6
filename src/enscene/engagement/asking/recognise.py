"""Which service somebody means: a small model learnt from the examples of a pack, on the spot.

Ridge regression over the cosine of two phrases' features (kernel ridge, one against the rest): it
is solved once per pack by one system of linear equations as large as the examples are many, in less
than half a second; a phrase then takes an eighth of a millisecond. No outside service, no weights
to ship. Source: Saunders, Gammerman, Vovk 1998.
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
_UNLESS_SURE, _SURE = frozenset({"human", "elsewhere"}), 0.8
"""A road has an operator, and a shop is in stock: where so much speaks for a service it is led to."""
_RIDGE = 0.5
_UNKNOWN = 4.0
"""How much a word counts that no example has."""
_LOOSE = ("letters:", "triple:", "pair:", "both:")
_NEAR = 0.6
"""A service that is this near to the best, as a part of it, is named beside it."""
_Array = np.ndarray[Any, np.dtype[np.float32]]


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
        self._names = sorted({name for _, name in examples})
        place = {name: at for at, name in enumerate(self._names)}
        of = np.array([place[name] for _, name in examples])
        counted = [features_of(said) for said, _ in examples]
        self._columns, self._rare = _rarity(counted)
        rows = np.array([self._row(one) for one in counted])
        wanted = np.zeros((len(examples), len(self._names)), np.float32)
        wanted[np.arange(len(examples)), of] = 1.0
        # Each service weighs the same, however many examples it has.
        often = np.bincount(of, minlength=len(self._names))
        ridge = (_RIDGE * often[of] / often.mean()).astype(np.float32)
        weights = np.linalg.solve(rows @ rows.T + np.diag(ridge), wanted)
        # What each feature speaks for: all that is kept of the rows, which are a hundred times as large.
        self._speaks: _Array = rows.T @ weights
        self._examples: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for (said, name), one in zip(examples, counted, strict=True):
            self._examples.setdefault(name, []).append((said, frozenset(one)))

    def ask(self, text: str, allowed: Collection[str]) -> Answer:
        """Which of the allowed actions is meant. Nothing is kept of it."""
        counted = features_of(text)
        row = self._row(counted)
        scores = row @ self._speaks
        order = [int(at) for at in np.argsort(-scores, kind="stable")]
        found = [(self._names[at], float(scores[at])) for at in order if self._names[at] in allowed]
        person = float(scores[self._names.index(PERSON)]) if PERSON in self._names else 0.0
        why = first_of(text)
        if not found or not row.any():
            return Answer(PERSON, None, ())
        (name, best), rest = found[0], found[1:]
        if why is not None and (why not in _UNLESS_SURE or best < _SURE):
            return Answer(PERSON, None, ())
        if best < BAR or best <= person:
            near = [each for each in found[:SHOWN] if each[1] > BAR / 2]
            return Answer(PERSON, None, tuple(self._led(*each, counted) for each in near))
        beside = [each for each in rest[: SHOWN - 1] if each[1] >= _NEAR * best]
        others = tuple(self._led(*each, counted) for each in beside)
        return Answer(name, self._led(name, best, counted), others)

    def _led(self, name: str, score: float, counted: Mapping[str, float]) -> Led:
        """With the example that has most in common with what was said, for its length."""
        said, _ = max(
            self._examples[name],
            key=lambda each: len(each[1] & counted.keys()) / math.sqrt(len(each[1]) or 1),
        )
        return Led(name, round(score, 4), said)

    def _row(self, counted: Mapping[str, float]) -> _Array:
        """Of length 1 where everything in a phrase is known, and shorter the more is not."""
        row = np.zeros(len(self._columns), np.float32)
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
    return columns, np.array(rare, np.float32)


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
