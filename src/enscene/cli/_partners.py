"""The sandbox's partners: their applications, and their keys under ENSCENE_HOME."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
from joserfc.jwk import ECKey

from enscene.cli._secrets import read_secret, write_secret
from enscene.kernel.errors import Conflict, NotFound
from enscene.simulator import ACT_FOR_THEMSELVES, Credentials
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
    "campaigns": Partner(
        "营销平台",
        None,
        {},
        ("campaigns:read", "campaigns:write", "offers:read", "offers:write"),
    ),
    "campaigns-approval": Partner(
        "营销审批", None, {}, ("campaigns:read", "campaigns:approve", "offers:read")
    ),
}
BANK_APP = "core"
SHOPS = Partner("商圈收银平台", None, {})
MORE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "business_district": {
        "h5": ("cardholder",), "shops": ("merchant", "till"), "core": ("bank",),
    },
}  # fmt: skip
"""Of scenes that are opened on request: the roles that each application asks for."""
DAYS = {"business_district": 5}
"""So many days are played with them, unless somebody asks for another number: where customers live and
work is told from payments of three days."""


def partners_of(more: Sequence[str]) -> dict[str, Partner]:
    """The applications of a bank with these further scenes."""
    found = dict(PARTNERS)
    for scene in more:
        for name, roles in MORE[scene].items():
            partner = found.get(name, SHOPS)
            found[name] = replace(partner, roles={**partner.roles, scene: roles})
    return found


def app_of(more: Sequence[str] = ()) -> dict[tuple[str, str], str]:
    """Which application asks for a role, by (scene, role)."""
    return {
        (scene, role): name
        for name, partner in partners_of(more).items()
        for scene, roles in partner.roles.items()
        for role in roles
    }


async def keep_partners(
    pool: asyncpg.Pool[Any], tenant: Tenant, home: Path, more: Sequence[str] = ()
) -> dict[str, Credentials]:
    """Register the applications that are missing; each has its key in `partners/` of the home."""
    partners = partners_of(more)
    return {
        name: await keep_partner(pool, tenant, home, name, partner)
        for name, partner in partners.items()
    }


async def keep_partner(
    pool: asyncpg.Pool[Any], tenant: Tenant, home: Path, name: str, partner: Partner
) -> Credentials:
    """Register one application if it is missing, with its key in `partners/` of the home."""
    path = home / "partners" / f"{name}.json"
    known = read_secret(path)
    if known is None:
        fresh = ECKey.generate_key("P-256", {"kid": f"{name}-1"})
        known = {"client_id": f"{tenant.ref}.{name}", "key": fresh.as_dict(private=True)}
        write_secret(path, known)
    key = ECKey.import_key(known["key"])
    public = {**key.as_dict(private=False), "kid": known["key"]["kid"]}
    scopes = [f"scene:{scene}:*" for scene in partner.roles]
    try:
        app = await find_app(pool, known["client_id"])
        if [dict(jwk) for jwk in app.jwks] != [public]:
            await replace_app_keys(pool, app, [public])
        if not set(scopes) <= set(app.scopes):
            raise Conflict(
                f"应用 {name} 登记时没有这个场景 · {name} was registered without this scene",
                code="sandbox.scene_came_later",
                hint="./enscene reset",
            )
    except NotFound:
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
                if role not in ACT_FOR_THEMSELVES
            ],
            rate=RATE,
            burst=RATE,
        )
    return Credentials(known["client_id"], key, known["key"]["kid"])
