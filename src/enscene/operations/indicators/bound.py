"""What customers who began with a scene have more at the bank than before, and others like them: sums
by stratum, from which the comparison is made (`operations/scene_account/bound.py`).

Strata are the kind of the customer and how much they had at the bank before. Those who never used the
scene are all customers less its users, so that nobody is counted once for each scene."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from enscene.operations.indicators.account import held_by
from enscene.operations.indicators.figure import grouped, indicator
from enscene.operations.indicators.functions import divide
from enscene.operations.indicators.posted import begins_of
from enscene.operations.indicators.reading import Reading

COMPARED = ("kept", "lent")
"""Classes: deposits, and what is owed (below zero)."""
BANDS = (1, 100_000, 1_000_000, 10_000_000)
"""Minor units of what somebody had, without its sign, from which the next band begins."""
SIZE = 1_000
"""Squares are of changes in so many minor units, so that sums of them hold in 64 bits."""
SIDES = ("all", "used", "began")
MEASURES = ("count", "sum", "squares")
_NOBODY = frozenset({"bank", "device"})


@indicator("account.bound")
def bound(reading: Reading) -> Any:
    """Of all known customers in scene 0, of those who ever used a scene and of those who began with it
    in this month or the two before: how many, and how much more they have."""
    begins, ends = begins_of(reading), reading.window.span("month")[1]
    rows = _changes(reading, begins)
    use = reading.kept("first_use")
    use = use.filter(use.day <= ibis.literal(ends))
    met = rows.inner_join(use, (rows.tenant == use.tenant) & (rows.customer == use.customer))
    users = met.select(*(rows[name] for name in rows.columns), use.scene, use.day)
    everybody = rows.mutate(scene=ibis.literal(0, "int32"))
    sides = {
        "all": everybody, "used": users,
        "began": users.filter(users.day >= ibis.literal(begins)),
    }  # fmt: skip
    parts = []
    for side in SIDES:
        each = sides[side].mutate(
            grain=ibis.literal("month"), first=ibis.literal(reading.window.span("month")[0])
        )
        sums = grouped(
            each, "stratum", "currency", count=each.count(),
            sum=each.change.sum().cast("int64"), squares=each.square.sum().cast("int64"),
        )  # fmt: skip
        parts += [
            sums.select(
                *("tenant", "scene", "grain", "day", "currency"),
                key=sums.stratum + f":{side}:{measure}",
                value=sums[measure].cast("int64"),
            )
            for measure in MEASURES
        ]
    return ibis.union(*parts)


def _changes(reading: Reading, begins: date) -> Any:
    """tenant, customer, stratum, currency, change and square, of every customer known before and each
    class and currency that anybody has."""
    held = held_by(reading)
    held = held.filter(held["class"].isin(COMPARED))
    key = ["tenant", "customer", "class", "currency"]
    moved = held.select(*key, had="before", change=held.after - held.before)
    people, books = _known(reading, begins), moved.select("tenant", "class", "currency").distinct()
    met = people.inner_join(books, people.tenant == books.tenant)
    every = met.select(*(people[n] for n in people.columns), books["class"], books.currency)
    met = every.left_join(moved, [every[name] == moved[name] for name in key])
    rows = met.select(
        *(every[name] for name in every.columns),
        had=moved.had.fill_null(0).abs(), change=moved.change.fill_null(0),
    )  # fmt: skip
    band = sum((rows.had >= least).cast("int64") for least in BANDS)
    size = divide(rows.change, ibis.literal(SIZE, "int64"))
    return rows.select(
        "tenant", "customer", "currency", "change", square=size * size,
        stratum=rows["class"] + ":" + rows.kind + ":" + band.cast("string"),
    )  # fmt: skip


def _known(reading: Reading, begins: date) -> Any:
    """tenant, customer, kind: who was registered before that day; a customer of several parties is of
    the first kind by name."""
    party = reading.table("party")
    known = party.filter(
        ~party.kind.isin(tuple(sorted(_NOBODY)))
        & (reading.local(party.created_at) < ibis.literal(begins))
    )
    return known.group_by(["tenant", "customer"]).agg(kind=known.kind.min())
