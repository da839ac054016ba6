"""No sequence of answers makes or loses money."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from enscene.partners.rails import ACCOUNTS, KINDS, SAID, STATES, Payment
from enscene.partners.rails.payment import CLEARING, OUTSIDE, OWN, moves_on_acceptance, take_answer

AT = datetime(2026, 1, 1, tzinfo=UTC)


def made(kind: str) -> Payment:
    return Payment(
        id=uuid4(), app=1, app_name="a", kind=kind, of=None, amount=7, currency="CNY",
        counter_account=ACCOUNTS[0].number, reference="r", accounts=(1, 2, 3), state="accepted",
        reason=None, refunded=0, step=0, due=AT, made_at=AT, changed_at=AT,
    )  # fmt: skip


@given(kind=st.sampled_from(KINDS), said=st.lists(st.sampled_from(SAID[1:]), max_size=8))
def test_money_goes_out_once_and_comes_back_once_whatever_is_said(kind, said):
    payment, balances = made(kind), [0, 0, 0]
    moves = moves_on_acceptance(kind)
    for each in [None, *said]:
        if each is not None:
            payment, moves = take_answer(payment, each, "AC04")
        for dr, cr in moves:
            balances[dr] -= 7
            balances[cr] += 7
        assert sum(balances) == 0
        waits = payment.state in ("accepted", "sent", "timed_out")
        if kind == "collect":
            assert balances[CLEARING] == 0
            assert balances[OWN] == (7 if payment.state == "settled" else 0)
        else:
            assert balances[CLEARING] == (7 if waits else 0)
            assert balances[OWN] == (0 if payment.state in ("rejected", "returned") else -7)
            assert balances[OUTSIDE] == (7 if payment.state == "settled" else 0)


@given(kind=st.sampled_from(KINDS), said=st.lists(st.sampled_from(SAID[1:]), max_size=8))
def test_a_payment_never_goes_back_to_a_state_that_it_has_left(kind, said):
    ranks = {name: rank for rank, name in enumerate(STATES)} | {"rejected": 3, "returned": 4}
    payment = made(kind)
    for each in said:
        after, _ = take_answer(payment, each, None)
        assert after.state == payment.state or ranks[after.state] > ranks[payment.state]
        payment = after


def test_numbers_of_test_accounts_bear_the_check_digit_of_cards():
    for account in ACCOUNTS:
        digits = [int(digit) for digit in reversed(account.number)]
        doubled = [d if i % 2 == 0 else 2 * d - 9 * (d > 4) for i, d in enumerate(digits)]
        assert len(digits) == 16
        assert sum(doubled) % 10 == 0
