"""Reckon a finished month, append what differs from what was counted before, release it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from enscene.kernel.errors import Conflict, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.copying import Family, read_credited_by_scene
from enscene.operations.copying.months import months_between
from enscene.operations.copying.store import reading_all
from enscene.operations.incentives import store
from enscene.operations.incentives.figures import indicators_of, value_of
from enscene.operations.incentives.reckon import Unit, cut, due, split_parts
from enscene.operations.incentives.rules import Rule, check_second, rules_of
from enscene.operations.indicators import Value, read_values
from enscene.operations.scene_account import parse_month, read_whole_months

State: TypeAlias = Literal["made", "released", "refused"]
Place: TypeAlias = tuple[UUID, int, date]
"""A measure of a rule in a month."""
Counted: TypeAlias = tuple[int, dict[Unit, int]]
"""The value of a figure, and what each unit gets for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a unit gets, in minor units; below nothing where it is taken back."""

    unit: Unit
    minor: int


@dataclass(frozen=True, slots=True)
class Sum:
    """What a measure of a rule came to in a month. `sign` -1 takes back what an earlier run counted;
    `minor` is the sum of the lines."""

    number: int
    rule: Rule
    measure: int
    month: date
    sign: int
    value: int
    minor: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A finished month, with corrections of months before it. Sums only of one that is read alone."""

    id: UUID
    month: date
    state: State
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    sums: tuple[Sum, ...] = ()

    def totals(self) -> dict[tuple[str, Unit], int]:
        """By currency and unit."""
        found: dict[tuple[str, Unit], int] = defaultdict(int)
        for each in self.sums:
            for line in each.lines:
                found[each.rule.currency, line.unit] += line.minor
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Credited:
    """What a branch gets by a released run, its own or another branch's; `value` is that of the figure
    in its own unit."""

    tenant: int
    run_month: date
    month: date
    rule: str
    figure: str
    months_after: int
    sign: int
    value: int
    whole: int
    currency: str
    minor: int


async def make_run(source: operations_store.Source, tenant: int, month: str, who: str) -> Run:
    """Reckon a month that is over and computed, and what has changed since in months before it. Asked
    for again it is the same run.

    Raises: Invalid, Conflict("incentive.not_computed", "incentive.undecided", "incentive.later_run",
    "incentive.nothing").
    """
    wanted = parse_month(month)
    async with operations_store.writing(source, tenant) as connection:
        await store.lock_runs(connection, tenant)
        runs = [each for each in await store.read_runs(connection, tenant)
                if each["state"] != "refused"]  # fmt: skip
        if any(each["month"] == wanted for each in runs):
            return await read_run(connection, tenant, month)
        if any(each["state"] == "made" for each in runs):
            raise Conflict("the run before waits to be decided", code="incentive.undecided")
        if any(each["month"] > wanted for each in runs):
            raise Conflict("a later month has its run", code="incentive.later_run")
        whole = set(await read_whole_months(connection, tenant))
        if wanted not in whole:
            raise Conflict("the month is not over and computed", code="incentive.not_computed")
        rules = [each for each in await rules_of(connection, tenant) if each.state == "approved"]
        now = await _reckoned(connection, tenant, rules, wanted, whole)
        rows = _differences(await _counted(connection, tenant), now)
        if not rows:
            raise Conflict("no rule pays for this month", code="incentive.nothing")
        at = (await operations_store.read_clock(connection, tenant))["now"]
        await store.insert_run(connection, tenant, new_uuid(), wanted, who, at, rows)
        return await read_run(connection, tenant, month)


async def _reckoned(
    connection: operations_store.Connection, tenant: int, rules: Sequence[Rule], until: date,
    whole: set[date],
) -> dict[Place, Counted]:  # fmt: skip
    """What every rule pays for all months up to one, from the figures as they are now."""
    found: dict[Place, Counted] = {}
    for rule in rules:
        if rule.first_month > until:
            continue
        last = min(rule.last_month, until)
        values = await read_values(
            connection, tenant, indicators_of(rule.measures), "month", rule.first_month, last
        )
        credited = await read_credited_by_scene(
            connection, tenant, rule.first_month, last, rule.currency
        )
        for month in months_between(rule.first_month, last):
            if month in whole:
                found |= _month_of(rule, month, values, credited)
    return found


