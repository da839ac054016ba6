"""The four uses of the register, each with its columns: to manage, build, extend and reward scenes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal, TypeAlias, get_args

from enscene.operations.planning.entry import Entry
from enscene.operations.planning.rules import Rules
from enscene.operations.planning.score import Score

Use: TypeAlias = Literal["manage", "build", "extend", "reward"]
USES: tuple[Use, ...] = get_args(Use)
COLUMNS: Mapping[Use, tuple[str, ...]] = {
    "manage": ("state", "serves", "sector", "level", "owner", "unit", "next_review", "overdue",
               "version"),
    "build": ("state", "route", "mode", "pack", "needed_by", "project", "total", "warnings"),
    "extend": ("state", "serves", "region", "customer", "links", "frequent_act", "drives", "lines"),
    "reward": ("state", "level", "owner", "unit", "live_on", "weekly_percent", "products_per_100"),
}  # fmt: skip
"""Besides the reference and the name, which all of them have."""


def cells(
    entry: Entry, use: Use, today: date, score: Score | None, rules: Rules
) -> tuple[str, ...]:
    """A row of the export: reference, name, and the columns of the use, as codes and numbers."""
    content, depth = entry.content, entry.content.flagship
    more: dict[str, Callable[[], str]] = {
        "state": lambda: entry.state,
        "overdue": lambda: "yes" if entry.is_overdue(today) else "no",
        "version": lambda: str(entry.version),
        "project": lambda: entry.project or "",
        "total": lambda: "" if score is None else str(score.total(rules)),
        "warnings": lambda: "" if score is None else " ".join(score.warnings(rules)),
        "live_on": lambda: entry.live_at.date().isoformat() if entry.live_at else "",
        "weekly_percent": lambda: str(depth.weekly_percent) if depth else "",
        "products_per_100": lambda: str(depth.products_per_100) if depth else "",
    }
    return (
        entry.ref, content.name,
        *(more[each]() if each in more else _text(getattr(content, each))
          for each in COLUMNS[use]),
    )  # fmt: skip


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else str(value)
