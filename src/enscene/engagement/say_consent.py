"""Keep what a customer agrees to; what rests on it ends with it.

There are two kinds of consent: a permission in a scene (`say_consent`), and what an application of
a partner may do (`withdraw_consent`). What ends with either is said in one place, `end_what_rests`.
"""

from __future__ import annotations

from enscene.customers import set_consent
from enscene.customers.authorizations import end_consent, lock_consent
from enscene.customers.log_said import log_consent_said
from enscene.customers.store import lock
from enscene.engagement import store
from enscene.engagement.applications import end_applications_under, lock_applications_under, writing
from enscene.engagement.circles import follow_position
from enscene.engagement.moments import ACROSS, CONSENT
from enscene.engagement.outside import forget_under
from enscene.engagement.spectrum import clear_what_rests, follow_consent
from enscene.scenes.reactions.timers import cancel_timers
from enscene.scenes.runtime import SceneHost


async def say_consent(
    connection: store.Connection, tenant: int, scene: int, ref: str, item: str, *, granted: bool
) -> None:
    """Keep what the party agreed to, or no longer does. Raises: NotFound.

    Without recommendations no offer of the scene is left, nor what it told of preferences; without
    the position nothing of its places; without a look at what the customer has elsewhere no offer
    that was made because of it. A decision under way waits, and sees the last word.
    """
    # The log first, then the party: whoever withdraws a consent takes them in this order too.
    stamp = await lock(connection, tenant)
    await store.lock_party(connection, tenant, ref)
    await set_consent(connection, tenant, scene, ref, item, granted=granted)
    await log_consent_said(connection, stamp, tenant, scene, ref, item, granted=granted)
    if granted:
        await follow_consent(connection, tenant, scene, ref, item, granted=True)
        await follow_position(connection, tenant, scene, ref, item, granted=True)
    else:
        await end_what_rests(connection, tenant, ref, scene=scene, item=item)


async def withdraw_consent(
    pool: store.Pool, host: SceneHost, tenant: int, consent: int, *, party: str
) -> None:
    """The customer takes back what an application may do. In one transaction, under the shard's
    lock, end with it: its tokens and codes, news that wait to be sent, offers that came of what was
    done under it, applications that were begun under it and are open, and timers that would take
    money from the customer for it. What was committed before stays.

    Raises: NotFound when the customer has given no such consent, or it is over.
    """
    async with writing(pool, tenant) as connection:
        # In the order in which whoever works under it takes them.
        await lock_consent(connection, tenant, consent, party)
        await lock_applications_under(connection, tenant, consent)
        await end_consent(connection, tenant, consent, party)
        await store.lock_party(connection, tenant, party)
        await end_what_rests(connection, tenant, party, grant=consent, host=host)


async def end_what_rests(
    connection: store.Connection,
    tenant: int,
    party: str,
    *,
    scene: int = 0,
    item: str | None = None,
    grant: int | None = None,
    host: SceneHost | None = None,
) -> None:
    """On a permission rest the offers that it let be made, and what the scene told of preferences. On
    what an application may do rests all
    that it has begun and that has not come to its end."""
    if item is not None:
        await follow_consent(connection, tenant, scene, party, item, granted=False)
        await follow_position(connection, tenant, scene, party, item, granted=False)
        await forget_under(connection, tenant, party, scene=scene, item=item)
    if item in (CONSENT, ACROSS):
        await store.dismiss_offers(connection, tenant, scene, party, because_of=item == ACROSS)
    if grant is not None and host is not None:
        await store.dismiss_offers_under(connection, tenant, party, grant)
        await clear_what_rests(connection, tenant, party, grant)
        await forget_under(connection, tenant, party, grant=grant)
        await end_applications_under(connection, tenant, grant)
        await cancel_timers(connection, host, tenant, grant)
