"""Log in: a name and a password for a session."""

from __future__ import annotations

from enscene.kernel.errors import NotFound, Unauthenticated, Unavailable
from enscene.tenants.store import Pool, admitted
from enscene.tenants.tenant import find_tenant
from enscene.tenants.users import store
from enscene.tenants.users.passwords import fits
from enscene.tenants.users.session import Session, new_session
from enscene.tenants.users.user import user_of

FREE_FAILURES = 5


async def log_in(pool: Pool, login_name: str, password: str) -> Session:
    """A session for `<login>@<tenant ref>`.

    Whatever is wrong (name, tenant, password, blocked) is the same answer and takes as long. Each
    failure after the fifth makes that name wait, 30 s at first, an hour at most; a name that
    nobody has waits like any other.
    Raises: Unauthenticated("login.refused"), Unavailable("login.too_many").
    """
    login, _, tenant_ref = login_name.strip().lower().partition("@")
    login = login[:48].replace("\0", "")
    try:
        tenant = await find_tenant(pool, tenant_ref.replace("\0", ""))
        if tenant.state == "closed":
            raise NotFound("the tenant is closed", code="tenant.closed")
    except NotFound:
        await fits(password, None)
        raise _refused() from None
    async with admitted(pool, tenant.id, always=True) as connection:
        wait_s = await store.begin_attempt(connection, tenant.id, login, FREE_FAILURES)
        if wait_s:
            raise Unavailable(
                "too many failed logins: try again later",
                code="login.too_many",
                facts={"retry_after_s": wait_s},
                hint="wait, or ask your administrator for a new password",
            )
        row = await store.read_user(connection, tenant.id, login)
    active = row is not None and row["status"] == "active"
    matched = await fits(password, row["password_hash"] if row is not None and active else None)
    if row is None or not matched:
        raise _refused()
    async with admitted(pool, tenant.id, always=True) as connection:
        await store.clear_failures(connection, tenant.id, login)
        return await new_session(connection, user_of(row))


def _refused() -> Unauthenticated:
    return Unauthenticated("the name or the password is wrong", code="login.refused")
