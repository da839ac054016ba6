"""From the offer to the contract: each step on the day on which it was taken."""

from __future__ import annotations

from typing import Any

import ibis

from enscene.operations.indicators.figure import grouped, indicator, joined, spans
from enscene.operations.indicators.functions import share
from enscene.operations.indicators.reading import Reading

PEOPLE = ("called_in", "joined", "overridden", "reopened")
"""Steps of an application in which somebody of the bank has a hand."""
OVER = ("given_up", "expired")
"""Steps that only say that it is over."""


@indicator("link.shown")
def shown(reading: Reading) -> Any:
    """Offers."""
    offer = reading.table("offer")
    dated = offer.select("tenant", "scene", day=reading.local(offer["at"]))
    rows = spans(reading, dated, ("day", "month"))
    return grouped(rows, value=rows.count())


@indicator("link.clicked")
def clicked(reading: Reading) -> Any:
    """Offers that were opened or taken for the first time."""
    offer = reading.table("offer")
    offers = offer.select("tenant", "scene", offer="id")
    dated = joined(offers, reading.kept("clicked"), ("tenant", "offer"), day="day")
    rows = spans(reading, dated, ("day", "month"))
    return grouped(rows, value=rows.count())


@indicator("link.applied")
def applied(reading: Reading) -> Any:
    """Applications, those from an offer apart."""
    application = reading.table("application")
    dated = application.select(
        "tenant", "scene", day=reading.local(application.begun_at),
        key=ibis.cases((application.offer.isnull(), "unasked"), else_="offer"),
    )  # fmt: skip
    rows = spans(reading, dated, ("day", "month"))
    return grouped(rows, "key", value=rows.count())


@indicator("link.contracted")
def contracted(reading: Reading) -> Any:
    """Contracts, by product."""
    contract = reading.table("contract")
    dated = contract.select(
        "tenant", "scene", day=reading.local(contract.opened_at), key=contract["product"]
    )
    rows = spans(reading, dated, ("day", "month"))
    return grouped(rows, "key", value=rows.count())


@indicator("applications.straight_through")
def straight_through(reading: Reading) -> Any:
    """Of applications that became contracts, those without a hand of the bank's people."""
    application, step = reading.table("application"), reading.table("application_step")
    by_hand = step.filter(step.step.isin(PEOPLE) | (step.channel == "manager"))
    by_hand = by_hand.select("tenant", id="application").distinct()
    by_hand = by_hand.mutate(hand=ibis.literal(1, "int64"))
    done = application.filter(application.state == "done")
    met = done.left_join(by_hand, (done.tenant == by_hand.tenant) & (done.id == by_hand.id))
    dated = met.select(
        done.tenant, done.scene, day=reading.local(done.ended_at), hand=by_hand.hand.fill_null(0)
    )
    rows = spans(reading, dated, ("day", "month"))
    sums = grouped(rows, part=(1 - rows.hand).sum(), whole=rows.count())
    return sums.mutate(value=share(sums.part, sums.whole))


@indicator("applications.handovers")
def handovers(reading: Reading) -> Any:
    """Steps that somebody of the bank took, by step."""
    application, step = reading.table("application"), reading.table("application_step")
    by_hand = step.filter(step.step.isin(PEOPLE) | (step.channel == "manager"))
    taken = by_hand.select(
        "tenant", id="application", key=by_hand.step, day=reading.local(by_hand["at"])
    )
    scenes = application.select("tenant", "id", "scene")
    rows = spans(reading, joined(taken, scenes, ("tenant", "id"), scene="scene"), ("day", "month"))
    return grouped(rows, "key", value=rows.count())


@indicator("applications.broken_off")
def broken_off(reading: Reading) -> Any:
    """Applications that came to nothing, by the last step that was taken."""
    application, step = reading.table("application"), reading.table("application_step")
    over = application.filter(application.state.isin((*OVER, "refused")))
    over = over.select("tenant", "scene", "id", day=reading.local(over.ended_at))
    taken = step.filter(~step.step.isin(OVER)).select("tenant", "n", "step", id="application")
    last = taken.group_by(["tenant", "id"]).agg(last=taken.n.max())
    at = joined(taken, last, ("tenant", "id"), last="last")
    at = at.filter(at.n == at.last)
    rows = spans(reading, joined(over, at, ("tenant", "id"), key="step"), ("day", "month"))
    return grouped(rows, "key", value=rows.count())
