"""Screening of the tenants of this process: it follows the log, keeps what it finds, and can be
asked what other figures would have found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.money import format_money
from enscene.ledger import Moved, read_movements
from enscene.risk.screening import store
from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningPolicy, read_screening
from enscene.risk.screening.screen import Screen

OUTCOMES = ("confirmed", "false_alarm")
WHY_LEAST, WHY_MOST = 5, 500
FIGURE_MOST = 10**12
PAGE, TOGETHER = 5_000, 50
"""Units that are read at once, and movements that are looked at without a pause."""
BACK_MOST = 200_000
"""So many units of the log a test on the past goes back at most."""


class Logged(Protocol):
    """What is needed of an event of the log."""

    @property
    def seq(self) -> int: ...
    @property
    def tenant(self) -> int: ...


class _Followed:
    """What is remembered of one tenant."""

    def __init__(self, policy: ScreeningPolicy, seen: int) -> None:
        self.screen = Screen(policy)
        self.seen = seen


class Screening:
    """Handles pages of the log; a page that comes again finds nothing twice.

    Memory is rebuilt from the log after a restart, and where another process has read meanwhile;
    what is found in units that were looked at before is there already.
    """

    def __init__(self, pool: store.Pool, policy: ScreeningPolicy | None = None) -> None:
        self._pool = pool
        self._policy = policy or read_screening()
        self._followed: dict[int, _Followed] = {}

    async def handle(self, events: Sequence[Logged]) -> None:
        """Look at what these events, and whatever was not seen before them, have moved."""
        upto: dict[int, int] = {}
        for event in events:
            upto[event.tenant] = max(event.seq, upto.get(event.tenant, 0))
        for tenant, seq in upto.items():
            await self._follow(tenant, seq)

    async def _follow(self, tenant: int, upto: int) -> None:
        followed = self._followed.get(tenant)
        if followed is None:
            followed = _Followed(self._policy, max(0, upto - BACK_MOST))
            self._followed[tenant] = followed
        while followed.seen < upto:
            reach = min(upto, followed.seen + PAGE)
            async with store.reading(self._pool, tenant) as connection:
                movements = await _movements(connection, tenant, followed.seen, reach)
            hits = []
            for start in range(0, len(movements), TOGETHER):
                hits += followed.screen.look_at_all(movements[start : start + TOGETHER])
                await asyncio.sleep(0)  # payments are answered by the same processor
            if hits:
                async with store.writing(self._pool, tenant) as connection:
                    await store.insert_hits(connection, tenant, self._policy.version, hits)
            followed.seen = reach


async def backtest(
    pool: store.Pool, tenant: int, rule: str, figures: Mapping[str, int]
) -> dict[str, Any]:
    """How often a rule would have spoken with other figures, beside what it says now. Nothing is
    kept, nobody is troubled.

    Raises: NotFound (the rule), Invalid (a figure that it does not have).
    """
    policy = read_screening()
    found = next((each for each in policy.rules if each.name == rule), None)
    if found is None:
        raise NotFound("there is no such rule", code="screening.no_rule", param="rule")
    for name, value in figures.items():
        if name not in found.figures:
            raise Invalid(
                f"the rule has no figure {name[:40]}", code="screening.no_figure",
                param=f"figures.{name[:40]}", hint=", ".join(sorted(found.figures)),
            )  # fmt: skip
        if not 1 <= value <= FIGURE_MOST:
            raise Invalid("a figure is 1 to 10^12", code="screening.bad_figure",
                          param=f"figures.{name}")  # fmt: skip
    other = replace(found, figures={**found.figures, **figures})
    async with store.reading(pool, tenant) as connection:
        _, reach = await store.read_zone_and_reach(connection, tenant)
        movements = await _movements(connection, tenant, max(0, reach - BACK_MOST), reach)
    told = [
        # Beside the loop: it may be a long past.
        await asyncio.to_thread(Screen(replace(policy, rules=(each,))).look_at_all, movements)
        for each in (found, other)
    ]
    days = {movement.day for movement in movements}
    return {
        "rule": rule,
        "movements": len(movements),
        "days": len(days),
        "now": _counted(told[0]),
        "then": _counted(told[1]),
        "figures": dict(other.figures),
    }


def _counted(hits: Sequence[Hit]) -> dict[str, int]:
    return {"hits": len(hits), "customers": len({hit.customer for hit in hits})}


async def decide_hit(
    pool: store.Pool, tenant: int, hit: UUID, outcome: str, why: str, by: str
) -> Case:
    """Say what a case was. Raises: Invalid, NotFound, Conflict."""
    if outcome not in OUTCOMES:
        raise Invalid(f"outcome is {' or '.join(OUTCOMES)}", code="invalid.choice", param="outcome")
    why = why.strip()
    if not WHY_LEAST <= len(why) <= WHY_MOST:
        raise Invalid("say why, in 5 to 500 characters", code="screening.why", param="why")
    async with store.writing(pool, tenant) as connection:
        if await store.read_hit(connection, tenant, hit) is None:
            raise NotFound("there is no such case", code="screening.not_found")
        if not await store.write_outcome(connection, tenant, hit, outcome, why, by):
            raise Conflict("the case is decided", code="screening.decided")
        row = await store.read_hit(connection, tenant, hit)
        return (await _cases(connection, tenant, [row]))[0]


async def _movements(
    connection: store.Connection, tenant: int, after: int, upto: int
) -> list[Movement]:
    zone, _ = await store.read_zone_and_reach(connection, tenant)
    banks, persons = await store.read_kinds(connection, tenant)
    moved = await read_movements(connection, tenant, after, upto, banks)
    return list(_as_movements(moved, zone, persons))


def _as_movements(moved: Iterable[Moved], zone: str, persons: set[int]) -> Iterable[Movement]:
    for each in moved:
        day: date = local_day(each.at, zone)
        yield Movement(
            ref=str(each.seq), at=each.at, day=day.toordinal(), payer=each.payer,
            payee=each.payee, amount=each.amount, currency=each.currency,
            firm=each.payer not in persons, device=each.device,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What was found, as people and programs read it. `facts` are sums as decimals, counts, and
    refs of parties; `units` the numbers of what moved the money; `outcome` None while it waits."""

    id: str
    rule: str
    purpose: str
    live: bool
    policy: str
    customer: str
    name: str
    at: datetime
    facts: dict[str, Any]
    units: list[str]
    outcome: str | None
    why: str | None
    decided_by: str | None
    decided_at: datetime | None


