"""Part again what was one customer: each side has its own history, as before."""

from __future__ import annotations

from collections.abc import Collection

from enscene.customers.identity import store
from enscene.customers.identity.group_parties import group_again
from enscene.customers.identity.tie_parties import check_note
from enscene.kernel.errors import Conflict, Invalid


async def part_parties(
    connection: store.Connection, tenant: int, these: Collection[int], note: str, who: str
) -> list[store.Tie]:
    """Take these parties out of the customer that they are with others; they stay one among
    themselves as far as ties join them. No key ties again whom a person has parted.

    Raises: Invalid (nobody, no reason), Conflict("identity.apart": nothing ties them to others,
    "identity.several": they are not one customer).
    """
    check_note(note)
    if not these:
        raise Invalid("nobody is named", code="identity.nobody", param="parties")
    await store.lock_identity(connection, tenant)
    customers = await store.find_customers(connection, tenant, these)
    if len(set(customers.values())) > 1:
        raise Conflict("these are not one customer", code="identity.several")
    whole = await store.read_reached(connection, tenant, these)
    undone = await store.undo_between(connection, tenant, these, whole - set(these), who, note)
    if not undone:
        raise Conflict("nothing ties them to others", code="identity.apart")
    await group_again(connection, tenant, whole)
    return undone


async def forget_identity(connection: store.Connection, tenant: int, party: int) -> None:
    """Nothing tells any more who a party was: its keys and ties go, and who was one customer only
    through it is so no longer. Within the caller's transaction."""
    await store.lock_identity(connection, tenant)
    whole = await store.read_reached(connection, tenant, [party])
    await store.forget_party(connection, tenant, party)
    await group_again(connection, tenant, whole)
