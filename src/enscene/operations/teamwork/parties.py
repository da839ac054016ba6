"""The six parties of a scene: who each is, with duties, rights and benefits, from a standard that is
chosen. A scene whose parties are asked for does not go live while a cell is empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from enscene.kernel.calendar import add_working_days
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.operations.indicators.catalogue import Words
from enscene.operations.planning.entry import Mode
from enscene.operations.projects import store as projects_store
from enscene.operations.teamwork import store
from enscene.operations.teamwork.standard import CELLS, MODES, PARTIES, Cell, Party, read_standard
from enscene.operations.teamwork.tasks import (
    Handed,
    Task,
    add_task,
    list_tasks,
    read_handed,
)
from enscene.operations.teamwork.texts import said

_NONE = Words(zh="", en="")


@dataclass(frozen=True, slots=True)
class Side:
    """A party of a scene. `cells` has a word for each cell, empty where nobody has filled it;
    `own` names the cells that differ from the standard."""

    party: Party
    cells: Mapping[Cell, Words]
    own: tuple[Cell, ...]

    @property
    def empty(self) -> tuple[Cell, ...]:
        return tuple(each for each in CELLS if not self.cells[each].zh)


@dataclass(frozen=True, slots=True)
class Division:
    """Who answers for what in a scene. `mode` None: no standard was chosen; `is_asked`: the scene
    does not go live while a cell is empty."""

    scene: str
    mode: Mode | None
    chosen_by: str | None
    chosen_at: datetime | None
    is_asked: bool
    sides: tuple[Side, ...]
    tasks: tuple[Task, ...]
    handed: tuple[Handed, ...]

    @property
    def empty(self) -> tuple[str, ...]:
        """As `party.cell`."""
        return tuple(f"{each.party}.{cell}" for each in self.sides for cell in each.empty)


async def find_scene(connection: store.Connection, tenant: int, ref: str) -> int:
    """Raises: NotFound."""
    number = await store.find_scene(connection, tenant, ref)
    if number is None:
        raise NotFound(f"there is no scene {ref[:60]!r}", code="scene.not_found")
    return number


async def choose_standard(
    source: operations_store.Source, tenant: int, scene: str, mode: str, who: str
) -> None:
    """Take the standard of a way of building for a scene; its departments get their tasks the first
    time. Cells that were filled in stay.

    Raises: NotFound, Invalid("teamwork.mode").
    """
    if mode not in MODES:
        raise Invalid("there is no such way of building", code="teamwork.mode", param="mode")
    async with operations_store.writing(source, tenant) as connection:
        number = await find_scene(connection, tenant, scene)
        clock = await operations_store.read_clock(connection, tenant)
        if not await store.put_division(connection, tenant, number, mode, who, clock["now"]):
            return
        today = local_day(clock["now"], clock["zone"])
        for each in read_standard().tasks:
            await add_task(
                connection, tenant, f"{each.what.zh} · {each.what.en}", each.department, "",
                add_working_days(today, each.days).day, who, clock["now"], scene=number,
            )  # fmt: skip


async def fill_party(
    source: operations_store.Source, tenant: int, scene: str, party: str,
    cells: Mapping[str, str], who: str,
) -> None:  # fmt: skip
    """Say what stands in cells; an empty text gives a cell back to the standard.

    Raises: NotFound, Conflict("teamwork.not_chosen"), Invalid("teamwork.party", "teamwork.cell",
    "teamwork.text").
    """
    if party not in PARTIES:
        raise Invalid("there is no such party", code="teamwork.party", param="party")
    for name in cells:
        if name not in CELLS:
            raise Invalid("there is no such cell", code="teamwork.cell", param=name)
    given = {name: said(text, name) if text.strip() else "" for name, text in cells.items()}
    async with operations_store.writing(source, tenant) as connection:
        number = await find_scene(connection, tenant, scene)
        if await store.read_division(connection, tenant, number) is None:
            raise Conflict("choose a standard first", code="teamwork.not_chosen")
        now = (await operations_store.read_clock(connection, tenant))["now"]
        for cell, text in given.items():
            await store.put_cell(connection, tenant, number, party, cell, text, who, now)


async def read_division(source: operations_store.Source, tenant: int, scene: str) -> Division:
    """Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        number = await find_scene(connection, tenant, scene)
        row = await store.read_division(connection, tenant, number)
        project = await projects_store.read_of_scene(connection, tenant, number)
        return Division(
            scene, row["mode"] if row else None, row["chosen_by"] if row else None,
            row["chosen_at"] if row else None, row is not None or project is not None,
            await _sides(connection, tenant, number, row["mode"] if row else None),
            await list_tasks(connection, tenant, scene=number),
            await read_handed(connection, tenant, number),
        )  # fmt: skip


async def _sides(
    connection: store.Connection, tenant: int, scene: int, mode: Mode | None
) -> tuple[Side, ...]:
    standard = read_standard().modes[mode] if mode else {}
    rows = await store.read_cells(connection, tenant, scene)
    own = {(row["party"], row["cell"]): row["says"] for row in rows if row["says"]}
    found: list[Side] = []
    for party in PARTIES:
        cells = dict.fromkeys(CELLS, _NONE) | dict(standard.get(party, {}))
        mine = [cell for cell in CELLS if (party, cell) in own]
        cells |= {cell: Words(zh=own[party, cell], en=own[party, cell]) for cell in mine}
        found.append(Side(party, cells, tuple(mine)))
    return tuple(found)


async def check_parties(connection: store.Connection, tenant: int, scene: int) -> None:
    """Of a scene that has a standard or a project no cell is empty.
    Raises: Conflict("teamwork.empty_cells")."""
    row = await store.read_division(connection, tenant, scene)
    if row is None and await projects_store.read_of_scene(connection, tenant, scene) is None:
        return
    sides = await _sides(connection, tenant, scene, cast("Mode", row["mode"]) if row else None)
    empty = [f"{each.party}.{cell}" for each in sides for cell in each.empty]
    if empty:
        raise Conflict(
            "cells of the scene's parties are empty", code="teamwork.empty_cells",
            facts={"empty": empty}, hint="choose a standard and say who each party is",
        )  # fmt: skip
