"""How an experiment has gone: where it stood at the end of each day, for whoever looks every day."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from enscene.engagement.campaigns import Campaign
from enscene.engagement.experiments import Plan, Sums, watch_experiment
from enscene.engagement.experiments.watch_experiment import Word
from enscene.engagement.results import store
from enscene.engagement.results.campaign_experiment import Lots, Met, plan_of, read_met, values_of
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid

LOOKS_MOST = 40
"""Days that are told: of more than these every so many, and always the last."""


@dataclass(frozen=True, slots=True)
class Look:
    """At the end of a day: customers `open` and `held` out until then, and how much more one of the
    open ones has brought (minor units) with the interval that holds at all looks at once. None where
    there were too few."""

    day: date
    open: int
    held: int
    word: Word | None = None
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(slots=True)
class _Running:
    """Sums of one side, kept up as customers are met and open something."""

    count: int = 0
    of: int = 0
    of_squared: int = 0
    before: int = 0
    before_squared: int = 0
    product: int = 0
    brought: dict[int, int] = field(default_factory=dict)

    def meet(self, customer: int, had: int) -> None:
        self.count += 1
        self.before += had
        self.before_squared += had * had
        self.brought[customer] = 0

    def bring(self, customer: int, value: int, had: int) -> None:
        old = self.brought[customer]
        self.brought[customer] = new = old + value
        self.of += value
        self.of_squared += new * new - old * old
        self.product += value * had

    @property
    def sums(self) -> Sums:
        return Sums(
            self.count, self.of, self.of_squared, self.before, self.before_squared, self.product
        )


async def read_course(
    connection: store.Connection, tenant: int, salt: str, campaign: Campaign, lots: Lots, zone: str,
    today: date,
) -> tuple[Look, ...]:  # fmt: skip
    """Until the end of `today`, the first day first; empty where it has met nobody or holds nobody
    out. Within a reader's transaction."""
    if min(lots.shares) <= 0:
        return ()
    met = await read_met(connection, tenant, campaign.ref)

    def side_of(customer: int) -> bool | None:
        return lots.side(salt, campaign.ref, customer)

    # Ten thousands of customers: whoever else is served meanwhile does not wait for them.
    return await asyncio.to_thread(
        course_of, met, values_of(campaign), side_of,
        lambda open_, held: plan_of(campaign, open_, held, lots.shares), zone, today,
    )  # fmt: skip


def course_of(
    met: Met, values: Mapping[str, int], side_of: Callable[[int], bool | None],
    plan: Callable[[Sums, Sums], Plan | None], zone: str, today: date,
) -> tuple[Look, ...]:  # fmt: skip
    """The same from what was read. The plan is that of the last day, for all days."""
    sides = {True: _Running(), False: _Running()}
    had: Counter[int] = Counter()
    steps: list[tuple[datetime, int, int, int]] = [
        (at, 0, customer, 0) for customer, at in met.first.items()
    ]
    for party, product, at in met.opened:
        customer = met.customers.get(party, party)
        if at < met.first[customer]:
            had[customer] += 1
        else:
            steps.append((at, 1, customer, values.get(product, 0)))
    steps.sort()
    kept: list[tuple[date, Sums, Sums]] = []
    place = 0
    for day in days_of([local_day(step[0], zone) for step in steps[:1]], today):
        while place < len(steps) and local_day(steps[place][0], zone) <= day:
            _, is_opening, customer, value = steps[place]
            place += 1
            side = side_of(customer)
            if side is None:
                continue
            if is_opening:
                sides[side].bring(customer, value, had[customer])
            else:
                sides[side].meet(customer, had[customer])
        kept.append((day, sides[True].sums, sides[False].sums))
    wanted = plan(kept[-1][1], kept[-1][2]) if kept else None
    return tuple(_look(day, open_, held, wanted) for day, open_, held in kept)


def days_of(first: Sequence[date], today: date) -> list[date]:
    """The days that are told, from the first one."""
    if not first or first[0] > today:
        return []
    count = (today - first[0]).days + 1
    every = -(-count // LOOKS_MOST)
    return [today - timedelta(days=n) for n in range(0, count, every)][::-1]


def _look(day: date, open_: Sums, held: Sums, plan: Plan | None) -> Look:
    if plan is not None:
        try:
            found = watch_experiment(plan, open_, held)
        except Invalid:
            pass  # too few yet, as the look without a word says
        else:
            return Look(
                day, open_.count, held.count, found.word, found.difference.value, found.low,
                found.high,
            )  # fmt: skip
    return Look(day, open_.count, held.count)
