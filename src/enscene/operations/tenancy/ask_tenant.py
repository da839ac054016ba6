"""Ask for a new tenant, another plan, an end, or help: nothing happens until somebody else agrees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Conflict, EnsceneError, Invalid
from enscene.kernel.ids import new_uuid
from enscene.operations.tenancy import store
from enscene.operations.tenancy.ask import Act, Ask, TenantOrder, ask_of
from enscene.operations.tenancy.end_tenant import what_stands
from enscene.tenants import Tenant
from enscene.tenants.plans import check_manager, find_plan
from enscene.tenants.store import Pool, admitted, read_by_ref
from enscene.tenants.tenant import check_ref, place_of
from enscene.tenants.users import check_help

NAME_MOST = 80
LISTED = 100


async def faults_in(
    pool: Pool, order: TenantOrder, parent: Tenant | None, packs: Container[str]
) -> list[EnsceneError]:
    """Everything that is wrong with an order, each with its `param`; none where it can be asked."""
    faults: list[EnsceneError] = []

    def found(check: Callable[[], Any]) -> None:
        try:
            check()
        except EnsceneError as error:
            faults.append(error)

    found(lambda: check_ref(order.ref))
    if not faults and await read_by_ref(pool, order.ref) is not None:
        faults.append(Conflict(f"tenant {order.ref} exists", code="tenant.exists", param="ref"))
    found(lambda: check_name(order.name))
    found(lambda: place_of(parent, order.level))
    found(lambda: check_manager(find_plan(order.plan), order.manager))
    found(lambda: _check_pack(order, packs))
    return faults


def check_name(name: str) -> None:
    """Raises: Invalid("tenant.name")."""
    if not 1 <= len(name.strip()) <= NAME_MOST or not name.isprintable():
        raise Invalid(f"a name has 1 to {NAME_MOST} characters", code="tenant.name", param="name")


def _check_pack(order: TenantOrder, packs: Container[str]) -> None:
    """Raises: Invalid("tenant.pack")."""
    needs = find_plan(order.plan).scene
    if order.pack not in packs if order.pack or needs else False:
        raise Invalid("choose the template of its first scene", code="tenant.pack", param="pack")


async def ask_open(
    pool: Pool, own: int, order: TenantOrder, parent: Tenant | None, packs: Container[str], who: str
) -> Ask:
    """Ask for a new tenant below `parent`; None: a bank, for which `own` is the tenant of who asks.
    Raises: the first of `faults_in`, Conflict("tenancy.waiting").
    """
    faults = await faults_in(pool, order, parent, packs)
    if faults:
        raise faults[0]
    level = "bank" if parent is None else order.level
    wanted = {
        "ref": order.ref, "name": order.name.strip(), "plan": order.plan, "level": level,
        "manager": order.manager.strip(), "pack": order.pack,
    }  # fmt: skip
    return await _ask(pool, own if parent is None else parent.id, "open", order.ref, wanted, who)


async def ask_plan(pool: Pool, tenant: Tenant, plan: str, manager: str, who: str) -> Ask:
    """Ask for another plan. Raises: Invalid, Conflict("tenant.closed", "tenancy.same_plan",
    "tenancy.waiting")."""
    _check_open(tenant)
    manager = check_manager(find_plan(plan), manager)
    if (plan, manager) == (tenant.plan, tenant.manager):
        raise Conflict("it is on this plan", code="tenancy.same_plan", param="plan")
    return await _ask(pool, tenant.id, "plan", "", {"plan": plan, "manager": manager}, who)


async def ask_close(pool: Pool, tenant: Tenant, who: str) -> Ask:
    """Ask for the end of a tenant; what stands against it now may be settled until it is decided.
    Raises: Conflict("tenant.closed", "tenancy.waiting")."""
    _check_open(tenant)
    async with admitted(pool, tenant.id, readonly=True) as connection:
        stands = await what_stands(connection, tenant)
    wanted = {"scenes": stands.scenes, "below": stands.below, "invoices": stands.invoices}
    return await _ask(pool, tenant.id, "close", "", wanted, who)


async def ask_help(pool: Pool, tenant: Tenant, act: str, login: str, name: str, who: str) -> Ask:
    """Ask to admit a person, for a new password, or for a new administrator.
    Raises: as `check_help`; Conflict("tenant.closed", "tenancy.waiting")."""
    _check_open(tenant)
    async with admitted(pool, tenant.id, readonly=True) as connection:
        user = await check_help(connection, tenant, act, login, name)
    kept: Act = "admin" if act == "admin" else "admit" if act == "admit" else "password"
    wanted = {"name": name.strip() if user is None else user.name}
    return await _ask(pool, tenant.id, kept, login, wanted, who)


async def list_asks(pool: Pool, tenants: Collection[int]) -> list[Ask]:
    """Of these tenants: what waits, oldest first, then what was decided, the newest first."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, tenants)
        return [ask_of(row) for row in await store.list_asks(connection, tenants, LISTED)]


def _check_open(tenant: Tenant) -> None:
    if tenant.state == "closed":
        raise Conflict(f"tenant {tenant.ref} is closed", code="tenant.closed")


async def _ask(
    pool: Pool, tenant: int, act: Act, about: str, wanted: Mapping[str, Any], who: str
) -> Ask:
    try:
        async with admitted(pool, tenant) as connection:
            row = await store.insert(connection, tenant, new_uuid(), act, about, wanted, who)
    except asyncpg.UniqueViolationError:
        raise Conflict("the same waits to be decided", code="tenancy.waiting") from None
    return ask_of(row)
