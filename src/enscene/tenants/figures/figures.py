"""A tenant in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from enscene.commit import admit
from enscene.tenants.figures import store
from enscene.tenants.store import Pool
from enscene.tenants.tenant import Tenant

ERRORS_ONE_IN = 20
"""More than one failed call in so many is told."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one tenant has, without those below it. `scenes` have not ended, `live` of them are
    open to everybody; `calls` and `errors` (calls that came to nothing, without refusals by
    business rules) are of today in its zone. `last_event` is of its own clock. `webhooks` are
    deliveries that are due, `overdue` steps of project and care that are late; `days_open` says
    how many days before today are not closed (0: none, None: it has no contracts). `packs` are the
    templates and versions its scenes run on.
    """

    tenant: Tenant
    scenes: int
    live: int
    users: int
    apps: int
    calls: int
    errors: int
    last_event: datetime | None
    webhooks: int
    overdue: int
    days_open: int | None
    packs: tuple[str, ...]

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is not as it should be, by name."""
        found = {
            "errors": self.errors * ERRORS_ONE_IN > self.calls,
            "webhooks": self.webhooks > 0,
            "overdue": self.overdue > 0,
            "days": bool(self.days_open),
        }
        return tuple(name for name, holds in found.items() if holds)


async def read_figures(pool: Pool, tenants: Sequence[Tenant]) -> list[Figures]:
    """In the order in which they are named."""
    ids = [tenant.id for tenant in tenants]
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await admit(connection, ids)
        rows = {row["id"]: row for row in await store.read_figures(connection, ids)}
        packs: dict[int, list[str]] = {}
        for tenant, pack, version, _ in await store.read_packs(connection, ids):
            name = f"{pack} {version}"
            if name not in packs.setdefault(tenant, []):
                packs[tenant].append(name)
    found = []
    for tenant in tenants:
        row = rows[tenant.id]
        found.append(
            Figures(
                tenant, row["scenes"], row["live"], row["users"], row["apps"], row["calls"],
                row["errors"], row["last_event"], row["webhooks"], row["overdue"],
                _days_open(row["closed_day"], row["now"].date()),
                tuple(packs.get(tenant.id, ())),
            )
        )  # fmt: skip
    return found


def _days_open(closed: date | None, today: date) -> int | None:
    return None if closed is None else max(0, (today - closed).days)
