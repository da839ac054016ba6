"""What all campaigns came to, by what they are for: acquire, keep and activate as one plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from enscene.api.campaigns.cycles import difference_told
from enscene.api.http import Response
from enscene.api.lists import page
from enscene.api.store import Pool
from enscene.commit import admit
from enscene.engagement.campaigns import Campaign, list_campaigns
from enscene.engagement.campaigns.campaign import Purpose
from enscene.engagement.loops import KeptCycle, read_last_closed
from enscene.engagement.results import CampaignFigures, Figures, read_figures

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
COUNTS = ("said", "seen", "taken", "refused")


async def serve_results(pool: Pool, tenant: int) -> Response:
    """Of campaigns that were ever approved, one row for each purpose, in the order of a customer's way."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        listed = await list_campaigns(connection, tenant)
        figures = await read_figures(connection, tenant)
        cycles = await read_last_closed(connection, tenant)
    found: dict[str, Campaign] = {}
    for each in listed:  # the newest version of each comes first
        if each.kept.state in ("approved", "stopped"):
            found.setdefault(each.ref, each)
    rows = [
        _purpose(purpose, [each for each in found.values() if each.body.purpose == purpose],
                 figures, cycles)
        for purpose in PURPOSES
    ]  # fmt: skip
    return page(rows, None, has_more=False)


def _purpose(
    purpose: Purpose, campaigns: Sequence[Campaign], figures: Mapping[str, CampaignFigures],
    cycles: Mapping[str, KeptCycle],
) -> dict[str, Any]:  # fmt: skip
    told = [
        _campaign(each, figures.get(each.ref, CampaignFigures()).whole, cycles.get(each.ref))
        for each in campaigns
    ]
    sums = {name: sum(each[name] for each in told) for name in COUNTS}
    return {"purpose": purpose, **sums, "campaigns": told}


def _campaign(campaign: Campaign, figures: Figures, cycle: KeptCycle | None) -> dict[str, Any]:
    body = campaign.body
    return {
        "ref": campaign.ref, "title": {"zh": body.title.zh, "en": body.title.en},
        "line": body.line, "state": campaign.kept.state, "starts": body.starts.isoformat(),
        "ends": body.ends.isoformat(), **{name: getattr(figures, name) for name in COUNTS},
        "held_out": figures.held,
        "last_cycle": None if cycle is None else {
            "number": cycle.cycle.number, "verdict": cycle.verdict,
            "difference": difference_told(cycle, body.currency),
        },
    }  # fmt: skip
