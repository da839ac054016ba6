"""What expressions read: the tables of a lake, and what several of them stand on, made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import ibis

from enscene.operations.indicators.functions import people_of, stars_of, text_at
from enscene.operations.indicators.window import Window

TOUCHED, ANSWERED = ("seen", "taken"), "offer.answered"
TILL = "settlement"
"""Role of the accounts to which customers pay, and from which the bank pays out."""
OUTSIDE = "outside"
"""Role of accounts whose money is not kept at the bank."""
NOT_PAYERS = (TILL, OUTSIDE, "income")
Keep = Callable[[str, Any], Any]


class Reading:
    """`table` gives a kind of the lake. `keep` stores an expression under a name and gives it as a
    table, so that what it stands on is read once."""

    def __init__(self, table: Callable[[str], Any], keep: Keep, window: Window) -> None:
        self.table = cache(table)
        self.window = window
        self._keep = keep
        self._kept: dict[str, Any] = {}

    def kept(self, name: str) -> Any:
        """A table of `STAGES`, by name."""
        if name not in self._kept:
            self._kept[name] = self._keep(name, STAGES[name](self))
        return self._kept[name]

    def local(self, at: Any) -> Any:
        """The day of a time."""
        return self.window.local_day(at)

    def until_end(self, rows: Any) -> Any:
        """Those that are no later than anything that is looked at."""
        end = self.window.begin_of(self.window.last + timedelta(days=1))
        return rows.filter(rows["at"] < ibis.literal(end))

    def since_first(self, rows: Any) -> Any:
        """Those of days that are looked at one by one."""
        begin = self.window.begin_of(self.window.first)
        return rows.filter(rows["at"] >= ibis.literal(begin))


def _people(reading: Reading) -> Any:
    """Parties who are persons."""
    party = reading.table("party")
    return party.filter(party.kind == "person").select("tenant", "ref", "customer")


def _done(reading: Reading) -> Any:
    """Actions of scenes, with the reference and the kind of who did them."""
    event = reading.until_end(reading.table("event"))
    done = event.filter(
        (event.scene > 0) & ~event.action.contains(".")
        & ~event.actor.startswith("clock:") & ~event.actor.startswith("trigger:")
    )  # fmt: skip
    return done.mutate(who=done.actor.substr(done.actor.find(":") + 1))


def by_persons(reading: Reading) -> Any:
    """tenant, scene, customer, day: who did something, once a day."""
    done, people = _done(reading), _people(reading)
    met = done.inner_join(people, (done.tenant == people.tenant) & (done.who == people.ref))
    return met.select(
        done.tenant, done.scene, people.customer, day=reading.local(done["at"])
    ).distinct()


def by_devices(reading: Reading) -> Any:
    """tenant, scene, day, who: those with whom devices did something."""
    done, party = _done(reading), reading.table("party")
    devices = party.filter(party.kind == "device").select("tenant", "ref")
    met = done.inner_join(devices, (done.tenant == devices.tenant) & (done.who == devices.ref))
    return met.select(
        done.tenant, done.scene, day=reading.local(done["at"]), who=people_of(done.facts)
    )


def use(reading: Reading) -> Any:
    """tenant, scene, customer, day: who used a scene on which day, at any time there was."""
    people, shown = _people(reading), reading.kept("by_devices")
    shown = shown.mutate(who=shown.who.unnest())
    met = shown.inner_join(people, (shown.tenant == people.tenant) & (shown.who == people.ref))
    served = met.select(shown.tenant, shown.scene, people.customer, shown.day)
    return ibis.union(reading.kept("by_persons"), served, distinct=True)


def first_use(reading: Reading) -> Any:
    """tenant, scene, customer, day of the first use."""
    found = reading.kept("use")
    return found.group_by(["tenant", "scene", "customer"]).agg(day=found.day.min())


def owned(reading: Reading) -> Any:
    """tenant, customer, day of the first contract."""
    contract, party = reading.table("contract"), reading.table("party")
    met = contract.inner_join(
        party, (contract.tenant == party.tenant) & (contract.customer == party.id)
    )
    found = met.select(contract.tenant, party.customer, day=reading.local(contract.opened_at))
    return found.group_by(["tenant", "customer"]).agg(day=found.day.min())


def clicked(reading: Reading) -> Any:
    """tenant, offer, day of the first click."""
    event = reading.until_end(reading.table("event"))
    said = event.filter(event.action == ANSWERED)
    said = said.select(
        "tenant", day=reading.local(said["at"]),
        offer=text_at(said.facts, "$.offer.id"), outcome=text_at(said.facts, "$.offer.outcome"),
    )  # fmt: skip
    touched = said.filter(said.outcome.isin(TOUCHED))
    return touched.group_by(["tenant", "offer"]).agg(day=touched.day.min())


def stars(reading: Reading) -> Any:
    """tenant, scene, day, role of who says it, stars."""
    event = reading.until_end(reading.table("event"))
    said = event.filter(event.facts.contains('"ratings"') & (event.scene > 0))
    return said.select(
        "tenant", "scene", day=reading.local(said["at"]),
        role=said.actor.re_extract("^[^:]*", 0), stars=stars_of(said.facts),
    )  # fmt: skip


def _moved(reading: Reading, *, all_time: bool = False) -> Any:
    """Postings that move money, with the roles of both accounts. A posting is of the scene of the
    account that gives, or else of the one that gets; 0: of none, as between the bank's own books."""
    posting, account = reading.until_end(reading.table("posting")), reading.table("account")
    posting = posting if all_time else reading.since_first(posting)
    gives, gets = account.view(), account.view()
    real = posting.filter(posting.kind.isin(("post", "capture")))
    met = real.inner_join(gives, (real.tenant == gives.tenant) & (real.debit == gives.id))
    with_giver = met.select(
        real.tenant, real.shard, real.seq, real.debit, real.credit, real.amount, real.currency,
        real.flow, day=reading.local(real["at"]), giver=gives.role, at_giver=gives.scene,
    )  # fmt: skip
    both = with_giver.inner_join(
        gets, (with_giver.tenant == gets.tenant) & (with_giver.credit == gets.id)
    )
    return both.select(
        with_giver.tenant, with_giver.shard, with_giver.seq, with_giver.debit, with_giver.credit,
        with_giver.amount, with_giver.currency, with_giver.flow, with_giver.day, with_giver.giver,
        getter=gets.role,
        scene=ibis.cases((with_giver.at_giver > 0, with_giver.at_giver), else_=gets.scene),
    )  # fmt: skip


