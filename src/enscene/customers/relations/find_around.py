"""Who stands around a customer: above all the small firms about a core firm that are not customers
yet, and over whom they can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from enscene.customers.relations import store
from enscene.kernel.errors import Invalid, NotFound

STEPS_MOST = 4
FOUND_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """From one party to the next, by reference; `turned` where the relation reads the other way."""

    source: str
    kind: str
    target: str
    whence: str
    turned: bool


@dataclass(frozen=True, slots=True)
class Around:
    """Somebody who was found. `way` leads there from where it began; `known` is the last one on it
    who is a customer, over whom the bank comes to the others."""

    ref: str
    name: str
    kind: str
    is_customer: bool
    way: tuple[Step, ...]
    known: str


async def find_around(
    connection: store.Connection, tenant: int, ref: str, day: date, steps: int = 2
) -> list[Around]:
    """Everybody within so many steps, the nearest first. The shortest way is told, and of two that
    are as short the one over customers.

    Raises: Invalid (too far), NotFound.
    """
    if not 1 <= steps <= STEPS_MOST:
        raise Invalid(f"from 1 to {STEPS_MOST} steps", code="relation.steps", param="steps")
    ids = await store.find_ids(connection, tenant, {ref})
    if ref not in ids:
        raise NotFound(f"there is no party {ref}", code="party.not_found", param="ref")
    start = ids[ref]
    who = await store.read_who(connection, tenant, {start})
    ways: dict[int, tuple[Step, ...]] = {start: ()}
    reached = [start]
    edge = [start]
    for _ in range(steps):
        if not edge or len(ways) > FOUND_MOST:
            break
        rows = await store.read_edges(connection, tenant, edge, day)
        near = {row[end] for row in rows for end in ("source", "target")} - set(who)
        who |= await store.read_who(connection, tenant, near)
        edge = _walk(rows, edge, ways, who)
        reached += edge
    return [_around(who, party, ways[party], ref) for party in reached[1 : FOUND_MOST + 1]]


def _walk(
    rows: list[Any], edge: list[int], ways: dict[int, tuple[Step, ...]], who: dict[int, Any]
) -> list[int]:
    """Whom one more step reaches; customers go first, so that ways lead over them."""
    beside: dict[int, list[tuple[int, Any, bool]]] = {}
    for row in rows:
        beside.setdefault(row["source"], []).append((row["target"], row, False))
        beside.setdefault(row["target"], []).append((row["source"], row, True))
    found = []
    for party in sorted(edge, key=lambda each: (not who[each]["has"], who[each]["ref"])):
        for other, row, turned in beside.get(party, ()):
            if other in ways or other not in who:
                continue
            step = Step(who[party]["ref"], row["kind"], who[other]["ref"], row["whence"], turned)
            ways[other] = (*ways[party], step)
            found.append(other)
    return sorted(found, key=lambda each: who[each]["ref"])


def _around(who: dict[int, Any], party: int, way: tuple[Step, ...], start: str) -> Around:
    has = {row["ref"]: row["has"] for row in who.values()}
    row = who[party]
    known = [step.source for step in way if has[step.source]]
    return Around(
        row["ref"], row["name"], row["kind"], row["has"], way, known[-1] if known else start
    )
