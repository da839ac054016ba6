"""The seven steps of one cycle of a running campaign, from the tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from enscene.engagement.campaigns import Campaign
from enscene.engagement.results import store
from enscene.engagement.results.campaign_figures import CampaignFigures, Figures, read_figures

CYCLE_DAYS = 7
"""As long as an answer is waited for: when a cycle is over, it is known what came of the last."""


@dataclass(frozen=True, slots=True)
class CycleFigures:
    """Of the cycle `number` (from 1), from `began` on. `changed` customers have another preference
    than before; `met` customers at `fired` moments; `ways` counts deliveries by channel and state."""

    number: int
    began: date
    changed: int
    fired: int
    met: int
    held: int
    ways: Counter[tuple[str, str]]
    figures: CampaignFigures

    @property
    def whole(self) -> Figures:
        return self.figures.whole

    @property
    def waiting(self) -> int:
        """Said, and nobody has answered yet."""
        return self.whole.said - self.whole.taken - self.whole.refused


def cycle_on(starts: date, today: date) -> tuple[int, date]:
    """The number of the cycle that a day is in, and its first day."""
    number = max(0, (today - starts).days) // CYCLE_DAYS
    return number + 1, starts + timedelta(days=number * CYCLE_DAYS)


async def read_cycle(
    connection: store.Connection, tenant: int, campaign: Campaign, today: date, since: datetime
) -> CycleFigures:
    """`since` is when the first day of the cycle began."""
    number, began = cycle_on(campaign.body.starts, today)
    fired, met = await store.read_fired(connection, tenant, campaign.ref, since)
    ways = Counter[tuple[str, str]]()
    for row in await store.read_ways(connection, tenant, campaign.ref, since):
        ways[row["channel"], row["state"]] = row["count"]
    figures = (await read_figures(connection, tenant, since)).get(campaign.ref, CampaignFigures())
    changed, _ = await store.read_changes(connection, tenant, since)
    return CycleFigures(
        number, began, changed, fired, met, figures.whole.held, ways, figures
    )  # fmt: skip
