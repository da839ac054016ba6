"""Rules, runs and what branches get, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money
from enscene.operations.copying import Family
from enscene.operations.incentives import Credited, Rule, Run, Sum, Unit, figures, unit_of
from enscene.operations.projects import format_value

Told = dict[str, Any]


def rule_told(rule: Rule) -> Told:
    """A rule; `warnings` is what is missing in it, though it may hold."""
    money = rule.currency
    return {
        "ref": rule.ref, "name": rule.name, "says": rule.says, "state": rule.state,
        "first_month": f"{rule.first_month:%Y-%m}", "last_month": f"{rule.last_month:%Y-%m}",
        "currency": money, "ceiling": format_money(rule.ceiling, money),
        "measures": [
            {
                "number": each.number, "figure": each.figure, "unit": unit_of(each.figure),
                "scenes": [rule.scenes[number][0] for number in each.scenes],
                "months_after": each.months_after, "amount": format_money(each.amount, money),
                "least": _figure(each.figure, each.least, money),
                "per": None if each.per is None else _figure(each.figure, each.per, money),
            }
            for each in rule.measures
        ],
        "shares": [{**_unit(unit), "points": points} for unit, points in rule.shares],
        "warnings": [] if rule.looks_ahead else ["season_only"],
        "asked_by": rule.asked_by, "asked_at": format_time(rule.asked_at),
        "decided_by": rule.decided_by, "decided_at": _time(rule.decided_at),
    }  # fmt: skip


def run_card(run: Run) -> Told:
    """A run in a list."""
    return {
        "month": f"{run.month:%Y-%m}", "state": run.state, "made_by": run.made_by,
        "made_at": format_time(run.made_at), "decided_by": run.decided_by,
        "decided_at": _time(run.decided_at),
    }  # fmt: skip


def run_told(run: Run) -> Told:
    """A run with everything that it is made of."""
    return run_card(run) | {
        "totals": [
            {**_unit(unit), "currency": money, "amount": format_money(minor, money)}
            for (money, unit), minor in run.totals().items()
        ],
        "sums": [_sum(each) for each in run.sums],
    }  # fmt: skip


def credited_told(credited: Credited, family: Family) -> Told:
    """What the own branch gets, and how it came about."""
    return {
        "branch": family.ref(credited.tenant), "run": f"{credited.run_month:%Y-%m}",
        "month": f"{credited.month:%Y-%m}", "rule": credited.rule,
        **_came(credited.figure, credited.months_after, credited.value, credited.currency),
        "sign": credited.sign, "currency": credited.currency,
        "whole": format_money(credited.whole, credited.currency),
        "amount": format_money(credited.minor, credited.currency),
    }  # fmt: skip


def _sum(each: Sum) -> Told:
    rule, money = each.rule, each.rule.currency
    measure = rule.measures[each.measure]
    return {
        "number": each.number, "rule": rule.ref, "measure": each.measure,
        "month": f"{each.month:%Y-%m}", "sign": each.sign,
        "scenes": [rule.scenes[number][0] for number in measure.scenes],
        **_came(measure.figure, measure.months_after, each.value, money),
        "currency": money, "amount": format_money(each.minor, money),
        "lines": [
            {**_unit(line.unit), "amount": format_money(line.minor, money)} for line in each.lines
        ],
    }  # fmt: skip


def _came(figure: str, months_after: int, value: int, currency: str) -> Mapping[str, Any]:
    return {
        "figure": figure, "indicator": figures()[figure].id, "months_after": months_after,
        "value": _figure(figure, value, currency),
    }  # fmt: skip


def _figure(figure: str, value: int, currency: str) -> str:
    return format_value(value, figures()[figure], currency)


def _unit(unit: Unit) -> Told:
    return {"kind": unit.kind, "name": unit.name}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
