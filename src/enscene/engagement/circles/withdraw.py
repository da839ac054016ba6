"""What a withdrawn permission leaves of a customer's circles: nothing of what rested on it, at once."""

from __future__ import annotations

from enscene.customers import find_parties
from enscene.customers.circles import close_circles, lock_circles, open_circles
from enscene.customers.circles.store import Connection
from enscene.engagement.circles.feed import CONSENT


async def follow_position(
    connection: Connection, tenant: int, scene: int, ref: str, item: str, *, granted: bool
) -> None:
    """The customer has said something about a permission in a scene: what is paid from now on counts,
    or nothing that came from it is left and nothing more counts."""
    if item != CONSENT:
        return
    customer = (await find_parties(connection, tenant, {ref}))[ref][0]
    await lock_circles(connection, tenant)
    if granted:
        await open_circles(connection, tenant, customer, scene)
    else:
        await close_circles(connection, tenant, customer, scene)


async def forget_circles(connection: Connection, tenant: int, customer: int) -> None:
    """Delete everything, and count nothing any more, whatever of the log is read later."""
    await lock_circles(connection, tenant)
    await close_circles(connection, tenant, customer, None)