def payment(reading: Reading) -> Any:
    """Units in which a till gets money of a payer; `outside` is 1 where none of it was kept here."""
    rows = _moved(reading)
    paid = rows.filter((rows.getter == TILL) & (rows.giver != TILL))
    key = ["tenant", "scene", "day", "currency", "shard", "seq"]
    units = paid.group_by(key).agg(
        flow=paid.flow.min(), outside=(paid.giver == OUTSIDE).cast("int64").min()
    )
    return units.group_by(["tenant", "scene", "day", "flow", "currency", "outside"]).agg(
        count=units.count()
    )


def daily(reading: Reading) -> Any:
    """tenant, scene, day, currency, turnover and income, of each day there was."""
    rows = _moved(reading)
    sums = rows.mutate(
        turnover=ibis.cases(
            ((rows.getter == TILL) & (rows.giver != TILL), rows.amount),
            ((rows.giver == TILL) & ~rows.getter.isin(NOT_PAYERS), -rows.amount),
            else_=ibis.literal(0, "int64"),
        ),
        income=ibis.cases((rows.getter.isin(FEES), rows.amount), else_=ibis.literal(0, "int64"))
        - ibis.cases((rows.giver.isin(FEES), rows.amount), else_=ibis.literal(0, "int64")),
    )  # fmt: skip
    return sums.group_by(["tenant", "scene", "day", "currency"]).agg(
        turnover=sums.turnover.sum().cast("int64"), income=sums.income.sum().cast("int64")
    )


def standing(reading: Reading) -> Any:
    """tenant, scene, role, account, currency, minor: what an account has at the end of the day, as
    far as it came through the scene."""
    rows = _moved(reading, all_time=True)
    rows = rows.filter(rows.day <= ibis.literal(reading.window.day))
    got = rows.select(
        "tenant", "scene", "currency", role="getter", account="credit", minor="amount"
    )
    gave = rows.select(
        "tenant", "scene", "currency", role="giver", account="debit", minor=-rows.amount
    )
    both = ibis.union(got, gave)
    both = both.filter(both.role.isin((*DEPOSITS, *LOANS)))
    return both.group_by(["tenant", "scene", "role", "account", "currency"]).agg(
        minor=both.minor.sum().cast("int64")
    )


FEES = ("income", "fees", "penalties")
DEPOSITS = ("deposits", "current", "stored_value", "settlement", "pool", "escrow")
"""Roles of accounts that hold customers' money at the bank."""
LOANS = ("principal", "card")
"""Roles of accounts below zero by what customers owe."""
STAGES: dict[str, Callable[[Reading], Any]] = {
    each.__name__: each
    for each in (by_persons, by_devices, use, first_use, owned, clicked, stars, payment, daily,
                 standing)
}  # fmt: skip
