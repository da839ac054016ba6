"""How well the promised hours of tickets were kept: of each tenant, by month, from the tickets alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from enscene.tenants.store import Pool
from enscene.work.tickets import store


@dataclass(frozen=True, slots=True)
class ServiceScore:
    """Of what the people and programs of a tenant filed in a time, not its partners. `answers` and
    `solutions` fell due by now or came, and so many of them were in time."""

    tenant: int
    filed: int
    answers: int
    answered_in_time: int
    solutions: int
    solved_in_time: int

    @property
    def score(self) -> int | None:
        """Percent of all hours that were kept, rounded down; None: none fell due."""
        owed = self.answers + self.solutions
        return (self.answered_in_time + self.solved_in_time) * 100 // owed if owed else None


async def score_service(
    pool: Pool, tenants: Collection[int], begin: datetime, end: datetime
) -> tuple[ServiceScore, ...]:
    """Of those who filed anything from one moment up to another, of the real time."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await store.admit(connection, tenants)
        rows = await store.read_scores(connection, tenants, begin, end)
    return tuple(ServiceScore(*row) for row in rows)
