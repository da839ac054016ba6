"""A campaign as an experiment: customers whom the lot held out against those it left open."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from enscene.customers.identity import find_customers
from enscene.engagement.campaigns import DEFAULT_RULES, Campaign
from enscene.engagement.campaigns.store import read_rule_versions
from enscene.engagement.decisions import holdout_of
from enscene.engagement.decisions.lot import EVERYWHERE
from enscene.engagement.experiments import (
    AgainstItself,
    Plan,
    SplitCheck,
    Standing,
    Sums,
    check_ratio,
    check_split,
    size_of_group,
    watch_experiment,
)
from enscene.engagement.results import store
from enscene.kernel.errors import Invalid
from enscene.kernel.money import parse_money

CUSTOMERS_MOST = 50_000
"""So many customers are compared, those whom the campaign met first."""
ITSELF_LEAST, ITSELF_MOST = 100, 1_000
MILLE = 1_000


@dataclass(frozen=True, slots=True)
class Lots:
    """Customers in a thousand who are held out of all, and of this campaign: the least and the most
    there has been. Lots are nested, so whoever stands between the two has changed sides once."""

    everywhere: tuple[int, int]
    own: tuple[int, int]

    def side(self, salt: str, ref: str, customer: int) -> bool | None:
        """True: open, False: held out, None: neither all the time."""
        sides = set()
        for name, (least, most) in ((EVERYWHERE, self.everywhere), (ref, self.own)):
            place = holdout_of(salt, name, str(customer))
            if least <= place < most:
                return None
            sides.add(place >= most)
        return False not in sides

    @property
    def shares(self) -> tuple[float, float]:
        """Open and held out, of all who never changed sides."""
        (a, b), (c, d) = self.everywhere, self.own
        clear = (MILLE - b + a) * (MILLE - d + c) / MILLE**2
        whole = (MILLE - b) * (MILLE - d) / MILLE**2
        return whole, clear - whole


@dataclass(frozen=True, slots=True)
class Experiment:
    """`treated` and `control` are sums of what customers brought (minor units): contracts opened since
    the campaign first met them, each at the value of the offer of its product; what was before, how
    many contracts they had. `standing` is None where there are too few; `itself` tries the
    lot on what happened before, and is None where nothing did. `between` customers changed sides,
    and `whole` is whether everybody is counted. `looked_for` and `size` are the plan."""

    treated: Sums
    control: Sums
    split: SplitCheck | None
    standing: Standing | None
    itself: AgainstItself | None
    looked_for: float
    size: int
    between: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Met:
    """Whom a campaign met and when it `first` did, by customer; the customer of each party; contracts
    that their parties opened (party, product, time); and whether everybody is counted."""

    first: Mapping[int, datetime]
    customers: Mapping[int, int]
    opened: Sequence[tuple[int, str, datetime]]
    whole: bool


async def read_met(
    connection: store.Connection, tenant: int, ref: str, since: datetime | None = None,
    until: datetime | None = None,
) -> Met:  # fmt: skip
    """Of the customers whom it met from `since` until before `until`."""
    asked = await store.read_asked(connection, tenant, ref, since, CUSTOMERS_MOST, until)
    parties = [party for party, _ in asked]
    customers = await find_customers(connection, tenant, parties)
    first: dict[int, datetime] = {}
    for party, at in asked:
        first.setdefault(customers.get(party, party), at)
    opened = await store.read_opened(connection, tenant, parties)
    return Met(first, customers, opened, len(asked) < CUSTOMERS_MOST)


async def read_lots(
    connection: store.Connection, tenant: int, versions: Sequence[Campaign]
) -> Lots:
    """How many have been held out, since the campaign was first approved."""
    held = [each for each in versions if each.kept.state in ("approved", "stopped")]
    own = [each.body.holdout for each in held or versions]
    rules = [(rules.holdout, kept) for rules, kept in await read_rule_versions(connection, tenant)
             if kept.state == "approved"]  # fmt: skip
    begun = min((each.kept.decided_at for each in held if each.kept.decided_at), default=None)
    everywhere: list[int] = []
    for holdout, kept in rules:
        everywhere.append(holdout)
        if begun is not None and kept.decided_at is not None and kept.decided_at <= begun:
            break
    else:
        everywhere.append(DEFAULT_RULES.holdout)
    return Lots((min(everywhere), max(everywhere)), (min(own), max(own)))


async def read_experiment(
    connection: store.Connection, tenant: int, salt: str, campaign: Campaign, lots: Lots,
    *, tried: bool = True,
) -> Experiment:  # fmt: skip
    """Within a reader's transaction; `tried` is whether the lot is tried on itself too."""
    met = await read_met(connection, tenant, campaign.ref)
    rows = brought_by(met.first, met.customers, values_of(campaign), met.opened)
    sides = {customer: lots.side(salt, campaign.ref, customer) for customer in rows}
    treated = Sums.over(pair for customer, pair in rows.items() if sides[customer] is True)
    control = Sums.over(pair for customer, pair in rows.items() if sides[customer] is False)
    between = sum(side is None for side in sides.values())
    shares = lots.shares
    split = None if min(shares) <= 0 else check_ratio((treated.count, control.count), shares)
    plan = plan_of(campaign, treated, control, shares)
    standing = None
    if plan is not None and split is not None:
        try:
            standing = watch_experiment(plan, treated, control)
        except Invalid:
            standing = None
    # Thousands of splits: whoever else is served meanwhile does not wait for them.
    itself = await asyncio.to_thread(_itself, salt, rows) if tried else None
    return Experiment(
        treated, control, split, standing, itself, looked_for_of(campaign),
        0 if plan is None else plan.size, between, met.whole,
    )  # fmt: skip


