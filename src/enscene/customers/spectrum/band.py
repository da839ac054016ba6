"""When a preference has changed: it has left its band, by more than a wobble, at a known moment.

Upwards it can only go with new evidence, and is dated with it. Downwards it goes by itself, as what
was seen fades: that moment is reckoned beforehand, so that a trigger can wait for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from enscene.customers.spectrum.formula import Formula, Tone

Band: TypeAlias = Literal["none", "some", "clear", "strong"]
BANDS: tuple[tuple[Band, float], ...] = (
    ("none", 0.0), ("some", 10.0), ("clear", 35.0), ("strong", 65.0),
)  # fmt: skip
"""Each band with the preference from which it begins, lowest first."""
WOBBLE = 5.0
"""A band is left downwards only this far below where it begins."""
_PLACES = {band: place for place, (band, _) in enumerate(BANDS)}


@dataclass(frozen=True, slots=True)
class Crossing:
    """From which band into which, and when."""

    before: Band
    after: Band
    at: datetime


def band_of(preference: float, before: Band = "none") -> Band:
    """The band of a preference for whom stood in `before`: up at once, down past the wobble."""
    reached = max(place for place, (_, begins) in enumerate(BANDS) if preference >= begins)
    stood = _PLACES[before]
    while stood > reached and preference < BANDS[stood][1] - WOBBLE:
        stood -= 1
    return BANDS[max(reached, stood)][0]


def next_fall(tone: Tone, formula: Formula, band: Band) -> Crossing | None:
    """When it leaves its band downwards if nothing more comes; None: there is none below. A moment
    that has passed is told as it was."""
    place = _PLACES[band]
    if place == 0 or tone.speaks_for <= 0:
        return None
    edge = (BANDS[place][1] - WOBBLE) / 100
    # preference = edge: F = half_at * edge / (1 - edge)
    left = formula.half_at * edge / (1 - edge)
    days = formula.half_life_days * math.log2(tone.speaks_for / left)
    # In whole seconds, the first that is past the edge.
    at = tone.at + timedelta(seconds=math.floor(days * 86_400) + 1)
    return Crossing(band, BANDS[place - 1][0], at)
