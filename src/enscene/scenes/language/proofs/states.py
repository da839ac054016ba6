"""Proof that every state of every thing is reached, and leads to an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from enscene.scenes.language.model import Action, Position, Thing


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a state of a thing."""

    code: str
    message: str
    hint: str
    at: Position
    path: str


def prove_states(things: Mapping[str, Thing], actions: Iterable[Action]) -> Iterator[Fault]:
    """The states that nothing reaches, that lead to no end, or that go on after the end."""
    actions = tuple(actions)
    for thing in things.values():
        path = f"things.{thing.name}"
        first = {
            action.creates.state
            for action in actions
            if action.creates is not None and action.creates.thing == thing.name
        }
        if not first:
            message = f"no action creates a `{thing.name}`"
            hint = f"add `creates: {thing.name}.{next(iter(thing.states))}` to an action"
            yield Fault("never_created", message, hint, thing.at, path)
            continue
        yield from _walked(thing, first, actions, path)


def _walked(
    thing: Thing, first: set[str], actions: tuple[Action, ...], path: str
) -> Iterator[Fault]:
    steps: dict[str, set[str]] = {}
    for action in actions:
        if action.on is None or action.on.thing != thing.name or action.to is None:
            continue
        for before in action.on.states:
            steps.setdefault(before, set()).add(action.to)
            if thing.states[before].ends and before != action.to:
                message = f"`{action.name}` takes a `{thing.name}` out of `{before}`, which ends"
                hint = f"drop `ends` of `{before}`, or the state from `on:`"
                yield Fault("acts_after_end", message, hint, action.at, f"actions.{action.name}")
    reached = _closure(first, steps)
    back: dict[str, set[str]] = {}
    for source, targets in steps.items():
        for target in targets:
            back.setdefault(target, set()).add(source)
    ends = {state.name for state in thing.states.values() if state.ends}
    ending = _closure(ends, back)
    for state in thing.states.values():
        where = f"{path}.states.{state.name}"
        if state.name not in reached:
            message = f"nothing brings a `{thing.name}` into state `{state.name}`"
            hint = f"add an action with `to: {{{thing.name}: {state.name}}}`"
            yield Fault("unreached_state", message, hint, state.at, where)
        elif state.name not in ending:
            message = f"a `{thing.name}` in state `{state.name}` never comes to an end"
            hint = "add an action that leads on, or mark the state `{ends: true}`"
            yield Fault("dead_end", message, hint, state.at, where)


def _closure(start: set[str], steps: Mapping[str, set[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for state in steps.get(todo.pop(), ()):
            if state not in reached:
                reached.add(state)
                todo.append(state)
    return reached
