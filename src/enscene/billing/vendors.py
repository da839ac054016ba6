"""Vendors: firms whose services a bank's tenants pay for, asked by one person, admitted by another."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from enscene.billing import vendor_store as store
from enscene.billing.plan import PlanBody
from enscene.commit import admit
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.tenants import Tenant, line_of
from enscene.tenants.store import Connection, Pool, admitted
from enscene.tenants.tenant import check_ref

NAME_MOST = 80


@dataclass(frozen=True, slots=True)
class Vendor:
    """`tenant` is the bank; `name` may be in both languages."""

    tenant: int
    ref: str
    name: str
    state: Literal["asked", "admitted", "refused"]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


async def ask_vendor(pool: Pool, bank: Tenant, ref: str, name: str, who: str) -> None:
    """Ask to admit a vendor of a bank; of one that was refused it may be asked again.
    Raises: Invalid("tenant.bad_ref", "vendor.name", "vendor.bank"), Conflict("vendor.exists")."""
    if bank.parent is not None:
        raise Invalid("vendors are a bank's", code="vendor.bank", param="bank")
    check_ref(ref)
    name = name.strip()
    if not 1 <= len(name) <= NAME_MOST or not name.isprintable():
        raise Invalid(f"a name has 1 to {NAME_MOST} characters", code="vendor.name", param="name")
    async with admitted(pool, bank.id) as connection:
        if not await store.ask(connection, bank.id, ref, name, who):
            raise Conflict("the vendor is there, or waits", code="vendor.exists", param="ref")


async def decide_vendor(pool: Pool, bank: int, ref: str, who: str, *, approve: bool) -> None:
    """Admit or refuse; who asked may take it back.
    Raises: Conflict("vendor.decided"), Forbidden("vendor.four_eyes")."""
    async with admitted(pool, bank) as connection:
        asked_by = await store.lock_asked(connection, bank, ref)
        if asked_by is None:
            raise Conflict("nothing waits to be decided", code="vendor.decided")
        if approve:
            check_second(asked_by, who)
        await store.decide(connection, bank, ref, "admitted" if approve else "refused", who)


@control("vendor_second_person")
def check_second(asked_by: str, who: str) -> None:
    """Raises: Forbidden("vendor.four_eyes")."""
    if asked_by == who:
        raise Forbidden("somebody else decides", code="vendor.four_eyes")


async def list_vendors(pool: Pool, banks: Collection[int]) -> list[Vendor]:
    """Of these banks: what waits first, then by name."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, banks)
        return [Vendor(*row) for row in await store.read_vendors(connection, banks, None)]


async def read_vendor(pool: Pool, bank: int, ref: str) -> Vendor:
    """One of them. Raises: NotFound."""
    async with admitted(pool, bank, readonly=True) as connection:
        rows = await store.read_vendors(connection, [bank], ref)
    if not rows:
        raise NotFound("there is no such vendor", code="vendor.not_found")
    return Vendor(*rows[0])


async def check_vendors(
    connection: Connection | asyncpg.Connection[asyncpg.Record], tenant: Tenant, body: PlanBody
) -> None:
    """Whoever a plan names was admitted by the tenant's bank; the transaction sees the tenant
    alone afterwards. Raises: Invalid("vendor.not_admitted")."""
    named = body.vendors
    if not named:
        return
    bank = (await line_of(connection, tenant.id))[-1].id
    await admit(connection, [bank])
    known = {row["ref"] for row in await store.read_vendors(connection, [bank], None)
             if row["state"] == "admitted"}  # fmt: skip
    await admit(connection, [tenant.id])
    for ref, at in named.items():
        if ref not in known:
            raise Invalid(
                f"the bank has admitted no vendor {ref}", code="vendor.not_admitted",
                param=f"{at}.vendor_ref",
            )  # fmt: skip
