"""What a change would make different from what a scene is now, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from enscene.operations import Wish, default_parts
from enscene.scenes.language import Pack
from enscene.web.added_steps import step_words
from enscene.web.console import Visit
from enscene.web.wish_form import option_fields


class Move(NamedTuple):
    """One difference; "" where there was nothing, or will be nothing."""

    title: str
    before: str
    after: str


def what_changes(visit: Visit, pack: Pack, now: Wish, then: Wish) -> list[Move]:
    """Every difference between the terms in force and those asked for."""
    t, word = visit.t, partial(visit.word, pack)
    found = [
        Move(t(f"launch.{name}"), getattr(now, name), getattr(then, name))
        for name in ("name", "region", "unit", "customer")
    ]
    found.append(Move(t("launch.origins"), " ".join(now.origins), " ".join(then.origins)))
    found.append(Move(t("launch.variant"), _variant(visit, pack, now), _variant(visit, pack, then)))
    was = {field.option.name: field.given for field in option_fields(pack, now)}
    will = {field.option.name: field.given for field in option_fields(pack, then)}
    found += [
        Move(word(f"options.{name}.title"), was.get(name, ""), will.get(name, ""))
        for name in pack.options
    ]
    on = {True: t("on"), False: t("off")}
    parts_now = default_parts(pack, now.variant) | now.parts
    parts_then = default_parts(pack, then.variant) | then.parts
    found += [
        Move(word(f"parts.{name}.title"), on[parts_now[name]], on[parts_then[name]])
        for name in pack.parts
    ]
    found += _lists(t("launch.blocks"), _steps(visit, pack, now), _steps(visit, pack, then))
    found += _lists(
        t("launch.products"),
        [word(f"products.{name}") for name in now.products],
        [word(f"products.{name}") for name in then.products],
    )
    return [move for move in found if move.before != move.after]


def _variant(visit: Visit, pack: Pack, wish: Wish) -> str:
    if wish.variant is None:
        return visit.t("launch.no_variant")
    return visit.word(pack, f"variants.{wish.variant}.title")


def _steps(visit: Visit, pack: Pack, wish: Wish) -> list[str]:
    told = []
    for item in wish.added:
        step = step_words(visit, pack, item)
        arguments = "".join(f" · {label} {value}" for label, value in step.arguments)
        told.append(f"{step.title} → {step.action}{arguments}")
    return told


def _lists(title: str, before: Iterable[str], after: Iterable[str]) -> list[Move]:
    """What has gone from a list, and what is new in it."""
    before, after = list(before), list(after)
    gone = [Move(title, item, "") for item in before if item not in after]
    return gone + [Move(title, "", item) for item in after if item not in before]
