"""Addresses of live applications enter the inventory by themselves, and leave it with them."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.inventory import store as assets_sql
from enscene.partners.inventory.assets import TEXT_MOST
from enscene.partners.partner import Partner

BY = "settings"


def addresses_of(partner: Partner) -> list[tuple[str, str]]:
    """(kind, name) of where it is called and where customers are led back to: the address without
    its query, and the domain."""
    found: dict[tuple[str, str], None] = {}
    for address in (partner.webhook_url, *partner.live_redirects):
        parts = urlsplit(address or "")
        if parts.hostname:
            found["api", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"] = None
            found["domain", parts.hostname] = None
    return [(kind, name[:TEXT_MOST]) for kind, name in found]


async def enter_addresses(pool: store.Pool, tenant: int, partner: Partner) -> None:
    """Let the inventory have those of the settings, and none of settings before; what a person has
    entered stays as it is."""
    wanted = addresses_of(partner)
    async with store.admitted(pool, tenant) as connection:
        for kind, name in wanted:
            await assets_sql.enter_address(
                connection, tenant, new_uuid(), partner.id, kind, name, partner.name[:TEXT_MOST], BY
            )
        names = [f"{kind} {name}" for kind, name in wanted]
        left: list[UUID] = await assets_sql.list_left(connection, tenant, partner.id, names)
        for asset in left:
            await assets_sql.delete_asset(connection, tenant, asset)
