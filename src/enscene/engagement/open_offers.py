"""What campaigns say to a customer now: what reached them, is open, and may still be said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.engagement import store
from enscene.engagement.campaigns import list_campaigns
from enscene.engagement.campaigns.campaign import CampaignBody
from enscene.engagement.decisions.offer import HOLDS
from enscene.engagement.moments import CONSENT
from enscene.kernel.money import parse_money

SHOWN_IN = ("h5", "push", "sms", "app", "account")
"""What a colleague says, or a partner's own app, stands nowhere else."""


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """`customer` is the reference that answers it; `scene` 0 and `scene_ref` "" where it came of
    none; `worth` (minor units of `currency`) is what the bank adds when it is taken, 0 for nothing."""

    id: UUID
    at: datetime
    customer: str
    scene: int
    scene_ref: str
    seq: int
    key: str
    product: str | None
    benefit: str | None
    state: str
    channel: str
    title: dict[str, str]
    reason: dict[str, str]
    worth: int
    currency: str


async def find_open_offers(
    connection: store.Connection, tenant: int, parties: Collection[int], now: datetime,
    scene: int | None = None,
) -> list[OpenOffer]:  # fmt: skip
    """The newest first; of one scene alone where it is named. `now` is the tenant's time."""
    rows = await store.list_said(
        connection, tenant, list(parties), scene, now - HOLDS, SHOWN_IN, CONSENT
    )
    bodies = await read_bodies(connection, tenant) if rows else {}
    return [_offer(row, bodies) for row in rows]


async def read_bodies(connection: store.Connection, tenant: int) -> dict[str, CampaignBody]:
    """Of each campaign the last version that was approved, by ref."""
    found: dict[str, CampaignBody] = {}
    for campaign in await list_campaigns(connection, tenant):
        if campaign.kept.state in ("approved", "stopped"):
            found.setdefault(campaign.ref, campaign.body)
    return found


def _offer(row: Any, bodies: dict[str, CampaignBody]) -> OpenOffer:
    rights = row["rights"]
    key = str(rights.get("offer") or row["moment"])
    ref, _, name = key.partition("/")
    body = bodies.get(ref)
    said = None if body is None else body.offers.get(name)
    currency = "CNY" if body is None else body.currency
    return OpenOffer(
        row["id"], row["at"], row["customer"], row["scene"], row["scene_ref"], row["seq"], key,
        row["product"], rights.get("benefit"), row["state"], row["channel"],
        rights.get("title") or {}, rights.get("reason") or {},
        0 if said is None else parse_money(said.cost, currency), currency,
    )  # fmt: skip
