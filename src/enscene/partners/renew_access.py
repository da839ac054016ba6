"""Give a partner another access key: the one before opens nothing any more."""

from __future__ import annotations

from uuid import UUID

from enscene.kernel.errors import Conflict
from enscene.partners import store
from enscene.partners.find_partner import read_partner
from enscene.partners.partner import access_of, new_access_key


async def renew_access(pool: store.Pool, tenant: int, partner: UUID) -> str:
    """The new key, told this once. Raises: Conflict (it has left), NotFound."""
    key = new_access_key(tenant)
    found = access_of(key)
    assert found is not None, "a new key has its form"
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage == "left":
            raise Conflict("it has left", code="partner.stage", facts={"stage": "left"})
        await store.update(connection, tenant, partner, {"access": found[1]})
    return key
