"""What a figure of a board is made of: scenes, what tells its rows apart, and days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from enscene.commit import admit
from enscene.kernel.errors import NotFound
from enscene.operations import store as operations_store
from enscene.operations.board import store
from enscene.operations.indicators import Indicator, read_catalogue
from enscene.tenants import Tenant

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of the month; scene 0 is what is of no scene."""

    tenant: Tenant
    scene: int
    key: str
    currency: str
    value: int


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator in a month. `days` are sums by currency and day, empty where it is not kept by the
    day; `refs` are scenes by tenant and number."""

    indicator: Indicator
    month: date
    rows: tuple[FigureRow, ...]
    days: Mapping[str, Mapping[date, int]]
    refs: Mapping[tuple[int, int], tuple[str, str]]


async def read_figure(
    pool: operations_store.Pool, tenants: Sequence[Tenant], indicator: str, month: date,
    scene: int | None = None,
) -> Figure:  # fmt: skip
    """Of all of `tenants`, or of one scene of theirs. Raises: NotFound("board.no_figure")."""
    known = next((each for each in read_catalogue().indicators if each.id == indicator), None)
    if known is None:
        raise NotFound("there is no such indicator", code="board.no_figure", param="indicator")
    by_id = {each.id: each for each in tenants}
    grain = "month" if "month" in known.grains else "day"
    until = (month + 32 * _DAY).replace(day=1) - _DAY
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, list(by_id))
        rows = await store.read_values_of(
            connection, list(by_id), [indicator], grain, month, until if grain == "day" else month
        )
        days = (
            await store.read_values_of(connection, list(by_id), [indicator], "day", month, until)
            if "day" in known.grains else []
        )  # fmt: skip
        scenes = await store.read_scenes(connection, list(by_id))
    if grain == "day" and rows:
        last = max(row["day"] for row in rows)
        rows = [row for row in rows if row["day"] == last]
    sums: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in days:
        if scene in (None, row["scene"]):
            sums[row["currency"]][row["day"]] += row["value"]
    found = [
        FigureRow(by_id[row["tenant"]], row["scene"], row["key"], row["currency"], row["value"])
        for row in rows if scene in (None, row["scene"])
    ]  # fmt: skip
    found.sort(key=lambda each: (each.currency, -abs(each.value), each.tenant.id, each.scene))
    return Figure(
        known, month, tuple(found),
        {currency: dict(sorted(each.items())) for currency, each in sorted(sums.items())},
        {(row["tenant"], row["id"]): (row["ref"], row["name"]) for row in scenes},
    )  # fmt: skip
