"""Make people of the console, set their passwords, block them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

import asyncpg

from enscene.kernel.errors import Conflict, Invalid
from enscene.tenants.quotas.quota import check_quota
from enscene.tenants.store import Connection, Pool, admitted
from enscene.tenants.tenant import Tenant
from enscene.tenants.users import store
from enscene.tenants.users.passwords import hash_password
from enscene.tenants.users.user import ROLES, User, user_of

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,47}")


async def create_user(
    pool: Pool,
    tenant: Tenant,
    login: str,
    *,
    name: str,
    password: str,
    roles: Collection[str],
    party: str | None = None,
    must_change: bool = False,
) -> User:
    """Make a person who logs in as `<login>@<tenant ref>`.

    `roles` are of scene_team, approver, manager (of relationships), partner, auditor, admin (of
    people and brand), operator (who sees the tenants below); a partner names its `party`. With
    `must_change` the password has to be changed at the first login.
    Raises: Invalid, Conflict("user.exists"), Refused("quota.exceeded").
    """
    check_person(login, roles, party)
    hashed = await hash_password(password)
    async with admitted(pool, tenant.id) as connection:
        return await insert_person(
            connection, tenant, login, name=name, hashed=hashed, roles=roles, party=party,
            must_change=must_change,
        )  # fmt: skip


async def insert_person(
    connection: Connection, tenant: Tenant, login: str, *, name: str, hashed: str,
    roles: Collection[str], party: str | None = None, must_change: bool = False,
) -> User:  # fmt: skip
    """The same in a transaction that has admitted the tenant, with a password that is hashed."""
    check_person(login, roles, party)
    await check_quota(connection, tenant.id, "users")
    try:
        await store.insert_user(
            connection, tenant.id, login, name, hashed, sorted(roles), party, must_change
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(f"user {login} exists", code="user.exists", param="login") from None
    row = await store.read_user(connection, tenant.id, login)
    assert row is not None, "it was just written"
    return user_of(row)


def check_person(login: str, roles: Collection[str], party: str | None) -> None:
    """Whether a person may be so. Raises: Invalid."""
    if not _LOGIN.fullmatch(login):
        raise Invalid(
            "a login is 1 to 48 small letters, digits or any of . _ -",
            code="user.bad_login",
            param="login",
        )
    if not roles or not ROLES.issuperset(roles):
        raise Invalid(
            f"a role is one of {', '.join(sorted(ROLES))}", code="user.bad_role", param="roles"
        )
    if ("partner" in roles) != (party is not None):
        raise Invalid("a partner, and nobody else, has a party", code="user.bad_party")


async def set_password(pool: Pool, user: User, password: str) -> None:
    """Set another password; every session of the person ends."""
    hashed = await hash_password(password)
    async with admitted(pool, user.tenant) as connection:
        await store.update_password(connection, user.tenant, user.id, hashed)


async def set_user_status(pool: Pool, user: User, status: Literal["active", "blocked"]) -> None:
    """Block a person, which ends every session, or let it in again."""
    async with admitted(pool, user.tenant) as connection:
        await store.update_status(connection, user.tenant, user.id, status)
