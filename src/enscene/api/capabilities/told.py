"""Answers of the capabilities for programs: money as texts, days as days, parts rounded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from enscene.capabilities import Assessment, Backtest, CashFlow, Forecast, Repurchase
from enscene.kernel.money import format_money

PLACES = 4


def part(value: float | None) -> float | None:
    """A part of one, or a small figure, with four places."""
    return None if value is None else round(value, PLACES)


def told_backtest(found: Backtest | None, currency: str) -> dict[str, Any] | None:
    """The error that the rule has had."""
    if found is None:
        return None
    return {
        "days": found.days,
        "mae": format_money(round(found.mae), currency),
        "naive_mae": format_money(round(found.naive_mae), currency),
        "mape": part(found.mape),
        "mase": part(found.mase),
        "held": part(found.held),
        "beats_naive": found.beats_naive,
    }


def told_sales(found: Forecast, today: date, currency: str) -> dict[str, Any]:
    """A sales forecast; its first day is today."""
    return {
        "currency": currency,
        "history_days": found.history,
        "way": found.way,
        "data": [
            {
                "day": (today + timedelta(days=each.ahead - 1)).isoformat(),
                "expected": format_money(each.value, currency),
                "low": format_money(each.low, currency),
                "high": format_money(each.high, currency),
            }
            for each in found.days
        ],
        "total": format_money(sum(each.value for each in found.days), currency),
        "backtest": told_backtest(found.backtest, currency),
    }


def told_cash(found: CashFlow, history: int, currency: str) -> dict[str, Any]:
    """A cash-flow forecast."""

    def money(minor: int) -> str:
        return format_money(minor, currency)

    return {
        "currency": currency,
        "opening": money(found.opening),
        "history_days": history,
        "data": [
            {
                "day": each.day.isoformat(),
                "expected_in": money(each.expected_in),
                "expected_out": money(each.expected_out),
                "known_in": money(each.known_in),
                "known_out": money(each.known_out),
                "balance": money(each.balance),
                "low": money(each.low),
            }
            for each in found.days
        ],
        "lowest": {"day": found.lowest.day.isoformat(), "balance": money(found.lowest.balance)},
        "flow_in": told_backtest(found.flow_in, currency),
        "flow_out": told_backtest(found.flow_out, currency),
        "overdue": {
            "items": len(found.overdue),
            "in": money(sum(item.minor for item in found.overdue if item.minor > 0)),
            "out": money(-sum(item.minor for item in found.overdue if item.minor < 0)),
        },
    }


def told_repurchase(found: Repurchase, limit: int, currency: str) -> dict[str, Any]:
    """Customers by segment and by the month they came first; a list of whom to expect, if wanted."""
    known = len(found.customers)
    return {
        "currency": currency,
        "customers": known,
        "purchases": found.purchases,
        "amount": format_money(found.minor, currency),
        "returned": found.returned,
        "rate": part(found.returned / known),
        "days_between": part(found.gap),
        "segments": {
            name: {
                "customers": each.customers,
                "purchases": each.purchases,
                "amount": format_money(each.minor, currency),
            }
            for name, each in found.segments.items()
        },
        "cohorts": [
            {
                "month": each.month,
                "customers": each.customers,
                "returned": each.returned,
                "rate": part(each.rate),
                "purchases": each.purchases,
                "amount": format_money(each.minor, currency),
                "active": each.active,
            }
            for each in found.cohorts
        ],
        "next": [
            {
                "customer": each.ref,
                "segment": each.segment,
                "purchases": each.purchases,
                "amount": format_money(each.minor, currency),
                "last_days_ago": each.recency,
                "next_in_days": each.next_in,
            }
            for each in found.customers[:limit]
            if each.next_in is not None
        ],
    }


def told_risk(found: Assessment, party: str, currency: str) -> dict[str, Any]:
    """An assessment."""
    return {
        "currency": currency,
        "party": party,
        "grade": found.grade,
        "late_chance": part(found.late_chance),
        "usual_late": part(found.usual),
        "reasons": list(found.reasons),
        "bills": found.bills,
        "paid": found.paid,
        "on_time": found.on_time,
        "late": found.late,
        "days_late": part(found.days_late),
        "days_late_most": found.days_late_most,
        "open": found.open,
        "open_amount": format_money(found.open_minor, currency),
        "overdue": found.overdue,
        "overdue_amount": format_money(found.overdue_minor, currency),
        "at_risk": format_money(found.at_risk, currency),
    }
