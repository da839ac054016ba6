"""Configuring a pack: which parts are on, what options are, which blocks were added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from enscene.kernel.documents import Map, Mistakes, Node, Scalar, Seq
from enscene.kernel.documents.shapes import conform
from enscene.scenes.language._grammar_scene import STEP
from enscene.scenes.language.model import Position

FILE = "(configuration)"


@dataclass(frozen=True, slots=True)
class AddedStep:
    """A block put into an action at `index` (0 is before all steps; beyond the last, after).

    `step` is as scene.yaml has it: `{"notify": {"who": "diner", "text": "notices.paid"}}`.
    """

    action: str
    index: int
    step: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a tenant chose. Option values are as in files and JSON: "3.00", "0.3%", 5, true."""

    variant: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, bool] = field(default_factory=dict)
    added_steps: Sequence[AddedStep] = ()


def scalar_of(value: Any, path: str) -> Scalar:
    """A node of a JSON value."""
    if isinstance(value, bool):
        return Scalar(Position(FILE, 1, 1), path, "true" if value else "false")
    if isinstance(value, int):
        return Scalar(Position(FILE, 1, 1), path, str(value))
    return Scalar(Position(FILE, 1, 1), path, str(value), quoted=True)


def node_of(value: Any, path: str) -> Node:
    """A tree of JSON."""
    at = Position(FILE, 1, 1)
    if isinstance(value, Mapping):
        entries = {str(key): node_of(item, f"{path}.{key}") for key, item in value.items()}
        return Map(at, path, entries, dict.fromkeys(entries, at))
    if isinstance(value, list | tuple):
        return Seq(at, path, [node_of(item, path) for item in value])
    return scalar_of(value, path)


def without_parts(node: Node, off: frozenset[str]) -> Node:
    """A copy of the tree without what belongs to parts that are off."""
    if isinstance(node, Map):
        kept = {
            key: without_parts(value, off)
            for key, value in node
            if not (isinstance(value, Map) and value.text("part") in off)
        }
        return Map(node.at, node.path, kept, node.keys)
    if isinstance(node, Seq):
        items = [
            without_parts(item, off)
            for item in node.items
            if not (isinstance(item, Map) and item.text("part") in off)
        ]
        return Seq(node.at, node.path, items)
    return node


def with_steps(scene: Map, added: Sequence[AddedStep], mistakes: Mistakes) -> Map:
    """A copy of the scene with the added steps in their actions."""
    if not added:
        return scene
    actions = dict(scene.map("actions").entries)
    for number, item in enumerate(added):
        path = f"added_steps[{number}]"
        action = actions.get(item.action)
        if not isinstance(action, Map):
            at = Position(FILE, 1, 1)
            mistakes.unknown(at, "action", item.action, actions, path)
            continue
        step = conform(node_of(item.step, path), STEP, mistakes)
        if step is None:
            continue
        steps = list(action.seq("do"))
        steps.insert(max(0, item.index), step)
        entries = {**action.entries, "do": Seq(action.where("do"), f"{action.path}.do", steps)}
        actions[item.action] = Map(action.at, action.path, entries, action.keys)
    old = scene.map("actions")
    entries = {**scene.entries, "actions": Map(old.at, old.path, actions, old.keys)}
    return Map(scene.at, scene.path, entries, scene.keys)
