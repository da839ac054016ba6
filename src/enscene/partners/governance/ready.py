"""What is known of partners' controls and gaps, read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from enscene.partners import store
from enscene.partners.clauses import today_of
from enscene.partners.find_partner import get_partner, list_partners
from enscene.partners.governance import store as records_sql
from enscene.partners.governance.gaps import Gap, gaps_of
from enscene.partners.governance.outsiders import Outsider, list_outsiders
from enscene.partners.governance.records import Record, list_records
from enscene.partners.governance.tiers import Standing, standing_of
from enscene.partners.inventory import (
    Asset,
    Fault,
    count_components,
    faults_of,
    read_assets,
)
from enscene.partners.partner import Partner

Owned = TypeVar("Owned", Asset, Record, Outsider)


@dataclass(frozen=True, slots=True)
class Governed:
    """Everything about one partner, as of `today` at the bank. `parts` counts the components of
    each asset."""

    partner: Partner
    today: date
    standing: Standing
    gaps: list[Gap]
    faults: list[Fault]
    records: list[Record]
    outsiders: list[Outsider]
    assets: list[Asset]
    parts: dict[UUID, int]

    @property
    def state(self) -> str:
        """`bad`: something that the tier needs is missing or something blocks; `part`: something is
        to be done; else `good`."""
        severe = any(gap.severity == "high" for gap in self.gaps)
        if self.standing.of("missing") or severe or any(each.blocks for each in self.faults):
            return "bad"
        return "part" if self.gaps or self.faults or self.standing.of("advised") else "good"


async def read_governed(pool: store.Pool, tenant: int, partner: UUID) -> Governed:
    """Raises: NotFound."""
    known = await get_partner(pool, tenant, partner)
    [found] = await _read(pool, tenant, [known], partner)
    return found


async def read_all_governed(pool: store.Pool, tenant: int) -> list[Governed]:
    """Those of all partners that have applied and not left."""
    known = [e for e in await list_partners(pool, tenant) if e.stage not in ("draft", "left")]
    return await _read(pool, tenant, known, None)


async def _read(
    pool: store.Pool, tenant: int, partners: Sequence[Partner], one: UUID | None
) -> list[Governed]:
    today = await today_of(pool, tenant)
    assets = _by_partner(await read_assets(pool, tenant, one))
    records = _by_partner(await list_records(pool, tenant, one))
    outsiders = _by_partner(await list_outsiders(pool, tenant, one))
    parts = await count_components(pool, tenant, one)
    async with store.admitted(pool, tenant, readonly=True) as connection:
        agreed = await records_sql.find_agreed(connection, tenant)
    found = []
    for each in partners:
        owned, told = assets.get(each.id, []), records.get(each.id, [])
        own_parts = {asset.id: parts[asset.id] for asset in owned if asset.id in parts}
        standing = standing_of(
            each, owned, told, today, components=bool(own_parts), clauses=each.id in agreed
        )
        hands = outsiders.get(each.id, [])
        found.append(
            Governed(each, today, standing, gaps_of(told, hands, today), faults_of(owned, today),
                     told, hands, owned, own_parts)
        )  # fmt: skip
    return found


def _by_partner(all_: Sequence[Owned]) -> dict[UUID, list[Owned]]:
    found: dict[UUID, list[Owned]] = {}
    for each in all_:
        found.setdefault(each.partner, []).append(each)
    return found
