"""Measures taken by people: what a service was before, and what the log cannot tell of it since."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import find_uuid, new_uuid, public_id
from enscene.kernel.money import minor_digits, parse_money
from enscene.ledger import AMOUNT_MOST
from enscene.operations import store as operations_store
from enscene.operations.baselines import store

Side: TypeAlias = Literal["before", "after"]
SIDES: tuple[Side, ...] = get_args(Side)
State: TypeAlias = Literal["asked", "approved", "refused", "withdrawn"]
STATES: tuple[State, ...] = get_args(State)
Figure: TypeAlias = Literal["minutes", "steps", "cost", "errors"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
MEASURED: tuple[Figure, ...] = ("minutes", "steps")
"""What the log tells of a kind of thing, so that nobody enters it as measured after."""
SOURCE_MOST, NOTE_MOST, CASES_MOST = 200, 500, 1_000_000_000
BASELINE = "bas"
MILLION = 1_000_000
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class BaselineOrder:
    """As somebody enters it: figures as decimal texts a case (`errors` of a thousand cases), empty
    where not measured. `service` is a kind of thing of the pack, or empty for the scene as a whole;
    `day` is since when it holds; `cases` how many were looked at."""

    service: str
    side: str
    day: date
    cases: int
    source: str
    minutes: str = ""
    steps: str = ""
    cost: str = ""
    errors: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """An entry. `minutes`, `steps` and `errors` in millionths, `cost` in minor units of `currency`.
    Approved ones count until they are withdrawn; `leaving_by` asks for that, `left_by` agreed."""

    id: UUID
    scene: int
    service: str
    side: Side
    day: date
    cases: int
    minutes: int | None
    steps: int | None
    cost: int | None
    errors: int | None
    currency: str
    source: str
    note: str
    state: State
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    leaving_by: str | None
    leaving_why: str | None
    left_by: str | None
    left_at: datetime | None

    @property
    def ref(self) -> str:
        """Its name in addresses."""
        return public_id(BASELINE, self.id)

    @property
    def is_waiting(self) -> bool:
        """Whether a second person has to decide about it, or about its withdrawal."""
        return self.state == "asked" or (self.state == "approved" and self.leaving_by is not None)

    @property
    def waits_for(self) -> str | None:
        """Whose word a second person decides about."""
        if not self.is_waiting:
            return None
        return self.asked_by if self.state == "asked" else self.leaving_by

    def value(self, figure: Figure) -> int | None:
        """A figure of it, None where it was not measured."""
        found: int | None = getattr(self, figure)
        return found


def baseline_id(ref: str) -> UUID:
    """Raises: NotFound."""
    number = find_uuid(ref, BASELINE)
    if number is None:
        raise NotFound("there is no such entry", code="baseline.not_found")
    return number


def decimal_text(millionths: int) -> str:
    """As it is entered: `12.5`."""
    text = f"{Decimal(millionths) / MILLION:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


async def enter_baseline(
    source: operations_store.Source, tenant: int, scene: int, kinds: Collection[str],
    currency: str, order: BaselineOrder, who: str,
) -> UUID:  # fmt: skip
    """Enter a measure; it counts when somebody else approves it. `kinds` are the pack's things.

    Raises: Invalid (`service`, `side`, `day`, `cases`, `source`, `note`, a figure).
    """
    figures = _checked(kinds, currency, order)
    number = new_uuid()
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        if order.day > local_day(clock["now"], clock["zone"]) or order.day.year < 1900:
            raise Invalid("a day of the past", code="baseline.day", param="day")
        await store.insert_baseline(
            connection, tenant, number, scene, order.service, order.side, order.day, order.cases,
            *(figures[name] for name in FIGURES), currency, order.source.strip(),
            order.note.strip(), who,
        )  # fmt: skip
    return number


def _checked(
    kinds: Collection[str], currency: str, order: BaselineOrder
) -> dict[Figure, int | None]:
    minor_digits(currency)
    if order.service and order.service not in kinds:
        raise Invalid("no kind of thing of the scene", code="baseline.service", param="service")
    if order.side not in SIDES:
        raise Invalid("before or after", code="baseline.side", param="side")
    if not 0 < order.cases <= CASES_MOST:
        raise Invalid("how many cases were looked at", code="baseline.cases", param="cases")
    if not order.source.strip() or len(order.source) > SOURCE_MOST:
        raise Invalid("say who measured it", code="baseline.source", param="source")
    if len(order.note) > NOTE_MOST:
        raise Invalid("a shorter note", code="baseline.note", param="note")
    figures = {name: _number(name, getattr(order, name), currency) for name in FIGURES}
    if all(value is None for value in figures.values()):
        raise Invalid("one figure at the least", code="baseline.nothing", param="minutes")
    if order.side == "after" and order.service:
        for name in MEASURED:
            if figures[name] is not None:
                raise Invalid("the log tells it", code="baseline.measured", param=name)
    return figures


def _number(name: Figure, text: str, currency: str) -> int | None:
    if not text:
        return None
    if name == "cost":
        minor = parse_money(text, currency, param=name)
        if not 0 <= minor <= AMOUNT_MOST:
            raise Invalid("an amount", code="baseline.number", param=name)
        return minor
    if not _NUMBER.fullmatch(text):
        raise Invalid("a number", code="baseline.number", param=name)
    return int(Decimal(text) * MILLION)


async def decide_baseline(
    source: operations_store.Source, tenant: int, scene: int, number: UUID, who: str, *,
    approve: bool,
) -> None:  # fmt: skip
    """Approve or refuse what somebody else has entered, or its withdrawal that somebody else asks for.

    Raises: NotFound, Forbidden("baseline.second_person"), Conflict("baseline.decided").
    """
    async with operations_store.writing(source, tenant) as connection:
        entry = await _locked(connection, tenant, scene, number)
        if not entry.is_waiting:
            raise Conflict("it was decided already", code="baseline.decided")
        if entry.waits_for == who:
            raise Forbidden("a second person decides", code="baseline.second_person")
        if entry.state == "asked":
            await store.decide(
                connection, tenant, number, "approved" if approve else "refused", who
            )
        elif approve:
            await store.withdraw(connection, tenant, number, who)
        else:
            await store.ask_to_leave(connection, tenant, number, None, None)


async def withdraw_baseline(
    source: operations_store.Source, tenant: int, scene: int, number: UUID, who: str, why: str
) -> None:
    """Take back what is not decided yet; of what counts, ask for it: a second person agrees.

    Raises: NotFound, Invalid (`why`), Conflict("baseline.decided", "baseline.leaving").
    """
    said = why.strip()
    if not said or len(said) > NOTE_MOST:
        raise Invalid("say why", code="baseline.why", param="why")
    async with operations_store.writing(source, tenant) as connection:
        entry = await _locked(connection, tenant, scene, number)
        if entry.state in ("refused", "withdrawn"):
            raise Conflict("it was decided already", code="baseline.decided")
        if entry.leaving_by is not None:
            raise Conflict("that was asked for already", code="baseline.leaving")
        await store.ask_to_leave(connection, tenant, number, who, said)
        if entry.state == "asked":
            await store.withdraw(connection, tenant, number, who)


async def _locked(
    connection: operations_store.Connection, tenant: int, scene: int, number: UUID
) -> Baseline:
    row = await store.lock(connection, tenant, scene, number)
    if row is None:
        raise NotFound("there is no such entry", code="baseline.not_found")
    return Baseline(*row)


async def read_baseline(
    source: operations_store.Source, tenant: int, scene: int, number: UUID
) -> Baseline:
    """Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_all(connection, tenant, scene, number)
    if not rows:
        raise NotFound("there is no such entry", code="baseline.not_found")
    return Baseline(*rows[0])


async def list_baselines(
    source: operations_store.Source, tenant: int, scene: int
) -> tuple[Baseline, ...]:
    """Of a scene, the latest day first; all there ever were."""
    async with operations_store.reading(source, tenant) as connection:
        return tuple(Baseline(*row) for row in await store.read_all(connection, tenant, scene))


async def count_waiting(source: operations_store.Source, tenant: int) -> dict[str, int]:
    """By scene, those that wait for a second person."""
    async with operations_store.reading(source, tenant) as connection:
        return await store.count_waiting(connection, tenant)
