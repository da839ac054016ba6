"""The sandbox bank with loopback endpoints allowed, and applications that may have webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.conftest import PACKS, World, canteen_pack, open_scene, people_of
from api.partner import ISSUER, make_partner
from api.webhooks.receiver import LOOPBACK
from enscene.api import ApiSettings, create_app
from enscene.scenes.language import Pack
from enscene.scenes.runtime import SceneHost
from enscene.tenants import create_tenant
from enscene.tenants.apps import ActsFor

__all__ = ["canteen_pack"]
SCOPES = ["scene:canteen:*", "webhooks:read", "webhooks:write"]


@pytest.fixture
async def world(pool: Any, canteen_pack: Pack) -> AsyncIterator[World]:
    """As the API's own, with the scopes of webhooks."""
    tenant = await create_tenant(pool, "bank", "Bank of the Sandbox", sandbox=True)
    scene = await open_scene(pool, tenant, canteen_pack, "canteen")
    await people_of(pool, tenant, scene, canteen_pack)
    host = SceneHost(pool)
    settings = ApiSettings(issuer=ISSUER, packs=PACKS, webhooks=LOOPBACK)
    gateway = create_app(host, pool, settings)

    async def partner(name: str, party: str, **more: Any) -> Any:
        order = {"party": party, "scopes": SCOPES, "level": "A2"} | more
        return await make_partner(pool, gateway, tenant, name, **order)

    yield World(
        pool, host, gateway, tenant, canteen_pack, scene,
        h5=await partner("h5", "BANK", acts_for=[ActsFor("canteen", "diner")]),
        till=await partner("till", "till"),
        hall=await partner("hall", "hall"),
        bank=await partner("core", "BANK"),
    )  # fmt: skip
    await host.close()
