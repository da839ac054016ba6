from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.kernel.money import (
    MAX_MINOR,
    Portion,
    allocate,
    cumulative_share,
    format_money,
    half_even,
    minor_digits,
    parse_money,
    portion_of,
)

CURRENCIES = st.sampled_from(["CNY", "JPY", "KWD", "CLF", "EUR", "VND", "CZK"])
AMOUNTS = st.integers(-MAX_MINOR, MAX_MINOR)
PORTIONS = st.builds(
    lambda num, den: Portion(min(num, den), den), st.integers(0, 10**6), st.integers(1, 10**6)
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.3", "CNY", 1230),
        ("12.30", "CNY", 1230),
        ("0", "CNY", 0),
        ("0.05", "CNY", 5),
        ("-0.05", "CNY", -5),
        ("-0.00", "CNY", 0),
        ("12", "JPY", 12),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
        ("999999999999999.999", "KWD", MAX_MINOR),
    ],
)
def test_amounts_are_read_exactly(text: str, currency: str, minor: int) -> None:
    assert parse_money(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 5",
        "5 ",
        "5\n",
        "+5",
        "1e3",
        "1E3",
        "NaN",
        "Infinity",
        "-",
        ".5",
        "5.",
        "05",
        "00",
        "1,000",
        "0x10",
        "1_000",
        "٣",
        "１",
        "12.345",
        "1000000000000000",
        "--1",
        "1.2.3",
        5,
        5.0,
        1.5,
        True,
        None,
        b"5",
        ["5"],
    ],
)
def test_anything_but_a_plain_decimal_string_is_refused(text: object) -> None:
    with pytest.raises(Invalid) as caught:
        parse_money(text, "CNY", param="input.price")
    assert caught.value.code == "money.bad_amount"
    assert caught.value.param == "input.price"


def test_digits_are_those_of_the_currency() -> None:
    assert [minor_digits(code) for code in ("CNY", "JPY", "KWD", "UYW")] == [2, 0, 3, 4]
    for text, currency in [("1.5", "JPY"), ("1.2345", "KWD"), ("999999999999999", "CLF")]:
        with pytest.raises(Invalid, match="not an amount"):
            parse_money(text, currency)


@pytest.mark.parametrize("code", ["XXX", "cny", "RMB", "HRK", "XAU", "", "CN"])
def test_unknown_currencies_are_refused(code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_money("1", code)
    assert caught.value.code == "money.unknown_currency"


@given(AMOUNTS, CURRENCIES)
def test_format_and_parse_are_inverse(minor: int, currency: str) -> None:
    if abs(minor) < 10 ** (15 + minor_digits(currency)):
        assert parse_money(format_money(minor, currency), currency) == minor


def test_amounts_are_written_with_all_digits() -> None:
    assert format_money(5, "CNY") == "0.05"
    assert format_money(-1230, "CNY") == "-12.30"
    assert format_money(-7, "JPY") == "-7"
    assert format_money(7, "KWD") == "0.007"


@given(st.integers(), st.integers().filter(bool))
def test_half_even_is_the_rounding_of_fractions(numerator: int, denominator: int) -> None:
    assert half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("text", "num", "den"),
    [
        ("0.3%", 3, 1000),
        ("100%", 1, 1),
        ("0%", 0, 1),
        ("2/6", 1, 3),
        ("0/9", 0, 1),
        ("12.50%", 1, 8),
    ],
)
def test_portions_are_exact_and_reduced(text: str, num: int, den: int) -> None:
    assert Portion.parse(text) == Portion(num, den)
    assert (Portion.parse(text).num, Portion.parse(text).den) == (num, den)


@pytest.mark.parametrize(
    "text", ["0.3", "-1%", "1/0", "1/-2", " 1%", "1 %", "01%", "1e1%", "%", "/", 0.3, None, "1/02"]
)
def test_bad_portions_are_refused(text: object) -> None:
    with pytest.raises(Invalid) as caught:
        Portion.parse(text, param="options.fee")
    assert (caught.value.code, caught.value.param) == ("money.bad_portion", "options.fee")


@given(PORTIONS)
def test_portions_are_read_back_from_their_text(portion: Portion) -> None:
    assert Portion.parse(str(portion)) == portion


@given(PORTIONS, PORTIONS)
def test_portions_are_ordered_as_fractions(left: Portion, right: Portion) -> None:
    a, b = Fraction(left.num, left.den), Fraction(right.num, right.den)
    assert (left < right, left <= right, left > right, left >= right, left == right) == (
        a < b,
        a <= b,
        a > b,
        a >= b,
        a == b,
    )


@given(AMOUNTS, PORTIONS)
def test_a_portion_is_within_half_a_minor_unit(amount: int, portion: Portion) -> None:
    exact = Fraction(amount * portion.num, portion.den)
    assert abs(portion_of(amount, portion) - exact) <= Fraction(1, 2)


@given(AMOUNTS, st.lists(st.integers(0, 1000), max_size=6))
def test_allocation_sums_to_the_whole(amount: int, weights: list[int]) -> None:
    whole = max(sum(weights), 1)
    shares = [Portion(weight, whole) for weight in weights]
    parts = allocate(amount, shares)
    assert sum(parts) == amount
    assert len(parts) == len(shares) + 1
    assert all(part * amount >= 0 for part in parts), "no part has the other sign"
    assert all(
        abs(part) <= abs(portion_of(amount, share))
        for part, share in zip(parts, shares, strict=False)
    )


def test_allocation_gives_the_rest_last() -> None:
    assert allocate(1250, [Portion.parse("0.3%")]) == [4, 1246]
    assert allocate(3, [Portion(1, 2), Portion(1, 2)]) == [2, 1, 0]
    assert allocate(-1250, [Portion(1, 3)]) == [-417, -833]
    with pytest.raises(Invalid, match="more than the whole"):
        allocate(100, [Portion(2, 3), Portion(1, 2)])


@given(st.data(), st.integers(1, MAX_MINOR), st.integers(0, 10**6))
def test_partial_refunds_give_the_component_back_exactly(
    data: st.DataObject, whole: int, per_million: int
) -> None:
    component = whole * per_million // 10**6
    cuts = data.draw(st.lists(st.integers(0, whole), max_size=8))
    steps = [0, *sorted(cuts), whole]
    given_back = [
        cumulative_share(component, whole, before, after - before)
        for before, after in pairwise(steps)
    ]
    assert sum(given_back) == component
    for part, (before, after) in zip(given_back, pairwise(steps), strict=True):
        assert 0 <= part <= after - before, "a component gives back no more than is refunded"


@pytest.mark.parametrize(
    ("whole", "before", "now"), [(0, 0, 0), (10, -1, 1), (10, 0, -1), (10, 9, 2)]
)
def test_impossible_refunds_are_refused(whole: int, before: int, now: int) -> None:
    with pytest.raises(Invalid) as caught:
        cumulative_share(1, whole, before, now)
    assert caught.value.code == "money.bad_refund"
