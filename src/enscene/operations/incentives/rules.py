"""What is agreed beforehand: figures, amounts, units with shares, a ceiling."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import minor_digits, parse_money
from enscene.ledger import AMOUNT_MOST
from enscene.operations import store as operations_store
from enscene.operations.copying import Family
from enscene.operations.copying.months import months_between
from enscene.operations.incentives import store
from enscene.operations.incentives.figures import COHORT, LONG_FROM, figures
from enscene.operations.incentives.reckon import WHOLE, Measure, Unit
from enscene.operations.projects import REF
from enscene.operations.projects.plan import parse_least
from enscene.operations.scene_account import parse_month
from enscene.operations.teamwork import DEPARTMENTS, NAME_MOST, list_teams

MEASURES_MOST, SHARES_MOST, SCENES_MOST, MONTHS_MOST, LATER_MOST = 12, 20, 50, 12, 36
SAYS_MOST = 500
RESERVED = ("new", "runs")
"""Words that stand for something else where rules are looked at."""
SHARE_KINDS = ("branch", "department", "team", "copies")
State: TypeAlias = Literal["asked", "approved", "refused"]


@dataclass(frozen=True, slots=True)
class WantedMeasure:
    """As somebody enters it. `amount` is money; `least` and `per` are decimal texts in the unit of the
    figure. Without `per` the amount is paid when `least` is reached."""

    figure: str
    scenes: Sequence[str]
    amount: str
    least: str = ""
    per: str = ""
    months_after: int = 0


@dataclass(frozen=True, slots=True)
class WantedShare:
    """A unit and its basis points; the name of `copies` is empty."""

    kind: str
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class RuleOrder:
    """A rule as somebody enters it. Months as 2026-03; an empty `currency` is the tenant's."""

    ref: str
    name: str
    says: str
    first_month: str
    last_month: str
    ceiling: str
    measures: Sequence[WantedMeasure]
    shares: Sequence[WantedShare]
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """`ceiling` is the most that all measures pay in a month; `scenes` tells reference and name of the
    scenes by number."""

    id: UUID
    ref: str
    name: str
    says: str
    currency: str
    ceiling: int
    first_month: date
    last_month: date
    state: State
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    measures: tuple[Measure, ...]
    shares: tuple[tuple[Unit, int], ...]
    scenes: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def looks_ahead(self) -> bool:
        return looks_ahead(self.measures)


def looks_ahead(measures: Sequence[Measure] | Sequence[WantedMeasure]) -> bool:
    """Whether any of them counts beyond the season: customers that are still there months later."""
    return any(each.figure == COHORT and each.months_after >= LONG_FROM for each in measures)


async def ask_rule(
    source: operations_store.Source, tenant: int, family: Family, order: RuleOrder, who: str
) -> None:
    """Enter a rule; it holds when a second person approves it before its first month.

    Raises: Invalid, Conflict("incentive.ref_taken").
    """
    if not re.fullmatch(REF, order.ref) or order.ref in RESERVED:
        raise Invalid("small letters, digits, _ and -", code="project.ref", param="ref")
    name, says = _said(order.name, "name", NAME_MOST), _said(order.says, "says", SAYS_MOST)
    first = _month(order.first_month, "first_month")
    last = _month(order.last_month, "last_month")
    if last < first or len(months_between(first, last)) > MONTHS_MOST:
        raise Invalid("1 to 12 months", code="incentive.months", param="last_month")
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        if first <= local_day(clock["now"], clock["zone"]):
            raise _begun("first_month")
        currency = order.currency or clock["currency"]
        minor_digits(currency)
        ceiling = _amount(order.ceiling, currency, "ceiling")
        scenes = {row["ref"]: row["id"] for row in await store.read_scenes(connection, tenant)}
        measures = _measures(order.measures, scenes, currency)
        teams = {
            each.ref for each in await list_teams(connection, tenant) if each.closed_at is None
        }
        shares = _shares(order.shares, family, teams)
        if not await store.insert_rule(
            connection, tenant, new_uuid(), order.ref, name, says, currency, ceiling, first, last,
            who, clock["now"], measures, shares,
        ):  # fmt: skip
            raise Conflict("there is a rule of this reference", code="incentive.ref_taken")


async def decide_rule(
    source: operations_store.Source, tenant: int, ref: str, who: str, *, approve: bool
) -> None:
    """A second person agrees, before the first month begins, or does not.

    Raises: NotFound, Conflict("incentive.decided"), Forbidden("incentive.second_person"),
    Invalid("incentive.beforehand").
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await store.lock_rule(connection, tenant, ref)
        if row is None:
            raise _no_rule(ref)
        if row["state"] != "asked":
            raise Conflict("it was decided already", code="incentive.decided")
        check_second(row["asked_by"], who)
        clock = await operations_store.read_clock(connection, tenant)
        if approve and row["first_month"] <= local_day(clock["now"], clock["zone"]):
            raise _begun(None)
        state = "approved" if approve else "refused"
        await store.decide_rule(connection, tenant, row["id"], state, who, clock["now"])


@control("incentive_second_person")
def check_second(first: str, who: str) -> None:
    """Raises: Forbidden("incentive.second_person")."""
    if first == who:
        raise Forbidden("a second person decides", code="incentive.second_person")


async def list_rules(source: operations_store.Source, tenant: int) -> tuple[Rule, ...]:
    """The latest first."""
    async with operations_store.reading(source, tenant) as connection:
        return await rules_of(connection, tenant)


async def read_rule(source: operations_store.Source, tenant: int, ref: str) -> Rule:
    """The latest of that reference. Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        found = await rules_of(connection, tenant, ref)
    if not found:
        raise _no_rule(ref)
    return found[0]


