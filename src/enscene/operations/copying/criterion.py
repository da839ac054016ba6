"""What a good pilot is: targets set beforehand by one person, fixed when another approves them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.money import minor_digits
from enscene.operations import store as operations_store
from enscene.operations.copying import store
from enscene.operations.indicators import read_values
from enscene.operations.projects import (
    Judged,
    Target,
    judge,
    list_projects,
    measurable,
    parse_least,
)
from enscene.operations.scene_account import parse_month, read_whole_months

TARGETS_MOST = 8
BEFORE_LIVE = ("draft", "sandbox", "pilot")
"""States of a scene in which what its pilot has to reach can be set."""
Outcome: TypeAlias = Literal["unset", "asked", "awaited", "met", "missed"]


@dataclass(frozen=True, slots=True)
class WantedTarget:
    """`month` as 2026-03, by which it is judged; `least` a decimal text: a count, a share such as
    0.35, or money."""

    indicator: str
    month: str
    least: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """`project` is the reference of the project whose plan asks this of the pilot; None: it was set
    for the scene alone."""

    currency: str
    judged: tuple[Judged, ...]
    set_by: str
    set_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    project: str | None = None

    @property
    def outcome(self) -> Outcome:
        """Missed as soon as one is, met when all are."""
        if self.approved_by is None:
            return "asked"
        verdicts = {each.verdict for each in self.judged}
        if "missed" in verdicts:
            return "missed"
        return "awaited" if "awaited" in verdicts else "met"


def outcome_of(criterion: Criterion | None) -> Outcome:
    """`unset` where there is none."""
    return "unset" if criterion is None else criterion.outcome


async def set_criterion(
    source: operations_store.Source, tenant: int, scene: str, targets: Sequence[WantedTarget],
    currency: str, who: str,
) -> None:  # fmt: skip
    """Say what a good pilot is; it holds when a second person approves it. An empty `currency` is
    the tenant's.

    Raises: NotFound, Invalid, Conflict("copy.criterion_fixed", "copy.by_project", "copy.not_pilot").
    """
    async with operations_store.writing(source, tenant) as connection:
        found = await scene_of(connection, tenant, scene)
        if found["state"] not in BEFORE_LIVE:
            raise Conflict("the scene is past its pilot", code="copy.not_pilot")
        known = await store.read_criterion(connection, tenant, found["id"], lock=True)
        if known is not None and known["approved_by"] is not None:
            raise Conflict("the criterion is fixed", code="copy.criterion_fixed")
        if await _of_project(connection, tenant, found["id"]) is not None:
            raise Conflict("its project says what the pilot must reach", code="copy.by_project")
        clock = await operations_store.read_clock(connection, tenant)
        money = currency or clock["currency"]
        minor_digits(money)
        today = local_day(clock["now"], clock["zone"])
        rows = _targets(targets, money, today)
        await store.put_criterion(connection, tenant, found["id"], money, who, clock["now"], rows)


async def approve_criterion(
    source: operations_store.Source, tenant: int, scene: str, who: str
) -> None:
    """A second person fixes it, before the months begin by which it is judged.

    Raises: NotFound, Conflict("copy.criterion_fixed"), Forbidden("copy.second_person"),
    Invalid("project.beforehand").
    """
    async with operations_store.writing(source, tenant) as connection:
        found = await scene_of(connection, tenant, scene)
        known = await store.read_criterion(connection, tenant, found["id"], lock=True)
        if known is None:
            raise NotFound("nothing was set", code="copy.no_criterion")
        if known["approved_by"] is not None:
            raise Conflict("the criterion is fixed", code="copy.criterion_fixed")
        check_second(known["set_by"], who)
        clock = await operations_store.read_clock(connection, tenant)
        today = local_day(clock["now"], clock["zone"])
        for number, row in enumerate(await store.read_targets(connection, tenant, found["id"])):
            _check_beforehand(row["month"], today, f"targets[{number}].month")
        await store.approve_criterion(connection, tenant, found["id"], who, clock["now"])


async def read_criterion(
    source: operations_store.Source, tenant: int, scene: int
) -> Criterion | None:
    """Of a scene by its number, with what came; that of its project goes before its own."""
    async with operations_store.reading(source, tenant) as connection:
        by_project = await _of_project(connection, tenant, scene)
        if by_project is not None:
            return by_project
        row = await store.read_criterion(connection, tenant, scene)
        if row is None:
            return None
        targets = [
            Target("pilot", each["indicator"], each["month"], each["least"])
            for each in await store.read_targets(connection, tenant, scene)
        ]
        months = [each.month for each in targets]
        names = sorted({each.indicator for each in targets})
        values: dict[tuple[str, date], int] = defaultdict(int)
        for each in await read_values(
            connection, tenant, names, "month", min(months), max(months), scene
        ):
            if each.currency in ("", row["currency"]):
                values[each.indicator, each.day] += each.value
        whole = frozenset(await read_whole_months(connection, tenant))
    return Criterion(
        row["currency"], judge(targets, values, whole), row["set_by"], row["set_at"],
        row["approved_by"], row["approved_at"],
    )  # fmt: skip


async def scene_of(
    connection: operations_store.Connection, tenant: int, ref: str
) -> operations_store.Row:
    """The scene of that reference. Raises: NotFound."""
    found = await store.find_scene(connection, tenant, ref)
    if found is None:
        raise NotFound(f"there is no scene {ref[:60]!r}", code="scene.not_found")
    return found


@control("copy_second_person")
def check_second(asked_by: str, who: str) -> None:
    """Raises: Forbidden("copy.second_person")."""
    if asked_by == who:
        raise Forbidden("a second person decides", code="copy.second_person")


async def _of_project(
    connection: operations_store.Connection, tenant: int, scene: int
) -> Criterion | None:
    """What the plan of its project asks of the pilot, if it asks anything: one scene is not to be
    measured by two criteria."""
    for project in await list_projects(connection, tenant):
        if project.scene != scene or project.approved_by is None:
            continue
        pilot = next(each for each in project.steps if each.step == "pilot")
        if pilot.judged:
            return Criterion(
                project.currency, pilot.judged, project.planned_by, project.planned_at,
                project.approved_by, project.approved_at, project.ref,
            )  # fmt: skip
    return None


def _targets(
    targets: Sequence[WantedTarget], currency: str, today: date
) -> list[tuple[str, date, int]]:
    if not 1 <= len(targets) <= TARGETS_MOST:
        raise Invalid("one to eight targets", code="copy.targets", param="targets")
    found: dict[tuple[str, date], int] = {}
    for number, each in enumerate(targets):
        param = f"targets[{number}]"
        indicator = measurable().get(each.indicator)
        if indicator is None:
            raise Invalid(
                "an indicator that is kept by month", code="project.indicator",
                param=f"{param}.indicator",
            )  # fmt: skip
        try:
            month = parse_month(each.month)
        except Invalid as error:
            raise Invalid(error.detail, code=error.code, param=f"{param}.month") from None
        _check_beforehand(month, today, f"{param}.month")
        if (each.indicator, month) in found:
            raise Invalid("the target stands twice", code="project.target_twice", param=param)
        found[each.indicator, month] = parse_least(
            each.least, indicator, currency, param=f"{param}.least"
        )
    return [(name, month, least) for (name, month), least in found.items()]


def _check_beforehand(month: date, today: date, param: str) -> None:
    if month <= today:
        raise Invalid(
            "a target is set before its month begins", code="project.beforehand", param=param
        )
