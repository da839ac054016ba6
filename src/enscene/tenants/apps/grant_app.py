"""Grants: a person lets an application act for it, in one scene, for named actions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from enscene.commit import lock_shard
from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import check_ref
from enscene.tenants.apps import store
from enscene.tenants.apps.app import App
from enscene.tenants.store import Pool, admitted


@dataclass(frozen=True, slots=True)
class Grant:
    """`actions` are names of actions, or of readings such as `accounts.read`; never a star.

    `fields` are the data that may be read: {"things": {thing: [field]}, "accounts": [name]}; None
    for a grant that the bank has entered without naming any.
    """

    id: int
    party: str
    scene: str
    actions: frozenset[str]
    expires_at: datetime | None
    purpose: str | None = None
    fields: Mapping[str, Any] | None = None

    def things(self) -> Mapping[str, Sequence[str]] | None:
        """The fields by thing; None: all."""
        return None if self.fields is None else self.fields.get("things", {})

    def accounts(self) -> Sequence[str] | None:
        """The accounts; None: all."""
        return None if self.fields is None else self.fields.get("accounts", ())


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
    """End a grant; no unit that stands on it is committed after this. Raises: NotFound."""
    async with pool.acquire() as connection, connection.transaction():
        shard = await connection.fetchval("select shard from tenant where id = $1", tenant)
        await lock_shard(connection, shard, [tenant], 0)
        if not await store.revoke(connection, tenant, grant):
            raise NotFound("there is no such grant", code="grant.not_found")


async def find_grants(pool: Pool, app: App, party: str) -> list[Grant]:
    """The grants in force that a person gave to the application."""
    async with admitted(pool, app.tenant, readonly=True) as connection:
        rows = await store.read_grants(connection, app.tenant, app.id, party)
    return [_grant(row) for row in rows]


async def find_grants_in_force(
    connection: asyncpg.Connection[Any], tenant: int, grants: Collection[int]
) -> set[int]:
    """Those of these grants that are in force."""
    return await store.read_in_force(connection, tenant, sorted(grants)) if grants else set()


async def find_grants_among(
    pool: Pool, tenant: int, apps: Sequence[int], parties: Sequence[str]
) -> dict[int, list[Grant]]:
    """The grants in force that any of these parties gave to any of these applications, by
    application; the newest first."""
    found: dict[int, list[Grant]] = {}
    if apps and parties:
        async with admitted(pool, tenant, readonly=True) as connection:
            for row in await store.read_grants_among(connection, tenant, apps, parties):
                found.setdefault(row["app"], []).append(_grant(row))
    return found


async def find_grant(pool: Pool, tenant: int, grant: int) -> Grant | None:
    """The grant of that number, if it is in force."""
    async with admitted(pool, tenant, readonly=True) as connection:
        row = await store.read_grant(connection, tenant, grant)
    return None if row is None else _grant(row)


async def find_grants_of(pool: Pool, tenant: int, party: str) -> list[tuple[Grant, str]]:
    """Every grant in force that a person has given, with the title of the application."""
    async with admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_grants_of(connection, tenant, party)
    return [(_grant(row), row["title"]) for row in rows]


def _grant(row: Any) -> Grant:
    return Grant(
        row["id"], row["party"], row["scene"], frozenset(row["actions"]), row["expires_at"],
        row["purpose"], row["fields"],
    )  # fmt: skip
