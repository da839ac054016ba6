"""What is known of a partner's controls and gaps, read together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enscene.partners import store
from enscene.partners.clauses import list_standings, today_of
from enscene.partners.find_partner import get_partner
from enscene.partners.governance.gaps import Gap, gaps_of
from enscene.partners.governance.outsiders import Outsider, list_outsiders
from enscene.partners.governance.records import Record, list_records
from enscene.partners.governance.tiers import Standing, standing_of
from enscene.partners.inventory import Asset, list_components, read_assets


@dataclass(frozen=True, slots=True)
class Governed:
    """Everything about one partner, as of `today` at the bank. `parts` counts the components of
    each asset."""

    today: date
    standing: Standing
    gaps: list[Gap]
    records: list[Record]
    outsiders: list[Outsider]
    assets: list[Asset]
    parts: dict[UUID, int]


async def read_governed(pool: store.Pool, tenant: int, partner: UUID) -> Governed:
    """Raises: NotFound."""
    known = await get_partner(pool, tenant, partner)
    today = await today_of(pool, tenant)
    assets = await read_assets(pool, tenant, partner)
    records = await list_records(pool, tenant, partner)
    outsiders = await list_outsiders(pool, tenant, partner)
    parts: dict[UUID, int] = {}
    for part in await list_components(pool, tenant, partner):
        parts[part.asset] = parts.get(part.asset, 0) + 1
    clauses = await list_standings(pool, tenant, partner)
    standing = standing_of(
        known, assets, records, today, components=bool(parts),
        clauses=any(each.state != "ended" for each in clauses),
    )  # fmt: skip
    gaps = gaps_of(records, outsiders, today)
    return Governed(today, standing, gaps, records, outsiders, assets, parts)
