"""Every expression of a pack, with the environment it is read in: for tests and tools."""

from __future__ import annotations

from collections.abc import Iterator

from enscene.kernel.expressions import Environment
from enscene.scenes.language.model import Action, Expression, Flow, Pack

Found = tuple[str, Expression, Environment]
"""Path in the pack, the expression, and the names it may use."""


def expressions_of(pack: Pack) -> Iterator[Found]:
    """All compiled expressions; one of a flow comes once for each action that uses the flow."""
    for action in pack.actions.values():
        for path, expression in _of_action(action):
            yield f"actions.{action.name}.{path}", expression, action.environment
    for trigger in pack.triggers.values():
        event = pack.actions[trigger.after].event
        path = f"triggers.{trigger.name}"
        found = {"if": trigger.condition, "bound_to": trigger.bound_to, **trigger.input}
        for name, item in found.items():
            if item is not None:
                yield f"{path}.{name}", item, event
    for moment in pack.moments.values():
        if moment.condition is not None:
            event = pack.actions[moment.after].event
            yield f"moments.{moment.name}.if", moment.condition, event
        if moment.pattern is not None:
            for path, item, names in moment.pattern.expressions():
                yield f"moments.{moment.name}.pattern.{path}", item, names
    for topic in pack.topics.values():
        for place, sign in enumerate(topic.signs):
            event = pack.actions[sign.after].event
            path = f"topics.{topic.name}.from[{place}]"
            found = {"strength": sign.strength, "if": sign.condition, "each": sign.each}
            for name, item in found.items():
                if item is not None:
                    yield f"{path}.{name}", item, event


def _of_action(action: Action) -> Iterator[tuple[str, Expression]]:
    for alias, read in action.reads.items():
        yield f"read.{alias}", read.key
    for place, guard in enumerate(action.guards):
        yield f"when[{place}]", guard.that
    for place, step in enumerate(action.steps):
        if step.condition is not None:
            yield f"do[{place}].if", step.condition
        for name, value in step.args.items():
            if isinstance(value, Expression):
                yield f"do[{place}].{name}", value
    for name, value in action.set.items():
        yield f"set.{name}", value
    if action.creates is not None:
        for name, value in action.creates.fields.items():
            yield f"creates.{name}", value
    for name, value in action.answer.items():
        yield f"answer.{name}", value
    for flow in action.flows.values():
        for path, value in _of_flow(flow):
            yield f"flows.{flow.name}.{path}", value


def _of_flow(flow: Flow) -> Iterator[tuple[str, Expression]]:
    """A flow bound for a capture has compiled targets only."""
    found: dict[str, Expression | None] = {"send": flow.send}
    for place, source in enumerate(flow.sources):
        found |= {f"from[{place}].max": source.max, f"from[{place}].if": source.condition}
    for place, target in enumerate(flow.targets):
        found |= {f"to[{place}].portion": target.portion, f"to[{place}].amount": target.amount}
    found |= {f"release.{name}": value for name, value in flow.release.items()}
    for path, value in found.items():
        if value is not None and value.compiled is not None:
            yield path, value
