"""Which parties are one customer: those that ties join."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from enscene.customers.identity import store


class Groups:
    """Parties, those among them who are one, and the numbers that each holds of which nobody has
    two, as (kind, digest)."""

    def __init__(self, parties: Iterable[int]) -> None:
        self._leader = {party: party for party in parties}
        self._held: dict[int, set[tuple[str, bytes]]] = {}

    def hold(self, party: int, kind: str, digest: bytes) -> None:
        """The party holds this number."""
        self._held.setdefault(self._lead(party), set()).add((kind, digest))

    def join(self, pair: tuple[int, int]) -> None:
        """The two are one, and so are all who are one with either."""
        one, other = sorted((self._lead(pair[0]), self._lead(pair[1])))
        if one != other:
            self._leader[other] = one
            self._held.setdefault(one, set()).update(self._held.pop(other, ()))

    def are_one(self, pair: tuple[int, int]) -> bool:
        """Whether they are one already."""
        return self._lead(pair[0]) == self._lead(pair[1])

    def differ(self, pair: tuple[int, int]) -> bool:
        """Whether they hold two different numbers of which nobody has two."""
        held = set().union(*(self._held.get(self._lead(party), ()) for party in pair))
        kinds = [kind for kind, _ in held]
        return len(kinds) > len(set(kinds))

    def customers(self) -> dict[int, int]:
        """The least party of each party's group."""
        return {party: self._lead(party) for party in self._leader}

    def _lead(self, party: int) -> int:
        leader = self._leader
        while leader[party] != party:
            leader[party] = party = leader[leader[party]]
        return party


async def read_groups(
    connection: store.Connection, tenant: int, parties: Collection[int]
) -> Groups:
    """Of all whom ties join to these."""
    reached = await store.read_reached(connection, tenant, parties)
    groups = Groups(reached)
    for pair in await store.read_ties_among(connection, tenant, reached):
        groups.join(pair)
    for key in await store.read_sole_keys(connection, tenant, reached):
        groups.hold(*key)
    return groups


async def group_again(connection: store.Connection, tenant: int, parties: Collection[int]) -> None:
    """Reckon anew of all whom ties join, or joined, to these."""
    groups = await read_groups(connection, tenant, parties)
    await store.keep_customers(connection, tenant, groups.customers())
