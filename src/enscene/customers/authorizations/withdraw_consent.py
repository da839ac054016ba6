"""A consent is taken back: nothing is done or served under it from then on.

What customers and channels call is `enscene.engagement.withdraw_consent`, which also ends what
rests on the consent above this folder.
"""

from __future__ import annotations

from enscene.customers.authorizations import store
from enscene.customers.authorizations.log import log_consent
from enscene.customers.store import lock
from enscene.kernel.errors import NotFound


async def lock_consent(connection: store.Connection, tenant: int, consent: int, party: str) -> None:
    """Let nothing begin under it until this transaction has ended. Whoever begins something shares
    the lock, and takes it first as well.

    Raises: NotFound when the customer has given no such consent, or it is over.
    """
    if not await store.lock_grant(connection, tenant, consent, party):
        raise NotFound("there is no such consent", code="consent.not_found")


async def end_consent(
    connection: store.Connection, tenant: int, consent: int, party: str
) -> int | None:
    """End it, under the shard's lock: what was committed before stays, and no unit that stands on
    it is committed after. Its tokens and what is queued of its news end with it. The application
    finds `consent.withdrawn` among its events. The number of its scene, if that is there.

    Raises: NotFound.
    """
    stamp = await lock(connection, tenant)
    ended = await store.end_consent(connection, tenant, consent, party)
    if ended is None:
        raise NotFound("there is no such consent", code="consent.not_found")
    await store.end_families(connection, tenant, consent)
    await store.cancel_deliveries(connection, tenant, consent)
    await log_consent(connection, stamp, tenant, "consent.withdrawn", ended["name"], consent,
                      party=party, scene=ended["scene"], purpose=ended["purpose"])  # fmt: skip
    return await store.scene_number(connection, tenant, ended["scene"])
