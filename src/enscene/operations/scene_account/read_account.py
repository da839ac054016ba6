"""The account of a scene for a month, and of all scenes beside the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from enscene.kernel.errors import Invalid
from enscene.operations import store as operations_store
from enscene.operations.indicators import Value, Window, read_values
from enscene.operations.indicators.classes import CLASSES, class_of
from enscene.operations.scene_account import store
from enscene.operations.scene_account.lines import INDICATORS, LEADING, LINES, Line

YEARS = range(2000, 3000)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Amount:
    """A line of a month in minor units, and what it was the month before."""

    line: Line
    minor: int
    before: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines in one currency, and the month's result: what was earned less what was spent."""

    currency: str
    amounts: tuple[Amount, ...]

    @property
    def result(self) -> int:
        return sum(each.minor * each.line.counts for each in self.amounts)

    @property
    def result_before(self) -> int:
        return sum(each.before * each.line.counts for each in self.amounts)


@dataclass(frozen=True, slots=True)
class SceneAccount:
    """`day` is the last of the month that is computed; None: there is none, and no figure. `leading`
    holds figures of the month by indicator, those with keys summed; shares are in millionths."""

    scene: int
    month: date
    day: date | None
    sheets: tuple[Sheet, ...]
    leading: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Share:
    """What a scene has of each class at the day's end, in the order of the classes; scene 0 is what
    is of no scene."""

    scene: int
    minor: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """All scenes in one currency at the end of a day. `ledger` is told from the accounts themselves,
    not from what the scenes have."""

    currency: str
    classes: tuple[str, ...]
    shares: tuple[Share, ...]
    ledger: tuple[int, ...]

    @property
    def sums(self) -> tuple[int, ...]:
        """Over all scenes and what is of none."""
        return tuple(map(sum, zip(*(each.minor for each in self.shares), strict=True))) or (
            0,
        ) * len(self.classes)

    @property
    def agrees(self) -> bool:
        """To the minor unit."""
        return self.sums == self.ledger


def parse_month(text: str) -> date:
    """`2026-03` as its first day. Raises: Invalid (`month`)."""
    try:
        if len(text) != 7:
            raise ValueError
        month = date.fromisoformat(f"{text}-01")
        if month.year not in YEARS:
            raise ValueError
        return month
    except ValueError:
        raise Invalid(
            "a month is written like 2026-03", code="account.month", param="month"
        ) from None


async def read_account(
    source: operations_store.Source, tenant: int, scene: int, month: date
) -> SceneAccount:
    """Of one scene; 0: what is of none."""
    async with operations_store.reading(source, tenant) as connection:
        return (await _accounts(connection, tenant, month, scene))[scene]


async def read_accounts(
    source: operations_store.Source, tenant: int, month: date
) -> dict[int, SceneAccount]:
    """Of all scenes that have figures, by number."""
    async with operations_store.reading(source, tenant) as connection:
        return await _accounts(connection, tenant, month, None)


async def _accounts(
    connection: operations_store.Connection, tenant: int, month: date, scene: int | None
) -> dict[int, SceneAccount]:
    last_of_before = month - _DAY
    first_before = last_of_before.replace(day=1)
    end = (month + 32 * _DAY).replace(day=1) - _DAY
    day, _, _ = await store.read_days(connection, tenant, month, end)
    day_before, _, _ = await store.read_days(connection, tenant, first_before, last_of_before)
    now = await _figures(connection, tenant, month, day, scene)
    before = await _figures(connection, tenant, first_before, day_before, scene)
    told = await read_values(connection, tenant, LEADING, "month", month, month, scene)
    leading: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for value in told:
        leading[value.scene][value.indicator] += value.value
    known = {scene} if scene is not None else {each.scene for each in [*now, *told]}
    return {
        each: SceneAccount(
            each, month, day,
            tuple(
                _sheet(currency, [v for v in now if v.scene == each],
                       [v for v in before if v.scene == each])
                for currency in sorted(
                    {v.currency for v in (*now, *before) if v.scene == each}
                )
            ),
            dict(leading[each]),
        )
        for each in sorted(known)
    }  # fmt: skip


