"""A funnel as the console draws it: a bar for each step, no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from enscene.engagement.applications import Funnel
from enscene.shelf import standard_shelf
from enscene.web.language import Texts

WIDE = 200
"""The width of the drawing; the page stretches it."""
IN_SCENE = "in_scene"
"""The bar beside the steps: what was opened without an offer and without an application."""


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One step: `width` of WIDE, of which `beside` stands for those who have not come from the
    step before; what it says of them, and of those who ended or wait here."""

    step: str
    title: str
    reached: int
    width: float
    beside: float
    share: str
    notes: list[str]
    worst: bool


@dataclass(frozen=True, slots=True)
class FunnelView:
    """One product in one scene."""

    product: str
    scene: str
    bars: list[FunnelBar]


def count_in_scene(
    opened: Mapping[tuple[int, str], int], funnels: Iterable[Funnel]
) -> dict[tuple[int, str], int]:
    """By scene and product, the contracts that no step of a funnel tells of: of all that were
    `opened` those that have not come through an offer or an application."""
    done = {(each.scene, each.product): each.steps[-1].reached for each in funnels}
    left = {place: count - done.get(place, 0) for place, count in opened.items()}
    return {place: count for place, count in left.items() if count > 0}


def view_funnel(funnel: Funnel, in_scene: int, t: Texts) -> FunnelView:
    """In the language of the texts; the step at which most have ended is marked."""
    most = max((step.stopped for step in funnel.steps), default=0)
    widest = max(funnel.most, in_scene)
    bars = []
    for step in funnel.steps:
        came = (funnel.unasked, funnel.direct) if step.step == "begun" else (0, 0)
        told = {"unasked": came[0], "direct": came[1], "stopped": step.stopped,
                "waiting": step.waiting}  # fmt: skip
        bars.append(
            FunnelBar(
                step=step.step,
                title=t(f"funnel.steps.{step.step}"),
                reached=step.reached,
                width=_width(step.reached, widest),
                beside=_width(came[0], widest),
                share="" if step.share is None else f"{step.share:.0%}",
                notes=[t(f"funnel.{name}", count=count) for name, count in told.items() if count],
                worst=0 < most == step.stopped,
            )
        )
    if in_scene:
        bars.append(_beside(in_scene, widest, t))
    return FunnelView(_name(funnel.product, t), funnel.scene_name, bars)


def view_in_scene(product: str, scene_name: str, count: int, t: Texts) -> FunnelView:
    """A product that only the scene's own actions have opened."""
    return FunnelView(_name(product, t), scene_name, [_beside(count, count, t)])


def _beside(count: int, widest: int, t: Texts) -> FunnelBar:
    width = _width(count, widest)
    note = t("funnel.in_scene")
    return FunnelBar(IN_SCENE, t("funnel.steps.in_scene"), count, width, width, "", [note], False)


def _width(count: int, widest: int) -> float:
    return round(WIDE * count / widest, 1) if widest else 0


def _name(product: str, t: Texts) -> str:
    known = standard_shelf().products.get(product)
    return product if known is None else known.texts[t.language].name
