"""Whatever way money came, it goes back the same way, to the last fen."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Refused
from enscene.ledger import Leg, Payment, split_back

legs = st.lists(st.integers(1, 10**12), min_size=1, max_size=6)


def give_back(payment: Payment, amount: int) -> list[int]:
    parts = split_back(payment, amount)
    for leg, part in zip(payment.legs, parts, strict=True):
        leg.back += part
    return parts


def payment_of(amounts: list[int]) -> Payment:
    return Payment([Leg(n, n + 100, amount) for n, amount in enumerate(amounts)])


@given(amounts=legs, cuts=st.lists(st.floats(0, 1), max_size=8))
def test_successive_refunds_sum_to_every_leg(amounts: list[int], cuts: list[float]) -> None:
    payment = payment_of(amounts)
    whole = payment.amount
    steps = sorted({0, whole, *(int(whole * cut) for cut in cuts)})
    for before, after in pairwise(steps):
        parts = give_back(payment, after - before)
        assert sum(parts) == after - before
        assert all(part >= 0 for part in parts)
        assert all(leg.back <= leg.amount for leg in payment.legs)
    assert [leg.back for leg in payment.legs] == amounts


@given(amounts=legs, share=st.floats(0.001, 1))
def test_one_refund_is_in_proportion(amounts: list[int], share: float) -> None:
    """Each leg within one unit for every leg of its exact share."""
    payment = payment_of(amounts)
    amount = max(1, int(payment.amount * share))
    for leg, part in zip(payment.legs, split_back(payment, amount), strict=True):
        assert abs(part * payment.amount - amount * leg.amount) <= len(amounts) * payment.amount


@given(amounts=legs, extra=st.integers(1, 10**6))
def test_more_than_is_left_is_refused(amounts: list[int], extra: int) -> None:
    payment = payment_of(amounts)
    for amount in (payment.amount + extra, 0, -extra):
        with pytest.raises(Refused) as refused:
            split_back(payment, amount)
        assert refused.value.code == "ledger.over_refund"
    give_back(payment, payment.amount)
    with pytest.raises(Refused):
        split_back(payment, 1)
