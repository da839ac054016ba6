"""How well a tenant uses what it has: a score of four parts, and when its service is renewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from enscene.commit import admit
from enscene.kernel.errors import Invalid
from enscene.tenants.figures import store
from enscene.tenants.figures.figures import Figures
from enscene.tenants.store import Pool, admitted
from enscene.tenants.tenant import Tenant

DAYS, WORKING_DAYS = 30, 22
MOST = {"use": 40, "live": 20, "sound": 20, "served": 20}
"""The most points of each part; together 100."""
TROUBLE, LATE_TICKET, OVERDUE_STEP = 5, 10, 5
LOW = 50
"""From here down somebody should call."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """`parts` by name, in whole points. use: days with calls among the last 30, 22 are all of it;
    live: scenes that are live among those that have not ended; sound: less 5 for each trouble;
    served: less 10 for each late ticket and 5 for each overdue step of project and care. `age_days`
    are those since it was made."""

    tenant: Tenant
    parts: dict[str, int]
    age_days: int
    renews: date | None

    @property
    def score(self) -> int:
        """0 to 100."""
        return sum(self.parts.values())

    @property
    def low(self) -> bool:
        """Whether somebody should look after it."""
        return self.score <= LOW and not self.young

    @property
    def young(self) -> bool:
        """Whether it is there for less than the days that are counted: it cannot have used them."""
        return self.age_days < DAYS


async def read_adoption(pool: Pool, figures: Sequence[Figures]) -> list[Adoption]:
    """For tenants whose figures were read, in their order."""
    ids = [each.tenant.id for each in figures]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, ids)
        rows = {row["id"]: row for row in await store.read_adoption(connection, ids, DAYS)}
    return [_of(each, *rows[each.tenant.id][1:]) for each in figures]


def _of(figures: Figures, days: int, late: int, age_days: int, renews: date | None) -> Adoption:
    served = MOST["served"] - late * LATE_TICKET - figures.overdue * OVERDUE_STEP
    sound = MOST["sound"] - TROUBLE * len(set(figures.troubles) - {"overdue"})
    parts = {
        "use": min(MOST["use"], MOST["use"] * days // WORKING_DAYS),
        "live": MOST["live"] * figures.live // max(1, figures.scenes),
        "sound": max(0, sound),
        "served": max(0, served),
    }
    return Adoption(figures.tenant, parts, age_days, renews)


async def set_renewal(pool: Pool, tenant: int, day: date | None) -> None:
    """When its service is to be renewed; None forgets it. Raises: Invalid("tenant.renews")."""
    if day is not None and not 2020 <= day.year <= 2100:
        raise Invalid("a day of this century", code="tenant.renews", param="renews")
    async with admitted(pool, tenant) as connection:
        await store.set_renewal(connection, tenant, day)
