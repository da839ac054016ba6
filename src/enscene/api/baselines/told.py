"""What was before and what is now, as the API gives it."""

from __future__ import annotations

from typing import Any

from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money
from enscene.operations.baselines import (
    FIGURES,
    Baseline,
    Compared,
    Comparison,
    Figure,
    Service,
    decimal_text,
)

Told = dict[str, Any]


def figure_told(name: Figure, value: int | None, currency: str) -> str | None:
    """A decimal text; None where nothing was measured."""
    if value is None:
        return None
    return format_money(value, currency) if name == "cost" else decimal_text(value)


def baseline_told(entry: Baseline) -> Told:
    """An entry."""
    return {
        "id": entry.ref, "service": entry.service, "side": entry.side,
        "day": entry.day.isoformat(), "cases": entry.cases,
        **{name: figure_told(name, entry.value(name), entry.currency) for name in FIGURES},
        "currency": entry.currency, "source": entry.source, "note": entry.note,
        "state": entry.state, "asked_by": entry.asked_by, "asked_at": format_time(entry.asked_at),
        "decided_by": entry.decided_by,
        "decided_at": format_time(entry.decided_at) if entry.decided_at else None,
        "leaving_by": entry.leaving_by, "leaving_why": entry.leaving_why,
        "left_by": entry.left_by,
        "left_at": format_time(entry.left_at) if entry.left_at else None,
    }  # fmt: skip


def comparison_told(ref: str, found: Comparison, entries: tuple[Baseline, ...]) -> Told:
    """A scene in a month, with every entry there ever was."""
    return {
        "scene": ref, "month": f"{found.month:%Y-%m}",
        "computed_to": found.day.isoformat() if found.day else None,
        "services": [_service_told(each) for each in found.services],
        "operating": [
            {"currency": each.currency, "amount": format_money(each.minor, each.currency),
             "cases": each.cases,
             "per_case": None if each.per_case is None
             else format_money(each.per_case, each.currency)}
            for each in found.operating
        ],
        "stars": {role: decimal_text(value) for role, value in found.stars.items()},
        "entries": [baseline_told(each) for each in entries],
    }  # fmt: skip


def _service_told(service: Service) -> Told:
    return {
        "service": service.kind, "cases": service.count,
        "before": service.before.ref if service.before else None,
        "after": service.after.ref if service.after else None,
        "figures": [_compared_told(each, service) for each in service.figures],
    }  # fmt: skip


def _compared_told(each: Compared, service: Service) -> Told:
    was = service.before.currency if service.before else ""
    now = service.after.currency if service.after else was
    return {
        "figure": each.name, "before": figure_told(each.name, each.before, was),
        "now": figure_told(each.name, each.now, now), "measured": each.measured,
        "change_percent": None if each.change is None else decimal_text(each.change * 100_000),
        "in_all": figure_told(each.name, each.in_all, now), "why": each.why,
    }  # fmt: skip
