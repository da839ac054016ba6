"""Moments of packs as rules of the engine, each for its own scene."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from enscene.engagement.campaigns.offers_of import micros_in
from enscene.engagement.engine import (
    Absent,
    After,
    Count,
    Crosses,
    Enters,
    Pattern,
    Rule,
    Sum,
    compile_rules,
)
from enscene.engagement.engine import Sequence as InSequence
from enscene.engagement.outside import BY_ACTION
from enscene.engagement.running.pack_decider import PackMoment
from enscene.kernel.expressions import Expression
from enscene.scenes.language.model import NOTHING_CAME, Moment
from enscene.scenes.language.model import Expression as Written
from enscene.scenes.language.model import Pattern as Declared
from enscene.scenes.runtime import RunningScene

Each: TypeAlias = "Callable[[Mapping[str, Written]], dict[str, Expression]]"
POSITION = "outside.position_reported"
OPEN = frozenset({"sandbox", "pilot", "live", "suspended"})
"""States of a scene of which something is remembered; a suspended one says nothing."""


def kind_of(scene: int, role: str, action: str) -> str:
    """What an event of a scene is to whoever takes part in a role: it is no event of other scenes, be
    they of the same pack."""
    return f"{scene}:{role}.{action}"


def moments_of(scenes: Iterable[RunningScene]) -> dict[str, PackMoment]:
    """Those that wait for a pattern, by the name of their rule."""
    return {
        f"{scene.id}:{moment.name}": PackMoment(scene, moment)
        for scene in scenes
        if scene.state in OPEN
        for moment in scene.pack.moments.values()
        if moment.pattern is not None
    }


def pack_rules_of(moments: Mapping[str, PackMoment]) -> tuple[Rule, ...]:
    """One rule a moment. Raises: Invalid."""
    return compile_rules(_rule(name, each.scene.id, each.moment) for name, each in moments.items())


def _rule(name: str, scene: int, moment: Moment) -> Rule:
    declared = moment.pattern
    assert declared is not None, "a rule is made of a pattern"

    def kinds(actions: Iterable[str]) -> tuple[str, ...]:
        return tuple(kind_of(scene, moment.who, action) for action in actions)

    def each(held: Mapping[str, Written]) -> dict[str, Expression]:
        return {
            kind_of(scene, moment.who, action): compiled
            for action, written in held.items()
            if (compiled := written.compiled) is not None
        }

    condition: Expression | Mapping[str, Expression] | None = each(declared.conditions) or None
    alone = declared.conditions.get(NOTHING_CAME)
    if alone is not None:
        condition = alone.compiled
    pattern = _pattern(scene, declared, kinds(declared.of), kinds(declared.without), each)
    tolerance_us = micros_in(declared.tolerance)
    if isinstance(pattern, Enters):
        tolerance_us = min(tolerance_us, micros_in(BY_ACTION[POSITION].triggers_within))
    return Rule(name, f"{scene}:", pattern, condition, tolerance_us)


def _pattern(
    scene: int, declared: Declared, of: tuple[str, ...], without: tuple[str, ...], each: Each
) -> Pattern:
    within = micros_in(declared.within)
    match declared.name:
        case "count":
            return Count(of, declared.at_least, within, each(declared.only) or None)
        case "sum":
            return Sum(of, each(declared.field), declared.reaches, within)
        case "sequence":
            return InSequence(of, within)
        case "absent":
            return Absent(of, without, within)
        case "crosses":
            return Crosses(of, each(declared.field), declared.below, declared.above)
        case "enters":
            return Enters((kind_of(scene, "", POSITION),), declared.places, declared.metres)
        case _:
            return After(of)
