"""How often campaigns spoke, and what customers did with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from enscene.engagement.results import store


@dataclass(slots=True)
class Figures:
    """`said` offers, of which `seen` were looked at or taken, `taken` and `refused` answered. What
    was withdrawn with a consent counts as refused. `held` customers were told nothing by lot."""

    said: int = 0
    seen: int = 0
    taken: int = 0
    refused: int = 0
    held: int = 0

    def add(self, state: str, count: int) -> None:
        """Count decisions of a state in."""
        self.said += count
        self.seen += count if state in ("seen", "taken") else 0
        self.taken += count if state == "taken" else 0
        self.refused += count if state == "dismissed" else 0


@dataclass(slots=True)
class CampaignFigures:
    """Of one campaign in all, by offer and by day; `not_said` counts reasons."""

    whole: Figures = field(default_factory=Figures)
    offers: dict[str, Figures] = field(default_factory=dict)
    days: dict[date, Figures] = field(default_factory=dict)
    not_said: list[tuple[str, int]] = field(default_factory=list)


async def read_figures(
    connection: store.Connection, tenant: int, since: datetime | None = None
) -> Mapping[str, CampaignFigures]:
    """Of all campaigns by ref, without days and reasons; one that said nothing may be missing."""
    found: dict[str, CampaignFigures] = {}
    for row in await store.read_said(connection, tenant, since):
        of = found.setdefault(row["ref"], CampaignFigures())
        for figures in (of.whole, of.offers.setdefault(row["offer"], Figures())):
            figures.add(row["state"], row["count"])
    for ref, held in (await store.read_held(connection, tenant, since)).items():
        found.setdefault(ref, CampaignFigures()).whole.held = held
    return found


async def read_figures_of(
    connection: store.Connection, tenant: int, ref: str, zone: str
) -> CampaignFigures:
    """Of one campaign, with its days in the tenant's zone and why the rest was not said."""
    of = (await read_figures(connection, tenant)).get(ref, CampaignFigures())
    for row in await store.read_days(connection, tenant, ref, zone):
        of.days.setdefault(row["day"], Figures()).add(row["state"], row["count"])
    of.not_said = await store.read_not_said(connection, tenant, ref, None)
    return of


def taken_of(figures: CampaignFigures, costs: Mapping[str, int]) -> int:
    """What the subsidies of offers that were taken come to, by what each costs (minor units)."""
    counts = Counter({name: each.taken for name, each in figures.offers.items()})
    return sum(costs.get(name, 0) * count for name, count in counts.items())
