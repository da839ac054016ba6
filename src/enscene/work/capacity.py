"""How much a unit's people can do: open tasks, tasks ended by the day, the wait that somebody new has to
expect, and from which wait on small needs are served without a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from enscene.kernel.errors import Invalid
from enscene.work import capacity_store
from enscene.work.route_task import NO_LINE, Line
from enscene.work.store import Connection

OVER = timedelta(days=7)
"""What was ended in so long tells how fast the line moves."""
SERVED_IN = timedelta(days=30)
BACK_WITHIN = timedelta(days=7)
"""Who asks for a person so soon after being served without one came back."""
WAIT_MOST_H = 720


@dataclass(frozen=True, slots=True)
class Load:
    """Somebody's tasks: open now, and ended within `OVER`."""

    staff: str
    open: int
    done: int

    @property
    def by_day(self) -> float:
        return self.done / OVER.days


@dataclass(frozen=True, slots=True)
class CapacityRule:
    """`wait_h` 0: small needs are always served without a person."""

    wait_h: int = 0
    set_by: str | None = None
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """Of a tenant's people together. `waiting` has nobody's name yet. `wait_s` is what somebody new has
    to expect, None where nobody has ended a task lately. Of `SERVED_IN`: how many were served without a
    person, since the need was small, or the line long besides, and how many of them came back."""

    people: tuple[Load, ...]
    waiting: int
    wait_s: int | None
    rule: CapacityRule
    low_need: int
    long_wait: int
    came_back: int

    @property
    def open(self) -> int:
        return self.waiting + sum(each.open for each in self.people)

    @property
    def served(self) -> int:
        return self.low_need + self.long_wait


def expected_wait_s(waiting: int, done: int) -> int | None:
    """As long as it takes to end what is open at the pace of the last days. None: nothing moves."""
    if waiting == 0:
        return 0
    return None if done == 0 else round(waiting * OVER.total_seconds() / done)


async def read_line(connection: Connection, tenant: int, at: datetime) -> Line:
    """How long the line is now, where the tenant has said that this matters."""
    rule = await capacity_store.read_rule(connection, tenant)
    if rule is None or rule["wait_h"] == 0:
        return NO_LINE
    loads = await capacity_store.read_loads(connection, tenant, at - OVER, at)
    waiting, done = sum(row["open"] for row in loads), sum(row["done"] for row in loads)
    return Line(expected_wait_s(waiting, done), rule["wait_h"] * 3_600)


async def read_capacity(connection: Connection, tenant: int, at: datetime) -> Capacity:
    """At a time of the tenant."""
    loads = await capacity_store.read_loads(connection, tenant, at - OVER, at)
    waiting, done = sum(row["open"] for row in loads), sum(row["done"] for row in loads)
    served = await capacity_store.read_served(connection, tenant, at - SERVED_IN, at, BACK_WITHIN)
    rule = await capacity_store.read_rule(connection, tenant)
    return Capacity(
        tuple(Load(**dict(row)) for row in loads if row["staff"]),
        sum(row["open"] for row in loads if not row["staff"]), expected_wait_s(waiting, done),
        CapacityRule(**dict(rule)) if rule else CapacityRule(),
        served["low_need"], served["long_wait"], served["came_back"],
    )  # fmt: skip


async def set_capacity(
    connection: Connection, tenant: int, wait_h: int, who: str, at: datetime
) -> None:
    """From now on small needs are served without a person where the wait is longer; 0: always.

    Raises: Invalid("capacity.wait_h").
    """
    if not 0 <= wait_h <= WAIT_MOST_H:
        raise Invalid(
            "hours, 0 to 720", code="capacity.wait_h", param="wait_h", facts={"most": WAIT_MOST_H}
        )
    await capacity_store.put_rule(connection, tenant, wait_h, who, at)
