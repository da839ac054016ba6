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
from enscene.customers.identity.group_parties import read_groups
from enscene.customers.identity.key import KINDS, Key

BY_ITSELF = "enscene"
_PLACES = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(slots=True)
class Shown:
    """What came of it: ties that were made, and those that a person has to decide."""

    tied: list[store.Tie] = field(default_factory=list)
    asked: list[store.Tie] = field(default_factory=list)


async def show_keys(
    connection: store.Connection, tenant: int, keys: Mapping[int, Sequence[Key]], who: str
) -> Shown:
    """Keep keys by party and tie whom they join, within the caller's transaction: so many of them
    at once as they come, in a handful of statements. Done again it changes nothing."""
    pairs = [(party, key) for party, held in keys.items() for key in held]
    if not pairs:
        return Shown()
    await store.lock_identity(connection, tenant)
    await store.add_keys(connection, tenant, pairs, who)
    wanted = _joined(await store.read_holders(connection, tenant, [key for _, key in pairs]))
    known = await store.read_between(connection, tenant, list(wanted))
    # What stands or is asked stays; and what a person has parted, no key ties again.
    wanted = {pair: kind for pair, kind in wanted.items() if pair not in known}
    if not wanted:
        return Shown()
    groups = await read_groups(connection, tenant, {party for pair in wanted for party in pair})
    new: list[tuple[tuple[int, int], str, store.State]] = []
    for pair, kind in wanted.items():
        if groups.are_one(pair):
            continue
        if groups.differ(pair):
            new.append((pair, kind, "asked"))
        else:
            groups.join(pair)
            new.append((pair, kind, "tied"))
    ties = await store.insert_ties(connection, tenant, new, BY_ITSELF)
    await store.keep_customers(connection, tenant, groups.customers())
    shown = Shown()
    for tie in ties:
        (shown.tied if tie.state == "tied" else shown.asked).append(tie)
    return shown


def _joined(holders: Sequence[Any]) -> dict[tuple[int, int], str]:
    """Whom keys join, and by which kind: each holder with the first that fits, the kinds that are
    believed most before the others."""
    firsts: dict[tuple[str, bytes, str, str], int] = {}
    found: dict[tuple[int, int], str] = {}
    for row in sorted(holders, key=lambda row: (_PLACES[row["kind"]], row["digest"], row["party"])):
        name = row["name"].strip().casefold() if row["kind"] == "phone" else ""
        if row["kind"] == "phone" and not name:
            continue
        first = firsts.setdefault((row["kind"], row["digest"], row["is_a"], name), row["party"])
        if first != row["party"]:
            found.setdefault((first, row["party"]), row["kind"])
    return found
