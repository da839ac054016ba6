"""Screening: what is asked about, from which minor unit on, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.risk.screening import (
    Hit,
    Movement,
    Screen,
    ScreeningPolicy,
    ScreeningRule,
    read_screening,
)

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def moved(*orders: dict[str, Any]) -> list[Movement]:
    """Movements a minute apart on one day, unless an order says otherwise."""
    usual = {"day": 0, "payer": 1, "payee": 2, "amount": 100}
    return [
        Movement(str(n), **{"at": BEGIN + timedelta(minutes=n), **usual, **order})
        for n, order in enumerate(orders)
    ]


def found(*orders: dict[str, Any]) -> list[str]:
    """The rules of the bank's policy that ask about these."""
    return [hit.rule for hit in Screen(read_screening()).look_at_all(moved(*orders))]


def one(kind: str, **figures: int) -> Screen:
    rule = ScreeningRule(name=kind, kind=kind, purpose="fraud", mode="live", figures=figures)  # type: ignore[arg-type]
    return Screen(ScreeningPolicy(version="test", currency="CNY", rules=(rule,)))


@pytest.mark.parametrize(
    ("threshold", "flags", "rule"),
    [
        (50_000_00, {"cash": True}, "cash_day"),
        (500_000_00, {}, "person_day"),
        (2_000_000_00, {"firm": True}, "firm_day"),
    ],
)
def test_a_day_is_reported_from_its_threshold_on(
    threshold: int, flags: dict[str, bool], rule: str
) -> None:
    assert rule not in found({"amount": threshold - 1, **flags})
    assert rule in found({"amount": threshold, **flags})
    # Cut in two it is the same day; on two days it is not.
    half = {"amount": threshold // 2, **flags}
    assert rule in found(half, half)
    assert rule not in found(half, {**half, "day": 1})


def test_ten_payments_just_below_are_one_report() -> None:
    told = found(*({"amount": 49_999_99} for _ in range(10)))
    assert told.count("below_cash_threshold") == 1
    assert "person_day" not in told  # 499,999.90 in all


def test_payments_far_below_are_no_cutting_up() -> None:
    assert found(*({"amount": 30_000_00} for _ in range(10))) == []


def test_what_goes_to_oneself_or_in_another_currency_is_not_looked_at() -> None:
    assert (
        found({"amount": 900_000_00, "payee": 1}, {"amount": 900_000_00, "currency": "USD"}) == []
    )


def test_a_quick_row_of_payments_is_told_once_a_day() -> None:
    assert found(*({"payee": n + 10} for n in range(40))).count("quick_payments") == 0
    quick = [{"at": BEGIN + timedelta(seconds=20 * n), "amount": 100 + n} for n in range(40)]
    assert found(*quick).count("quick_payments") == 1


def test_an_amount_is_unusual_only_for_who_is_known() -> None:
    usual = [{"amount": 100_00} for _ in range(5)]
    assert "unusual_amount" in found(*usual, {"amount": 5_000_00})
    assert "unusual_amount" not in found(*usual[:4], {"amount": 5_000_00})
    assert "unusual_amount" not in found(*usual, {"amount": 4_999_99})


def test_a_large_sum_to_somebody_new_is_asked_about_in_the_shadow() -> None:
    screen = Screen(read_screening())
    before = [{"payee": n + 10} for n in range(3)]
    hits = screen.look_at_all(moved(*before, {"payee": 99, "amount": 20_000_00}))
    (hit,) = [each for each in hits if each.rule == "large_to_new_payee"]
    assert (hit.live, hit.facts["payee"], hit.customer) == (False, 99, 1)
    assert screen.look_at_all(moved({"payee": 99, "amount": 20_000_00})) == []


def test_many_pay_one_person_and_a_merchant_is_nobody() -> None:
    paid = [{"payer": 100 + n, "payee": 7, "amount": 10_000_00} for n in range(20)]
    assert found(*paid).count("fan_in") == 1
    assert "fan_in" not in found(*({**each, "firm": True} for each in paid))
    assert "fan_in" not in found(*paid[:19])


def test_many_devices_of_one_customer() -> None:
    paid = [{"device": f"d{n}"} for n in range(4)]
    assert "many_devices" in found(*paid)
    assert "many_devices" not in found(*paid[:3], {"device": "d3", "day": 1})
    assert "many_devices" not in found(*({} for _ in range(10)))


def ring(size: int, amount: int = 16_43, at: int = 0) -> list[dict[str, Any]]:
    return [
        {"payer": 100 + n, "payee": 100 + (n + 1) % size, "amount": amount, "day": at + n}
        for n in range(size)
    ]


def test_a_sum_that_comes_back_is_found_in_any_order_of_its_links() -> None:
    links = ring(5)
    for order in (links, links[::-1], links[2:] + links[:2]):
        hits = one("ring", accounts=3, days=180).look_at_all(moved(*order))
        assert [hit.facts["accounts"] for hit in hits] == [[100, 101, 102, 103, 104]]


def test_two_who_pay_each_other_are_no_ring() -> None:
    assert one("ring", accounts=3, days=180).look_at_all(moved(*ring(2))) == []


def test_a_ring_that_took_too_long_is_none() -> None:
    links = ring(3)
    links[2]["day"] = 200
    assert one("ring", accounts=3, days=180).look_at_all(moved(*links)) == []


def test_who_passes_the_same_sum_on_is_named_and_who_spends_it_is_not() -> None:
    chain = [{"payer": n, "payee": n + 1, "amount": 777} for n in range(1, 4)]
    hits = one("passing_on", hops=3, days=30).look_at_all(moved(*chain))
    assert sorted(hit.customer for hit in hits) == [1, 2, 3, 4]
    star = [{"payer": n, "payee": 50, "amount": 777} for n in range(1, 30)]
    assert one("passing_on", hops=3, days=30).look_at_all(moved(*star)) == []


@given(
    size=st.integers(3, 7),
    noise=st.lists(
        st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(1, 40)), max_size=60
    ),
    data=st.data(),
)
def test_a_planted_ring_is_found_among_anything(size: int, noise: Any, data: Any) -> None:
    planted = ring(size, amount=99_99)
    for link in planted:
        link["day"] = 0
    others = [{"payer": a, "payee": b, "amount": v} for a, b, v in noise]
    mixed = data.draw(st.permutations(planted + others))
    hits = one("ring", accounts=3, days=30).look_at_all(moved(*mixed))
    mine = [hit for hit in hits if hit.facts["amount_minor"] == 99_99]
    assert [hit.facts["accounts"] for hit in mine] == [list(range(100, 100 + size))]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from([100, 200])),
                max_size=40))  # fmt: skip
def test_shown_again_after_a_crash_it_says_the_same(orders: list[tuple[int, int, int]]) -> None:
    shown = moved(*({"payer": a, "payee": b, "amount": v} for a, b, v in orders))

    def told() -> list[Hit]:
        return Screen(read_screening()).look_at_all(shown)

    assert told() == told()
    keys = [(hit.rule, hit.key) for hit in told()]
    assert len(keys) == len(set(keys))
