"""What a party's silence means."""

from __future__ import annotations

from collections.abc import Mapping

ON_UNTIL_REFUSED = frozenset({"recommendations"})


def is_granted(said: Mapping[str, bool], item: str) -> bool:
    """Whether the party allows the item, by what it has said.

    Recommendations are on until they are switched off, which every page offers beside them; all
    else, data above all, is off until it is granted.
    """
    return said.get(item, item in ON_UNTIL_REFUSED)