async def list_cases(
    pool: store.Pool, tenant: int, *, waiting: bool | None = None, rule: str | None = None,
    customer: str | None = None, limit: int = 50,
) -> list[Case]:  # fmt: skip
    """The newest first; `waiting`: only those that a person has to decide on, or only the rest."""
    async with store.reading(pool, tenant) as connection:
        rows = await store.list_hits(
            connection, tenant, waiting=waiting, rule=rule, customer=customer, limit=limit
        )
        return await _cases(connection, tenant, rows)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What a rule has found, and what it turned out to be."""

    rule: str
    hits: int
    confirmed: int
    false_alarms: int


async def read_rule_figures(pool: store.Pool, tenant: int) -> list[RuleFigures]:
    """For every rule that has found anything."""
    async with store.reading(pool, tenant) as connection:
        rows = await store.read_figures(connection, tenant)
    return [
        RuleFigures(row["rule"], row["hits"], row["confirmed"], row["false_alarms"]) for row in rows
    ]


async def _cases(connection: store.Connection, tenant: int, rows: Sequence[Any]) -> list[Case]:
    facts = [msgspec.json.decode(row["facts"]) for row in rows]
    parties = {each for fact in facts for each in (*fact.get("accounts", ()), fact.get("payee", 0))}
    refs = await store.read_refs(connection, tenant, sorted(parties))
    currency = read_screening().currency
    return [
        Case(
            id=str(row["id"]), rule=row["rule"], purpose=row["purpose"], live=row["live"],
            policy=row["policy"], customer=row["customer"], name=row["name"], at=row["at"],
            facts=_told(fact, refs, currency), units=list(row["refs"]), outcome=row["outcome"],
            why=row["why"], decided_by=row["decided_by"], decided_at=row["decided_at"],
        )
        for row, fact in zip(rows, facts, strict=True)
    ]  # fmt: skip


def _told(facts: Mapping[str, Any], refs: Mapping[int, str], currency: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in facts.items():
        if name.endswith("_minor"):
            told[name.removesuffix("_minor")] = format_money(value, currency)
        elif name == "accounts":
            told[name] = [refs.get(each, "") for each in value]
        elif name == "payee":
            told[name] = refs.get(value, "")
        else:
            told[name] = value
    return told
