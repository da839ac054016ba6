"""The board of a place: its scenes and those of all below it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from enscene.commit import admit
from enscene.operations import store as operations_store
from enscene.operations.board import store
from enscene.operations.board.health import (
    STALE_DAYS,
    WEEKS_BEFORE,
    Health,
    health_of,
    last_whole_week,
    usual_of,
)
from enscene.operations.projects import list_projects
from enscene.operations.scene_account import BY_NAME, Line
from enscene.tenants import Tenant

_DAY = timedelta(days=1)
STEPS = ("link.shown", "link.clicked", "link.applied", "link.contracted")
INCOME = "money.income"
ACTIVE, REPEAT = "users.active", "users.repeat_share"
CONVERTED, RETAINED = "users.converted_share", "users.retained_share"
COHORT = "users.cohort"
COHORTS = 6
"""So many months are told of."""
MILLION = 1_000_000
MONEY = (
    "deposits",
    "held_for_others",
    "loans",
    "fees",
    "interest",
    "benefits",
    "subsidies",
    "cost",
    "risk",
)
"""Lines of the scene account that a board sums."""
_MOVED = ("account.moved", "account.subsidies")


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant in sight: until when it has figures (None: none yet), how many days of it are missing
    before today (`late`) and between the computed ones (`gaps`)."""

    tenant: Tenant
    to: date | None
    late: int
    gaps: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A scene on the map. `active` are the month's users, `quality` those of them who came on two days
    or more; shares are in millionths (None: not computed). `week` are the users of the last whole
    week, `usual` the mean of the weeks before (None: not told)."""

    tenant: Tenant
    id: int
    ref: str
    name: str
    pack: str
    state: str
    region: str
    owner: str
    health: Health
    active: int
    quality: int
    converted: int | None
    retained: int | None
    week: int
    usual: float | None
    last_use: date | None


@dataclass(frozen=True, slots=True)
class Total:
    """A line in one currency: of all scenes, of none, and of both, which is the ledger's."""

    line: Line
    currency: str
    scenes: int
    unallocated: int

    @property
    def ledger(self) -> int:
        return self.scenes + self.unallocated


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel; `share` of the step before in millionths (None: nobody came there)."""

    indicator: str
    count: int
    share: int | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Users by the month of their first use; `active` of each month from that one on."""

    first: str
    active: tuple[int, ...]

    def share(self, n: int) -> int | None:
        """Of the first month's, in per cent."""
        return self.active[n] * 100 // self.active[0] if self.active[0] else None


@dataclass(frozen=True, slots=True)
class Loop:
    """The last cycle of a campaign that is over: what one customer brought more than one who was held
    out, with its interval of 95 % (minor units; None: too few to compare)."""

    tenant: Tenant
    campaign: str
    number: int
    owner: str
    ended: datetime
    currency: str
    value: float | None
    low: float | None
    high: float | None
    uneven: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class Todo:
    """What waits for somebody. `names` are projects whose gate is shut; `at` the refs of what it is of,
    of tasks whose they are ('': nobody's)."""

    tenant: Tenant
    what: str
    count: int
    since: datetime | None
    names: tuple[str, ...] = ()
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """`even` tells, by currency, whether what all classes of account have at the end sums to nothing,
    as both sides of every posting do: then scenes and what is of none are the ledger."""

    month: date
    places: tuple[Place, ...]
    spots: tuple[Spot, ...]
    totals: tuple[Total, ...]
    even: Mapping[str, bool]
    steps: tuple[Step, ...]
    income: Mapping[str, int]
    cohorts: tuple[Cohort, ...]
    loops: tuple[Loop, ...]
    todo: tuple[Todo, ...]

    @property
    def to(self) -> date | None:
        """The day until which all places have figures that have any."""
        return min((each.to for each in self.places if each.to), default=None)

    @property
    def alarms(self) -> tuple[Spot, ...]:
        """Scenes that shrink or stand still."""
        return tuple(each for each in self.spots if each.health in ("shrinking", "stale"))

    @property
    def currencies(self) -> tuple[str, ...]:
        return tuple(sorted({each.currency for each in self.totals}))


async def read_board(
    pool: operations_store.Pool, tenants: Sequence[Tenant], month: date | None = None
) -> Board:
    """Of all of `tenants` together, which are all that whoever asks may see, their own place first.
    `month` is its first day; None: the last one with figures of the first that has any.
    Customers of several scenes count in each of them."""
    ids = [each.id for each in tenants]
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await admit(connection, ids)
        places = _places(tenants, await store.read_places(connection, ids))
        ends = {each.tenant.id: each.to for each in places if each.to}
        month = month or _month_of(places, await store.read_places(connection, ids))
        spots = await _spots(connection, tenants, ends, month)
        values = await store.read_values_of(
            connection, ids, [*STEPS, INCOME, *_MOVED], "month", month, month
        )
        last = _until(month)
        within = {tenant: min(day, last) for tenant, day in ends.items() if day >= month}
        balances = await store.read_at_end(connection, within)
        cohorts = await _cohorts(connection, ids, month)
        loops = await store.read_loops(connection, ids)
        todo = await store.read_todo(connection, ids)
        planned = await store.read_with_projects(connection, ids)
    by_id = {each.id: each for each in tenants}
    return Board(
        month, places, spots, _totals([*values, *balances]), _even(balances), _steps(values),
        _by_currency(values, INCOME), cohorts,
        tuple(
            Loop(by_id[row["tenant"]], row["campaign"], row["number"], row["owner"], row["ends"],
                 row["currency"] or "", row["value"], row["low"], row["high"], row["uneven"],
                 row["verdict"])
            for row in loops
        ),
        (
            *(Todo(by_id[row["id"]], row["what"], row["count"], row["since"], at=tuple(row["at"]))
              for row in todo),
            *[each for number in ids if number in planned
              for each in await _shut(pool, by_id[number])],
        ),
    )  # fmt: skip


