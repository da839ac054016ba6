"""What a month costs: usage by day and the plans in force make the lines of an invoice.

Pure arithmetic on integers: every line is rounded once, half-even, and so are its shares, which
sum to it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import count, pairwise
from typing import Any

from enscene.billing.plan import (
    PARTIES,
    Charge,
    Coupon,
    Item,
    Plan,
    PlanBody,
    Shares,
    amount,
    held,
)
from enscene.kernel.money import Portion, allocate, half_even, portion_of

ByDay = Mapping[str, Mapping[date, int]]
"""Quantities by meter and day."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. It is for the days from `first` to `until` (exclusive); readings with numbers
    above `after_seq` are in it. `adjusts`: it belongs to a month that was closed before."""

    kind: str
    name: str
    meter: str | None
    first: date
    until: date
    quantity: int
    amount: int
    shares: dict[str, int]
    detail: dict[str, Any] = field(default_factory=dict)
    adjusts: bool = False
    after_seq: int = 0

    @property
    def last(self) -> date:
        """The last day that it is for."""
        return self.until - timedelta(days=1)

    @property
    def title(self) -> str:
        """What people read, where the plan gave it a title; else empty."""
        return str((self.detail.get("now") or self.detail).get("title", ""))

    @property
    def gives_back(self) -> bool:
        """Whether it is what was left of a quarter or year that was billed."""
        return bool((self.detail.get("now") or self.detail).get("given_back"))

    @property
    def vendor(self) -> str:
        """Whose service it is, by the vendor's ref; "" where no vendor is named."""
        return str(self.detail.get("vendor", ""))

    @property
    def key(self) -> tuple[str, str, date, date]:
        """What makes it the same line when the month is reckoned again."""
        return (self.kind, self.name, self.first, self.until)


def rate(charge: Charge, quantity: int, free: int, currency: str) -> tuple[int, dict[str, Any]]:
    """What a quantity costs in minor units, and how that comes about."""
    billable = max(quantity - free, 0)
    steps: list[dict[str, Any]] = []
    total = Fraction(0)
    lower = 0
    for tier in charge.tiers:
        if billable <= lower:
            break
        upper = billable if tier.up_to is None else min(billable, tier.up_to)
        whole = charge.mode == "volume"
        if not whole or tier.up_to is None or billable <= tier.up_to:
            counted = billable if whole else upper - lower
            price = amount(tier.price, currency, "price")
            flat = amount(tier.flat, currency, "flat")
            total += Fraction(counted * price, charge.per) + flat
            steps.append({"quantity": counted, "price": tier.price, "flat": tier.flat})
        lower = upper
    free_used = quantity - billable
    detail = {"free": free_used, "billable": billable, "per": charge.per, "mode": charge.mode,
              "steps": steps}  # fmt: skip
    return half_even(total.numerator, total.denominator), detail


def split(minor: int, shares: Shares) -> dict[str, int]:
    """Who gets how much of an amount; the operator gets what is left, so nothing is lost."""
    return dict(zip(PARTIES, allocate(minor, shares.portions()), strict=True))


def rate_month(spans: Iterable[tuple[date, date, Plan]], usage: ByDay, days: int) -> list[Line]:
    """The lines of a month of so many days; `spans` tell which plan holds on which days.

    Subscription, allowances and minimum are for the days that the plan holds; what was used on
    other days, or before a charge's own start, costs nothing.
    """
    lines: list[Line] = []
    for first, until, plan in spans:
        lines += _rate_span(first, until, plan.body, usage, Portion((until - first).days, days))
        lines += _rate_periods(first, until, plan)
    return lines


def give_back(plans: Sequence[Plan], first: date, until: date) -> list[Line]:
    """What is left of quarters and years that were billed, of plans that others of the same payer
    took over from on days of this span."""
    lines = []
    for (_, plan), (end, _) in pairwise(held(plans).items()):
        for item in plan.body.items if first <= end < until else ():
            for begin, stop in _periods(item, plan.starts):
                if begin >= end:
                    break
                if stop > end:
                    unused = Portion((stop - end).days, (stop - begin).days)
                    minor = -portion_of(_price(item, plan.body), unused)
                    lines.append(_line("subscription", item.name, None, end, stop, -item.quantity,
                                       minor, item.shares or plan.body.shared,
                                       {"given_back": True, **_titled(item)}))  # fmt: skip
    return lines


