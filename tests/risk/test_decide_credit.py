"""Credit decisions: pure, whole, never by chance; the more is owed the less is lent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.risk import (
    CHALLENGER,
    CHAMPION,
    CreditCase,
    CreditFact,
    decide_credit,
    drift_of,
    read_policy,
)

POLICY = read_policy(CHAMPION)
GOOD = CreditCase(
    amount=360_000, months=12, instalment=31_000, owed=0, income=900_000, monthly_spend=300_000,
    months_served=40, overdue_days=0, eligible=True, fact=CreditFact(360_000),
)  # fmt: skip
cases = st.builds(
    CreditCase,
    amount=st.integers(1, 10**8),
    months=st.integers(1, 60),
    instalment=st.integers(1, 10**8),
    owed=st.integers(0, 10**8),
    income=st.none() | st.integers(0, 10**8),
    monthly_spend=st.none() | st.integers(0, 10**8),
    months_served=st.none() | st.integers(0, 600),
    overdue_days=st.none() | st.integers(0, 400),
    eligible=st.booleans(),
    fact=st.none() | st.builds(CreditFact, st.none() | st.integers(1, 10**8), over=st.booleans()),
)


@given(cases)
def test_the_same_case_is_decided_the_same_and_the_worst_rule_wins(case: CreditCase) -> None:
    decision = decide_credit(POLICY, case)
    assert decision == decide_credit(POLICY, case)
    said = {rule.says for rule in decision.rules}
    worst = next(o for o in ("refused", "referred", "approved") if o in said)
    assert decision.outcome == worst
    assert decision.reasons
    assert sum(decision.points_by_fact.values()) == decision.score.points
    if decision.outcome == "approved":
        assert case.owed + case.amount <= decision.limit


@given(cases, st.integers(1, 10**8))
def test_who_owes_more_is_never_better_off(case: CreditCase, more: int) -> None:
    order = ("approved", "referred", "refused")
    now = decide_credit(POLICY, case)
    later = decide_credit(POLICY, replace(case, owed=case.owed + more))
    assert later.score.points <= now.score.points
    assert later.limit <= now.limit
    assert order.index(later.outcome) >= order.index(now.outcome)


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        ({}, "approved", "approved"),
        ({"eligible": False}, "refused", "eligible"),
        ({"fact": None}, "refused", "fact_is_there"),
        ({"fact": CreditFact(360_000, over=True)}, "refused", "fact_goes_on"),
        ({"fact": CreditFact(360_000, used=True)}, "refused", "fact_not_used"),
        ({"fact": CreditFact(360_000, alike=True)}, "referred", "fact_not_alike"),
        ({"amount": 400_000}, "refused", "within_fact"),
        ({"claims": {"price": ("1", "2")}}, "refused", "claim"),
        ({"overdue_days": 31}, "refused", "not_overdue"),
        ({"income": 50_000}, "refused", "affordable"),
        ({"income": None}, "refused", "affordable"),
        ({"income": 10_000_000}, "referred", "income_plausible"),
        ({"owed": 9_900_000}, "refused", "within_limit"),
        ({"amount": 3_000_000, "fact": CreditFact(3_000_000)}, "referred", "small_enough"),
    ],
)
def test_each_rule_says_why(change: dict[str, object], outcome: str, code: str) -> None:
    decision = decide_credit(POLICY, replace(GOOD, **change))  # type: ignore[arg-type]
    assert decision.outcome == outcome
    assert code in [reason.code for reason in decision.reasons]


def test_every_card_is_monotone_and_told_in_both_languages() -> None:
    from enscene.engagement.applications.reasons import TEXTS

    for name in (CHAMPION, CHALLENGER):
        policy = read_policy(name)
        assert policy.refer_from < policy.approve_from
        for part in policy.card.parts:
            assert part.monotone
            assert f"score_{part.name}" in TEXTS


def test_drift_is_seen() -> None:
    old = [{"months_served": float(n % 50)} for n in range(500)]
    assert drift_of(POLICY.card, old, old)["months_served"] == pytest.approx(0)
    moved = [{"months_served": float(n % 3)} for n in range(500)]
    assert drift_of(POLICY.card, old, moved)["months_served"] > 0.25
    assert drift_of(POLICY.card, [], old) == {}
