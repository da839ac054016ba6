"""Prices of a tenant: what is read from a plan's JSON, and that it makes sense."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion, minor_digits, parse_money

PARTIES = ("bank", "vendor", "operator")
"""Who shares in what a tenant pays. The operator gets what is left."""

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Count = Annotated[int, Meta(ge=0, le=10**15)]
Title = Annotated[str, Meta(min_length=1, max_length=120)]
_METER = re.compile(r"[a-z][A-Za-z0-9_.]{0,199}")


class Shares(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Portions of the bank and of the vendor, `20%` or `1/3`; the rest is the operator's.
    `vendor_ref` is the ref of the vendor whose service it is, as the bank has admitted it; without
    one the portion is nobody's by name."""

    bank: str = "0%"
    vendor: str = "0%"
    vendor_ref: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,31}$")] | UnsetType = UNSET

    @property
    def whose(self) -> str:
        """The vendor's ref, "" where none is named."""
        return "" if self.vendor_ref is UNSET else self.vendor_ref

    def portions(self) -> list[Portion]:
        """Raises: Invalid."""
        return [
            Portion.parse(self.bank, param="shares"),
            Portion.parse(self.vendor, param="shares"),
        ]


class Tier(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Up to `up_to` (None: without end) it is `price` for each `per` of the charge, and `flat`
    once the tier is reached."""

    price: str
    up_to: Count | None = None
    flat: str = "0"


class Charge(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a meter costs in a month. `free` of it are free; `graduated`: each tier's price for
    what falls in it, `volume`: the price of the tier that the whole reaches. `title` is what people
    read on the invoice, in both languages as `席位 · Seats`; without one they read `name`."""

    name: Name
    meter: Annotated[str, Meta(min_length=1, max_length=200)]
    tiers: Annotated[list[Tier], Meta(min_length=1, max_length=20)]
    kind: Literal["traffic", "data"] = "traffic"
    mode: Literal["graduated", "volume"] = "graduated"
    per: Annotated[int, Meta(ge=1, le=10**9)] = 1
    free: Count = 0
    starts: date | None = None
    shares: Shares | None = None
    title: Title | None = None


class Coupon(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A rebate on each month of its days: a portion of the sum, or an amount."""

    code: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,32}$")]
    percent: str | None = None
    amount: str | None = None
    first: date | None = None
    until: date | None = None


class Item(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is subscribed by the piece, such as seats or modules: `price` for each of `quantity`
    and a period. Months are billed as they end, by days; quarters and years, counted from the
    plan's first day, in the month in which they begin, and what is left of one when another plan
    takes over is given back by days."""

    name: Name
    price: str
    quantity: Annotated[int, Meta(ge=1, le=10**6)] = 1
    period: Literal["month", "quarter", "year"] = "month"
    shares: Shares | None = None
    title: Title | None = None


class PlanBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A whole plan. Amounts are texts such as `99.00`."""

    title: Title
    currency: Annotated[str, Meta(min_length=3, max_length=3)] = "CNY"
    subscription: str = "0"
    items: Annotated[list[Item], Meta(max_length=100)] = []
    charges: Annotated[list[Charge], Meta(max_length=200)] = []
    coupons: Annotated[list[Coupon], Meta(max_length=20)] = []
    minimum: str = "0"
    shares: Shares | None = None

    @property
    def shared(self) -> Shares:
        """Who shares in what has no shares of its own."""
        return self.shares or Shares()

    @property
    def vendors(self) -> dict[str, str]:
        """Where each vendor that is named stands first, by ref: `shares`, `items[2].shares`."""
        found: dict[str, str] = {}
        places = [("shares", self.shares)]
        places += [(f"items[{n}].shares", item.shares) for n, item in enumerate(self.items)]
        places += [(f"charges[{n}].shares", each.shares) for n, each in enumerate(self.charges)]
        for at, shares in places:
            if shares is not None and shares.whose:
                found.setdefault(shares.whose, at)
        return found

    def check(self) -> None:
        """Raises: Invalid with `param`."""
        minor_digits(self.currency)
        for name in ("subscription", "minimum"):
            amount(getattr(self, name), self.currency, name)
        _check_shares(self.shared, "shares")
        for place, item in enumerate(self.items):
            amount(item.price, self.currency, f"items[{place}].price")
            if item.shares is not None:
                _check_shares(item.shares, f"items[{place}].shares")
        for place, charge in enumerate(self.charges):
            self._check_charge(charge, f"charges[{place}]")
        for place, coupon in enumerate(self.coupons):
            self._check_coupon(coupon, f"coupons[{place}]")
        for names, of in (
            ([item.name for item in self.items], "items"),
            ([charge.name for charge in self.charges], "charges"),
            ([coupon.code for coupon in self.coupons], "coupons"),
        ):
            if len(set(names)) < len(names):
                raise Invalid("a name stands twice", code="plan.twice", param=of)

    def _check_charge(self, charge: Charge, at: str) -> None:
        if not _METER.fullmatch(charge.meter):
            raise Invalid("this is no name of a meter", code="plan.meter", param=f"{at}.meter")
        least = 0
        for place, tier in enumerate(charge.tiers):
            where = f"{at}.tiers[{place}]"
            amount(tier.price, self.currency, f"{where}.price")
            amount(tier.flat, self.currency, f"{where}.flat")
            last = place == len(charge.tiers) - 1
            if (tier.up_to is None) != last or (tier.up_to is not None and tier.up_to <= least):
                raise Invalid(
                    "each tier ends above the one before, and only the last one has no end",
                    code="plan.tiers",
                    param=f"{where}.up_to",
                )
            least = tier.up_to or 0
        if charge.shares is not None:
            _check_shares(charge.shares, f"{at}.shares")

    def _check_coupon(self, coupon: Coupon, at: str) -> None:
        if (coupon.percent is None) == (coupon.amount is None):
            raise Invalid("a coupon has a percent or an amount", code="plan.coupon", param=at)
        if coupon.amount is not None:
            amount(coupon.amount, self.currency, f"{at}.amount")
        elif Portion.parse(coupon.percent, param=f"{at}.percent") > Portion(1, 1):
            raise Invalid(
                "a coupon takes off 100% at most", code="plan.coupon", param=f"{at}.percent"
            )


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of a tenant, or of an application of it that pays for itself (`payer`). It holds from
    `starts` until the payer's next one that is approved does."""

    tenant: int
    version: int
    starts: date
    body: PlanBody
    state: Literal["proposed", "approved", "rejected"]
    made_by: str
    decided_by: str | None
    payer: str = ""


def amount(text: str, currency: str, param: str) -> int:
    """Minor units of an amount that is not below zero. Raises: Invalid."""
    minor = parse_money(text, currency, param=param)
    if minor < 0:
        raise Invalid("a price is not negative", code="plan.negative", param=param)
    return minor


def _check_shares(shares: Shares, param: str) -> None:
    bank, vendor = shares.portions()
    if bank.num * vendor.den + vendor.num * bank.den > bank.den * vendor.den:
        raise Invalid("the shares are more than the whole", code="money.bad_shares", param=param)


def payers_of(plans: Sequence[Plan]) -> set[str]:
    """Who has prices that were approved: names of applications, empty for the tenant itself."""
    return {plan.payer for plan in plans if plan.state == "approved"}


def in_force(plans: Sequence[Plan], first: date, until: date) -> list[tuple[date, date, Plan]]:
    """Which approved plan of one payer holds on which days of a span: (first, until, plan), in
    order. Of those that start on one day the latest version holds."""
    by_start = held(plans)
    starts = list(by_start)
    spans = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else until
        begin, stop = max(start, first), min(end, until)
        if begin < stop:
            spans.append((begin, stop, by_start[start]))
    return spans


def held(plans: Sequence[Plan]) -> dict[date, Plan]:
    """The approved plans of one payer by the day from which each holds, in order."""
    by_start = {
        plan.starts: plan
        for plan in sorted(plans, key=lambda plan: plan.version)
        if plan.state == "approved"
    }
    return dict(sorted(by_start.items()))


def body_of(value: Any) -> PlanBody:
    """A plan's body from the database."""
    return msgspec.json.decode(value, type=PlanBody)
