"""Who takes part in scenes, what they think of them, and how soon scenes were there."""

from __future__ import annotations

from typing import Any

import ibis

from enscene.operations.indicators.figure import grouped, indicator, joined, spans
from enscene.operations.indicators.functions import MILLION, divide
from enscene.operations.indicators.reading import Reading


@indicator("participants.new")
def new(reading: Reading) -> Any:
    """By role of the pack."""
    enrolment = reading.table("enrolment")
    dated = enrolment.select(
        "tenant", "scene", day=reading.local(enrolment.since), key=enrolment.role
    )
    rows = spans(reading, dated, ("day", "week", "month"))
    return grouped(rows, "key", value=rows.count())


@indicator("participants.total")
def total(reading: Reading) -> Any:
    """By role, of those who take part still."""
    enrolment = reading.table("enrolment")
    rows = enrolment.filter(
        enrolment.active & (reading.local(enrolment.since) <= ibis.literal(reading.window.day))
    )
    rows = rows.select(
        "tenant", "scene", key="role", grain=ibis.literal("day"),
        first=ibis.literal(reading.window.day),
    )  # fmt: skip
    return grouped(rows, "key", value=rows.count())


@indicator("participants.by_kind")
def by_kind(reading: Reading) -> Any:
    """By kind of party, each once however many roles it has."""
    enrolment, party = reading.table("enrolment"), reading.table("party")
    last = ibis.literal(reading.window.day)
    active = enrolment.filter(enrolment.active & (reading.local(enrolment.since) <= last))
    met = active.inner_join(party, (active.tenant == party.tenant) & (active.party == party.id))
    rows = met.select(
        active.tenant, active.scene, active.party, key=party.kind, grain=ibis.literal("day"),
        first=last,
    )  # fmt: skip
    return grouped(rows, "key", value=rows.party.nunique())


@indicator("satisfaction.stars")
def stars(reading: Reading) -> Any:
    """The mean, in millionths of a star, by the role of who gave them."""
    said = reading.kept("stars")
    each = said.select("tenant", "scene", "day", key="role", stars=said.stars.unnest())
    rows = spans(reading, each, ("day", "month"))
    sums = grouped(rows, "key", part=rows.stars.sum(), whole=rows.count())
    return sums.mutate(value=divide(sums.part.cast("int64") * MILLION, sums.whole))


@indicator("scenes.to_live")
def to_live(reading: Reading) -> Any:
    """Seconds from the choice of the template, on the day on which the scene went live first."""
    event = reading.until_end(reading.table("event"))
    keys = ["tenant", "scene"]
    times = event.select("tenant", "scene", "action", at=event["at"].truncate("s").epoch_seconds(),
                         day=reading.local(event["at"]))  # fmt: skip
    begun, live = (
        told.group_by(keys).agg(at=told["at"].min(), day=told.day.min())
        for told in (times.filter(times.action == f"scene.{name}") for name in ("created", "live"))
    )
    met = joined(live, begun, keys, begun="at")
    rows = spans(reading, met, ("day",))
    return grouped(rows, value=(rows["at"] - rows.begun).sum())
