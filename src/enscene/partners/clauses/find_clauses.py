"""Find clauses with how they stand: what is met, due and missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from enscene.kernel.clock import zone_of
from enscene.partners import store
from enscene.partners.clauses import store as clauses_sql
from enscene.partners.clauses.clause import Clause, Period, clause_not_found
from enscene.tenants import get_tenant

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Standing:
    """A clause on a day. `periods` are the last ones, newest first, the running one among them;
    `missed` counts all that have passed and are not met."""

    clause: Clause
    today: date
    periods: tuple[Period, ...]
    missed: int

    @property
    def state(self) -> Literal["met", "due", "missed", "ended"]:
        """The worst of its periods."""
        if self.clause.ended_on is not None:
            return "ended"
        if self.missed:
            return "missed"
        return "met" if self.periods[0].met_at is not None else "due"


async def today_of(pool: store.Pool, tenant: int) -> date:
    """The day that it is at the bank."""
    return datetime.now(UTC).astimezone(zone_of((await get_tenant(pool, tenant)).zone)).date()


async def read_clause(
    connection: store.Connection, tenant: int, partner: UUID, clause: UUID, *, lock: bool = False
) -> Clause:
    """Raises: NotFound, for another partner's too."""
    row = await clauses_sql.read(connection, tenant, clause, lock=lock)
    if row is None or row["partner"] != partner:
        raise clause_not_found()
    return clause_of(row)


async def list_standings(
    pool: store.Pool, tenant: int, partner: UUID, today: date | None = None
) -> list[Standing]:
    """Those of a partner, in the order in which they were made; what has ended comes last."""
    day = today or await today_of(pool, tenant)
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await clauses_sql.list_clauses(connection, tenant, partner)
        return await _standings(connection, tenant, [clause_of(row) for row in rows], day)


async def get_standing(
    pool: store.Pool, tenant: int, partner: UUID, clause: UUID, today: date | None = None
) -> Standing:
    """One of them. Raises: NotFound."""
    day = today or await today_of(pool, tenant)
    async with store.admitted(pool, tenant, readonly=True) as connection:
        known = await read_clause(connection, tenant, partner, clause)
        [found] = await _standings(connection, tenant, [known], day)
    return found


async def _standings(
    connection: store.Connection, tenant: int, clauses: list[Clause], today: date
) -> list[Standing]:
    known: dict[UUID, dict[date, Period]] = {}
    for row in await clauses_sql.list_periods(connection, tenant, [each.id for each in clauses]):
        known.setdefault(row["clause"], {})[row["due"]] = Period(*list(row)[1:])
    return [standing_of(each, known.get(each.id, {}), today) for each in clauses]


def standing_of(clause: Clause, known: dict[date, Period], today: date) -> Standing:
    """How a clause stands on a day, by what is known of its periods."""
    last = clause.running(today)
    if clause.ended_on is not None:
        last = min(last, clause.ended_on)
    periods = [known.get(day, Period(day)) for day in clause.due_days(last)]
    missed = sum(each.state(today) == "missed" for each in periods)
    return Standing(clause, today, tuple(reversed(periods[-SHOWN:])), missed)


def clause_of(row: store.Row) -> Clause:
    """A clause from its row."""
    values = dict(row)
    return Clause(**values | {"fields": tuple(values["fields"])})
