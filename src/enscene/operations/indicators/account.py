"""The account of each scene: the whole ledger of the tenant by class. Sums are minor units, credits
less debits: what the bank owes stands above zero, what it is owed below."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis

from enscene.operations.indicators.figure import grouped, indicator, spans
from enscene.operations.indicators.functions import divide, share
from enscene.operations.indicators.posted import begins_of, posted
from enscene.operations.indicators.reading import Reading

AGENCY = "agency"
BOUND = ("kept", "cards", "invested", "lent")
"""Classes of what a customer has at the bank, or owes it."""


def _keyed(rows: Any) -> Any:
    return rows.rename(key="class")


@indicator("account.balance")
def balance(reading: Reading) -> Any:
    """At the end of the day and of the month, by class."""
    rows = reading.kept("by_class")
    parts = []
    for grain in ("day", "month"):
        first, last = reading.window.span(grain)
        until = rows.filter(rows.day <= ibis.literal(last))
        parts.append(until.mutate(grain=ibis.literal(grain), first=ibis.literal(first)))
    sums = grouped(
        _keyed(ibis.union(*parts)), "key", "currency", value=ibis._.minor.sum().cast("int64")
    )
    return sums.filter(sums.value != 0)


@indicator("account.moved")
def moved(reading: Reading) -> Any:
    """Of the day and of the month, by class."""
    rows = _keyed(spans(reading, reading.kept("by_class"), ("day", "month")))
    sums = grouped(rows, "key", "currency", value=rows.minor.sum().cast("int64"))
    return sums.filter(sums.value != 0)


@indicator("account.average")
def average(reading: Reading) -> Any:
    """Mean of the balances at the ends of the month's days, up to the last of which anything is
    known."""
    first, end = reading.window.span("month")
    rows, until = reading.kept("by_class"), reading.kept("last_day")
    met = rows.inner_join(until, rows.tenant == until.tenant)
    rows = met.select(*(rows[name] for name in rows.columns), until.last)
    days = [ibis.literal(first + timedelta(days=n)) for n in range((end - first).days + 1)]
    holds = sum(((rows.day <= day) & (day <= rows.last)).cast("int64") for day in days)
    whole = sum((day <= rows.last).cast("int64") for day in days)
    rows = rows.mutate(
        held=rows.minor * holds, days=whole, grain=ibis.literal("month"), first=ibis.literal(first)
    )
    sums = grouped(
        _keyed(rows), "key", "currency",
        held=ibis._.held.sum().cast("int64"), days=ibis._.days.max(),
    )  # fmt: skip
    sums = sums.mutate(value=divide(sums.held, sums.days))
    return sums.filter(sums.value != 0)


def _flows(rows: Any) -> Any:
    """What was taken in for others and paid out for them, key `collected` or `paid`."""
    took = rows.filter((rows.getter == AGENCY) & (rows.giver != AGENCY))
    gave = rows.filter((rows.giver == AGENCY) & (rows.getter != AGENCY))
    return ibis.union(
        took.mutate(key=ibis.literal("collected")), gave.mutate(key=ibis.literal("paid"))
    )


@indicator("account.agency")
def agency(reading: Reading) -> Any:
    """Volumes, by direction."""
    rows = spans(reading, _flows(reading.kept("pairs")), ("day", "month"))
    return grouped(rows, "key", "currency", value=rows.minor.sum().cast("int64"))


@indicator("account.stays")
def stays(reading: Reading) -> Any:
    """What customers of the month's agency flows have at the bank at its end, in whichever scene."""
    flows = spans(reading, _flows(posted(reading)), ("month",))
    sides = ibis.union(
        flows.select("tenant", "scene", account="debit"),
        flows.select("tenant", "scene", account="credit"),
    ).distinct()
    account = _owned(reading)
    met = sides.inner_join(
        account, (sides.tenant == account.tenant) & (sides.account == account.id)
    )
    who = met.select(sides.tenant, sides.scene, account.customer).distinct()
    held = held_by(reading)
    met = who.inner_join(held, (who.tenant == held.tenant) & (who.customer == held.customer))
    rows = met.select(
        who.tenant, who.scene, held.currency, minor=held.after, key=held["class"],
        grain=ibis.literal("month"), first=ibis.literal(reading.window.span("month")[0]),
    )  # fmt: skip
    sums = grouped(rows, "key", "currency", value=rows.minor.sum().cast("int64"))
    return sums.filter(sums.value != 0)


