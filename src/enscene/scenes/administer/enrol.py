"""Bring parties into a scene: they are enrolled, and the accounts of their role are opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from enscene.customers import Enrolment, enrol_parties, link_parties
from enscene.kernel.errors import Conflict, Invalid
from enscene.ledger import AccountOrder, open_accounts
from enscene.scenes.administer._log import lock, log
from enscene.scenes.language import Pack

_BUMP = "update scene set version = version + 1 where tenant = $1 and id = $2"
_TAKEN = """
select role from enrolment
 where tenant = $1 and scene = $2 and active and role = any($3::text[])
 group by role having count(*) > 1"""


async def enrol(
    connection: asyncpg.Connection[Any],
    tenant: int,
    scene: int,
    pack: Pack,
    orders: Sequence[Enrolment],
    actor: str = "system",
) -> dict[str, int]:
    """Enrol parties and open their accounts; ids by reference.

    Raises: Invalid (unknown role), Conflict (a role that has one has another), NotFound.
    """
    for order in orders:
        party = pack.parties.get(order.role)
        if party is None:
            raise Invalid(
                f"the scene has no role {order.role}",
                code="scene.no_role",
                param="role",
                hint=f"it has {', '.join(pack.parties)}",
            )
        if party.is_a != order.kind:
            raise Invalid(f"a {order.role} is a {party.is_a}", code="scene.role_kind", param="kind")
        if party.bound_to is not None and order.bound_to is None:
            raise Invalid(
                f"a {order.role} is bound to a {party.bound_to}",
                code="scene.unbound",
                param="bound_to",
            )
    stamp = await lock(connection, tenant)  # before any row: see `_log`
    enrolled = await enrol_parties(connection, tenant, scene, orders)
    ones = [name for name, party in pack.parties.items() if party.one]
    taken = await connection.fetchval(_TAKEN, tenant, scene, ones)
    if taken is not None:
        raise Conflict(f"the scene has its {taken} already", code="scene.one", param="role")
    accounts = [
        AccountOrder(
            scene, account.name, enrolled.ids[order.ref], pack.currency, account.kind,
            account.role, account.floor,
        )
        for order in orders
        for account in pack.accounts.values()
        if account.of == order.role
    ]  # fmt: skip
    await open_accounts(connection, tenant, accounts)
    if enrolled.moved:
        await connection.execute(_BUMP, tenant, scene)
        refs = [order.ref for order in orders]
        await log(connection, stamp, tenant, scene, "roster.changed", actor, parties=refs)
    return enrolled.ids


async def link(
    connection: asyncpg.Connection[Any],
    tenant: int,
    scene: int,
    pack: Pack,
    name: str,
    pairs: Sequence[tuple[str, str]],
    actor: str = "system",
) -> None:
    """Link parties of the scene as the pack declares it. Raises: Invalid, NotFound."""
    if name not in pack.links:
        raise Invalid(f"the scene has no link {name}", code="scene.no_link", param="link")
    stamp = await lock(connection, tenant)
    if await link_parties(connection, tenant, scene, name, pairs):
        await connection.execute(_BUMP, tenant, scene)
        await log(connection, stamp, tenant, scene, "roster.changed", actor, link=name, pairs=pairs)


async def open_missing_accounts(
    connection: asyncpg.Connection[Any], tenant: int, scene: int, pack: Pack
) -> None:
    """Open what new terms ask for, for everybody who is enrolled."""
    for account in pack.accounts.values():
        rows = await connection.fetch(
            "select party from enrolment where tenant = $1 and scene = $2 and role = $3",
            tenant,
            scene,
            account.of,
        )
        orders = [
            AccountOrder(
                scene, account.name, row[0], pack.currency, account.kind, account.role,
                account.floor,
            )
            for row in rows
        ]  # fmt: skip
        await open_accounts(connection, tenant, orders)
