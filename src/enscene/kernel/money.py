"""Money: integer minor units inside, decimal strings outside, every division exact.

An amount is an `int` of minor units (1230 is 12.30 CNY, 1230 JPY, 1.230 KWD) next to a currency
known from elsewhere. No float ever touches it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from enscene.kernel._currencies import MINOR_DIGITS
from enscene.kernel.errors import Invalid
from enscene.kernel.said import say

MAX_MINOR = 10**18 - 1
"""Largest amount, in minor units, that may come in; nine of them still add up in a bigint."""

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,4}))?")
_PERCENT = re.compile(r"(0|[1-9][0-9]{0,5})(?:\.([0-9]{1,9}))?%")
_RATIO = re.compile(r"(0|[1-9][0-9]{0,8})/([1-9][0-9]{0,8})")


def minor_digits(currency: str) -> int:
    """How many minor digits the currency has: 2 for CNY, 0 for JPY. Unknown codes are Invalid."""
    digits = MINOR_DIGITS.get(currency)
    if digits is None:
        raise Invalid(
            say("{currency} is not an active ISO 4217 currency code.", currency=repr(currency)),
            code="money.unknown_currency",
            param="currency",
        )
    return digits


def parse_money(text: object, currency: str, *, param: str | None = None) -> int:
    """Minor units of a decimal string: `parse_money("12.3", "CNY") == 1230`.

    Only plain decimal strings with at most the currency's digits are taken; numbers, signs
    other than a leading minus, exponents, blanks and leading zeros are
    `Invalid("money.bad_amount")`.
    """
    digits = minor_digits(currency)
    match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise _bad_amount(text, currency, digits, param)
    sign, whole, fraction = match.groups()
    fraction = fraction or ""
    if len(fraction) > digits:
        raise _bad_amount(text, currency, digits, param)
    minor = int(whole + fraction.ljust(digits, "0"))
    if minor > MAX_MINOR:
        raise _bad_amount(text, currency, digits, param)
    return -minor if sign else minor


def _bad_amount(text: object, currency: str, digits: int, param: str | None) -> Invalid:
    if isinstance(text, str):
        detail = say(
            "{text} is not an amount of {currency}.", text=repr(text[:40]), currency=currency
        )
    else:
        detail = say("An amount is a string, not {name}.", name=type(text).__name__)
    example = "12." + "30000"[:digits] if digits else "12"
    return Invalid(
        detail,
        code="money.bad_amount",
        param=param,
        hint=say('Write it as a decimal string such as "{example}".', example=example),
        facts={"currency": currency, "digits": digits},
    )


def format_money(minor: int, currency: str) -> str:
    """The decimal string of an amount, with all digits: `format_money(1230, "CNY") == "12.30"`."""
    digits = minor_digits(currency)
    if digits == 0:
        return str(minor)
    text = str(abs(minor)).rjust(digits + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}"


def half_even(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded to the nearest integer, ties to the even one, exactly."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    quotient, remainder = divmod(numerator, denominator)
    twice = remainder * 2
    if twice > denominator or (twice == denominator and quotient & 1):
        return quotient + 1
    return quotient


@dataclass(frozen=True, slots=True)
class Portion:
    """An exact ratio >= 0 in lowest terms, such as 0.3% (3/1000) or 1/3."""

    num: int
    den: int

    def __post_init__(self) -> None:
        if self.num < 0 or self.den <= 0:
            raise Invalid(say("A portion is not negative."), code="money.bad_portion")
        common = gcd(self.num, self.den)
        object.__setattr__(self, "num", self.num // common)
        object.__setattr__(self, "den", self.den // common)

    @classmethod
    def parse(cls, text: object, *, param: str | None = None) -> Portion:
        """A portion from "0.3%" or "1/3"; anything else is `Invalid("money.bad_portion")`."""
        if isinstance(text, str):
            if percent := _PERCENT.fullmatch(text):
                fraction = percent[2] or ""
                return cls(int(percent[1] + fraction), 100 * 10 ** len(fraction))
            if ratio := _RATIO.fullmatch(text):
                return cls(int(ratio[1]), int(ratio[2]))
        raise Invalid(
            say("{value} is not a portion.", value=repr(str(text)[:40])),
            code="money.bad_portion",
            param=param,
            hint=say('Write it as "0.3%" or "1/3".'),
        )

    def __str__(self) -> str:
        scaled, rest = divmod(self.num * 100 * 10**9, self.den)
        if rest:
            return f"{self.num}/{self.den}"
        whole, fraction = divmod(scaled, 10**9)
        digits = f"{fraction:09d}".rstrip("0")
        return f"{whole}.{digits}%" if digits else f"{whole}%"

    def __lt__(self, other: Portion) -> bool:
        return self.num * other.den < other.num * self.den

    def __le__(self, other: Portion) -> bool:
        return self.num * other.den <= other.num * self.den

    def __gt__(self, other: Portion) -> bool:
        return self.num * other.den > other.num * self.den

    def __ge__(self, other: Portion) -> bool:
        return self.num * other.den >= other.num * self.den


def portion_of(amount: int, portion: Portion) -> int:
    """That portion of the amount, rounded half-even to a minor unit."""
    return half_even(amount * portion.num, portion.den)


def allocate(amount: int, shares: Sequence[Portion]) -> list[int]:
    """The amount split by shares, the rest as the last item; the items sum to the amount.

    Each share is rounded half-even and takes no more than what those before it left. Shares
    that sum to more than the whole are `Invalid("money.bad_shares")`.
    """
    if sum((Fraction(share.num, share.den) for share in shares), Fraction(0)) > 1:
        raise Invalid(say("The shares sum to more than the whole."), code="money.bad_shares")
    sign = -1 if amount < 0 else 1
    left = abs(amount)
    parts: list[int] = []
    for share in shares:
        part = min(portion_of(abs(amount), share), left)
        left -= part
        parts.append(sign * part)
    parts.append(sign * left)
    return parts


def cumulative_share(total_part: int, whole: int, refunded_before: int, refund_now: int) -> int:
    """How much of one component a partial refund gives back.

    A payment of `whole` had a component of `total_part` (a fee, a subsidy). After
    `refunded_before` of it, `refund_now` more is refunded. The answer is the difference of two
    cumulative half-even shares, so successive refunds that reach the whole give back exactly
    `total_part`, however they were cut.
    """
    if whole <= 0 or refunded_before < 0 or refund_now < 0:
        raise Invalid(say("A refund needs a positive payment."), code="money.bad_refund")
    after = refunded_before + refund_now
    if after > whole:
        raise Invalid(say("Refunds exceed what was paid."), code="money.bad_refund")
    before_share = half_even(total_part * refunded_before, whole)
    return half_even(total_part * after, whole) - before_share