def _owned(reading: Reading) -> Any:
    """Accounts of customers, with the customer: the bank and its own books are none."""
    account, party = reading.kept("classed"), reading.table("party")
    party = party.filter(party.kind != "bank")
    met = account.inner_join(party, (account.tenant == party.tenant) & (account.owner == party.id))
    return met.select(
        account.tenant, account.id, party.customer,
        **{"class": account["class"]},
    )  # fmt: skip


def held_by(reading: Reading) -> Any:
    """tenant, customer, class, currency, before and after, as `had` says of accounts."""
    account, each = _owned(reading), reading.kept("had")
    account = account.filter(account["class"].isin(BOUND))
    met = each.inner_join(account, (each.tenant == account.tenant) & (each.account == account.id))
    rows = met.select(
        each.tenant, each.currency, each.before, each.after, account.customer,
        **{"class": account["class"]},
    )  # fmt: skip
    return rows.group_by(["tenant", "customer", "class", "currency"]).agg(
        before=rows.before.sum().cast("int64"), after=rows.after.sum().cast("int64")
    )


@indicator("account.subsidies")
def subsidies(reading: Reading) -> Any:
    """What left money set apart for subsidies, the bank's and that of others, and what lines paid."""
    rows = reading.kept("pairs")
    some = ("tenant", "scene", "currency", "day", "minor")
    left = rows.filter((rows.giver == "subsidies") & (rows.getter != "subsidies"))
    left = left.select(*some, key="of")
    paid = rows.filter((rows.getter == "benefits") & (rows.giver != "benefits"))
    both = ibis.union(left, paid.select(*some, key=ibis.literal("benefits")))
    rows = spans(reading, both, ("day", "month"))
    return grouped(rows, "key", "currency", value=rows.minor.sum().cast("int64"))


def _spilled(reading: Reading) -> Any:
    """Contracts that users opened elsewhere by the month's end, not before their first use, which was
    in this month or one of the two before."""
    contract, party = reading.table("contract"), reading.table("party")
    met = contract.inner_join(
        party, (contract.tenant == party.tenant) & (contract.customer == party.id)
    )
    opened = met.select(
        contract.tenant, contract.product, party.customer, at=contract.scene,
        day=reading.local(contract.opened_at),
    )  # fmt: skip
    begun = _begun(reading)
    both = opened.inner_join(
        begun, (opened.tenant == begun.tenant) & (opened.customer == begun.customer)
    )
    rows = both.select(*(opened[name] for name in opened.columns), begun.scene, used=begun.day)
    end = ibis.literal(reading.window.span("month")[1])
    return rows.filter((rows["at"] != rows.scene) & (rows.used <= rows.day) & (rows.day <= end))


def _begun(reading: Reading) -> Any:
    """First uses of this month and the two before."""
    last, use = reading.window.span("month")[1], reading.kept("first_use")
    return use.filter(
        (use.day >= ibis.literal(begins_of(reading))) & (use.day <= ibis.literal(last))
    )


@indicator("account.spill_over")
def spill_over(reading: Reading) -> Any:
    """Contracts of the month, by product."""
    rows = spans(reading, _spilled(reading), ("month",)).rename(key="product")
    return grouped(rows, "key", value=rows.count())


@indicator("account.spill_share")
def spill_share(reading: Reading) -> Any:
    """Of who began, those who opened anything elsewhere."""
    whose = ("tenant", "scene", "customer")
    begun = _begun(reading).select(*whose)
    has = _spilled(reading).select(*whose).distinct().mutate(has=ibis.literal(1, "int64"))
    met = begun.left_join(has, [begun[name] == has[name] for name in whose])
    rows = met.select(
        begun.tenant, begun.scene, has=has.has.fill_null(0), grain=ibis.literal("month"),
        first=ibis.literal(reading.window.span("month")[0]),
    )  # fmt: skip
    sums = grouped(rows, part=rows.has.sum(), whole=rows.count())
    return sums.mutate(value=share(sums.part, sums.whole))