def _rate_span(first: date, until: date, body: PlanBody, usage: ByDay, part: Portion) -> list[Line]:
    currency = body.currency
    lines = []
    subscription = portion_of(amount(body.subscription, currency, "subscription"), part)
    if subscription:
        lines.append(_line("subscription", "subscription", None, first, until, 1, subscription,
                           body.shared, {"days": (until - first).days}))  # fmt: skip
    lines += [
        _line("subscription", item.name, None, first, until, item.quantity,
              portion_of(_price(item, body), part), item.shares or body.shared,
              {"days": (until - first).days, "price": item.price, **_titled(item)})
        for item in body.items if item.period == "month"
    ]  # fmt: skip
    for charge in body.charges:
        begin = max(first, charge.starts or first)
        quantity = sum(
            used for day, used in usage.get(charge.meter, {}).items() if begin <= day < until
        )
        if begin >= until or not quantity:
            continue
        minor, detail = rate(charge, quantity, portion_of(charge.free, part), currency)
        lines.append(_line(charge.kind, charge.name, charge.meter, begin, until, quantity, minor,
                           charge.shares or body.shared, detail | _titled(charge)))  # fmt: skip
    total = sum(line.amount for line in lines)
    for coupon in body.coupons:
        rebate = _rebate(coupon, total, first, until, part, currency)
        if rebate:
            total -= rebate
            lines.append(_line("coupon", coupon.code, None, first, until, 1, -rebate,
                               body.shared, {}))  # fmt: skip
    minimum = portion_of(amount(body.minimum, currency, "minimum"), part)
    if total < minimum:
        lines.append(_line("minimum", "minimum", None, first, until, 1, minimum - total,
                           body.shared, {}))  # fmt: skip
    return lines


_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _rate_periods(first: date, until: date, plan: Plan) -> Iterator[Line]:
    """Quarters and years that begin in the span, whole. Coupons and the minimum are for months and
    leave them alone: what is given back of one is what was paid for it."""
    for item in plan.body.items:
        if item.period == "month":
            continue
        for begin, stop in _periods(item, plan.starts):
            if begin >= until:
                break
            if begin >= first:
                yield _line("subscription", item.name, None, begin, stop, item.quantity,
                            _price(item, plan.body), item.shares or plan.body.shared,
                            {"period": item.period, "price": item.price, **_titled(item)})  # fmt: skip


def _periods(item: Item, starts: date) -> Iterator[tuple[date, date]]:
    """The quarters or years of an item, each from its first day to the day after its last."""
    if item.period != "month":
        months = _MONTHS[item.period]
        for n in count():
            yield _after(starts, months * n), _after(starts, months * (n + 1))


def _after(day: date, months: int) -> date:
    """So many months later, on the same day or the last that the month has."""
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def _titled(priced: Item | Charge) -> dict[str, Any]:
    return {"title": priced.title} if priced.title else {}


def _price(item: Item, body: PlanBody) -> int:
    return item.quantity * amount(item.price, body.currency, "price")


def _rebate(
    coupon: Coupon, total: int, first: date, until: date, part: Portion, currency: str
) -> int:
    """A coupon counts where its days and the span's have one in common; never more than is due."""
    if (coupon.first or first) >= until or (coupon.until or until) <= first:
        return 0
    if coupon.percent is not None:
        return min(portion_of(total, Portion.parse(coupon.percent)), total)
    assert coupon.amount is not None
    return min(portion_of(amount(coupon.amount, currency, "amount"), part), total)


def _line(
    kind: str,
    name: str,
    meter: str | None,
    first: date,
    until: date,
    quantity: int,
    minor: int,
    shares: Shares,
    detail: dict[str, Any],
) -> Line:
    if shares.whose:
        detail = {**detail, "vendor": shares.whose}
    return Line(kind, name, meter, first, until, quantity, minor, split(minor, shares), detail)


def adjust(now: Iterable[Line], billed: Iterable[Line], after_seq: int) -> list[Line]:
    """What the lines of a closed month have become, less what was billed of it: adjustments."""
    before: dict[tuple[str, str, date, date], list[Line]] = {}
    for line in billed:
        before.setdefault(line.key, []).append(line)
    lines: list[Line] = []
    for line in now:
        lines += _difference(line, before.pop(line.key, []), after_seq)
    for gone in before.values():
        first = gone[0]
        nothing = Line(first.kind, first.name, first.meter, first.first, first.until, 0, 0,
                       dict.fromkeys(PARTIES, 0))  # fmt: skip
        lines += _difference(nothing, gone, after_seq)
    return lines


def _difference(line: Line, billed: list[Line], after_seq: int) -> list[Line]:
    minor = line.amount - sum(each.amount for each in billed)
    quantity = line.quantity - sum(each.quantity for each in billed)
    if not minor and (not quantity or line.meter is None):
        return []
    shares = {
        party: line.shares[party] - sum(each.shares[party] for each in billed) for party in PARTIES
    }
    detail: dict[str, Any] = {
        "now": {**line.detail, "quantity": line.quantity, "amount": line.amount}
    }
    # Also where the line is gone: what was shared is taken back from whom it was given to.
    if vendor := next((each.vendor for each in (line, *billed) if each.vendor), ""):
        detail["vendor"] = vendor
    return [Line(line.kind, line.name, line.meter, line.first, line.until, quantity, minor,
                 shares, detail, adjusts=True, after_seq=after_seq)]  # fmt: skip
