"""What a subsidy leaves behind: customers whom a campaign treated against those whom the lot held
out, while it ran, in the four weeks after it ended and in the eight weeks after those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal, TypeAlias

from enscene.customers.identity import find_customers
from enscene.engagement.benefits.store import read_now
from enscene.engagement.campaigns import Campaign
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.experiments import (
    Difference,
    SplitCheck,
    Sums,
    check_ratio,
    compare_groups,
    size_of_group,
)
from enscene.engagement.results import _effect_store as store
from enscene.engagement.results.campaign_experiment import CUSTOMERS_MOST, Lots, read_lots
from enscene.engagement.results.store import Connection, read_asked
from enscene.kernel.clock import zone_of
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.money import parse_money

SPANS = ("during", "weeks_1_4", "weeks_5_12")
MEASURES = ("active", "payments", "paid", "contracts")
PRIMARY = "active"
"""What the sentence about a span rests on; the others stand beside it."""
WEEK = timedelta(days=7)
AFTER = (4 * WEEK, 12 * WEEK)
LOOKED_FOR = 0.1
"""A difference of a tenth of what customers held out do would matter."""
ALL_ALIKE = 300
"""Where nobody of so many did it in either group, fewer than one in a hundred does (95 of 100 times)."""
WEEKS_BEFORE, WEEKS_AFTER = 8, 12

State: TypeAlias = Literal["no_subsidy", "running", "over"]
Word: TypeAlias = Literal["more", "less", "nothing", "not_enough", "uneven", "no_lot", "until"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure in one span. Means are a customer's; of `payments` and `paid` (minor units) a
    customer's in a week. `difference` is None where a group is too small for an interval; `needed`
    is how many customers of both groups together would show a tenth more or less."""

    measure: str
    treated: float
    control: float
    difference: Difference | None
    word: Word
    needed: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """`until` is when it is over. `weeks` are counted so far, of each customer on average."""

    name: str
    since: datetime
    until: datetime
    over: bool
    weeks: float
    measures: tuple[Compared, ...]

    @property
    def primary(self) -> Compared | None:
        return self.of(PRIMARY)

    def of(self, measure: str) -> Compared | None:
        return next((each for each in self.measures if each.measure == measure), None)


@dataclass(frozen=True, slots=True)
class Week:
    """Payments of a customer in a week, of both groups; week 1 is the first after the end, week 0
    the last before it."""

    number: int
    treated: float
    control: float


@dataclass(frozen=True, slots=True)
class Extra:
    """What all treated customers together paid more than as many held out (minor units), and between
    what it lies in 95 of 100 cases."""

    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Effect:
    """`ended` is None while it runs. `customers` are (treated, held out); `between` changed sides and
    are left out; `whole` is whether everybody is counted. `subsidy` was taken (minor units)."""

    state: State
    ended: datetime | None
    customers: tuple[int, int]
    between: int
    whole: bool
    split: SplitCheck | None
    subsidy: int
    spans: tuple[Span, ...]
    weeks: tuple[Week, ...]

    def extra(self, span: Span) -> Extra | None:
        """In a span so far; None where nothing can be told of it."""
        paid = span.of("paid")
        if paid is None or paid.difference is None or paid.word in ("uneven", "no_lot"):
            return None
        times, found = span.weeks * self.customers[0], paid.difference
        return Extra(*(round(times * each) for each in (found.value, found.low, found.high)))

    @property
    def kept(self) -> float | None:
        """How many customers more than without it are active in the last span; None where that is
        not known."""
        found = self.spans[-1].primary if self.spans else None
        if found is None or found.word != "more" or found.difference is None:
            return None
        return found.difference.value * self.customers[0]

    @property
    def cost_of_kept(self) -> int | None:
        """What was paid for each of them, minor units."""
        return None if not self.kept else round(self.subsidy / self.kept)


def subsidises(campaign: Campaign) -> bool:
    """Whether any of its offers costs something."""
    body = campaign.body
    return any(parse_money(offer.cost, body.currency) for offer in body.offers.values())


def end_of(campaign: Campaign, now: datetime, zone: str) -> datetime | None:
    """When it said its last; None while it may still speak."""
    last = datetime.combine(campaign.body.ends + timedelta(days=1), time(), zone_of(zone))
    if campaign.kept.state == "stopped" and campaign.kept.stopped_at is not None:
        return min(last, campaign.kept.stopped_at)
    return last if campaign.kept.state == "approved" and last <= now else None


async def read_effect_of(
    connection: Connection, tenant: int, salt: str, zone: str, ref: str
) -> tuple[Campaign, Effect]:
    """Of a campaign, with the version that held last. Raises: NotFound."""
    versions = await read_versions(connection, tenant, ref)
    if not versions:
        raise NotFound("there is no such campaign", code="campaign.not_found")
    held = (each for each in versions if each.kept.state in ("approved", "stopped"))
    campaign = next(held, versions[0])
    lots = await read_lots(connection, tenant, versions)
    return campaign, await read_effect(connection, tenant, salt, zone, campaign, lots)


