"""A scene and its copies side by side, by the month since each went live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from enscene.kernel.clock import local_day
from enscene.operations.copying import store
from enscene.operations.copying.bank import Family
from enscene.operations.copying.copies import Copy
from enscene.operations.copying.criterion import read_criterion
from enscene.operations.copying.months import after, months_between
from enscene.operations.indicators import read_values
from enscene.operations.projects import measurable
from enscene.operations.scene_account import LINES, read_whole_months
from enscene.operations.store import Connection, Pool

AGES_MOST = 36
ACCOUNT = "account:"
"""Begins the name of a figure that is a line of the scene account."""
ALWAYS = ("users.active",)
"""Compared whatever the criterion asks for."""


@dataclass(frozen=True, slots=True)
class Track:
    """A scene from the month in which it went live (a pilot: began). `values` is by figure and age,
    0 for that month; what is not in it is not known yet. `copy` is None for the original."""

    tenant: int
    scene: int
    copy: Copy | None
    first: date | None
    ages: int
    values: Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`figures` are indicators of the criterion and, as `account:fees`, lines of the account; sums are
    minor units of `currency`."""

    currency: str
    figures: tuple[str, ...]
    tracks: tuple[Track, ...]

    @property
    def ages(self) -> int:
        """The most months of any of them."""
        return max((each.ages for each in self.tracks), default=0)


async def compare_copies(
    pool: Pool, family: Family, origin_tenant: int, origin_scene: int, currency: str,
    copies: Sequence[Copy],
) -> Comparison:  # fmt: skip
    """The original and those of the copies that have a scene. Only figures of whole scenes are told,
    of no customer."""
    async with store.reading_all(pool, list(family.tenants)) as connection:
        criterion = await read_criterion(connection, origin_tenant, origin_scene)
        asked = [each.target.indicator for each in criterion.judged] if criterion else []
        figures = tuple(dict.fromkeys([*asked, *ALWAYS]))
        zones = await store.read_zones(connection)
        tracks = [
            await _track(connection, zones, tenant, scene, copy, figures, currency)
            for tenant, scene, copy in [
                (origin_tenant, origin_scene, None),
                *((each.tenant, each.scene, each) for each in copies if each.scene is not None),
            ]
        ]
    lines = tuple(f"{ACCOUNT}{line.name}" for line in LINES)
    used = {name for each in tracks for name, _ in each.values}
    return Comparison(
        currency, (*figures, *(name for name in lines if name in used)), tuple(tracks)
    )


async def _track(
    connection: Connection, zones: Mapping[int, str], tenant: int, scene: int, copy: Copy | None,
    figures: Sequence[str], currency: str,
) -> Track:  # fmt: skip
    opened = await store.read_opened(connection, tenant, scene)
    if opened is None:
        return Track(tenant, scene, copy, None, 0, {})
    first = local_day(opened, zones[tenant]).replace(day=1)
    whole = [each for each in await read_whole_months(connection, tenant) if each >= first]
    if not whole:
        return Track(tenant, scene, copy, first, 0, {})
    last = min(whole[-1], after(first, AGES_MOST - 1))
    names = sorted({*figures, *(line.indicator for line in LINES)})
    sums: dict[tuple[str, str, date], int] = defaultdict(int)
    for each in await read_values(connection, tenant, names, "month", first, last, scene):
        if each.currency in ("", currency):
            sums[each.indicator, each.key, each.day] += each.value
            if each.indicator in measurable():
                sums[each.indicator, "*", each.day] += each.value
    values: dict[tuple[str, int], int] = {}
    months = months_between(first, last)
    for age, month in enumerate(months):
        if month not in whole:
            continue
        for name in figures:
            values[name, age] = sums[name, "*", month]
        for line in LINES:
            minor = line.sign * sum(sums[line.indicator, key, month] for key in line.keys)
            if minor:
                values[f"{ACCOUNT}{line.name}", age] = minor
    return Track(tenant, scene, copy, first, len(months), values)
