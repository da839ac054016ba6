"""How many circles lie in each cell of a scene: never who, and nothing of a few."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from enscene.customers.circles.cell import place_of
from enscene.customers.circles.infer import (
    KEPT,
    OF_A_FIRM,
    OF_A_PERSON,
    Cells,
    Kind,
    Tally,
    infer_circles,
)
from enscene.customers.circles.store import CellRow, Connection, read_scene_cells

FLOOR = 5
"""Circles of persons are told in steps of so many: fewer are not told at all, and one who comes or
goes is not seen."""
COUNTED_MOST = 10_000
"""Circles of so many customers of a scene are counted; of a greater scene it is a part."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Density:
    """So many circles of a kind around the middle of a cell; of persons a multiple of `FLOOR`."""

    kind: Kind
    cell: int
    lat_e5: int
    lon_e5: int
    circles: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The cells by kind, the most first. `customers` were looked at; `whole` says that these are all
    of whom the scene knows a place."""

    cells: tuple[Density, ...]
    customers: int
    whole: bool


async def count_circles(connection: Connection, tenant: int, scene: int, today: date) -> Counted:
    """The circles of everybody who allows it, told from payments in this scene alone: whoever let one
    scene know where they are has not let another."""
    counts: Counter[tuple[Kind, int]] = Counter()
    customers, after = 0, 0
    while customers < COUNTED_MOST:
        rows = await read_scene_cells(
            connection, tenant, scene, today - KEPT, after, min(_AT_ONCE, COUNTED_MOST - customers)
        )
        if not rows:
            return Counted(_told(counts), customers, whole=True)
        # Seconds of the processor for a large scene, which payments need too.
        found, seen = await asyncio.to_thread(_infer, rows, today)
        counts.update(found)
        customers += seen
        after = rows[-1].customer
    rest = await read_scene_cells(connection, tenant, scene, today - KEPT, after, 1)
    return Counted(_told(counts), customers, whole=not rest)


def _infer(rows: Iterable[CellRow], today: date) -> tuple[list[tuple[Kind, int]], int]:
    of: dict[tuple[int, bool], dict[tuple[int, date], Tally]] = defaultdict(dict)
    for row in rows:
        of[row.customer, row.person][row.cell, row.day] = row.tally
    found = [each for (_, person), cells in of.items() for each in _cells(cells, today, person)]
    return found, len(of)


def _cells(cells: Cells, today: date, person: bool) -> Iterable[tuple[Kind, int]]:
    kinds = OF_A_PERSON if person else OF_A_FIRM
    return [(circle.kind, circle.cell) for circle in infer_circles(cells, today, kinds)]


def _told(counts: Mapping[tuple[Kind, int], int]) -> tuple[Density, ...]:
    shown = []
    for (kind, cell), number in counts.items():
        told = number if kind in OF_A_FIRM else number - number % FLOOR
        if told:
            shown.append(Density(kind, cell, *place_of(cell), told))
    return tuple(sorted(shown, key=lambda each: (each.kind, -each.circles, each.cell)))
