"""Where a sum stands on the money map: at its line, over no account and no other sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEIGHT = 15
_DIGIT, _EDGE = 7, 4
"""How wide a character of a sum is drawn, and what is left free beside it, in pixels."""
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.1, 0.9)
_ASIDE = (0, -8, 8, -16, 16, -24, 24, -32, 32, -40, 40)


@dataclass(frozen=True, slots=True)
class Rect:
    """A place on the map, in pixels from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def meets(self, other: Rect) -> bool:
        """Whether the two cover each other anywhere."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """A line from (x0, y0) to (x1, y1) that leaves and arrives level, bent at two places."""

    x0: int
    y0: int
    bend0: int
    bend1: int
    x1: int
    y1: int

    @property
    def path(self) -> str:
        """As an SVG path."""
        bends = f"{self.bend0},{self.y0} {self.bend1},{self.y1}"
        return f"M{self.x0},{self.y0} C{bends} {self.x1},{self.y1}"

    def at(self, share: float) -> tuple[float, float]:
        """The point after `share` of the way, 0 to 1."""
        rest = 1 - share
        first, second = rest**3, 3 * rest**2 * share
        third, fourth = 3 * rest * share**2, share**3
        x = first * self.x0 + second * self.bend0 + third * self.bend1 + fourth * self.x1
        return x, (first + second) * self.y0 + (third + fourth) * self.y1


def width_of(text: str) -> int:
    """How much room a sum takes."""
    return len(text) * _DIGIT + 2 * _EDGE


def place_label(curve: Curve, width: float, taken: Sequence[Rect]) -> Rect:
    """The place nearest to the middle of the curve that nothing else has taken; where all is
    taken, below everything."""
    for place in _places(curve, width):
        if place.x >= 0 and place.y >= 0 and not any(place.meets(other) for other in taken):
            return place
    x, _ = curve.at(0.5)
    bottom = max((other.bottom for other in taken), default=0.0)
    return Rect(max(0.0, x - width / 2), bottom + 2, width, HEIGHT)


def _places(curve: Curve, width: float) -> Iterator[Rect]:
    for aside in _ASIDE:
        for share in _ALONG:
            x, y = curve.at(share)
            yield Rect(x - width / 2, y + aside - HEIGHT / 2, width, HEIGHT)
