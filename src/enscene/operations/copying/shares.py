"""Shares of what a copy comes to: what they can be of, and how a month is split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from enscene.kernel.money import half_even
from enscene.operations.indicators import Value
from enscene.operations.scene_account import LINES

WHOLE = 10_000
"""Basis points of the whole."""
_Signs = Mapping[tuple[str, str], int]


def _lines(*, earned_only: bool) -> _Signs:
    return {
        (line.indicator, key): line.sign * line.counts
        for line in LINES if line.counts and (line.counts > 0 or not earned_only)
        for key in line.keys
    }  # fmt: skip


BASES: Mapping[str, _Signs] = MappingProxyType({
    "account.income": _lines(earned_only=True),
    "account.result": _lines(earned_only=False),
    "money.income": {("money.income", ""): 1},
    "money.turnover": {("money.turnover", ""): 1},
})  # fmt: skip
"""What shares can be of, and the kept figures of a month by indicator and key that it is made of, with
their signs."""


def split(
    value: int, points: int, helpers: Sequence[tuple[int, int]], origin: int
) -> dict[int, int]:
    """What of a value everybody is credited: of all shares together the half-even sum, of that to each
    helper its own share half-even (never more than is left), and the rest to the branch of origin. Of
    a value below nothing nobody is credited."""
    earned = max(0, value)
    left = half_even(earned * (points + sum(each for _, each in helpers)), WHOLE)
    found: dict[int, int] = {}
    for helper, share in helpers:
        found[helper] = min(half_even(earned * share, WHOLE), left)
        left -= found[helper]
    found[origin] = left
    return found


def value_of(basis: str, currency: str, values: Sequence[Value]) -> int:
    """What a month's figures come to in a currency."""
    signs = BASES[basis]
    return sum(
        signs[each.indicator, each.key] * each.value
        for each in values
        if each.currency == currency and (each.indicator, each.key) in signs
    )
