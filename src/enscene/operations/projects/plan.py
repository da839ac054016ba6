"""Plan a project: the money, department, owner and targets of each step, fixed before it begins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import format_money, minor_digits, parse_money
from enscene.ledger import AMOUNT_MOST
from enscene.operations import store as operations_store
from enscene.operations.indicators import read_catalogue
from enscene.operations.indicators.catalogue import Indicator
from enscene.operations.planning import approve_from_entry, begin_from_entry
from enscene.operations.projects import store
from enscene.operations.projects.begin import begin, locked
from enscene.operations.projects.gates import DEPARTMENTS, STEPS, USED_FROM, Target
from enscene.operations.scene_account import parse_month

TARGETS_MOST = 50
NAME_MOST = 80
REF = "^[a-z][a-z0-9_-]{0,39}$"
_WHOLE = 1_000_000
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """`amount` is a decimal text in the plan's currency; empty owner or department: the usual."""

    amount: str = "0"
    owner: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """`month` as 2026-03; `least` a decimal text: a count, a share such as 0.35, or money."""

    step: str
    indicator: str
    month: str
    least: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody wants to begin. An empty `currency` is the tenant's; `entry` is the candidate of
    the register that it begins from, if any."""

    ref: str
    name: str
    owner: str
    currency: str = ""
    steps: Mapping[str, PlannedStep] = field(default_factory=dict)
    targets: Sequence[PlannedTarget] = ()
    entry: str = ""


@cache
def measurable() -> Mapping[str, Indicator]:
    """The indicators that a target may name: those by month; shares that have keys do not sum up."""
    return {
        each.id: each for each in read_catalogue().indicators
        if "month" in each.grains and not (each.unit == "millionths" and each.key)
    }  # fmt: skip


def parse_least(text: str, indicator: Indicator, currency: str, *, param: str) -> int:
    """In the unit of the indicator. Raises: Invalid."""
    if indicator.unit == "minor":
        least = parse_money(text, currency, param=param)
    elif indicator.unit == "millionths":
        try:
            if not _NUMBER.fullmatch(text):
                raise InvalidOperation
            least = int(Decimal(text) * _WHOLE)
        except InvalidOperation:
            raise _least(param) from None
    else:
        if not re.fullmatch(r"[1-9][0-9]{0,14}", text):
            raise _least(param)
        least = int(text)
    if not 0 < least <= AMOUNT_MOST:
        raise _least(param)
    return least


def format_value(value: int, indicator: Indicator, currency: str) -> str:
    """As targets are written."""
    if indicator.unit == "minor":
        return format_money(value, currency)
    if indicator.unit == "millionths":
        return f"{Decimal(value) / _WHOLE:f}"
    return str(value)


def _least(param: str) -> Invalid:
    return Invalid("a number above nothing", code="project.least", param=param)


async def plan_project(source: operations_store.Source, tenant: int, plan: Plan, who: str) -> str:
    """Write a plan down; it begins when a second person approves it. The reference.

    Raises: Invalid, Conflict("project.ref_taken"), and what `begin_from_entry` raises.
    """
    if not re.fullmatch(REF, plan.ref):
        raise Invalid("small letters, digits, _ and -", code="project.ref", param="ref")
    name, owner = _said(plan.name, "name"), _said(plan.owner, "owner")
    unknown = next((each for each in plan.steps if each not in STEPS), None)
    if unknown is not None:
        raise Invalid(f"there is no step {unknown[:40]!r}", code="project.step", param="steps")
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        currency = plan.currency or clock["currency"]
        minor_digits(currency)
        steps = [_step(plan, each, currency, owner) for each in STEPS]
        today = local_day(clock["now"], clock["zone"])
        targets = _targets(plan, currency, today)
        _check_gated({step: minor for step, _, _, minor in steps}, targets)
        number = new_uuid()
        if not await store.insert_project(
            connection, tenant, number, plan.ref, name, owner, currency, who, clock["now"]
        ):
            raise Conflict("there is a project of this reference", code="project.ref_taken")
        if plan.entry:
            await begin_from_entry(connection, tenant, number, plan.entry)
        await store.insert_steps(connection, tenant, number, steps)
        await store.insert_targets(
            connection, tenant, number, [(t.step, t.indicator, t.month, t.least) for t in targets]
        )
    return plan.ref


def _said(text: str, param: str) -> str:
    said = text.strip()
    if not said or len(said) > NAME_MOST:
        raise Invalid("a name of at most 80 characters", code="project.name", param=param)
    return said


def _step(plan: Plan, step: str, currency: str, owner: str) -> tuple[str, str, str, int]:
    given = plan.steps.get(step, PlannedStep())
    param = f"steps.{step}"
    minor = parse_money(given.amount or "0", currency, param=f"{param}.amount")
    if not 0 <= minor <= AMOUNT_MOST:
        raise Invalid("an amount, or none", code="project.amount", param=f"{param}.amount")
    department = given.department or DEPARTMENTS[step]  # type: ignore[index]
    if department not in read_catalogue().owners:
        raise Invalid(
            "there is no such department", code="project.department", param=f"{param}.department"
        )
    return step, _said(given.owner or owner, f"{param}.owner"), department, minor


def _targets(plan: Plan, currency: str, today: date) -> list[Target]:
    if len(plan.targets) > TARGETS_MOST:
        raise Invalid("too many targets", code="project.targets", param="targets")
    found: dict[tuple[str, str, date], Target] = {}
    for number, each in enumerate(plan.targets):
        param = f"targets[{number}]"
        if each.step not in STEPS[STEPS.index(USED_FROM) :]:
            raise Invalid(
                "a target is of the pilot or a later step", code="project.target_step",
                param=f"{param}.step",
            )  # fmt: skip
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
        least = parse_least(each.least, indicator, currency, param=f"{param}.least")
        key = (each.step, each.indicator, month)
        if key in found:
            raise Invalid("the target stands twice", code="project.target_twice", param=param)
        found[key] = Target(each.step, each.indicator, month, least)
    return list(found.values())


def _check_beforehand(month: date, today: date, param: str) -> None:
    if month <= today:
        raise Invalid(
            "a target is set before its month begins", code="project.beforehand", param=param
        )


def _check_gated(money: Mapping[str, int], targets: Sequence[Target]) -> None:
    """Money for what comes after the pilot needs a target at a gate before it."""
    first = STEPS.index(USED_FROM)
    for number, step in enumerate(STEPS[first + 1 :], first + 1):
        if money[step] and not any(first <= STEPS.index(t.step) < number for t in targets):
            raise Invalid(
                "money after the pilot needs a target at a gate before it",
                code="project.no_target", param=f"steps.{step}.amount",
            )  # fmt: skip


async def approve_project(source: operations_store.Source, tenant: int, ref: str, who: str) -> None:
    """A second person approves the plan: the first step begins, and its money is released.

    Raises: NotFound, Conflict("project.approved"), Forbidden("project.second_person"),
    Invalid("project.beforehand"), and what `approve_from_entry` raises.
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await locked(connection, tenant, ref)
        if row["state"] != "planned":
            raise Conflict("the plan was approved already", code="project.approved")
        check_other(row["planned_by"], who)
        clock = await operations_store.read_clock(connection, tenant)
        today = local_day(clock["now"], clock["zone"])
        for each in await store.read_targets(connection, tenant, [row["id"]]):
            _check_beforehand(each["month"], today, "targets")
        if row["entry"] is not None:
            await approve_from_entry(connection, tenant, row["entry"])
        await store.approve_project(connection, tenant, row["id"], who, clock["now"])
        await begin(connection, tenant, row, STEPS[0], today, row["planned_by"], who)


@control("project_second_person")
def check_other(asked_by: str, who: str) -> None:
    """Raises: Forbidden("project.second_person")."""
    if asked_by == who:
        raise Forbidden("a second person decides", code="project.second_person")
