"""Keep what a customer agrees to; what was offered on the strength of it ends with it."""

from __future__ import annotations

from enscene.customers import set_consent
from enscene.engagement import store
from enscene.engagement.moments import ACROSS, CONSENT


async def say_consent(
    connection: store.Connection, tenant: int, scene: int, ref: str, item: str, *, granted: bool
) -> None:
    """Keep what the party agreed to, or no longer does. Raises: NotFound.

    Without recommendations no offer of the scene is left; without a look at what the customer has
    elsewhere none that was made because of it. A decision under way waits, and sees the last word.
    """
    await store.lock_party(connection, tenant, ref)
    await set_consent(connection, tenant, scene, ref, item, granted=granted)
    if not granted and item in (CONSENT, ACROSS):
        await store.dismiss_offers(connection, tenant, scene, ref, because_of=item == ACROSS)
