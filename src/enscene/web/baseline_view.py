"""What pages say of before and now: figures in words, and two bars."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.operations.baselines import Compared, Figure
from enscene.web.language import Texts
from enscene.web.render import money

WIDE = 100
_MILLION = 1_000_000
_HOUR, _DAY = 60 * _MILLION, 24 * 60 * _MILLION


@dataclass(frozen=True, slots=True)
class Bars:
    """Widths of both bars in hundredths of the longer one."""

    before: float
    now: float


def value_text(t: Texts, name: Figure, value: int | None, currency: str) -> str:
    """A figure as people read it; `—` where nothing was measured."""
    if value is None:
        return "—"
    if name == "cost":
        return money(value, currency)
    if name == "minutes":
        return _span(t, value)
    text = f"{abs(value) / _MILLION:,.2f}".rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def _span(t: Texts, minutes: int) -> str:
    """Millionths of minutes."""
    sign, size = ("−" if minutes < 0 else ""), abs(minutes)
    for name, unit in (("days", _DAY), ("hours", _HOUR), ("minutes", _MILLION)):
        if size >= unit:
            return sign + t(f"baselines.spans.{name}", count=f"{size / unit:,.1f}")
    return sign + t("baselines.spans.seconds", count=f"{size * 60 / _MILLION:.0f}")


def change_text(t: Texts, each: Compared) -> str:
    """By how much, in which direction; or why that cannot be told."""
    if each.why is not None:
        return t(f"baselines.whys.{each.why}")
    change = each.change or 0
    word = "less" if change < 0 else "more" if change > 0 else "same"
    return t(f"baselines.{word}", percent=f"{abs(change) / 10:.1f}")


def bars_of(each: Compared) -> Bars | None:
    """None where there are not both sides, or in one currency."""
    if each.before is None or each.now is None or each.why == "currency":
        return None
    most = max(each.before, each.now)
    if not most:
        return None
    return Bars(round(each.before * WIDE / most, 1), round(each.now * WIDE / most, 1))
