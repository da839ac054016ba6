"""Screening in the console: what waits for a person, what it was, and how the rules do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import store as operations_store
from enscene.risk.screening import (
    OUTCOMES,
    Case,
    RuleFigures,
    decide_hit,
    list_cases,
    read_rule_figures,
    read_screening,
)
from enscene.web.console import Console, Visit, member
from enscene.web.problems import status_of

READERS, DECIDER = ("approver", "auditor"), "approver"
LISTED = 50


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in words, beside what became of what it has found."""

    name: str
    title: str
    mode: str
    purpose: str
    figures: str
    found: RuleFigures


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    return [
        Route("/screening", member(console, show, *READERS), methods=["GET"]),
        Route("/screening/{case}", member(console, decide, DECIDER), methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """Cases that wait, those that were decided, the rules."""
    return await _page(visit)


async def _page(visit: Visit, error: EnsceneError | None = None, case: str = "") -> Response:
    pool, tenant = visit.console.pool, visit.tenant
    async with operations_store.reading(pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
    waiting = await list_cases(pool, tenant, waiting=True, limit=LISTED)
    rest = await list_cases(pool, tenant, waiting=False, limit=LISTED)
    return visit.page(
        "screening.html",
        200 if error is None else status_of(error),
        waiting=[(each, _facts(each, visit)) for each in waiting],
        rest=[(each, _facts(each, visit)) for each in rest],
        rules=await _rules(visit),
        outcomes=OUTCOMES,
        said=None if error is None else visit.t.problem(error.code, error.facts, error.detail),
        said_of=case,
        typed=visit.field("why") if error is not None else "",
        may_decide=visit.session.allows(DECIDER),
        zone=clock["zone"],
    )  # fmt: skip


async def decide(visit: Visit) -> Response:
    """Say what a case was. What was typed stays where it could not be done."""
    case = visit.path("case")
    try:
        try:
            wanted = UUID(case)
        except ValueError:
            raise NotFound("there is no such case", code="screening.not_found") from None
        await decide_hit(
            visit.console.pool, visit.tenant, wanted, visit.field("outcome"), visit.field("why"),
            visit.who,
        )  # fmt: skip
    except NotFound:
        raise
    except EnsceneError as error:
        return await _page(visit, error, case)
    return visit.go("/screening")


def _facts(case: Case, visit: Visit) -> list[tuple[str, str]]:
    """What was found, as lines."""
    return [
        (visit.t.known(f"screening.facts.{name}") or name, _shown(value))
        for name, value in case.facts.items()
    ]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " · ".join(map(str, value))
    return str(value)


async def _rules(visit: Visit) -> list[RuleRow]:
    found = {row.rule: row for row in await read_rule_figures(visit.console.pool, visit.tenant)}
    return [
        RuleRow(
            rule.name,
            visit.t(f"screening.rules.{rule.name}"),
            rule.mode,
            visit.t(f"screening.purposes.{rule.purpose}"),
            " · ".join(
                f"{visit.t(f'screening.figures.{name}')} {_figure(name, value)}"
                for name, value in rule.figures.items()
            ),
            found.get(rule.name) or RuleFigures(rule.name, 0, 0, 0),
        )
        for rule in read_screening().rules
    ]


def _figure(name: str, value: int) -> str:
    """Sums are in minor units: ¥50,000."""
    return f"¥{value / 100:,.0f}" if name in ("least", "threshold") else f"{value:,}"
