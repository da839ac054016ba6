"""List applications, suspend and resume them, replace their keys.

Processes that serve the API remember an application for a few seconds: until then a change may
go unnoticed (`api.auth.REMEMBERED_S`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from enscene.tenants.apps import store
from enscene.tenants.apps.app import App, Signing
from enscene.tenants.apps.keys import check_public_keys
from enscene.tenants.apps.redirects import check_redirects
from enscene.tenants.store import Pool, admitted


async def list_apps(pool: Pool, tenant: int) -> list[App]:
    """The applications of a tenant, oldest first."""
    async with admitted(pool, tenant, readonly=True) as connection:
        return await store.read_apps(connection, tenant)


async def suspend_app(pool: Pool, app: App) -> None:
    """Refuse whatever it asks from now on, also with tokens that it has."""
    async with admitted(pool, app.tenant) as connection:
        await store.update_status(connection, app.tenant, app.id, "suspended")


async def resume_app(pool: Pool, app: App) -> None:
    """Let a suspended application in again."""
    async with admitted(pool, app.tenant) as connection:
        await store.update_status(connection, app.tenant, app.id, "active")


async def replace_app_keys(pool: Pool, app: App, jwks: Sequence[Mapping[str, Any]]) -> None:
    """Set its public keys; name old and new ones for as long as both are in use."""
    keys = check_public_keys(jwks)
    async with admitted(pool, app.tenant) as connection:
        await store.update_keys(connection, app.tenant, app.id, keys)


async def bind_app_tokens(
    pool: Pool,
    app: App,
    binding: Literal["none", "dpop", "mtls"],
    *,
    redirect_uris: Sequence[str] | None = None,
    sandbox: bool = False,
) -> None:
    """Say what its access tokens must be bound to, and where its customers are led back to.

    Tokens without that binding are refused from then on.
    """
    redirects = app.redirect_uris
    if redirect_uris is not None:
        redirects = tuple(check_redirects(redirect_uris, sandbox=sandbox))
    async with admitted(pool, app.tenant) as connection:
        await store.update_binding(connection, app.tenant, app.id, binding, redirects)


async def set_app_party(pool: Pool, app: App, party: str | None) -> None:
    """Say for which party it acts on its own."""
    async with admitted(pool, app.tenant) as connection:
        await store.update_party(connection, app.tenant, app.id, party)


async def set_app_signing(pool: Pool, app: App, signing: Signing) -> None:
    """Say how it signs its requests: what is not signed so is refused from then on."""
    async with admitted(pool, app.tenant) as connection:
        await store.update_signing(connection, app.tenant, app.id, signing)
