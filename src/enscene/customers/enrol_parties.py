"""Register parties, enrol them in a scene, link them, keep their consents; set-based."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from enscene.customers import store
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import check_ref

NAME_MOST = 200


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A party that takes part in a role; `bound_to` is the reference of what a device serves."""

    ref: str
    role: str
    kind: str
    name: str = ""
    bound_to: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Ids by reference; `moved` says that something known before is different now."""

    ids: dict[str, int]
    moved: bool


def check_enrolment(order: Enrolment) -> None:
    """What can be said of it without asking the database. Raises: Invalid."""
    check_ref(order.ref, param="ref")
    if len(order.name) > NAME_MOST:
        raise Invalid(
            f"a name has at most {NAME_MOST} characters",
            code="party.long_name",
            param="name",
            facts={"most": NAME_MOST},
        )
    if "\0" in order.name:
        raise Invalid("a name has no character NUL", param="name")


async def enrol_parties(
    connection: store.Connection, tenant: int, scene: int, orders: Sequence[Enrolment]
) -> Enrolled:
    """Enrol them; parties that are new to the tenant are registered, others keep what they are.

    Raises: Invalid (a bad reference), NotFound (a device bound to nobody), Conflict (the party is
    of another kind).
    """
    for order in orders:
        check_enrolment(order)
    # Who is named twice in one role is enrolled as it was said last.
    orders = list({(order.role, order.ref): order for order in orders}.values())
    await store.insert_parties(
        connection, tenant, list({o.ref: (o.ref, o.kind, o.name) for o in orders}.values())
    )
    wanted = {o.ref for o in orders} | {o.bound_to for o in orders if o.bound_to}
    parties = await store.find_parties(connection, tenant, wanted)
    for order in orders:
        if parties[order.ref][1] != order.kind:
            raise Conflict(
                f"{order.ref} is a {parties[order.ref][1]}, not a {order.kind}",
                code="party.other_kind",
            )
        if order.bound_to is not None and order.bound_to not in parties:
            raise NotFound(
                f"there is no party {order.bound_to}", code="party.not_found", param="bound_to"
            )
    ids = {ref: party for ref, (party, _) in parties.items()}
    rows = [(o.role, ids[o.ref], ids[o.bound_to] if o.bound_to else None) for o in orders]
    moved = await store.upsert_enrolments(connection, tenant, scene, rows)
    return Enrolled({order.ref: ids[order.ref] for order in orders}, moved)


async def link_parties(
    connection: store.Connection,
    tenant: int,
    scene: int,
    name: str,
    pairs: Sequence[tuple[str, str]],
) -> bool:
    """Link (from, to) by reference; true when one of them was linked elsewhere before.

    Raises: NotFound.
    """
    wanted = {ref for pair in pairs for ref in pair}
    parties = await store.find_parties(connection, tenant, wanted)
    if missing := wanted - set(parties):
        raise NotFound(f"there is no party {min(missing)}", code="party.not_found")
    rows = [(parties[source][0], parties[target][0]) for source, target in dict(pairs).items()]
    return await store.upsert_links(connection, tenant, scene, name, rows)


async def set_consent(
    connection: store.Connection,
    tenant: int,
    scene: int,
    ref: str,
    item: str,
    *,
    granted: bool,
) -> None:
    """Keep what the party agreed to, or no longer does. Raises: NotFound."""
    parties = await store.find_parties(connection, tenant, {ref})
    if ref not in parties:
        raise NotFound(f"there is no party {ref}", code="party.not_found")
    await store.upsert_consent(connection, tenant, scene, parties[ref][0], item, granted)