async def rules_of(
    connection: operations_store.Connection, tenant: int, ref: str | None = None
) -> tuple[Rule, ...]:
    """All of a tenant, or those of a reference; the latest first."""
    measures, shares = await store.read_parts(connection, tenant)
    scenes = {
        row["id"]: (row["ref"], row["name"]) for row in await store.read_scenes(connection, tenant)
    }
    return tuple(
        Rule(
            **dict(row),
            measures=tuple(
                Measure(
                    each["number"], each["figure"], tuple(each["scenes"]), each["months_after"],
                    each["least"], each["per"], each["amount"],
                )
                for each in measures
                if each["rule"] == row["id"]
            ),
            shares=tuple(
                (Unit(each["kind"], each["name"]), each["points"])
                for each in shares
                if each["rule"] == row["id"]
            ),
            scenes=scenes,
        )
        for row in await store.read_rules(connection, tenant, ref)
    )  # fmt: skip


def _measures(
    wanted: Sequence[WantedMeasure], scenes: Mapping[str, int], currency: str
) -> list[Measure]:
    if not 1 <= len(wanted) <= MEASURES_MOST:
        raise Invalid(
            "1 to 12 figures", code="incentive.measures", param="measures",
            facts={"most": MEASURES_MOST},
        )  # fmt: skip
    found = []
    for number, each in enumerate(wanted):
        found.append(_measure(number, each, scenes, currency, f"measures[{number}]"))
        if any(_same(found[-1], other) for other in found[:-1]):
            raise Invalid(
                "the same stands twice", code="incentive.measure_twice", param=f"measures[{number}]"
            )
    return found


def _same(one: Measure, other: Measure) -> bool:
    return (one.figure, one.months_after, one.least, one.per, set(one.scenes)) == (
        other.figure, other.months_after, other.least, other.per, set(other.scenes)
    )  # fmt: skip


def _measure(
    number: int, wanted: WantedMeasure, scenes: Mapping[str, int], currency: str, param: str
) -> Measure:
    indicator = figures().get(wanted.figure)
    if indicator is None:
        raise Invalid(
            "a figure that is kept by month", code="incentive.figure", param=f"{param}.figure"
        )
    unknown = next((each for each in wanted.scenes if each not in scenes), None)
    refs = dict.fromkeys(wanted.scenes)
    if unknown is not None or not 1 <= len(refs) <= SCENES_MOST:
        raise Invalid("scenes of the register", code="incentive.scenes", param=f"{param}.scenes")
    if indicator.unit == "millionths" and len(refs) > 1:
        raise Invalid(
            "shares of several scenes do not sum", code="incentive.one_scene",
            param=f"{param}.scenes",
        )  # fmt: skip
    least_after, most_after = (1, LATER_MOST) if wanted.figure == COHORT else (0, 0)
    if not least_after <= wanted.months_after <= most_after:
        raise Invalid(
            "months after the first use are of cohorts alone", code="incentive.months_after",
            param=f"{param}.months_after",
        )  # fmt: skip
    per = None
    if wanted.per:
        per = parse_least(wanted.per, indicator, currency, param=f"{param}.per")
    least = 0
    if wanted.least or per is None:
        least = parse_least(wanted.least, indicator, currency, param=f"{param}.least")
    amount = _amount(wanted.amount, currency, f"{param}.amount")
    numbers = tuple(sorted(scenes[each] for each in refs))
    return Measure(number, wanted.figure, numbers, wanted.months_after, least, per, amount)


def _shares(
    wanted: Sequence[WantedShare], family: Family, teams: set[str]
) -> list[tuple[Unit, int]]:
    known: dict[str, set[str]] = {
        "branch": {each.ref for each in family.tenants.values()}, "department": set(DEPARTMENTS),
        "team": teams, "copies": {""},
    }  # fmt: skip
    found: dict[Unit, int] = {}
    for number, each in enumerate(wanted[: SHARES_MOST + 1]):
        param = f"shares[{number}]"
        if each.kind not in SHARE_KINDS:
            raise Invalid("there is no such kind", code="incentive.kind", param=f"{param}.kind")
        unit = Unit(each.kind, each.name)
        if each.name not in known[each.kind] or unit in found:
            raise Invalid(
                "a unit that there is, named once", code="incentive.unit", param=f"{param}.name"
            )
        if not 1 <= each.points <= WHOLE:
            raise Invalid("1 to 10,000", code="incentive.points", param=f"{param}.points")
        found[unit] = each.points
    if len(found) > SHARES_MOST or sum(found.values()) != WHOLE:
        raise Invalid(
            "shares sum to 10,000", code="incentive.shares", param="shares",
            facts={"sum": sum(found.values()), "most": SHARES_MOST},
        )  # fmt: skip
    return list(found.items())


def _amount(text: str, currency: str, param: str) -> int:
    minor = parse_money(text, currency, param=param)
    if not 0 < minor <= AMOUNT_MOST:
        raise Invalid("an amount above nothing", code="incentive.amount", param=param)
    return minor


def _month(text: str, param: str) -> date:
    try:
        return parse_month(text)
    except Invalid as error:
        raise Invalid(error.detail, code=error.code, param=param) from None


def _said(text: str, param: str, most: int) -> str:
    text = text.strip()
    if not text or len(text) > most or "\0" in text:
        raise Invalid("say it, in so many words", code="incentive.text", param=param,
                      facts={"most": most})  # fmt: skip
    return text


def _begun(param: str | None) -> Invalid:
    return Invalid(
        "a rule is agreed before its first month", code="incentive.beforehand", param=param
    )


def _no_rule(ref: str) -> NotFound:
    return NotFound(f"there is no rule {ref[:60]!r}", code="incentive.no_rule")
