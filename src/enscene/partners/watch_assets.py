"""Watch what stands on the internet: whoever's certificate has ended, or has an open high hole, is
suspended."""

from __future__ import annotations

from enscene.partners import store
from enscene.partners.find_partner import list_partners
from enscene.partners.inventory import Asset, faults_of, read_assets
from enscene.partners.partner import Partner
from enscene.partners.suspend import suspend

WATCH = "watch"


async def watch_assets(pool: store.Pool, tenant: int) -> list[Partner]:
    """Suspend every live partner with a fault that blocks; those that were."""
    live = await list_partners(pool, tenant, ["live"])
    if not live:
        return []
    assets: dict[object, list[Asset]] = {}
    for asset in await read_assets(pool, tenant):
        assets.setdefault(asset.partner, []).append(asset)
    done = []
    for partner in live:
        blocking = [fault for fault in faults_of(assets.get(partner.id, [])) if fault.blocks]
        if blocking:
            why = "; ".join(f"{fault.asset} {fault.kind} {fault.what}" for fault in blocking)
            done.append(await suspend(pool, tenant, partner.id, WATCH, why[:500]))
    return done
