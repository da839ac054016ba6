"""Join two customers by word of a person, confirmed by a second one; or decide what keys asked."""

from __future__ import annotations

from uuid import UUID

from enscene.customers.identity import store
from enscene.customers.identity.group_parties import group_again, read_groups
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound

NOTE_LEAST, NOTE_MOST = 5, 500


@control("identity_by_two")
def check_second_person(made_by: str, who: str) -> None:
    """Raises: Forbidden("identity.four_eyes")."""
    if made_by == who:
        raise Forbidden("somebody else has to decide", code="identity.four_eyes")


async def ask_tie(
    connection: store.Connection, tenant: int, one: int, other: int, note: str, who: str
) -> store.Tie:
    """Say that two parties are one customer; it is so once another person agrees.

    Raises: Invalid (one party, no reason), Conflict("identity.same", "identity.asked").
    """
    if one == other:
        raise Invalid("these are one party", code="identity.one_party", param="other")
    check_note(note)
    await store.lock_identity(connection, tenant)
    customers = await store.find_customers(connection, tenant, [one, other])
    if customers[one] == customers[other]:
        raise Conflict("they are one customer already", code="identity.same")
    pair = (min(one, other), max(one, other))
    ties = await store.insert_ties(connection, tenant, [(pair, "person", "asked")], who, note)
    if not ties:
        raise Conflict("this is asked already", code="identity.asked")
    return ties[0]


async def decide_tie(
    connection: store.Connection, tenant: int, tie: UUID, *, approve: bool, who: str
) -> store.Tie:
    """Raises: NotFound, Forbidden("identity.four_eyes"), Conflict("identity.decided",
    "identity.differ": they hold different numbers of which nobody has two)."""
    await store.lock_identity(connection, tenant)
    found = await store.read_tie(connection, tenant, tie)
    if found is None:
        raise NotFound("there is no such tie", code="identity.not_found")
    check_second_person(found.made_by, who)
    if found.state != "asked":
        raise Conflict(f"it is {found.state} already", code="identity.decided")
    pair = (found.low, found.high)
    if approve and (await read_groups(connection, tenant, pair)).differ(pair):
        raise Conflict(
            "they hold different numbers of which nobody has two", code="identity.differ",
            hint="have the wrong number corrected first",
        )  # fmt: skip
    done = await store.decide(connection, tenant, tie, "tied" if approve else "refused", who)
    assert done is not None
    if approve:
        await group_again(connection, tenant, pair)
    return done


def check_note(note: str) -> None:
    """Raises: Invalid."""
    if not NOTE_LEAST <= len(note.strip()) <= NOTE_MOST:
        raise Invalid(
            f"a reason has {NOTE_LEAST} to {NOTE_MOST} characters", code="identity.note",
            param="note",
        )  # fmt: skip
