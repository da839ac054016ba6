"""What a quantity costs: tiers, allowances, coupons, minimum, shares; sums come out whole."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.billing import Charge, Line, Plan, PlanBody, Shares, Tier, in_force, rate, rate_month
from enscene.billing.rate import adjust, give_back, split
from enscene.kernel.errors import Invalid
from enscene.metering import after_month

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)
TIERS = [Tier("0.10", up_to=100), Tier("0.05", up_to=1000), Tier("0.01")]


def body(**more: Any) -> PlanBody:
    return msgspec.convert({"title": "plan", **more}, PlanBody)


def plan(starts: date, version: int = 1, state: Any = "approved", **more: Any) -> Plan:
    return Plan(1, version, starts, body(**more), state, "a", "b")


def month(plans: list[Plan], usage: dict[str, dict[date, int]]) -> list[Line]:
    return rate_month(in_force(plans, JUNE, JULY), usage, 30)


def charge(**more: Any) -> Charge:
    return Charge("calls", "api.writes", **({"tiers": TIERS} | more))


@pytest.mark.parametrize(
    ("quantity", "graduated", "volume"),
    [(0, 0, 0), (1, 10, 10), (100, 1000, 1000), (101, 1005, 505), (1000, 5500, 5000),
     (1001, 5501, 1001)],
)  # fmt: skip
def test_tiers(quantity: int, graduated: int, volume: int) -> None:
    assert rate(charge(), quantity, 0, "CNY")[0] == graduated
    assert rate(charge(mode="volume"), quantity, 0, "CNY")[0] == volume


def test_parts_of_a_unit_are_rounded_once_half_even() -> None:
    per = charge(tiers=[Tier("0.01", up_to=500), Tier("0.01")], per=1000)
    assert [rate(per, n, 0, "CNY")[0] for n in (499, 500, 501, 1500, 2500)] == [0, 0, 1, 2, 2]


def test_a_flat_price_counts_where_its_tier_is_reached() -> None:
    flat = charge(tiers=[Tier("0", up_to=10, flat="5.00"), Tier("1.00", flat="2.00")])
    assert [rate(flat, n, 0, "CNY")[0] for n in (0, 10, 11)] == [0, 500, 800]


@given(st.integers(0, 10**12), st.integers(0, 10**6))
def test_what_is_free_costs_nothing_and_more_never_costs_less(quantity: int, free: int) -> None:
    minor, detail = rate(charge(), quantity, free, "CNY")
    assert detail["free"] + detail["billable"] == quantity
    assert sum(step["quantity"] for step in detail["steps"]) == detail["billable"]
    assert (minor == 0) == (quantity <= free)
    assert rate(charge(), quantity + 1, free, "CNY")[0] >= minor


@given(st.integers(-(10**15), 10**15), st.integers(0, 100), st.integers(0, 100))
def test_shares_sum_to_the_whole(minor: int, bank: int, vendor: int) -> None:
    shares = Shares(f"{bank}%", f"{min(vendor, 100 - bank)}%")
    parts = split(minor, shares)
    assert sum(parts.values()) == minor
    assert abs(parts["bank"] - Fraction(minor * bank, 100)) <= Fraction(1, 2)


USAGE = st.dictionaries(
    st.integers(0, 29).map(lambda n: JUNE + timedelta(days=n)), st.integers(0, 10**6), max_size=10
)


@given(USAGE, st.integers(1, 29), st.integers(0, 10**4))
def test_a_month_sums_up_and_no_use_is_billed_twice_or_before_its_start(
    used: dict[date, int], change: int, minimum: int
) -> None:
    prices = {
        "subscription": "99.99",
        "minimum": str(minimum),
        "charges": [msgspec.to_builtins(charge(free=100))],
        "coupons": [{"code": "TEN", "percent": "10%"}],
        "shares": {"bank": "1/3", "vendor": "20%"},
    }
    start, later = JUNE + timedelta(days=2), JUNE + timedelta(days=2 + change)
    lines = month([plan(start, **prices), plan(later, 2, **prices)], {"api.writes": used})
    for line in lines:
        assert sum(line.shares.values()) == line.amount
    billed = sum(line.quantity for line in lines if line.meter)
    assert billed == sum(n for day, n in used.items() if day >= start)
    for first in {line.first for line in lines}:
        assert sum(line.amount for line in lines if line.first == first) >= 0
    assert adjust(lines, lines, 7) == []


@given(USAGE, USAGE)
def test_adjustments_bring_a_closed_month_to_what_it_is_now(
    before: dict[date, int], late: dict[date, int]
) -> None:
    plans = [plan(JUNE, charges=[msgspec.to_builtins(charge(mode="volume"))],
                  coupons=[{"code": "ALL", "percent": "15%"}])]  # fmt: skip
    billed = month(plans, {"api.writes": before})
    both = {day: before.get(day, 0) + late.get(day, 0) for day in {*before, *late}}
    now = month(plans, {"api.writes": both})
    extra = adjust(now, billed, 5)
    assert all(line.adjusts and line.after_seq == 5 for line in extra)
    assert sum(each.amount for each in [*billed, *extra]) == sum(each.amount for each in now)
    assert sum(e.quantity for e in extra if e.meter) == sum(late.values())
    assert adjust(now, [*billed, *extra], 9) == []


def test_a_new_charge_bills_nothing_earlier_than_its_start() -> None:
    late = msgspec.to_builtins(charge(starts=date(2026, 6, 20), tiers=[Tier("1.00")]))
    used = {date(2026, 6, 19): 5, date(2026, 6, 20): 7}
    (line,) = month([plan(JUNE, charges=[late])], {"api.writes": used})
    assert (line.first, line.quantity, line.amount) == (date(2026, 6, 20), 7, 700)


def test_subscription_allowance_and_minimum_are_for_the_days_that_the_plan_holds() -> None:
    prices = {"subscription": "300.00", "minimum": "600.00",
              "charges": [msgspec.to_builtins(charge(free=30, tiers=[Tier("1.00")]))]}  # fmt: skip
    lines = month([plan(date(2026, 6, 16), **prices)], {"api.writes": {date(2026, 6, 16): 20}})
    assert [(line.kind, line.amount) for line in lines] == [
        ("subscription", 15000), ("traffic", 500), ("minimum", 14500),
    ]  # fmt: skip


def test_coupons_never_take_more_than_there_is() -> None:
    coupons = [{"code": "A", "percent": "60%"}, {"code": "B", "amount": "99.00"},
               {"code": "OLD", "amount": "1.00", "until": "2026-06-01"}]  # fmt: skip
    lines = month([plan(JUNE, subscription="100.00", coupons=coupons)], {})
    assert [line.amount for line in lines] == [10000, -6000, -4000]


def test_the_latest_plan_of_a_day_holds_and_proposals_do_not() -> None:
    plans = [plan(JUNE, subscription="1.00"), plan(JUNE, 2, subscription="2.00"),
             plan(JUNE, 3, "proposed", subscription="9.00"),
             plan(date(2026, 6, 16), 4, "rejected", subscription="9.00")]  # fmt: skip
    assert [line.amount for line in month(plans, {})] == [200]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"subscription": "-1.00"}, "plan.negative"),
        ({"subscription": "1.001"}, "money.bad_amount"),
        ({"currency": "XXQ"}, "money.unknown_currency"),
        ({"shares": {"bank": "60%", "vendor": "41%"}}, "money.bad_shares"),
        ({"coupons": [{"code": "A"}]}, "plan.coupon"),
        ({"coupons": [{"code": "A", "percent": "101%"}]}, "plan.coupon"),
        ({"charges": [{"name": "a", "meter": "A", "tiers": [{"price": "1"}]}]}, "plan.meter"),
        ({"charges": [{"name": "a", "meter": "a", "tiers": [{"price": "1", "up_to": 1}]}]},
         "plan.tiers"),
        ({"charges": [{"name": "a", "meter": "a",
                       "tiers": [{"price": "1"}, {"price": "1"}]}]}, "plan.tiers"),
        ({"charges": [{"name": "a", "meter": "a", "tiers": [{"price": "1"}]}] * 2}, "plan.twice"),
    ],
)  # fmt: skip
def test_plans_that_make_no_sense(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        body(**wrong).check()
    assert caught.value.code == code


def items(**more: Any) -> dict[str, Any]:
    return {"items": [{"name": "seats", "price": "12.00", "quantity": 10, **more}]}


def test_seats_by_the_month_are_billed_by_days() -> None:
    (line,) = month([plan(date(2026, 6, 16), **items())], {})
    assert (line.kind, line.name, line.quantity, line.amount) == ("subscription", "seats", 10, 6000)


def test_a_quarter_is_billed_where_it_begins_and_a_coupon_leaves_it_alone() -> None:
    half = [{"code": "HALF", "percent": "50%"}]
    own = plan(date(2026, 3, 31), coupons=half, minimum="1.00", **items(period="quarter"))
    lines = month([own], {})
    assert [(line.name, line.first, line.until, line.amount) for line in lines] == [
        ("minimum", JUNE, JULY, 100),
        ("seats", date(2026, 6, 30), date(2026, 9, 30), 12000),
    ]
    assert [line.name for line in rate_month([(date(2026, 5, 1), JUNE, own)], {}, 31)] == [
        "minimum"
    ]


@given(st.dates(JUNE, date(2028, 3, 31)), st.sampled_from(["quarter", "year"]), st.integers(1, 99))
def test_who_changes_the_plan_has_paid_for_the_days_it_held(
    end: date, period: str, quantity: int
) -> None:
    old = plan(JUNE, **items(period=period, quantity=quantity))
    plans = [old, plan(end, version=2)]
    first, lines = JUNE, []
    while first <= end:
        until = after_month(first)
        spans = in_force(plans, first, until)
        lines += rate_month(spans, {}, (until - first).days) + give_back(plans, first, until)
        first = until
    paid = sum(line.amount for line in lines)
    if end == JUNE:
        assert paid == 0
        return
    whole, part = 0, Fraction(0)
    for line in lines:
        if line.amount > 0 and line.until <= end:
            whole += line.amount
        elif line.amount > 0:
            part = Fraction(line.amount * (end - line.first).days, (line.until - line.first).days)
    assert abs(paid - whole - part) <= Fraction(1, 2)
    assert all(sum(line.shares.values()) == line.amount for line in lines)


def test_what_was_never_billed_is_not_given_back() -> None:
    rejected = plan(date(2026, 6, 10), version=2, state="rejected")
    year = plan(JUNE, **items(period="year"))
    assert give_back([year, rejected], JUNE, JULY) == []
    assert give_back([plan(JUNE, **items()), plan(date(2026, 6, 9), version=2)], JUNE, JULY) == []
