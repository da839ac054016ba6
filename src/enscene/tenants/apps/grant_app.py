"""Grants: a person lets an application act for it, in one scene, for named actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import check_ref
from enscene.tenants.apps import store
from enscene.tenants.apps.app import App
from enscene.tenants.store import Pool, admitted


@dataclass(frozen=True, slots=True)
class Grant:
    """`actions` are names of actions, or of readings such as `accounts.read`; never a star."""

    id: int
    party: str
    scene: str
    actions: frozenset[str]
    expires_at: datetime | None


async def grant_app(
    pool: Pool,
    app: App,
    *,
    party: str,
    scene: str,
    actions: Sequence[str],
    expires_at: datetime | None = None,
) -> int:
    """Let the application do these actions of the scene for the person; the grant's number."""
    check_ref(party, param="party")
    if not actions or "*" in actions:
        raise Invalid("a grant names its actions", code="grant.bad_actions", param="actions")
    async with admitted(pool, app.tenant) as connection:
        return await store.insert_grant(
            connection, app.tenant, app.id, party, scene, actions, expires_at
        )


async def revoke_grant(pool: Pool, tenant: int, grant: int) -> None:
    """End a grant. Raises: NotFound."""
    async with admitted(pool, tenant) as connection:
        if not await store.revoke(connection, tenant, grant):
            raise NotFound("there is no such grant", code="grant.not_found")


async def find_grants(pool: Pool, app: App, party: str) -> list[Grant]:
    """The grants in force that a person gave to the application."""
    async with admitted(pool, app.tenant, readonly=True) as connection:
        rows = await store.read_grants(connection, app.tenant, app.id, party)
    return [Grant(r[0], r[1], r[2], frozenset(r[3]), r[4]) for r in rows]


async def find_grants_of(pool: Pool, tenant: int, party: str) -> list[tuple[Grant, str]]:
    """Every grant in force that a person has given, with the title of the application."""
    async with admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_grants_of(connection, tenant, party)
    return [(Grant(r[0], r[1], r[2], frozenset(r[3]), r[4]), r[5]) for r in rows]
