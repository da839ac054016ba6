"""The sandbox's partners: their applications, and their keys under ENSCENE_HOME."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from joserfc.jwk import ECKey

from enscene.cli._secrets import read_secret, write_secret
from enscene.kernel.errors import NotFound
from enscene.simulator import Credentials
from enscene.tenants import Tenant
from enscene.tenants.apps import ActsFor, find_app, register_app, replace_app_keys

RATE = 100_000
"""Requests a second and at once: a whole city stands behind each of them."""


@dataclass(frozen=True, slots=True)
class Partner:
    """An application of the sandbox: whose it is, and for which roles it asks, by scene."""

    title: str
    party: str | None
    roles: Mapping[str, tuple[str, ...]]
    platform: tuple[str, ...] = ()


PARTNERS: Mapping[str, Partner] = {
    "h5": Partner("手机银行 H5", "bank", {"smart_canteen": ("diner",), "travel": ("traveller",)}),
    "till": Partner("食堂收银网关", None, {"smart_canteen": ("terminal", "canteen", "restaurant")}),
    "employer": Partner("企业福利平台", None, {"smart_canteen": ("sponsor",)}),
    "travel-site": Partner("旅行网站", None, {"travel": ("site", "shop")}),
    "flight-feed": Partner("航班动态", "feed-1", {"travel": ("feed",)}),
    "insurer": Partner("保险公司", "insurer-1", {"travel": ("insurer",)}),
    "core": Partner(
        "银行核心",
        "bank",
        {"smart_canteen": ("bank",), "travel": ("bank",)},
        ("platform:clock", "contracts:read", "contracts:write", "contracts:manage"),
    ),
}
BANK_APP = "core"


def app_of() -> dict[tuple[str, str], str]:
    """Which application asks for a role, by (scene, role)."""
    return {
        (scene, role): name
        for name, partner in PARTNERS.items()
        for scene, roles in partner.roles.items()
        for role in roles
    }


async def keep_partners(
    pool: asyncpg.Pool[Any], tenant: Tenant, home: Path
) -> dict[str, Credentials]:
    """Register the applications that are missing; each has its key in `partners/` of the home."""
    return {name: await _keep(pool, tenant, home, name) for name in PARTNERS}


async def _keep(pool: asyncpg.Pool[Any], tenant: Tenant, home: Path, name: str) -> Credentials:
    path = home / "partners" / f"{name}.json"
    known = read_secret(path)
    if known is None:
        fresh = ECKey.generate_key("P-256", {"kid": f"{name}-1"})
        known = {"client_id": f"{tenant.ref}.{name}", "key": fresh.as_dict(private=True)}
        write_secret(path, known)
    key = ECKey.import_key(known["key"])
    public = {**key.as_dict(private=False), "kid": known["key"]["kid"]}
    partner = PARTNERS[name]
    try:
        app = await find_app(pool, known["client_id"])
        if [dict(jwk) for jwk in app.jwks] != [public]:
            await replace_app_keys(pool, app, [public])
    except NotFound:
        scopes = [f"scene:{scene}:*" for scene in partner.roles]
        await register_app(
            pool,
            tenant,
            name,
            title=partner.title,
            scopes=[*scopes, *partner.platform],
            jwks=[public],
            party=partner.party,
            level="A2",
            acts_for=[
                ActsFor(scene, role)
                for scene, roles in partner.roles.items()
                for role in roles
                if role not in ("bank", "feed", "insurer")
            ],
            rate=RATE,
            burst=RATE,
        )
    return Credentials(known["client_id"], key, known["key"]["kid"])
