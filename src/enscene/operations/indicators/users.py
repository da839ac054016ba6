"""Who uses scenes, who stays, and who becomes a customer of the bank."""

from __future__ import annotations

from typing import Any

import ibis

from enscene.operations.indicators.figure import grouped, indicator, joined, spans
from enscene.operations.indicators.functions import share
from enscene.operations.indicators.reading import Reading

_WHO = ("tenant", "scene", "customer")
REFERRED_DAYS = 30
"""As `engagement/referrals` has it; a test holds the two together."""


def _month(reading: Reading) -> Any:
    """tenant, scene, customer, days: who used a scene in the month."""
    use = reading.kept("use")
    first, last = reading.window.span("month")
    within = use.filter((use.day >= ibis.literal(first)) & (use.day <= ibis.literal(last)))
    users = within.group_by(list(_WHO)).agg(days=within.count())
    return users.mutate(grain=ibis.literal("month"), first=ibis.literal(first))


@indicator("users.active")
def active(reading: Reading) -> Any:
    """Customers."""
    rows = spans(reading, reading.kept("use"), ("day", "week", "month"))
    return grouped(rows, value=rows.customer.nunique())


@indicator("users.visits")
def visits(reading: Reading) -> Any:
    """Customers and days."""
    rows = _month(reading)
    return grouped(rows, value=rows.days.sum())


@indicator("users.new")
def new(reading: Reading) -> Any:
    """First uses."""
    rows = spans(reading, reading.kept("first_use"), ("day", "week", "month"))
    return grouped(rows, value=rows.count())


def _referred(reading: Reading) -> Any:
    """tenant, scene, customer, day of the first use: who used the scene within `REFERRED_DAYS` after it
    was said who had asked them, and not before; not by themselves."""
    referral, party = reading.table("referral"), reading.table("party")
    whose = party.select("tenant", "id", "customer")
    who, by = whose, whose.view()
    met = referral.inner_join(who, (referral.tenant == who.tenant) & (referral.customer == who.id))
    came = met.select(
        referral.tenant, referral.scene, who.customer, referral.referrer,
        said=reading.local(referral["at"]),
    )  # fmt: skip
    both = came.left_join(by, (came.tenant == by.tenant) & (came.referrer == by.id))
    both = both.select(*(came[name] for name in came.columns), asked=by.customer.fill_null(0))
    both = both.filter(both.customer != both.asked)
    said = both.group_by(list(_WHO)).agg(said=both.said.min())
    rows = joined(reading.kept("first_use"), said, _WHO, said="said")
    until = rows.said + ibis.interval(days=REFERRED_DAYS)
    return rows.filter((rows.day >= rows.said) & (rows.day <= until.cast("date")))


@indicator("users.referred")
def referred(reading: Reading) -> Any:
    """Of the first uses, those that another customer had asked for."""
    rows = spans(reading, _referred(reading), ("day", "month"))
    return grouped(rows, value=rows.count())


@indicator("users.referred_share")
def referred_share(reading: Reading) -> Any:
    """The same, of all first uses of the month."""
    brought = _referred(reading).select(*_WHO).mutate(brought=ibis.literal(1, "int64"))
    use = spans(reading, reading.kept("first_use"), ("month",))
    met = use.left_join(brought, [use[name] == brought[name] for name in _WHO])
    rows = met.select(
        use.tenant, use.scene, use.grain, use.first, brought=brought.brought.fill_null(0)
    )
    sums = grouped(rows, part=rows.brought.sum(), whole=rows.count())
    return sums.mutate(value=share(sums.part, sums.whole))


@indicator("users.repeat_share")
def repeat_share(reading: Reading) -> Any:
    """On two days or more, of all."""
    rows = _month(reading)
    sums = grouped(rows, part=(rows.days > 1).cast("int64").sum(), whole=rows.count())
    return sums.mutate(value=share(sums.part, sums.whole))


