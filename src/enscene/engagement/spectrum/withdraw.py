"""What a withdrawn consent leaves of the spectrum: nothing of what rested on it, at once."""

from __future__ import annotations

from enscene.customers import find_parties
from enscene.customers.spectrum import clear_spectrum, close_scene, lock_spectrum, open_scene
from enscene.customers.spectrum.store import Connection
from enscene.engagement.spectrum.feed import CONSENT

EVERYWHERE = 0
# Decisions keep what was weighed, and with it preferences: they say why without it.
_WEIGHED = """
update decision set rights = rights - 'features'
 where tenant = $1 and customer = $2 and rights ? 'features'"""


async def follow_consent(
    connection: Connection, tenant: int, scene: int, ref: str, item: str, *, granted: bool
) -> None:
    """The customer has said something about a permission in a scene: without recommendations nothing
    that came from it is left, and what is done until they are allowed again never counts."""
    if item != CONSENT:
        return
    customer = await _customer(connection, tenant, ref)
    await lock_spectrum(connection, tenant)
    if granted:
        await open_scene(connection, tenant, customer, scene)
        return
    await clear_spectrum(connection, tenant, customer, scene=scene)
    await connection.execute(_WEIGHED, tenant, customer)
    await close_scene(connection, tenant, customer, scene)


async def clear_what_rests(connection: Connection, tenant: int, ref: str, consent: int) -> None:
    """What an application did may no longer speak: its consent is gone."""
    await clear_spectrum(
        connection, tenant, await _customer(connection, tenant, ref), consent=consent
    )


async def forget_customer(connection: Connection, tenant: int, customer: int) -> None:
    """Delete everything, and count nothing any more, whatever of the log is read later."""
    await clear_spectrum(connection, tenant, customer)
    await connection.execute(_WEIGHED, tenant, customer)
    await close_scene(connection, tenant, customer, EVERYWHERE)


async def _customer(connection: Connection, tenant: int, ref: str) -> int:
    return (await find_parties(connection, tenant, {ref}))[ref][0]