def _month_of(
    rule: Rule, month: date, values: Sequence[Value],
    credited: Mapping[tuple[int, date], Mapping[str, int]],
) -> dict[Place, Counted]:  # fmt: skip
    came = {m.number: value_of(m, month, rule.currency, values) for m in rule.measures}
    dues = cut({m.number: due(m, came[m.number]) for m in rule.measures}, rule.ceiling)
    found: dict[Place, Counted] = {}
    for measure in rule.measures:
        helped: dict[str, int] = defaultdict(int)
        for scene in measure.scenes:
            for ref, minor in credited.get((scene, month), {}).items():
                helped[ref] += minor
        parts = split_parts(dues.get(measure.number, 0), rule.shares, helped)
        found[rule.id, measure.number, month] = (came[measure.number], parts)
    return found


async def _counted(connection: operations_store.Connection, tenant: int) -> dict[Place, Counted]:
    """What stands in the runs that were not refused: of each place what was counted last."""
    found: dict[Place, Counted] = {}
    lines: dict[tuple[UUID, int], dict[Unit, int]] = defaultdict(dict)
    for row in await store.read_lines(connection, tenant, None):
        lines[row["run"], row["number"]][Unit(row["kind"], row["name"])] = row["minor"]
    for row in await store.read_sums(connection, tenant, None):
        place = (row["rule"], row["measure"], row["month"])
        if row["sign"] > 0:
            found[place] = (row["value"], lines[row["run"], row["number"]])
        else:
            found.pop(place, None)
    return found


def _differences(
    counted: Mapping[Place, Counted], now: Mapping[Place, Counted]
) -> list[store.SumRow]:
    """What was counted otherwise is taken back line by line, and counted anew. A place that is not
    reckoned now (its month has lost its figures) stays until it is."""
    rows: list[store.SumRow] = []
    for place in sorted(now, key=lambda each: (each[2], str(each[0]), each[1])):
        before = counted.get(place)
        if before == now[place]:
            continue
        if before is not None:
            rows.append((*place, -1, before[0], {who: -some for who, some in before[1].items()}))
        rows.append((*place, 1, *now[place]))
    return rows


async def decide_run(
    source: operations_store.Source, tenant: int, month: str, who: str, *, release: bool
) -> None:
    """A second person releases a run, or refuses it; of a refused one nothing counts.

    Raises: Invalid, NotFound, Conflict("incentive.decided"), Forbidden("incentive.second_person").
    """
    wanted = parse_month(month)
    async with operations_store.writing(source, tenant) as connection:
        await store.lock_runs(connection, tenant)
        row = next(
            (each for each in await store.read_runs(connection, tenant) if each["month"] == wanted),
            None,
        )
        if row is None:
            raise _no_run()
        if row["state"] != "made":
            raise Conflict("it was decided already", code="incentive.decided")
        check_second(row["made_by"], who)
        at = (await operations_store.read_clock(connection, tenant))["now"]
        state = "released" if release else "refused"
        await store.decide_run(connection, tenant, row["id"], state, who, at)


async def list_runs(source: operations_store.Source, tenant: int) -> tuple[Run, ...]:
    """The latest month first, without sums."""
    async with operations_store.reading(source, tenant) as connection:
        return tuple(Run(**dict(row)) for row in await store.read_runs(connection, tenant))


async def read_run(source: operations_store.Source, tenant: int, month: str) -> Run:
    """The latest of a month, with what it came to. Raises: Invalid, NotFound."""
    wanted = parse_month(month)
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_runs(connection, tenant)
        row = next((each for each in rows if each["month"] == wanted), None)
        if row is None:
            raise _no_run()
        rules = {each.id: each for each in await rules_of(connection, tenant)}
        lines: dict[int, list[Line]] = defaultdict(list)
        for each in await store.read_lines(connection, tenant, row["id"]):
            unit = Unit(each["kind"], each["name"])
            lines[each["number"]].append(Line(unit, each["minor"]))
        sums = tuple(
            Sum(
                each["number"], rules[each["rule"]], each["measure"], each["month"], each["sign"],
                each["value"], each["minor"], tuple(lines[each["number"]]),
            )
            for each in await store.read_sums(connection, tenant, row["id"])
        )  # fmt: skip
    return Run(**dict(row), sums=sums)


async def count_waiting(source: operations_store.Source, tenant: int) -> int:
    """Rules and runs that wait for a second person."""
    async with operations_store.reading(source, tenant) as connection:
        return await store.count_waiting(connection, tenant)


async def read_credited(pool: operations_store.Pool, family: Family) -> tuple[Credited, ...]:
    """What the tenant's branch gets by released runs of its bank; the latest first."""
    async with reading_all(pool, list(family.tenants)) as connection:
        rows = await store.read_credited(connection, family.ref(family.own))
    return tuple(Credited(**dict(row)) for row in rows)


def _no_run() -> NotFound:
    return NotFound("the month has no run", code="incentive.no_run")
