"""What offers that were said may cost, written down with their decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from enscene.engagement.benefits import store
from enscene.engagement.campaigns.campaign import CampaignBody
from enscene.engagement.campaigns.store import list_campaigns
from enscene.kernel.money import parse_money


async def promise_benefits(
    connection: store.Connection, tenant: int, said: Sequence[tuple[UUID, dict[str, Any]]]
) -> None:
    """Within the transaction that writes the decisions: (id, rights) of those that said something."""
    wanted = [(id_, *rights["offer"].split("/", 1)) for id_, rights in said if rights.get("offer")]
    if not wanted:
        return
    last: dict[str, CampaignBody] = {}
    for campaign in await list_campaigns(connection, tenant):
        if campaign.kept.state in ("approved", "stopped"):
            last.setdefault(campaign.ref, campaign.body)
    promises: list[store.Promise] = []
    for decision, ref, name in wanted:
        body = last.get(ref)
        if body is None or (offer := body.offers.get(name)) is None:
            continue
        if minor := parse_money(offer.cost, body.currency):
            promises.append((decision, ref, body.line, name, offer.gives, minor, body.currency))
    await store.keep_promises(connection, tenant, promises)
