"""Keys that parties were shown to hold: whoever holds the same one is the same customer.

Certain keys come before anything that is only likely, and nothing that people share, such as a
device, is a key at all. A phone is shared in families: it joins only who bears the same name. Two
numbers of which nobody has two keep their holders apart, whatever else they share; what would join
them all the same is asked of a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from enscene.customers.identity import store
from enscene.customers.identity.group_parties import group_again
from enscene.customers.identity.key import KINDS, Key
from enscene.kernel.ids import new_uuid

BY_ITSELF = "enscene"


@dataclass(slots=True)
class Shown:
    """What came of it: ties that were made, and those that a person has to decide."""

    tied: list[store.Tie] = field(default_factory=list)
    asked: list[store.Tie] = field(default_factory=list)


async def show_keys(
    connection: store.Connection, tenant: int, keys: Mapping[int, Sequence[Key]], who: str
) -> Shown:
    """Keep keys by party and tie whom they join, within the caller's transaction. Done again it
    changes nothing."""
    pairs = [(party, key) for party, held in keys.items() for key in held]
    shown = Shown()
    if not pairs:
        return shown
    await store.lock_identity(connection, tenant)
    await store.add_keys(connection, tenant, pairs, who)
    rows = await store.read_holders(connection, tenant, [key for _, key in pairs])
    sharing: dict[tuple[str, bytes], list[Any]] = {}
    for row in rows:
        sharing.setdefault((row["kind"], row["digest"]), []).append(row)
    ordered = sorted(sharing.items(), key=lambda item: (KINDS.index(item[0][0]), item[0][1]))
    for (kind, _), holders in ordered:
        for low, high in _wanted(kind, holders):
            await _tie(connection, tenant, (low, high), kind, shown)
    return shown


def _wanted(kind: str, holders: Sequence[Any]) -> list[tuple[int, int]]:
    """Whom a key joins: each holder with the first that fits."""
    firsts: dict[tuple[str, str], int] = {}
    found = []
    for row in holders:
        name = row["name"].strip().casefold() if kind == "phone" else ""
        if kind == "phone" and not name:
            continue
        first = firsts.setdefault((row["is_a"], name), row["party"])
        if first != row["party"]:
            found.append((first, row["party"]))
    return found


async def _tie(
    connection: store.Connection, tenant: int, pair: tuple[int, int], why: str, shown: Shown
) -> None:
    customers = await store.find_customers(connection, tenant, pair)
    if customers[pair[0]] == customers[pair[1]]:
        return
    if pair in await store.read_between(connection, tenant, [pair]):
        return  # it stands, is asked, or a person has parted them
    state: store.State = "asked" if await differ(connection, tenant, pair) else "tied"
    tie = await store.insert_tie(connection, tenant, new_uuid(), pair, why, state, "", BY_ITSELF)
    assert tie is not None
    (shown.tied if state == "tied" else shown.asked).append(tie)
    if state == "tied":
        await group_again(connection, tenant, pair)


async def differ(connection: store.Connection, tenant: int, pair: tuple[int, int]) -> bool:
    """Whether the customers of two parties hold different numbers of which nobody has two."""
    one = await store.read_reached(connection, tenant, [pair[0]])
    other = await store.read_reached(connection, tenant, [pair[1]])
    held: dict[str, set[bytes]] = {}
    for _, kind, digest in await store.read_sole_keys(connection, tenant, one | other):
        held.setdefault(kind, set()).add(digest)
    return any(len(digests) > 1 for digests in held.values())
