"""Which lines of the bank have scenes and products in the register, and which have none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enscene.operations.gap_report import Mounting
from enscene.operations.planning.entry import Entry
from enscene.shelf import Shelf


@dataclass(frozen=True, slots=True)
class OfLine:
    """A line with its products on the shelf, the scenes that serve it, the candidates that would, and
    the products that no scene mounts."""

    line: str
    products: tuple[str, ...]
    scenes: tuple[str, ...]
    candidates: tuple[str, ...]
    unmounted: tuple[str, ...]

    @property
    def is_covered(self) -> bool:
        """Whether a scene that is not over serves it."""
        return bool(self.scenes)


def cover_lines(
    shelf: Shelf, entries: Iterable[Entry], mountings: Iterable[Mounting]
) -> tuple[OfLine, ...]:
    """A scene serves a line that its entry names, or of which it mounts a product. Every line of the
    bank is told, those that nothing serves as well."""
    listed = [each for each in entries if not each.is_over]
    mounted = {each.ref: each.mounted for each in mountings}
    anywhere = frozenset().union(*mounted.values()) if mounted else frozenset()
    found = []
    for line in shelf.words.lines:
        products = tuple(each.id for each in shelf.products.values() if each.line == line)
        serving = [
            each for each in listed
            if line in each.content.lines
            or (each.scene_ref is not None and not mounted.get(each.scene_ref, frozenset()).isdisjoint(products))
        ]  # fmt: skip
        found.append(
            OfLine(
                line, products,
                tuple(sorted(each.ref for each in serving if each.live_at is not None)),
                tuple(sorted(each.ref for each in serving if each.is_candidate)),
                tuple(each for each in products if each not in anywhere),
            )
        )  # fmt: skip
    return tuple(found)
