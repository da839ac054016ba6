"""The inventory of a partner's assets on the internet, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.inventory import store as assets_sql

KINDS = ("domain", "app", "mini_program", "api", "host", "component")
SEVERITIES = ("low", "middle", "high")
TEXT_MOST = 120
ASSETS_MOST = 500
SOON = timedelta(days=30)
"""So long before its end a certificate or a domain is told of."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A known weakness; open until it is fixed."""

    name: str
    severity: Literal["low", "middle", "high"]
    found_at: datetime
    found_by: str
    fixed_at: datetime | None
    fixed_by: str | None


@dataclass(frozen=True, slots=True)
class Asset:
    """`supplier` and `version` say whose it is and how new; dates are the last good days. One of
    `settings` is an address of the live application and entered by itself."""

    id: UUID
    partner: UUID
    kind: str
    name: str
    owner: str
    supplier: str
    version: str
    certificate_until: date | None
    domain_until: date | None
    seen_at: datetime
    seen_by: str
    holes: tuple[Hole, ...] = ()
    origin: Literal["person", "settings"] = "person"

    @property
    def open_holes(self) -> list[Hole]:
        """Those that are not fixed."""
        return [hole for hole in self.holes if hole.fixed_at is None]

    def risk(self, today: date) -> Literal["low", "middle", "high"]:
        """By what is wrong with it, or soon will be."""
        faults = faults_of([self], today)
        return "high" if any(each.blocks for each in faults) else "middle" if faults else "low"

    def ends(self) -> date | None:
        """The first of its last days."""
        return min(filter(None, (self.certificate_until, self.domain_until)), default=None)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an asset: `hole`, `certificate` or `domain`. One that `blocks` keeps a
    partner from going live, and a live one is suspended for it."""

    asset: str
    kind: Literal["hole", "certificate", "domain"]
    what: str
    blocks: bool


async def read_assets(pool: store.Pool, tenant: int, partner: UUID | None = None) -> list[Asset]:
    """Those of one partner, or of all."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await assets_sql.list_assets(connection, tenant, partner)
        holes: dict[UUID, list[Hole]] = {}
        for row in await assets_sql.list_holes(connection, tenant, partner):
            holes.setdefault(row["asset"], []).append(Hole(*list(row)[1:]))
    return [Asset(**dict(row), holes=tuple(holes.get(row["id"], ()))) for row in rows]


async def put_asset(
    pool: store.Pool, tenant: int, partner: UUID, who: str, kind: str, name: str, **more: Any
) -> UUID:
    """Enter an asset, or what is known of it now. `more`: owner, supplier, version,
    certificate_until, domain_until. Raises: Invalid("asset.bad")."""
    texts = [more.get(each, "") for each in ("owner", "supplier", "version")]
    if kind not in KINDS:
        raise Invalid(f"a kind is one of {', '.join(KINDS)}", code="asset.bad", param="kind")
    for text in (name, *texts):
        if len(text) > TEXT_MOST or not text.isprintable():
            raise Invalid(f"at most {TEXT_MOST} characters", code="asset.bad", param="name")
    if not name.strip():
        raise Invalid("an asset has a name", code="asset.bad", param="name")
    async with store.admitted(pool, tenant) as connection:
        if await assets_sql.count_assets(connection, tenant, partner) >= ASSETS_MOST:
            raise Invalid(f"at most {ASSETS_MOST} assets", code="asset.bad", param="name")
        return await assets_sql.put_asset(
            connection, tenant, new_uuid(), partner, kind, name.strip(), *texts,
            more.get("certificate_until"), more.get("domain_until"), who,
        )  # fmt: skip


async def drop_asset(pool: store.Pool, tenant: int, asset: UUID) -> None:
    """It is not there any more. Raises: NotFound."""
    async with store.admitted(pool, tenant) as connection:
        await _owner(connection, tenant, asset)
        await assets_sql.delete_asset(connection, tenant, asset)


async def report_hole(
    pool: store.Pool, tenant: int, asset: UUID, name: str, severity: str, who: str
) -> None:
    """Enter a known hole of an asset. Raises: Invalid, NotFound."""
    if severity not in SEVERITIES or not name.strip() or len(name) > TEXT_MOST:
        raise Invalid("a hole has a name and a severity", code="asset.bad_hole", param="name")
    if not name.isprintable():
        raise Invalid("a hole has a name and a severity", code="asset.bad_hole", param="name")
    async with store.admitted(pool, tenant) as connection:
        await _owner(connection, tenant, asset)
        await assets_sql.insert_hole(connection, tenant, asset, name.strip(), severity, who)


async def fix_hole(pool: store.Pool, tenant: int, asset: UUID, name: str, who: str) -> None:
    """It is closed: somebody of the bank has seen so. Raises: NotFound, Forbidden."""
    if who.startswith("ptn_"):
        raise Forbidden("the bank says when a hole is closed", code="asset.not_own")
    async with store.admitted(pool, tenant) as connection:
        if not await assets_sql.fix_hole(connection, tenant, asset, name, who):
            raise NotFound("there is no such open hole", code="asset.not_found")


def faults_of(assets: Sequence[Asset], today: date | None = None) -> list[Fault]:
    """What is wrong, or soon will be; what blocks comes first."""
    now = today or datetime.now(UTC).date()
    found: list[Fault] = []
    for asset in assets:
        found += [
            Fault(asset.name, "hole", hole.name, hole.severity == "high")
            for hole in asset.open_holes
        ]
        if (until := asset.certificate_until) is not None and until - now <= SOON:
            found.append(Fault(asset.name, "certificate", until.isoformat(), until < now))
        if (until := asset.domain_until) is not None and until - now <= SOON:
            found.append(Fault(asset.name, "domain", until.isoformat(), until < now))
    return sorted(found, key=lambda fault: not fault.blocks)


async def _owner(connection: store.Connection, tenant: int, asset: UUID) -> UUID:
    owner = await assets_sql.owner_of(connection, tenant, asset)
    if owner is None:
        raise NotFound("there is no such asset", code="asset.not_found")
    return owner
