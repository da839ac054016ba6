"""Sessions of the console: the browser holds a secret, the database its digest."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from dataclasses import dataclass, field

import asyncpg

from enscene.tenants.store import Connection, Pool, admitted
from enscene.tenants.users import store
from enscene.tenants.users.user import User, user_of

IDLE_S = 30 * 60
ABSOLUTE_S = 12 * 3600
_TOKEN_MOST = 100


@dataclass(frozen=True, slots=True)
class Session:
    """`token` is the value of the cookie, `csrf` what every form of this session must carry."""

    user: User
    csrf: str
    token: str = field(repr=False)

    def allows(self, *roles: str) -> bool:
        """Whether the person has one of these roles."""
        return not self.user.roles.isdisjoint(roles)

    def fits_csrf(self, given: str) -> bool:
        """Whether a form's token is that of the session."""
        return secrets.compare_digest(given.encode(), self.csrf.encode())


async def new_session(connection: Connection, user: User) -> Session:
    """Begin a session, in a transaction that has admitted the person's tenant."""
    token = f"{user.tenant}.{secrets.token_urlsafe(32)}"
    csrf = secrets.token_urlsafe(24)
    await store.delete_old_sessions(connection, user.tenant, ABSOLUTE_S)
    await store.insert_session(connection, user.tenant, _digest(token), user.id, csrf)
    return Session(user, csrf, token)


async def find_session(
    pool: Pool, token: str, *, idle_s: float = IDLE_S, absolute_s: float = ABSOLUTE_S
) -> Session | None:
    """The session of a cookie, if it is alive: used within 30 minutes, begun within 12 hours."""
    tenant = _tenant_of(token)
    if tenant is None:
        return None
    digest = _digest(token)
    async with admitted(pool, tenant) as connection:
        row = await store.read_session(connection, tenant, digest, idle_s, absolute_s)
        if row is None:
            return None
        *_, csrf, _created_at, is_old = row
    if is_old:
        # Where nothing can be written for a while, who is there stays there.
        with contextlib.suppress(asyncpg.ReadOnlySQLTransactionError):
            async with admitted(pool, tenant, always=True) as connection:
                await store.touch_session(connection, tenant, digest)
    return Session(user_of(row), csrf, token)


async def log_out(pool: Pool, token: str) -> None:
    """End the session of a cookie, if there is one."""
    tenant = _tenant_of(token)
    if tenant is not None:
        async with admitted(pool, tenant, always=True) as connection:
            await store.delete_session(connection, tenant, _digest(token))


def _tenant_of(token: str) -> int | None:
    tenant, dot, _ = token.partition(".")
    fits = dot and len(token) <= _TOKEN_MOST and tenant.isascii() and tenant.isdigit()
    return int(tenant) if fits and len(tenant) <= 9 else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
