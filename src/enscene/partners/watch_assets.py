"""Watch what stands on the internet and who was admitted until when: whoever's certificate has
ended, has an open high hole, or was not admitted anew in time is suspended."""

from __future__ import annotations

from enscene.partners import store
from enscene.partners.find_partner import list_partners
from enscene.partners.inventory import (
    Asset,
    enter_addresses,
    faults_of,
    match_advisories,
    read_assets,
)
from enscene.partners.partner import Partner
from enscene.partners.renewal import renewal_due, watch_renewals
from enscene.partners.suspend import suspend

WATCH = "watch"


async def watch_assets(pool: store.Pool, tenant: int) -> list[Partner]:
    """Suspend every live partner with a fault that blocks, or whose grace is over; those that
    were. Addresses of live applications enter the inventory, and known holes of components."""
    late = {each.id: each for each in await watch_renewals(pool, tenant)}
    await match_advisories(pool, tenant)
    live = await list_partners(pool, tenant, ["live"])
    if not live:
        return []
    for partner in live:
        await enter_addresses(pool, tenant, partner)
    assets: dict[object, list[Asset]] = {}
    for asset in await read_assets(pool, tenant):
        assets.setdefault(asset.partner, []).append(asset)
    done = []
    for partner in live:
        blocking = [fault for fault in faults_of(assets.get(partner.id, [])) if fault.blocks]
        told = [f"{fault.asset} {fault.kind} {fault.what}" for fault in blocking]
        if partner.id in late:
            told.append(f"admitted until {renewal_due(partner)}, not admitted anew")
        if told:
            why = "; ".join(told)
            done.append(await suspend(pool, tenant, partner.id, WATCH, why[:500]))
    return done
