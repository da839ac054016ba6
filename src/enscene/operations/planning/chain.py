"""Follow the links from one entry to others: a G scene to the B scenes that it reaches, and on to C."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enscene.operations.planning.entry import Entry


@dataclass(frozen=True, slots=True)
class Reached:
    """An entry that is reached through `through` (None: at once), after so many links."""

    entry: Entry
    through: str | None
    links: int


def follow(entries: Iterable[Entry], ref: str) -> tuple[Reached, ...]:
    """Whatever the entry reaches, the nearest first; each once, by the shortest way."""
    known = {each.ref: each for each in entries}
    found: dict[str, Reached] = {}
    ends: list[tuple[str, str | None]] = [(ref, None)]
    links = 1
    while ends:
        following = []
        for end, _ in ends:
            for link in known[end].content.links if end in known else ():
                if link != ref and link not in found and link in known:
                    through = None if end == ref else end
                    found[link] = Reached(known[link], through, links)
                    following.append((link, through))
        ends, links = following, links + 1
    return tuple(found.values())


def reached_from(entries: Iterable[Entry], ref: str) -> tuple[Entry, ...]:
    """The entries that have a link to this one."""
    return tuple(each for each in entries if ref in each.content.links)
