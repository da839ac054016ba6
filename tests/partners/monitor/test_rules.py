"""The rules on figures alone."""

from __future__ import annotations

import pytest

from enscene.partners.monitor.count_calls import BOUNDS_MS, Sum, place_of
from enscene.partners.monitor.rules import Group, Hour, judge_jump, judge_share, read_watch

RULES = {rule.id: rule for rule in read_watch().rules}
SIGNATURES, CALLS, MONEY = RULES["bad_signatures"], RULES["calls_jump"], RULES["money_jump"]


@pytest.mark.parametrize(
    ("bad", "good", "broken"),
    [
        (6, 14, True),
        (5, 14, False),
        (6, 13, False),
        (30, 70, True),
        (29, 71, False),
        (0, 90, False),
    ],
)
def test_a_share_counts_from_the_least_and_at_the_threshold(bad, good, broken):
    groups = [Group(401, "auth.signature", bad), Group(200, None, good)]
    found = judge_share(SIGNATURES, groups)
    assert (found is not None) is broken
    if found is not None:
        assert (found.calls, found.facts["bad"]) == (bad + good, bad)


def test_a_block_of_our_own_counts_for_nothing():
    rule = RULES["not_allowed"]
    assert judge_share(rule, [Group(403, "partner.blocked", 1_000), Group(200, None, 39)]) is None
    assert judge_share(rule, [Group(403, "auth.scope", 40)]) is not None


@pytest.mark.parametrize(
    ("now", "usual", "days", "broken"),
    [(500, 100.0, 14, True), (499, 10.0, 14, False), (500, 101.0, 14, False),
     (5_000, 0.0, 3, True), (5_000, 0.0, 2, False)],
)  # fmt: skip
def test_a_jump_is_against_the_usual_of_the_hour(now, usual, days, broken):
    assert (judge_jump(CALLS, Hour(now, {}, usual, {}, days)) is not None) is broken


def test_money_is_judged_by_currency():
    hour = Hour(1, {"CNY": 10_000_000, "USD": 9_999_999}, 1.0, {"CNY": 5_000_000.0}, 9)
    assert judge_jump(MONEY, hour) is None  # twice as much, and too little of the other
    found = judge_jump(MONEY, Hour(1, {"CNY": 25_000_000}, 1.0, {"CNY": 5_000_000.0}, 9))
    assert found is not None
    assert (found.measured, found.facts["what"]) == (5.0, "CNY")


def test_percentiles_are_never_below_what_it_took():
    own = Sum()
    for spent in (1, 7, 40, 40, 900):
        own.add(200, None, place_of(spent), 1)
    assert own.percentile_ms(50) == 50
    assert own.percentile_ms(99) == 1_200
    assert Sum().percentile_ms(99) == 0
    late = Sum()
    late.add(200, None, place_of(10**6), 1)
    assert late.percentile_ms(50) == BOUNDS_MS[-1]