async def read_effect(
    connection: Connection, tenant: int, salt: str, zone: str, campaign: Campaign, lots: Lots
) -> Effect:
    """Of the version that held last; within a reader's transaction."""
    now: datetime = (await read_now(connection, tenant))["now"]
    ended = end_of(campaign, now, zone)
    if not subsidises(campaign):
        return Effect("no_subsidy", ended, (0, 0), 0, True, None, 0, (), ())
    subsidy = await store.read_subsidy(connection, tenant, campaign.ref, campaign.body.currency)
    if ended is None:
        return Effect("running", None, (0, 0), 0, True, None, subsidy, (), ())
    found = await read_asked(connection, tenant, campaign.ref, None, CUSTOMERS_MOST)
    customers = await find_customers(connection, tenant, [party for party, _ in found])
    first: dict[int, datetime] = {}
    for party, at in found:
        if at < ended:
            first.setdefault(customers.get(party, party), at)
    sides = {each: lots.side(salt, campaign.ref, each) for each in first}
    asked = [
        store.Asked(each, side, first[each]) for each, side in sides.items() if side is not None
    ]
    ends = [min(at, now) for at in (ended, ended + AFTER[0], ended + AFTER[1])]
    since = min([ended - WEEKS_BEFORE * WEEK, *(each.first - AFTER[0] for each in asked)])
    rows = await store.read_sums(
        connection, tenant, asked, campaign.body.currency, since, (ends[0], ends[1], ends[2])
    )
    counts = (sum(each.treated for each in asked), sum(not each.treated for each in asked))
    shares = lots.shares
    split = None if min(shares) <= 0 else check_ratio(counts, shares)
    return Effect(
        "over", ended, counts, len(sides) - len(asked), len(found) < CUSTOMERS_MOST, split, subsidy,
        _spans(rows, asked, ended, now, split), _weeks(rows, counts, ended, now),
    )  # fmt: skip


def _spans(
    rows: Sequence[store.Row], asked: Sequence[store.Asked], ended: datetime, now: datetime,
    split: SplitCheck | None,
) -> tuple[Span, ...]:  # fmt: skip
    sums = {
        (row.treated, row.n, row.measure): Sums(*row[3:]) for row in rows if row.measure != "week"
    }
    begins = (
        min((each.first for each in asked), default=ended), ended, ended + AFTER[0]
    )  # fmt: skip
    exposed = sum((ended - each.first) / WEEK for each in asked) / len(asked) if asked else 0.0
    found = []
    for n, (name, since, until) in enumerate(
        zip(SPANS, begins, (ended, ended + AFTER[0], ended + AFTER[1]), strict=True)
    ):
        weeks = exposed if n == 0 else max(0.0, (min(until, now) - since) / WEEK)
        measures = tuple(
            compare_measure(
                measure, sums.get((True, n, measure), Sums()), sums.get((False, n, measure), Sums()),
                weeks, split, over=until <= now,
            )
            for measure in MEASURES
        ) if asked and weeks > 0 else ()  # fmt: skip
        found.append(Span(name, since, until, until <= now, weeks, measures))
    return tuple(found)


def compare_measure(
    measure: str,
    treated: Sums,
    control: Sums,
    weeks: float,
    split: SplitCheck | None,
    *,
    over: bool,
) -> Compared:
    """What may be said of one measure; nothing is concluded from groups that are too small, that
    are not as large as the lot makes them, or before the span is over."""
    per = weeks if measure in ("payments", "paid") else 1.0
    treated, control = _scaled(treated, per), _scaled(control, per)
    needed = _needed(treated, control)
    try:
        difference = compare_groups(treated, control)
    except Invalid:
        difference = None
    alike = not treated.spread() and not control.spread() and treated.mean == control.mean
    many = treated.count + control.count
    word: Word
    if split is None:
        word = "no_lot"
    elif not split.holds:
        word = "uneven"
    elif not over:
        word = "until"
    elif alike:
        word = "nothing" if min(treated.count, control.count) >= ALL_ALIKE else "not_enough"
    elif difference is None or not (treated.spread() and control.spread()):
        word = "not_enough"
    elif difference.tells:
        word = "more" if difference.value > 0 else "less"
    else:
        word = "nothing" if needed is not None and many >= needed else "not_enough"
    return Compared(measure, treated.mean, control.mean, difference, word, needed)


def _scaled(sums: Sums, per: float) -> Sums:
    """Of a week, where what is measured is of `per` weeks."""
    return Sums(
        sums.count, sums.of / per, sums.of_squared / per**2, sums.before, sums.before_squared,
        sums.product / per,
    )  # fmt: skip


def _needed(treated: Sums, control: Sums) -> int | None:
    """So many customers of both groups, drawn in the shares that they are in, show a tenth more or
    less; None where nothing is known to reckon with."""
    many = treated.count + control.count
    if min(treated.count, control.count) < 2 or not control.mean:
        return None
    # Each group about its own mean: the effect itself is no noise.
    spread = (
        treated.spread() * (treated.count - 1) + control.spread() * (control.count - 1)
    ) / (many - 2)  # fmt: skip
    each = size_of_group(control.mean, spread, LOOKED_FOR)
    part = treated.count / many
    # `size_of_group` is for two groups of one size; an uneven split needs more in all.
    return round(each / (2 * part * (1 - part)))


def _weeks(
    rows: Sequence[store.Row], counts: tuple[int, int], ended: datetime, now: datetime
) -> tuple[Week, ...]:
    """Weeks that are over; of groups of nobody none."""
    paid: Mapping[tuple[bool, int], int] = {
        (row.treated, row.n): row.number for row in rows if row.measure == "week"
    }
    if not min(counts):
        return ()
    over = min(WEEKS_AFTER, int((now - ended) / WEEK))
    return tuple(
        Week(n + 1, paid.get((True, n), 0) / counts[0], paid.get((False, n), 0) / counts[1])
        for n in range(-WEEKS_BEFORE, over)
    )
