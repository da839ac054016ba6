"""A curve of the past through the gates of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from enscene.kernel.money import format_money
from enscene.operations.projects import format_value, measurable
from enscene.operations.projects.curve import Curve, read_curve


def verify_gates(path: Path) -> dict[str, Any]:
    """Where it is stopped, what was released by then, what was not. `as_expected` compares with what
    the file says. Sums are decimal texts."""
    curve = read_curve(path)
    played, money = curve.play(), curve.currency
    return {
        "name": {"zh": curve.name.zh, "en": curve.name.en},
        "stopped_at": played.stopped_at,
        "month": f"{played.month:%Y-%m}" if played.month else None,
        "currency": money,
        "released": format_money(played.released, money),
        "withheld": format_money(played.withheld, money),
        "without_gates": format_money(played.released + played.withheld, money),
        "spent_by_year": {year: format_money(m, money) for year, m in curve.spent.items()},
        "targets": [
            {"step": each.target.step, "indicator": each.target.indicator,
             "month": f"{each.target.month:%Y-%m}",
             "least": _told(each.target.indicator, each.target.least, curve),
             "value": None if each.value is None else _told(
                 each.target.indicator, each.value, curve),
             "verdict": each.verdict}
            for each in played.judged
        ],
        "assumed": list(curve.assumed),
        "sources": [{"zh": each.zh, "en": each.en} for each in curve.sources],
        "as_expected": played.stopped_at == curve.expected,
    }  # fmt: skip


def _told(name: str, value: int, curve: Curve) -> str:
    return format_value(value, measurable()[name], curve.currency)


def said(report: dict[str, Any]) -> str:
    """The report in a line."""
    end = (
        f"止于关口 · stopped at the gate of {report['stopped_at']} ({report['month']})"
        if report["stopped_at"]
        else "各关口均通过 · every gate was passed"
    )
    return (
        f"{'✓' if report['as_expected'] else '✗'} {report['name']['zh']} · {report['name']['en']}  "
        f"{end}  已拨付 · released {report['released']}  未拨付 · withheld {report['withheld']}  "
        f"无关口时 · without gates {report['without_gates']} {report['currency']}"
    )