def values_of(campaign: Campaign) -> dict[str, int]:
    """What a contract of each product that it offers is worth (minor units)."""
    found: dict[str, int] = {}
    for offer in campaign.body.offers.values():
        if offer.product is not None:
            value = _value(campaign, offer.value)
            found[offer.product] = max(found.get(offer.product, 0), value)
    return found


def _value(campaign: Campaign, text: str) -> int:
    return parse_money(text, campaign.body.currency)


def brought_by(
    first: Mapping[int, datetime], customers: Mapping[int, int], values: Mapping[str, int],
    opened: Sequence[tuple[int, str, datetime]],
) -> dict[int, tuple[int, int]]:  # fmt: skip
    """By customer: what contracts have brought that were opened since the campaign `first` met them,
    each at the value of its product, and how many they had opened before."""
    brought, before = dict.fromkeys(first, 0), dict.fromkeys(first, 0)
    for party, product, at in opened:
        customer = customers.get(party, party)
        if at < first[customer]:
            before[customer] += 1
        else:
            brought[customer] += values.get(product, 0)
    return {customer: (brought[customer], before[customer]) for customer in first}


def looked_for_of(campaign: Campaign) -> float:
    """The difference a customer that the campaign itself expects (minor units)."""
    offers = campaign.body.offers.values()
    return max((each.expected * _value(campaign, each.value) for each in offers), default=0.0)


def plan_of(
    campaign: Campaign, treated: Sums, control: Sums, shares: tuple[float, float]
) -> Plan | None:
    """So many customers that the difference the campaign itself expects would be seen."""
    looked_for = looked_for_of(campaign)
    if not looked_for or min(shares) <= 0 or treated.count < 2:
        return None
    open_part = shares[0] / sum(shares)
    # `size_of_group` is for two groups of one size; an uneven split needs more in all.
    each = size_of_group(looked_for, treated.spread() or looked_for**2, 1.0)
    return Plan(looked_for, round(each / (2 * open_part * (1 - open_part))), shares)


def _itself(salt: str, rows: Mapping[int, tuple[int, int]]) -> AgainstItself | None:
    """What customers had before the campaign met them, split again and again: nothing was done."""
    had = [(str(customer), float(before), 0.0) for customer, (_, before) in sorted(rows.items())]
    if len(had) < ITSELF_LEAST or not any(each[1] for each in had):
        return None
    try:
        return check_split(had[:ITSELF_MOST], lambda name, key: holdout_of(salt, name, key))
    except Invalid:
        return None
