"""What a subsidy left behind, in sentences and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from enscene.engagement.campaigns import Campaign
from enscene.engagement.results import Compared, Effect, Extra, Span
from enscene.kernel.clock import local_day
from enscene.web.language import Texts
from enscene.web.render import money, number

WIDTH, HEIGHT, LEFT = 720, 150, 48
LEAST = 30


@dataclass(frozen=True, slots=True)
class Picture:
    """Points of two lines, `x,y` each; where it ended, the number at the top, and weeks below."""

    treated: str
    control: str
    ended: float
    most: str
    weeks: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class EffectView:
    """`reason` is why nothing is compared; else `says` are sentences."""

    reason: str
    says: tuple[str, ...]
    picture: Picture | None
    effect: Effect
    rows: tuple[tuple[str, Compared, tuple[str, str, str]], ...]
    """The span, what was compared, and in words: of the treated, of those held out, the difference."""


def view_effect(campaign: Campaign, effect: Effect, zone: str, t: Texts) -> EffectView:
    """Of the version that held last."""
    currency = campaign.body.currency
    reason = _reason(campaign, effect, t)
    cost = t("effect.cost", cost=money(effect.subsidy, currency))
    if reason:
        so_far = (cost,) if effect.state == "running" and effect.subsidy else ()
        return EffectView(reason, so_far, None, effect, ())
    says = (cost, *_sentences(effect, currency, zone, t))
    rows = tuple(
        (span.name, each, _cells(each, currency, t))
        for span in effect.spans for each in span.measures if each.measure in ("active", "paid")
    )  # fmt: skip
    return EffectView("", says, _picture(effect), effect, rows)


def _reason(campaign: Campaign, effect: Effect, t: Texts) -> str:
    if effect.state == "no_subsidy":
        return t("effect.states.no_subsidy")
    if campaign.kept.state not in ("approved", "stopped"):
        return t("effect.states.not_run")
    if effect.state == "running":
        return t("effect.states.running")
    open_, held = effect.customers
    if not open_ and not held:
        return t("effect.nobody")
    if effect.split is None:
        return t("effect.no_lot")
    if not effect.split.holds:
        return t("effect.uneven")
    if min(open_, held) < LEAST:
        return t("effect.few", open=number(open_), held=number(held))
    return ""


def _sentences(effect: Effect, currency: str, zone: str, t: Texts) -> Iterator[str]:
    for span in effect.spans:
        paid, extra = span.of("paid"), effect.extra(span)
        if not span.over:
            yield t(f"effect.{span.name}.until", day=str(local_day(span.until, zone)))
        elif paid is not None and extra is not None:
            yield _sentence(effect, span, paid, extra, currency, t)
    if effect.kept is not None and effect.cost_of_kept is not None:
        yield t(
            "effect.kept", count=number(round(effect.kept)),
            cost=money(effect.cost_of_kept, currency),
        )  # fmt: skip


def _sentence(
    effect: Effect, span: Span, paid: Compared, extra: Extra, currency: str, t: Texts
) -> str:
    value, low, high = extra.value, extra.low, extra.high
    if paid.word == "less":
        value, low, high = -value, -high, -low
    facts = {"value": money(value, currency), "low": money(low, currency),
             "high": money(high, currency), "open": number(effect.customers[0])}  # fmt: skip
    return t(f"effect.{span.name}.{paid.word}", **facts)


def _cells(found: Compared, currency: str, t: Texts) -> tuple[str, str, str]:
    def told(value: float) -> str:
        return f"{value:.1%}" if found.measure == "active" else money(round(value), currency)

    of = found.difference
    between = "—" if of is None else t(
        "effect.between", value=told(of.value), low=told(of.low), high=told(of.high)
    )  # fmt: skip
    return told(found.treated), told(found.control), between


def _picture(effect: Effect) -> Picture | None:
    weeks = effect.weeks
    most = max((max(each.treated, each.control) for each in weeks), default=0.0)
    if not most or len(weeks) < 2:
        return None
    step = (WIDTH - LEFT - 8) / (len(weeks) - 1)

    def across(place: float) -> float:
        return round(LEFT + place * step, 1)

    def line(name: str) -> str:
        return " ".join(
            f"{across(n)},{round(HEIGHT - getattr(each, name) / most * (HEIGHT - 10), 1)}"
            for n, each in enumerate(weeks)
        )

    first = weeks[0].number
    shown = [each.number for each in weeks if each.number % 4 == 0 or each.number == 1]
    return Picture(
        line("treated"), line("control"), across(0.5 - first), f"{most:.2f}",
        tuple((each, across(each - first)) for each in shown if each != 1),
    )  # fmt: skip
