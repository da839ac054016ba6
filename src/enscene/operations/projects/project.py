"""A project: what is to become a scene, through its steps and gates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.errors import NotFound
from enscene.operations import store as operations_store
from enscene.operations.indicators import read_values
from enscene.operations.projects import store
from enscene.operations.projects.gates import (
    STEPS,
    Judged,
    Level,
    Step,
    Target,
    Verdict,
    judge,
    shuts,
)
from enscene.operations.scene_account import read_released, read_whole_months


@dataclass(frozen=True, slots=True)
class Risk:
    """Closed by somebody else than who entered it, with an answer."""

    id: UUID
    level: Level
    what: str
    owner: str
    entered_by: str
    entered_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    answer: str | None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Gate:
    """Somebody asked to pass the gate of a step. `shut_by` is what shut it and was excepted."""

    id: UUID
    step: Step
    state: str
    reason: str
    shut_by: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None

    @property
    def is_exception(self) -> bool:
        return bool(self.shut_by)


@dataclass(frozen=True, slots=True)
class StepOf:
    """A step of a project. `minor` is what was planned for it, `released` what of it was; `days`
    since it began, until it was passed."""

    step: Step
    owner: str
    department: str
    minor: int
    released: int
    began_on: date | None
    passed_on: date | None
    days: int
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """`scene` and `scene_ref` are None for a candidate, `entry_ref` where it began from no entry of
    the register."""

    id: UUID
    ref: str
    name: str
    owner: str
    currency: str
    scene: int | None
    scene_ref: str | None
    state: str
    planned_by: str
    planned_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    steps: tuple[StepOf, ...]
    risks: tuple[Risk, ...]
    gates: tuple[Gate, ...]
    entry_ref: str | None = None

    @property
    def present(self) -> StepOf | None:
        """The step that is under way."""
        return next((s for s in self.steps if s.began_on and not s.passed_on), None)

    @property
    def slowest(self) -> StepOf | None:
        """The step that has taken the most days."""
        begun = [each for each in self.steps if each.began_on]
        return max(begun, key=lambda each: each.days, default=None)

    @property
    def shut_by(self) -> tuple[str, ...]:
        """What shuts the gate of the step that is under way."""
        now = self.present
        if now is None:
            return ()
        high = sum(each.is_open and each.level == "high" for each in self.risks)
        return shuts(now.judged, high)

    @property
    def is_stopped(self) -> bool:
        """A target was missed: only an exception leads on."""
        now = self.present
        return now is not None and any(each.verdict == "missed" for each in now.judged)

    @property
    def asked(self) -> Gate | None:
        """The gate that waits for a second person."""
        return next((each for each in self.gates if each.state == "asked"), None)

    @property
    def planned_minor(self) -> int:
        return sum(each.minor for each in self.steps)

    @property
    def released_minor(self) -> int:
        return sum(each.released for each in self.steps)


async def list_projects(source: operations_store.Source, tenant: int) -> tuple[Project, ...]:
    """All of the tenant, the latest first."""
    async with operations_store.reading(source, tenant) as connection:
        return await _read(connection, tenant, None)


async def read_project(source: operations_store.Source, tenant: int, ref: str) -> Project:
    """One project. Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        found = await _read(connection, tenant, ref)
    if not found:
        raise NotFound(f"there is no project {ref[:60]!r}", code="project.not_found")
    return found[0]


async def _read(
    connection: operations_store.Connection, tenant: int, ref: str | None
) -> tuple[Project, ...]:
    rows = await store.read_projects(connection, tenant, ref)
    ids = [row["id"] for row in rows]
    clock = await operations_store.read_clock(connection, tenant)
    today = local_day(clock["now"], clock["zone"])
    steps = _by_project(await store.read_steps(connection, tenant, ids))
    targets = _by_project(await store.read_targets(connection, tenant, ids))
    risks = _by_project(await store.read_risks(connection, tenant, ids))
    gates = _by_project(await store.read_gates(connection, tenant, ids))
    released = await read_released(connection, tenant, ids)
    figures = await _figures(connection, tenant, [t for each in targets.values() for t in each])
    whole = frozenset(await read_whole_months(connection, tenant))
    found = []
    for row in rows:
        number, scene = row["id"], row["scene"]
        values = {
            (name, month): value
            for (of, currency, name, month), value in figures.items()
            if of == scene and currency in ("", row["currency"])
        }
        asked = defaultdict(list)
        for each in targets[number]:
            asked[each["step"]].append(Target(*tuple(each)[1:]))
        known = frozenset() if scene is None else whole
        own = {each["step"]: each for each in steps[number]}
        found.append(
            Project(
                number, row["ref"], row["name"], row["owner"], row["currency"], scene,
                row["scene_ref"], row["state"], row["planned_by"], row["planned_at"],
                row["approved_by"], row["approved_at"],
                tuple(
                    _step(own[s], released.get((number, s), 0), today,
                          judge(asked[s], values, known))
                    for s in STEPS
                ),
                tuple(Risk(*tuple(each)[1:]) for each in risks[number]),
                tuple(
                    Gate(each["id"], each["step"], each["state"], each["reason"],
                         tuple(each["shut_by"]), *tuple(each)[6:])
                    for each in gates[number]
                ),
                row["entry_ref"],
            )
        )  # fmt: skip
    return tuple(found)


def _by_project(rows: Sequence[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["project"]].append(row)
    return found


def _step(row: Any, released: int, today: date, judged: tuple[Judged, ...]) -> StepOf:
    began, passed = row["began_on"], row["passed_on"]
    days = max(0, ((passed or today) - began).days) if began else 0
    return StepOf(
        row["step"], row["owner"], row["department"], row["minor"], released, began, passed, days,
        judged,
    )  # fmt: skip


async def _figures(
    connection: operations_store.Connection, tenant: int, targets: Sequence[Any]
) -> Mapping[tuple[int, str, str, date], int]:
    """By scene, currency, indicator and month, over the keys of an indicator."""
    if not targets:
        return {}
    months = [each["month"] for each in targets]
    names = sorted({each["indicator"] for each in targets})
    found: dict[tuple[int, str, str, date], int] = defaultdict(int)
    for each in await read_values(connection, tenant, names, "month", min(months), max(months)):
        found[each.scene, each.currency, each.indicator, each.day] += each.value
    return found


__all__ = [
    "Gate",
    "Project",
    "Risk",
    "StepOf",
    "Verdict",
    "list_projects",
    "read_project",
]
