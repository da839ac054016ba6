"""What was decided for a customer, over all scenes, with its reasons and how it got there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from enscene.commit import admit
from enscene.engagement import store


@dataclass(frozen=True, slots=True)
class Offered:
    """A decision. `scene` is a reference, empty where nothing came of any; `reason` is the text in
    both languages, or its key in the pack; `delivery` is `channel state` and, if any, why."""

    id: UUID
    at: datetime
    customer: str
    scene: str
    moment: str
    product: str | None
    state: str
    rights: dict[str, Any]
    reason: Any
    delivery: dict[str, Any] | None


async def list_offers(
    pool: store.Pool, tenant: int, customer: str, limit: int = 50
) -> list[Offered]:
    """Those of one customer, the newest first; also where nothing was said, and why."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        rows = await store.list_offers_of(connection, tenant, customer, limit)
    return [
        Offered(
            row["id"], row["at"], customer, row["scene"], row["moment"], row["product"],
            row["state"], row["rights"], row["rights"].get("reason"),
            None if row["channel"] is None else
            {"channel": row["channel"], "state": row["way"], "why": row["why"]},
        )
        for row in rows
    ]  # fmt: skip
