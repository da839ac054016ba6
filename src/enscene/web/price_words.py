"""Prices as people read them: a plan's charges, tiers and coupons in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from enscene.billing import Charge, Coupon, Item, Plan, PlanBody, Shares, held
from enscene.web.billing_view import money_text, price_each
from enscene.web.language import Texts
from enscene.web.meter_words import MeterWords
from enscene.web.render import called, number


@dataclass(frozen=True, slots=True)
class Priced:
    """One thing of a plan: what it is called, the meter's name, what it costs, who shares."""

    title: str
    meter: str
    says: Sequence[str]
    shares: str


@dataclass(frozen=True, slots=True)
class PlanWords:
    """A plan in words; what it does not have is empty."""

    subscription: str
    minimum: str
    items: Sequence[Priced]
    charges: Sequence[Priced]
    coupons: Sequence[str]
    shares: str


def plan_words(body: PlanBody, words: Mapping[str, MeterWords], t: Texts) -> PlanWords:
    """A plan in the reader's language; `words` knows each meter of it."""
    currency = body.currency
    zero = money_text("0", currency)
    subscription, minimum = (
        money_text(text, currency) for text in (body.subscription, body.minimum)
    )
    return PlanWords(
        "" if subscription == zero else subscription,
        "" if minimum == zero else minimum,
        [_item(item, currency, t) for item in body.items],
        [_charge(charge, words[charge.meter], currency, t) for charge in body.charges],
        [_coupon(coupon, currency, t) for coupon in body.coupons],
        shares_words(body.shared, t),
    )


def standings_of(plans: Sequence[Plan], today: date) -> dict[int, str]:
    """By version: `proposed`, `rejected`, `in_force`, `upcoming`, or `over` where another one
    took over or was approved for the same day."""
    found: dict[int, str] = {}
    for payer in {plan.payer for plan in plans}:
        own = [plan for plan in plans if plan.payer == payer]
        by_day = held(own)
        now = max((day for day in by_day if day <= today), default=None)
        for plan in own:
            if plan.state != "approved":
                found[plan.version] = plan.state
            elif by_day[plan.starts].version != plan.version:
                found[plan.version] = "over"
            elif plan.starts == now:
                found[plan.version] = "in_force"
            else:
                found[plan.version] = "upcoming" if plan.starts > today else "over"
    return found


def shares_words(shares: Shares, t: Texts) -> str:
    """Who gets how much."""
    whose = f" ({shares.whose})" if shares.whose else ""
    return t("billing.shares_say", bank=shares.bank, vendor=shares.vendor + whose)


def _item(item: Item, currency: str, t: Texts) -> Priced:
    title = called(item.title or "", t.language) or t.known(f"billing.item_names.{item.name}")
    says = t(
        "billing.says.pieces",
        count=number(item.quantity),
        price=money_text(item.price, currency),
        period=t(f"billing.periods.{item.period}"),
    )
    return Priced(title or item.name, "", [says], _own_shares(item.shares, t))


def _charge(charge: Charge, own: MeterWords, currency: str, t: Texts) -> Priced:
    says = []
    if charge.free:
        says.append(t("billing.free_each_month", quantity=own.written(charge.free)))
    lower = 0
    for tier in charge.tiers:
        price = price_each(tier.price, charge.per, own, currency, t)
        if money_text(tier.flat, currency) != money_text("0", currency):
            flat = money_text(tier.flat, currency)
            price = t("billing.with_flat", price=price, flat=flat)
        if len(charge.tiers) > 1:
            first, last = own.written(lower), own.written(tier.up_to or 0)
            if tier.up_to is None:
                price = t("billing.tier_above", least=first, price=price)
            elif lower:
                price = t("billing.tier_between", least=first, most=last, price=price)
            else:
                price = t("billing.tier_first", most=last, price=price)
        says.append(price)
        lower = tier.up_to or 0
    if len(charge.tiers) > 1:
        says.append(t(f"billing.modes.{charge.mode}"))
    if charge.starts:
        says.append(t("billing.billed_from", day=charge.starts))
    title = called(charge.title or "", t.language)
    return Priced(title or own.name, own.name if title else "", says,
                  _own_shares(charge.shares, t))  # fmt: skip


def _coupon(coupon: Coupon, currency: str, t: Texts) -> str:
    off = coupon.percent or money_text(coupon.amount or "0", currency)
    said = t("billing.coupon_says", code=coupon.code, off=off)
    if coupon.first:
        said += t("billing.coupon_first", day=coupon.first)
    if coupon.until:
        said += t("billing.coupon_until", day=coupon.until)
    return said


def _own_shares(shares: Shares | None, t: Texts) -> str:
    return "" if shares is None else shares_words(shares, t)