async def _figures(
    connection: operations_store.Connection, tenant: int, month: date, day: date | None,
    scene: int | None,
) -> list[Value]:  # fmt: skip
    """Balances at the end of the last computed day, sums of the month."""
    if day is None:
        return []
    at_end = await read_values(connection, tenant, ["account.balance"], "day", day, day, scene)
    sums = [name for name in INDICATORS if name != "account.balance"]
    return [*at_end, *await read_values(connection, tenant, sums, "month", month, month, scene)]


def _sheet(currency: str, now: Sequence[Value], before: Sequence[Value]) -> Sheet:
    return Sheet(
        currency,
        tuple(
            Amount(line, _sum(line, currency, now), _sum(line, currency, before)) for line in LINES
        ),
    )


def _sum(line: Line, currency: str, values: Sequence[Value]) -> int:
    return line.sign * sum(
        each.value for each in values
        if each.indicator == line.indicator and each.key in line.keys and each.currency == currency
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """A line on a day, in minor units."""

    day: date
    minor: int


async def read_line_days(
    source: operations_store.Source, tenant: int, scene: int, month: date, line: Line
) -> dict[str, tuple[Day, ...]]:
    """A line by currency and day of the month, as far as days are computed; of an average the
    balances that it is of. What is kept by the month alone has none."""
    indicator = "account.balance" if line.indicator == "account.average" else line.indicator
    end = (month + 32 * _DAY).replace(day=1) - _DAY
    found: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    async with operations_store.reading(source, tenant) as connection:
        for each in await read_values(connection, tenant, [indicator], "day", month, end, scene):
            if each.key in line.keys:
                found[each.currency][each.day] += line.sign * each.value
    return {
        currency: tuple(Day(day, days[day]) for day in sorted(days))
        for currency, days in sorted(found.items())
    }


async def read_span(
    source: operations_store.Source, tenant: int, month: date
) -> tuple[date | None, date | None, date | None]:
    """The last computed day of the month; the first and the last that is computed at all."""
    end = (month + 32 * _DAY).replace(day=1) - _DAY
    async with operations_store.reading(source, tenant) as connection:
        return await store.read_days(connection, tenant, month, end)


async def read_whole(
    source: operations_store.Source, tenant: int, day: date, zone: str
) -> tuple[Whole, ...]:
    """What every scene has at the end of a computed day, beside the ledger as it stood then."""
    async with operations_store.reading(source, tenant) as connection:
        values = await read_values(connection, tenant, ["account.balance"], "day", day, day)
        ends = Window(zone, day).begin_of(day + _DAY)
        rows = await store.read_ledger(connection, tenant, ends)
    ledger: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        known = class_of(row["role"], row["kind"], row["name"])
        ledger[row["currency"], known or f"{row['role']} {row['name']}"] += row["minor"]
    held = {(v.currency, v.scene, v.key): v.value for v in values}
    found = []
    for currency in sorted({v.currency for v in values} | {c for (c, _), n in ledger.items() if n}):
        strange = {name for c, name in ledger if c == currency} - set(CLASSES)
        used = {v.key for v in values if v.currency == currency}
        used |= {name for (c, name), minor in ledger.items() if c == currency and minor}
        classes = tuple(name for name in CLASSES if name in used) + tuple(sorted(strange & used))
        scenes = sorted({v.scene for v in values if v.currency == currency})
        shares = tuple(
            Share(scene, tuple(held.get((currency, scene, name), 0) for name in classes))
            for scene in scenes
        )
        found.append(
            Whole(currency, classes, shares, tuple(ledger[currency, name] for name in classes))
        )
    return tuple(found)
