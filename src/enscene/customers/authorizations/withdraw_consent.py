"""The customer takes a consent back: nothing is done or served under it from then on."""

from __future__ import annotations

from enscene.customers.authorizations import store
from enscene.customers.authorizations.log import log_consent
from enscene.kernel.errors import NotFound


async def withdraw_consent(pool: store.Pool, tenant: int, consent: int, *, party: str) -> None:
    """End it, under the shard's lock: what was committed before stays, and no unit that stands on
    it is committed after. Its tokens end with it. The application finds `consent.withdrawn`
    among its events.

    Raises: NotFound when the customer has given no such consent, or it is over.
    """
    async with store.admitted(pool, tenant) as connection:
        stamp = await store.lock(connection, tenant)
        ended = await store.end_consent(connection, tenant, consent, party)
        if ended is None:
            raise NotFound("there is no such consent", code="consent.not_found")
        await store.end_families(connection, tenant, consent)
        await log_consent(connection, stamp, tenant, "consent.withdrawn", ended["name"], consent,
                          party=party, scene=ended["scene"], purpose=ended["purpose"])  # fmt: skip
