"""Blocks that were added to a template, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enscene.blocks import LIBRARY
from enscene.operations import choices_of
from enscene.scenes.language import Pack
from enscene.web.console import Visit


@dataclass(frozen=True, slots=True)
class StepWords:
    """A block's title, the title of the action it stands in, its place from 1, and its arguments
    as (label, value)."""

    title: str
    action: str
    number: int
    arguments: tuple[tuple[str, str], ...]


def step_words(visit: Visit, pack: Pack, item: Mapping[str, Any]) -> StepWords:
    """An added step `{action, index, step}` as people read it."""
    ((name, given),) = item["step"].items()
    spec = LIBRARY.get(name)
    arguments = []
    for key, value in given.items() if isinstance(given, Mapping) else ():
        arg = spec.args.get(key) if spec else None
        keys = choices_of(arg.kind, pack) if arg else None
        shown = visit.word(pack, keys[value]) if keys and value in keys else str(value)
        arguments.append((visit.t.known(f"args.{key}") or key, shown))
    return StepWords(
        visit.t.known(f"blocks.{name}.title") or name,
        visit.word(pack, f"actions.{item['action']}"),
        item["index"] + 1,
        tuple(arguments),
    )
