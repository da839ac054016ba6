"""The four measures by which software as a service is accepted: fast, secure, simple, customisable.

All from what happened: when a tenant was made and its first scene went live, what its launches took,
what became of its wishes, and what the last proofs found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from enscene.commit import admit
from enscene.kernel.controls import control_names
from enscene.operations.business import store
from enscene.tenants import Tenant
from enscene.tenants.store import Pool

FAST_DAYS = 7.0
"""Days from a tenant made to its first live scene, at most."""
SIMPLE_ACTS = 20.0
"""Acts in the wizard until a scene is live, at most."""
CUSTOM_PERCENT = 80.0
"""Of the wishes that were met, so many in a hundred by configuration at least."""
PROOF_DAYS = 2
"""A proof that is older than this says nothing of today."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one tenant. `open_days`: from made to its first live scene; `launch_hours` and `acts`:
    medians of its launches that went live, from begun to live, an act being each keep, rehearsal,
    submission and decision; `configured` and `coded`: wishes that were met without a release and by
    one; `proved` is the real day (UTC) on which its readings and invoices were last proved, for the
    days of a sandbox are what its clock says, and `faults` what that found. None: nothing has
    happened yet that could be measured."""

    tenant: Tenant
    open_days: float | None
    launch_hours: float | None
    acts: float | None
    launches: int
    configured: int
    coded: int
    waiting: int
    proved: date | None
    faults: int | None

    @property
    def custom(self) -> float | None:
        """Percent of the wishes that were met by configuration."""
        return _percent(self.configured, self.coded)

    @property
    def fast(self) -> bool | None:
        """Whether its first scene was live soon enough."""
        return None if self.open_days is None else self.open_days <= FAST_DAYS

    @property
    def simple(self) -> bool | None:
        """Whether its launches took few acts."""
        return None if self.acts is None else self.acts <= SIMPLE_ACTS

    @property
    def customisable(self) -> bool | None:
        """Whether enough of its wishes needed no code."""
        return None if self.custom is None else self.custom >= CUSTOM_PERCENT

    def secure(self, standing: Standing) -> bool | None:
        """Whether its last proof found nothing and nothing is open in the installation."""
        if not standing.tight:
            return False
        if self.faults is None or self.proved is None:
            return None
        fresh = self.proved >= standing.today - timedelta(days=PROOF_DAYS)
        return fresh and self.faults == 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What all tenants share: `controls` in force, `tables` with rows of tenants, those that the
    database does not keep apart (`bare`), and those of which somebody who was admitted to no tenant
    saw a row just now (`leaks`)."""

    today: date
    controls: int
    tables: int
    bare: tuple[str, ...]
    leaks: tuple[str, ...]

    @property
    def tight(self) -> bool:
        """Whether nothing is open."""
        return not (self.bare or self.leaks)


@dataclass(frozen=True, slots=True)
class Overall:
    """Over all tenants: medians of what each has, wishes of all together; `asked` of
    `tenants` have a verdict on their safety, and of `proved` that is a good one."""

    tenants: int
    open_days: float | None
    launch_hours: float | None
    acts: float | None
    configured: int
    coded: int
    asked: int
    proved: int

    @property
    def custom(self) -> float | None:
        """Percent of the wishes that were met by configuration."""
        return _percent(self.configured, self.coded)

    @property
    def secure(self) -> bool | None:
        """Whether every verdict is a good one; None: there is none yet."""
        return self.proved == self.asked if self.asked else None


async def read_measures(pool: Pool, tenants: Sequence[Tenant]) -> list[Measures]:
    """In the order in which they are named."""
    ids = [tenant.id for tenant in tenants]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, ids)
        rows = {row[0]: row for row in await store.read_measures(connection, ids)}
    found = []
    for tenant in tenants:
        _, open_s, launch_s, acts, launches, configured, coded, waiting, day, faults = rows[
            tenant.id
        ]
        found.append(
            Measures(
                tenant, None if open_s is None else max(0.0, open_s) / 86_400,
                None if launch_s is None else launch_s / 3_600, acts, launches, configured, coded,
                waiting, day, faults,
            )
        )  # fmt: skip
    return found


async def read_standing(pool: Pool, today: date) -> Standing:
    """Looked at now: the tables as the database has them, and what it shows to nobody."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [])
        tables = await store.read_tables(connection)
        leaks = await store.read_open(connection, [name for name, kept in tables if kept])
    bare = tuple(name for name, kept in tables if not kept)
    return Standing(today, len(control_names()), len(tables), bare, tuple(leaks))


def overall_of(measures: Sequence[Measures], standing: Standing) -> Overall:
    """All tenants as one."""
    return Overall(
        len(measures),
        _median([each.open_days for each in measures]),
        _median([each.launch_hours for each in measures]),
        _median([each.acts for each in measures]),
        sum(each.configured for each in measures),
        sum(each.coded for each in measures),
        sum(each.secure(standing) is not None for each in measures),
        sum(bool(each.secure(standing)) for each in measures),
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return median(known) if known else None


def _percent(part: int, rest: int) -> float | None:
    return 100 * part / (part + rest) if part + rest else None
