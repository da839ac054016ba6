"""Which parties are one customer: those that ties join."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from enscene.customers.identity import store


def grouped(parties: Iterable[int], ties: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The least party of each party's group."""
    leader = {party: party for party in parties}

    def lead(party: int) -> int:
        while leader[party] != party:
            leader[party] = party = leader[leader[party]]
        return party

    for low, high in ties:
        one, other = sorted((lead(low), lead(high)))
        leader[other] = one
    return {party: lead(party) for party in leader}


async def group_again(connection: store.Connection, tenant: int, parties: Collection[int]) -> None:
    """Reckon anew of all whom ties join, or joined, to these."""
    reached = await store.read_reached(connection, tenant, parties)
    ties = await store.read_ties_among(connection, tenant, reached)
    await store.keep_customers(connection, tenant, grouped(reached, ties))
