"""Proof that every state of every thing is reached, and leads to an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from enscene.kernel.said import Said, say
from enscene.scenes.language.model import Action, Position, Thing


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a state of a thing."""

    code: str
    message: Said
    hint: Said
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
            message = say("no action creates a `{thing}`", thing=thing.name)
            hint = say(
                "add `creates: {thing}.{value}` to an action",
                thing=thing.name,
                value=next(iter(thing.states)),
            )
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
                message = say(
                    "`{action}` takes a `{thing}` out of `{before}`, which ends",
                    action=action.name,
                    thing=thing.name,
                    before=before,
                )
                hint = say("drop `ends` of `{before}`, or the state from `on:`", before=before)
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
            message = say(
                "nothing brings a `{thing}` into state `{state}`",
                thing=thing.name,
                state=state.name,
            )
            hint = say(
                "add an action with `to: {{{thing}: {state}}}`", thing=thing.name, state=state.name
            )
            yield Fault("unreached_state", message, hint, state.at, where)
        elif state.name not in ending:
            message = say(
                "a `{thing}` in state `{state}` never comes to an end",
                thing=thing.name,
                state=state.name,
            )
            hint = say("add an action that leads on, or mark the state `{{ends: true}}`")
            yield Fault("dead_end", message, hint, state.at, where)


def _closure(start: set[str], steps: Mapping[str, set[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for state in steps.get(todo.pop(), ()):
            if state not in reached:
                reached.add(state)
                todo.append(state)
    return reached
