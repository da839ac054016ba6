"""What a service takes its customers: how long a case lasts, and how many acts it asks of people.

A case is what happens to one thing of a pack within a month and the two before it. It counts in the
month of its last act, the clock's apart: what the clock does later, such as closing an old order, is
no part of the service. So that figures cost no more as the log grows, what is older than these months
is not looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis

from enscene.operations.indicators.figure import grouped, indicator
from enscene.operations.indicators.functions import divide, share
from enscene.operations.indicators.reading import STAGES, Reading

MONTHS_BACK = 2
"""Before the month of the last act; older beginnings are cut off."""
NOBODY = "party"
"""Before the colon of a subject that is no thing."""


def cases(reading: Reading) -> Any:
    """tenant, scene, key (kind of thing), count, seconds, steps: of the cases of the month."""
    first, last = reading.window.span("month")
    since = first
    for _ in range(MONTHS_BACK):
        since = (since - timedelta(days=1)).replace(day=1)
    begin, of_month, end = (
        ibis.literal(reading.window.begin_of(day))
        for day in (since, first, last + timedelta(days=1))
    )
    event = reading.table("event")
    done = event.filter(
        (event["at"] >= begin) & (event["at"] < end) & (event.scene > 0)
        & event.subject.contains(":") & ~event.action.contains(".")
    )  # fmt: skip
    clock = done.actor.startswith("clock:")
    by_people = ~(clock | done.actor.startswith("trigger:"))
    things = done.group_by(["tenant", "scene", "subject"]).agg(
        begun=done["at"].min(),
        ended=ibis.cases((~clock, done["at"])).max(),
        steps=by_people.cast("int64").sum(),
    )
    ended = things.filter(things.ended >= of_month)
    told = ended.mutate(
        key=ended.subject.substr(0, ended.subject.find(":")),
        seconds=ended.ended.truncate("s").epoch_seconds()
        - ended.begun.truncate("s").epoch_seconds(),
    )
    told = told.filter(told.key != NOBODY)
    return told.group_by(["tenant", "scene", "key"]).agg(
        count=told.count(),
        seconds=told.seconds.sum().cast("int64"),
        steps=told.steps.sum().cast("int64"),
    )


def _of_month(reading: Reading) -> Any:
    first = ibis.literal(reading.window.span("month")[0])
    return reading.kept("cases").mutate(grain=ibis.literal("month"), first=first)


@indicator("service.count")
def count(reading: Reading) -> Any:
    """Cases, by kind of thing."""
    rows = _of_month(reading)
    return grouped(rows, "key", value=rows["count"].sum())


@indicator("service.seconds")
def seconds(reading: Reading) -> Any:
    """The mean of whole seconds, from the first event of a case to its last act."""
    rows = _of_month(reading)
    sums = grouped(rows, "key", part=rows.seconds.sum(), whole=rows["count"].sum())
    return sums.mutate(value=divide(sums.part, sums.whole))


@indicator("service.steps")
def steps(reading: Reading) -> Any:
    """The mean number of acts of people and their devices, in millionths."""
    rows = _of_month(reading)
    sums = grouped(rows, "key", part=rows.steps.sum(), whole=rows["count"].sum())
    return sums.mutate(value=share(sums.part, sums.whole))


STAGES[cases.__name__] = cases
