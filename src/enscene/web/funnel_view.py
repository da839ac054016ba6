"""A funnel as the console draws it: a bar for each step, no script."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.engagement.applications import Funnel
from enscene.shelf import standard_shelf
from enscene.web.language import Texts

WIDE = 200
"""The width of the drawing; the page stretches it."""


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One step: `width` of WIDE; what it says of those who came on, ended or wait here."""

    step: str
    title: str
    reached: int
    width: float
    share: str
    stopped: str
    waiting: str
    worst: bool


@dataclass(frozen=True, slots=True)
class FunnelView:
    """One product in one scene."""

    product: str
    scene: str
    bars: list[FunnelBar]
    notes: list[str]


def view_funnel(funnel: Funnel, t: Texts) -> FunnelView:
    """In the language of the texts; the step at which most have ended is marked."""
    known = standard_shelf().products.get(funnel.product)
    most = max((step.stopped for step in funnel.steps), default=0)
    bars = [
        FunnelBar(
            step=step.step,
            title=t(f"funnel.steps.{step.step}"),
            reached=step.reached,
            width=round(WIDE * step.reached / funnel.most, 1) if funnel.most else 0,
            share="" if step.share is None else f"{step.share:.0%}",
            stopped=t("funnel.stopped", count=step.stopped) if step.stopped else "",
            waiting=t("funnel.waiting", count=step.waiting) if step.waiting else "",
            worst=0 < most == step.stopped,
        )
        for step in funnel.steps
    ]
    notes = []
    if funnel.unasked:
        notes.append(t("funnel.unasked", count=funnel.unasked))
    if funnel.direct:
        notes.append(t("funnel.direct", count=funnel.direct))
    name = funnel.product if known is None else known.texts[t.language].name
    return FunnelView(name, funnel.scene_name, bars, notes)
