"""Amounts are exact, and the same in whatever order things come."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from enscene.operations.incentives import Measure, Unit, due, split_parts, split_sum
from enscene.operations.incentives.reckon import cut

names = st.text("abc", min_size=1, max_size=3)
amounts = st.integers(0, 10**17)
weights = st.dictionaries(names, st.integers(0, 10**9), max_size=8)


@given(amounts, weights)
def test_parts_sum_to_the_whole_and_none_is_a_unit_off(total: int, weights: dict[str, int]) -> None:
    parts = split_sum(total, weights)
    whole = sum(weights.values())
    if not whole:
        assert parts == {}
        return
    assert sum(parts.values()) == total
    for name, weight in weights.items():
        assert total * weight // whole <= parts[name] <= -(-total * weight // whole)


@given(amounts, weights, st.randoms())
def test_the_order_of_units_changes_nothing(
    total: int, weights: dict[str, int], chance: random.Random
) -> None:
    turned = list(weights.items())
    chance.shuffle(turned)
    assert split_sum(total, dict(turned)) == split_sum(total, weights)


@given(st.dictionaries(st.integers(0, 11), amounts, max_size=12), st.integers(1, 10**17))
def test_all_figures_together_pay_no_more_than_the_ceiling(
    dues: dict[int, int], ceiling: int
) -> None:
    paid = cut(dues, ceiling)
    assert sum(paid.values()) == min(sum(dues.values()), ceiling)
    assert all(paid[number] <= dues[number] for number in paid)


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**6), st.integers(1, 10**6), amounts)
def test_what_is_not_above_the_start_pays_nothing(
    value: int, least: int, per: int, amount: int
) -> None:
    rate = Measure(0, "users.active", (1,), 0, least, per, amount + 1)
    paid = due(rate, value)
    assert paid >= 0
    assert (paid == 0) or value > least
    assert due(rate, least + per) == amount + 1
    target = Measure(0, "users.active", (1,), 0, least, None, amount + 1)
    assert due(target, value) == (amount + 1 if value >= least else 0)


shares = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)


@given(amounts, shares, st.integers(1, 9_999), weights)
def test_the_share_of_copies_goes_to_their_branches_or_stays_with_the_bank(
    minor: int, others: list[str], points: int, credited: dict[str, int]
) -> None:
    left = 10_000 - points
    each = [(Unit("branch", name), max(1, left // len(others))) for name in others]
    parts = split_parts(minor, [(Unit("copies", ""), points), *each], credited)
    assert sum(parts.values()) == minor
    assert all(some > 0 for some in parts.values())
    assert all(unit.kind in ("branch", "unassigned") for unit in parts)
    if any(credited.values()):
        assert Unit("unassigned", "") not in parts