def _until(month: date) -> date:
    return (month + 32 * _DAY).replace(day=1) - _DAY


def _places(tenants: Sequence[Tenant], rows: Mapping[int, Any]) -> tuple[Place, ...]:
    found = []
    for tenant in tenants:
        row = rows[tenant.id]
        to, late, gaps = row["last"], 0, 0
        if to is not None:
            late = max(0, (row["today"] - to).days - 1)
            gaps = (to - row["first"]).days + 1 - row["days"]
        found.append(Place(tenant, to, late, gaps))
    return tuple(found)


def _month_of(places: Sequence[Place], rows: Mapping[int, Any]) -> date:
    """That of the first place that has figures: clocks of sandboxes may be months apart."""
    days = [each.to for each in places if each.to] or [row["today"] for row in rows.values()]
    # Where all are sandboxes no place counts, and no place's clock tells the month.
    return (days[0] if days else datetime.now(UTC).date()).replace(day=1)


async def _spots(
    connection: operations_store.Connection, tenants: Sequence[Tenant], ends: dict[int, date],
    month: date,
) -> tuple[Spot, ...]:  # fmt: skip
    by_id = {each.id: each for each in tenants}
    scenes = await store.read_scenes(connection, list(by_id))
    names = (ACTIVE, REPEAT, CONVERTED, RETAINED)
    told: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for row in await store.read_values_of(connection, list(by_id), names, "month", month, month):
        told[row["tenant"], row["scene"]][row["indicator"]] = row["value"]
    used = await store.read_last_use(
        connection, {n: (day - (STALE_DAYS - 1) * _DAY, day) for n, day in ends.items()}
    )
    weeks: dict[tuple[int, int], dict[date, int]] = defaultdict(dict)
    if ends:
        first = last_whole_week(min(ends.values())) - WEEKS_BEFORE * 7 * _DAY
        for row in await store.read_values_of(
            connection, list(ends), [ACTIVE], "week", first, max(ends.values())
        ):
            weeks[row["tenant"], row["scene"]][row["day"]] = row["value"]
    found = []
    for row in scenes:
        at = row["tenant"], row["id"]
        to, figures, last = ends.get(row["tenant"]), told[at], used.get(at)
        active, repeat = figures.get(ACTIVE, 0), figures.get(REPEAT, 0)
        found.append(
            Spot(
                by_id[row["tenant"]], row["id"], row["ref"], row["name"], row["pack"], row["state"],
                row["region"], row["owner"],
                health_of(row["state"], row["live_on"], to, last, weeks[at]), active,
                (active * repeat + MILLION // 2) // MILLION, figures.get(CONVERTED),
                figures.get(RETAINED),
                weeks[at].get(last_whole_week(to), 0) if to else 0,
                usual_of(weeks[at], to) if to else None, last,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.quality, -each.active, each.ref)))


def _totals(rows: Sequence[Any]) -> tuple[Total, ...]:
    sums: dict[tuple[str, str, bool], int] = defaultdict(int)
    for name in MONEY:
        line = BY_NAME[name]
        for row in rows:
            if row["indicator"] == line.indicator and row["key"] in line.keys:
                sums[name, row["currency"], row["scene"] > 0] += line.sign * row["value"]
    currencies = sorted({currency for _, currency, _ in sums})
    return tuple(
        Total(BY_NAME[name], currency, sums[name, currency, True], sums[name, currency, False])
        for currency in currencies for name in MONEY
    )  # fmt: skip


def _even(rows: Sequence[Any]) -> dict[str, bool]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row["currency"]] += row["value"]
    return {currency: not left for currency, left in sums.items()}


def _by_currency(rows: Sequence[Any], indicator: str) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["indicator"] == indicator:
            sums[row["currency"]] += row["value"]
    return dict(sorted(sums.items()))


def _steps(rows: Sequence[Any]) -> tuple[Step, ...]:
    found: list[Step] = []
    for name in STEPS:
        count = sum(row["value"] for row in rows if row["indicator"] == name)
        before = found[-1].count if found else 0
        found.append(Step(name, count, count * MILLION // before if before else None))
    return tuple(found)


async def _cohorts(
    connection: operations_store.Connection, tenants: Sequence[int], month: date
) -> tuple[Cohort, ...]:
    months = [month]
    while len(months) < COHORTS:
        months.insert(0, (months[0] - _DAY).replace(day=1))
    rows = await store.read_values_of(connection, tenants, [COHORT], "month", months[0], month)
    sums: dict[tuple[str, date], int] = defaultdict(int)
    for row in rows:
        sums[row["key"], row["day"]] += row["value"]
    found = []
    for n, first in enumerate(months):
        name = f"{first:%Y-%m}"
        active = tuple(sums[name, later] for later in months[n:])
        if any(active):
            found.append(Cohort(name, active))
    return tuple(found)


async def _shut(pool: operations_store.Pool, tenant: Tenant) -> list[Todo]:
    shut = [each for each in await list_projects(pool, tenant.id) if each.shut_by]
    if not shut:
        return []
    return [Todo(tenant, "shut", len(shut), None, tuple(each.name for each in shut))]