@indicator("users.converted_share")
def converted_share(reading: Reading) -> Any:
    """With a contract by the month's end, of all."""
    owned, rows = reading.kept("owned"), _month(reading)
    owned = owned.filter(owned.day <= ibis.literal(reading.window.span("month")[1]))
    owned = owned.select("tenant", "customer").mutate(has=ibis.literal(1, "int64"))
    met = rows.left_join(
        owned, (rows.tenant == owned.tenant) & (rows.customer == owned.customer)
    ).select(rows.tenant, rows.scene, rows.grain, rows.first, has=owned.has.fill_null(0))
    sums = grouped(met, part=met.has.sum(), whole=met.count())
    return sums.mutate(value=share(sums.part, sums.whole))


@indicator("users.retained_share")
def retained_share(reading: Reading) -> Any:
    """Of those of the month before, who came again."""
    use, now = reading.kept("use"), _month(reading)
    first, last = reading.window.month_before
    before = use.filter((use.day >= ibis.literal(first)) & (use.day <= ibis.literal(last)))
    before = before.select(*_WHO).distinct()
    came = now.select(*_WHO).mutate(again=ibis.literal(1, "int64"))
    met = before.left_join(came, [before[name] == came[name] for name in _WHO]).select(
        before.tenant, before.scene, again=came.again.fill_null(0)
    )
    met = met.mutate(
        grain=ibis.literal("month"), first=ibis.literal(reading.window.span("month")[0])
    )
    sums = grouped(met, part=met.again.sum(), whole=met.count())
    return sums.mutate(value=share(sums.part, sums.whole))


@indicator("users.cohort")
def cohort(reading: Reading) -> Any:
    """Users of the month by the month in which they came first."""
    rows = joined(_month(reading), reading.kept("first_use"), _WHO, begun="day")
    rows = rows.mutate(key=_month_of(rows.begun))
    return grouped(rows, "key", value=rows.count())


def _month_of(day: Any) -> Any:
    """`2026-03`, without the engines' own words for it."""
    return day.year().cast("string") + "-" + day.month().cast("string").lpad(2, "0")


@indicator("conversion.any_touch")
def any_touch(reading: Reading) -> Any:
    """New customers of the bank who had used the scene by then."""
    rows = _converted(reading)
    return grouped(rows, value=rows.count())


@indicator("conversion.first_touch")
def first_touch(reading: Reading) -> Any:
    """The same, in the scene alone that they had used first, by the first offer's channel."""
    rows = _converted(reading)
    whose = ["tenant", "customer"]
    earliest = rows.group_by([*whose, "grain"]).agg(earliest=rows.used.min())
    rows = joined(rows, earliest, (*whose, "grain"), earliest="earliest")
    rows = rows.filter(rows.used == rows.earliest)
    least = rows.group_by([*whose, "grain"]).agg(least=rows.scene.min())
    rows = joined(rows, least, (*whose, "grain"), least="least")
    rows = rows.filter(rows.scene == rows.least)
    offers = _first_channels(reading)
    met = rows.left_join(offers, [rows[name] == offers[name] for name in _WHO])
    found = met.select(
        rows.tenant, rows.scene, rows.grain, rows.first, key=offers.channel.fill_null("")
    )
    return grouped(found, "key", value=found.count())


def _converted(reading: Reading) -> Any:
    """Customers whose first contract is of these days, and the scenes that they had used by then."""
    owned = reading.kept("owned").select("tenant", "customer", "day")
    rows = joined(
        spans(reading, owned, ("day", "month")),
        reading.kept("first_use"), ("tenant", "customer"), scene="scene", used="day",
    )  # fmt: skip
    return rows.filter(rows.used <= rows.day)


def _first_channels(reading: Reading) -> Any:
    """tenant, scene, customer, channel of the first offer; the least name of those at one time."""
    offer, party = reading.table("offer"), reading.table("party")
    met = offer.inner_join(party, (offer.tenant == party.tenant) & (offer.customer == party.id))
    rows = met.select(offer.tenant, offer.scene, party.customer, offer["at"], offer.channel)
    first = rows.group_by(list(_WHO)).agg(begun=rows["at"].min())
    rows = joined(rows, first, _WHO, begun="begun")
    rows = rows.filter(rows["at"] == rows.begun)
    return rows.group_by(list(_WHO)).agg(channel=rows.channel.min())
