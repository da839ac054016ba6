"""Task teams across units: formed for a goal with one joint figure, closed when it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.indicators import read_values
from enscene.operations.projects import REF, format_value, measurable
from enscene.operations.projects.plan import parse_least
from enscene.operations.scene_account import parse_month, read_whole_months
from enscene.operations.teamwork import store
from enscene.operations.teamwork.parties import find_scene
from enscene.operations.teamwork.tasks import Task, add_task, day_of, list_tasks
from enscene.operations.teamwork.texts import NAME_MOST, said

Kind: TypeAlias = Literal["task", "iron_triangle"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TRIANGLE = ("developer_manager", "data_strategy_manager", "product_manager")
"""The three roles of an iron triangle, each once."""
MEMBERS_MOST, NOTES_MOST = 50, 500
_LINK = re.compile(r"https://[^\s]{1,480}")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a unit, with what the person is in the team."""

    name: str
    unit: str
    role: str


@dataclass(frozen=True, slots=True)
class Charter:
    """What a team is formed for: `indicator` of a scene in a month is at least `least` (decimal text
    in its unit). `unit` is the business unit that it is attached to."""

    ref: str
    kind: str
    name: str
    goal: str
    unit: str
    scene: str
    indicator: str
    month: str
    least: str
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Note:
    """A decision, or a file as a link."""

    kind: str
    says: str
    link: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Team:
    """A team. `value` of its joint figure is None until the month is over and computed. Every member
    has the team's score: none has another."""

    id: UUID
    ref: str
    kind: Kind
    name: str
    goal: str
    unit: str
    scene: str
    indicator: str
    month: date
    least: int
    currency: str
    value: int | None
    opened_by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    outcome: str | None
    members: tuple[Member, ...]
    tasks: tuple[Task, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def score(self) -> int | None:
        """Percent of the target, rounded down, not below nothing."""
        return None if self.value is None else max(0, self.value) * 100 // self.least

    def told(self, value: int) -> str:
        """A figure as it is written."""
        return format_value(value, measurable()[self.indicator], self.currency)


async def open_team(
    source: operations_store.Source, tenant: int, charter: Charter, who: str
) -> None:
    """Form a team; it can work at once.

    Raises: NotFound, Conflict("teamwork.team_taken"), Invalid.
    """
    if not re.fullmatch(REF, charter.ref):
        raise Invalid("small letters, digits, _ and -", code="project.ref", param="ref")
    if charter.kind not in KINDS:
        raise Invalid("there is no such kind", code="teamwork.kind", param="kind")
    members = _members(charter)
    name, goal = said(charter.name, "name", NAME_MOST), said(charter.goal, "goal")
    unit = said(charter.unit, "unit", NAME_MOST)
    if charter.indicator not in measurable():
        raise Invalid("kept by month", code="project.indicator", param="indicator")
    month = parse_month(charter.month)
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        least = parse_least(
            charter.least, measurable()[charter.indicator], clock["currency"], param="least"
        )
        if month <= local_day(clock["now"], clock["zone"]).replace(day=1):
            raise Invalid("set before its month", code="project.beforehand", param="month")
        scene = await find_scene(connection, tenant, charter.scene)
        number = new_uuid()
        if not await store.insert_team(
            connection, tenant, number, charter.ref, charter.kind, name, goal, unit, scene,
            charter.indicator, month, least, clock["currency"], who, clock["now"],
        ):  # fmt: skip
            raise Conflict("there is a team of this reference", code="teamwork.team_taken")
        await store.insert_members(
            connection, tenant, number, [(m.name, m.unit, m.role) for m in members]
        )


def _members(charter: Charter) -> list[Member]:
    found = [
        Member(*(said(getattr(each, part), f"members[{at}].{part}", NAME_MOST)
                 for part in ("name", "unit", "role")))
        for at, each in enumerate(charter.members[: MEMBERS_MOST + 1])
    ]  # fmt: skip
    if len({each.name for each in found}) < len(found):
        raise Invalid("somebody is named twice", code="teamwork.member_twice", param="members")
    if charter.kind == "iron_triangle":
        if sorted(each.role for each in found) != sorted(TRIANGLE):
            raise Invalid(
                "a developer, a data-strategy and a product manager", code="teamwork.triangle",
                param="members", facts={"roles": list(TRIANGLE)},
            )  # fmt: skip
    elif len(found) > MEMBERS_MOST or len({each.unit for each in found}) < 2:
        raise Invalid(
            "members of two units or more", code="teamwork.units", param="members",
            facts={"most": MEMBERS_MOST},
        )  # fmt: skip
    return found


async def _open(connection: store.Connection, tenant: int, ref: str) -> UUID:
    row = await store.lock_team(connection, tenant, ref)
    if row is None:
        raise NotFound(f"there is no team {ref[:60]!r}", code="teamwork.no_team")
    if row["closed_at"] is not None:
        raise Conflict("the team is closed", code="teamwork.closed")
    number: UUID = row["id"]
    return number


async def close_team(
    source: operations_store.Source, tenant: int, ref: str, outcome: str, who: str
) -> None:
    """End it, with what came of it; tasks that are still open end with it.

    Raises: NotFound, Conflict("teamwork.closed"), Invalid.
    """
    text = said(outcome, "outcome")
    async with operations_store.writing(source, tenant) as connection:
        number = await _open(connection, tenant, ref)
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.close_team(connection, tenant, number, text, who, now)
        await store.drop_tasks(connection, tenant, number, who, now)


async def note_in_team(
    source: operations_store.Source, tenant: int, ref: str, says: str, link: str, who: str
) -> None:
    """A decision; with a link, a file that stands elsewhere.

    Raises: NotFound, Conflict("teamwork.closed", "teamwork.notes"), Invalid("teamwork.link").
    """
    text = said(says, "says")
    if link and not _LINK.fullmatch(link):
        raise Invalid("an address of https://", code="teamwork.link", param="link")
    async with operations_store.writing(source, tenant) as connection:
        number = await _open(connection, tenant, ref)
        if await store.count_notes(connection, tenant, number) >= NOTES_MOST:
            raise Conflict("there are too many notes", code="teamwork.notes")
        now = (await operations_store.read_clock(connection, tenant))["now"]
        kind = "file" if link else "decision"
        await store.insert_note(
            connection, tenant, new_uuid(), number, kind, text, link or None, who, now
        )


async def add_to_team(
    source: operations_store.Source, tenant: int, ref: str, what: str, department: str, owner: str,
    due_on: str, who: str,
) -> None:  # fmt: skip
    """A task of the team. Raises: NotFound, Conflict("teamwork.closed"), Invalid."""
    day = day_of(due_on)
    async with operations_store.writing(source, tenant) as connection:
        number = await _open(connection, tenant, ref)
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await add_task(connection, tenant, what, department, owner, day, who, now, team=number)


async def add_to_scene(
    source: operations_store.Source, tenant: int, ref: str, what: str, department: str, owner: str,
    due_on: str, who: str,
) -> None:  # fmt: skip
    """A task of a department for a scene. Raises: NotFound, Invalid."""
    day = day_of(due_on)
    async with operations_store.writing(source, tenant) as connection:
        scene = await find_scene(connection, tenant, ref)
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await add_task(connection, tenant, what, department, owner, day, who, now, scene=scene)


async def list_teams(source: operations_store.Source, tenant: int) -> tuple[Team, ...]:
    """Open ones first, the latest first, without tasks and notes."""
    async with operations_store.reading(source, tenant) as connection:
        return await _teams(connection, tenant, None)


async def read_team(source: operations_store.Source, tenant: int, ref: str) -> Team:
    """Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        found = await _teams(connection, tenant, ref)
    if not found:
        raise NotFound(f"there is no team {ref[:60]!r}", code="teamwork.no_team")
    return found[0]


async def _teams(connection: store.Connection, tenant: int, ref: str | None) -> tuple[Team, ...]:
    whole = set(await read_whole_months(connection, tenant))
    found: list[Team] = []
    for row in await store.read_teams(connection, tenant, ref):
        value = None
        if row["month"] in whole:
            kept = await read_values(
                connection, tenant, [row["indicator"]], "month", row["month"], row["month"],
                row["scene"],
            )  # fmt: skip
            value = sum(v.value for v in kept if v.currency in ("", row["currency"]))
        notes = await store.read_notes(connection, tenant, row["id"]) if ref else []
        found.append(
            Team(
                row["id"], row["ref"], row["kind"], row["name"], row["goal"], row["unit"],
                row["scene_ref"], row["indicator"], row["month"], row["least"], row["currency"],
                value, row["opened_by"], row["opened_at"], row["closed_by"], row["closed_at"],
                row["outcome"],
                tuple(Member(*m) for m in await store.read_members(connection, tenant, row["id"])),
                await list_tasks(connection, tenant, team=row["id"]) if ref else (),
                tuple(Note(*each) for each in notes),
            )
        )  # fmt: skip
    return tuple(found)
