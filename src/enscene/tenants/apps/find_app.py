"""Find an application by its client id, or by its number."""

from __future__ import annotations

from enscene.kernel.errors import NotFound
from enscene.tenants.apps import store
from enscene.tenants.apps.app import App, client_id_parts
from enscene.tenants.store import Pool, admitted
from enscene.tenants.tenant import find_tenant


async def find_app(pool: Pool, client_id: str) -> App:
    """The application of a client id, also a suspended one. Raises: NotFound."""
    parts = client_id_parts(client_id)
    if parts is None:
        raise _not_found()
    tenant = await find_tenant(pool, parts[0])
    async with admitted(pool, tenant.id, readonly=True) as connection:
        app = await store.read_app(connection, tenant.id, parts[1])
    if app is None:
        raise _not_found()
    return app


async def get_app(pool: Pool, tenant: int, key: int) -> App:
    """The application of that number. Raises: NotFound."""
    async with admitted(pool, tenant, readonly=True) as connection:
        app = await store.read_app_by_id(connection, tenant, key)
    if app is None:
        raise _not_found()
    return app


def _not_found() -> NotFound:
    return NotFound("there is no such application", code="app.not_found", param="client_id")
