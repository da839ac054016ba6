"""The bank's own rules of planning: weights, screening, review cycles, principles, by two people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.operations.planning import store
from enscene.operations.planning.entry import LEVELS, Level

Criterion: TypeAlias = Literal[
    "customers", "market", "traffic", "control", "advantage", "endowment"
]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
"""How many customers, how large the market, how much traffic; how far the bank has the scene in its
hand, what it is better at than others, what it has by nature."""
WARNED: tuple[Criterion, ...] = ("control", "advantage")
Principle: TypeAlias = Literal["tiered", "strategy", "urgent", "core"]
PRINCIPLES: tuple[Principle, ...] = get_args(Principle)
POINTS_MOST, MONTHS_MOST, FLAGSHIPS_MOST, SECTORS_MOST, REASON_MOST = 100, 60, 50, 50, 500
DAYS_MOST = 60
EVERY_MONTHS: Mapping[Level, int] = {"strategic": 3, "key": 6, "ordinary": 12}


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`weights` and `principles` are relative. A candidate is let through from `least_total` and
    `least` of single criteria on, unless its sector is closed. Points are 0 to 100. `answer_days` are the
    working days within which a voice is answered, `hot_spot_days` those of a hot spot."""

    weights: dict[Criterion, int]
    principles: dict[Principle, int]
    review_months: dict[Level, int]
    least: dict[Criterion, int] = {}
    least_total: int = 0
    warn_below: int = 40
    closed_sectors: tuple[str, ...] = ()
    strategic_sectors: tuple[str, ...] = ()
    flagships_most: int = 5
    answer_days: int = 3
    hot_spot_days: int = 5


USUAL = Rules(
    weights={"customers": 20, "market": 20, "traffic": 15, "control": 15, "advantage": 15,
             "endowment": 15},
    principles=dict.fromkeys(PRINCIPLES, 25), review_months=dict(EVERY_MONTHS),
)  # fmt: skip
"""What holds until a bank has rules of its own."""


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """Version 0 is the usual one, which nobody has asked for."""

    version: int
    rules: Rules
    reason: str
    state: str
    asked_by: str
    asked_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None


_FIRST = RulesVersion(0, USUAL, "", "approved", "", None, None, None)


def read_rules_of(values: Mapping[str, Any]) -> Rules:
    """Rules as JSON has them. Raises: Invalid with `param`."""
    try:
        found = msgspec.convert(dict(values), Rules)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), code="planning.rules", param="rules") from None
    _whole(found.weights, CRITERIA, "weights")
    _whole(found.principles, PRINCIPLES, "principles")
    for name in ("weights", "principles"):
        if not sum(getattr(found, name).values()):
            raise Invalid("one of them counts", code="planning.weights", param=name)
    _bounds(found.least.values(), 0, POINTS_MOST, "least")
    _bounds((found.least_total,), 0, POINTS_MOST, "least_total")
    _bounds((found.warn_below,), 0, POINTS_MOST, "warn_below")
    _bounds((found.flagships_most,), 0, FLAGSHIPS_MOST, "flagships_most")
    for name in ("answer_days", "hot_spot_days"):
        _bounds((getattr(found, name),), 1, DAYS_MOST, name)
    if set(found.review_months) != set(LEVELS):
        raise Invalid("a cycle of each level", code="planning.bounds", param="review_months")
    _bounds(found.review_months.values(), 1, MONTHS_MOST, "review_months")
    for name in ("closed_sectors", "strategic_sectors"):
        sectors = getattr(found, name)
        if len(sectors) > SECTORS_MOST or any(not 0 < len(each) <= 80 for each in sectors):
            raise Invalid("names of sectors", code="planning.sectors", param=name)
    return found


def _whole(given: Mapping[Any, int], names: tuple[str, ...], param: str) -> None:
    if set(given) != set(names):
        raise Invalid("a weight for each", code="planning.weights", param=param)
    _bounds(given.values(), 0, POINTS_MOST, param)


def _bounds(values: Iterable[int], least: int, most: int, param: str) -> None:
    if not all(least <= each <= most for each in values):
        raise Invalid(
            f"from {least} to {most}", code="planning.bounds", param=param,
            facts={"least": least, "most": most},
        )  # fmt: skip


async def list_rules(source: operations_store.Source, tenant: int) -> tuple[RulesVersion, ...]:
    """All versions, the latest first, with the usual one at the end."""
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_rules(connection, tenant)
    return (
        *(RulesVersion(row["version"], msgspec.convert(row["rules"], Rules), *tuple(row)[2:])
          for row in rows),
        _FIRST,
    )  # fmt: skip


async def rules_in_force(source: operations_store.Source, tenant: int) -> RulesVersion:
    """The last approved."""
    found = await list_rules(source, tenant)
    return next(each for each in found if each.state == "approved")


async def ask_rules(
    source: operations_store.Source, tenant: int, rules: Rules, reason: str, who: str
) -> int:
    """Propose other rules; they hold from when somebody else approves them. Their number.

    Raises: Invalid("planning.reason"), Conflict("planning.rules_asked").
    """
    said = reason.strip()
    if not said or len(said) > REASON_MOST:
        raise Invalid("why, in at most 500 characters", code="planning.reason", param="reason")
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        await store.lock_register(connection, tenant)
        version = await store.insert_rules(
            connection, tenant, msgspec.to_builtins(rules), said, who, clock["now"]
        )
    if version is None:
        raise Conflict("other rules wait to be decided", code="planning.rules_asked")
    return version


async def decide_rules(
    source: operations_store.Source, tenant: int, version: int, who: str, *, approve: bool
) -> None:
    """A second person lets them hold, or not.

    Raises: NotFound, Conflict("planning.rules_decided"), Forbidden("planning.second_person").
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await store.lock_rules(connection, tenant, version)
        if row is None:
            raise NotFound("there are no such rules", code="planning.no_rules")
        if row["state"] != "asked":
            raise Conflict("they are decided already", code="planning.rules_decided")
        check_other(row["asked_by"], who)
        clock = await operations_store.read_clock(connection, tenant)
        state = "approved" if approve else "refused"
        await store.decide_rules(connection, tenant, version, state, who, clock["now"])


@control("planning_second_person")
def check_other(asked_by: str, who: str) -> None:
    """Raises: Forbidden("planning.second_person")."""
    if asked_by == who:
        raise Forbidden("a second person decides", code="planning.second_person")
