"""Timers and triggers: what the clock does, and what one action sets off."""

from __future__ import annotations

from typing import cast

from enscene.kernel.documents import Map, Node, Scalar
from enscene.kernel.expressions import BOOL, PARTY, TEXT, Environment
from enscene.kernel.expressions import Type as Kernel
from enscene.kernel.said import say
from enscene.scenes.language._actions import need_read_names, read_states
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._grammar_scene import CLOCK, TRIGGER
from enscene.scenes.language._scope import Scope
from enscene.scenes.language._types import kernel_type
from enscene.scenes.language.model import Action, Expression, Timer, Trigger, Type


def read_reactions(draft: Draft) -> None:
    """Read timers and triggers, and find the actions that nothing sets off."""
    for name, node in draft.scene.map("timers"):
        if draft.known(cast(Map, node), "do", "action", draft.actions):
            draft.timers[name] = _timer(draft, name, cast(Map, node))
    for name, node in draft.scene.map("triggers"):
        node = cast(Map, node)
        good = [draft.known(node, key, "action", draft.actions) for key in ("after", "do")]
        if all(good):
            draft.triggers[name] = _trigger(draft, name, node)
    scheduled = {
        str(step.args.get("action"))
        for action in draft.actions.values()
        for step in action.steps
        if step.block == "schedule"
    }
    timed = {timer.do for timer in draft.timers.values()} | scheduled
    triggered = {trigger.do for trigger in draft.triggers.values()}
    for action in draft.actions.values():
        for actor, doing, what in (
            (CLOCK, timed, say("timer")),
            (TRIGGER, triggered, say("trigger")),
        ):
            if actor in action.by and action.name not in doing:
                message = say("no {what} does `{action}`", what=what, action=action.name)
                path = f"actions.{action.name}"
                draft.mistakes.add(
                    action.at, "never_done", message, say("add a {what}", what=what), path
                )
                draft.never_done.add((action.name, actor))


def _may(draft: Draft, node: Map, actor: str) -> Action:
    action = draft.actions[node.text("do")]
    if actor not in action.by:
        hint = say("add `{actor}` to its `by:`", actor=actor)
        message = say("`{action}` is not done by `{actor}`", action=action.name, actor=actor)
        draft.bad(node.where("do"), "wrong_actor", message, node, hint)
    return action


def _timer(draft: Draft, name: str, node: Map) -> Timer:
    action = _may(draft, node, CLOCK)
    kinds = [key for key in ("after", "at", "working_days") if key in node.entries]
    if len(kinds) != 1:
        hint = say("write `after:`, `at:` or `working_days:`")
        draft.bad(
            node.at,
            "timer_when",
            say("timer `{name}` needs one time to act", name=name),
            node,
            hint,
        )
    after = draft.span(node.get("after"), say("`after` of timer `{name}`", name=name))
    at = draft.constant(
        node.get("at"), Type("time_of_day"), say("`at` of timer `{name}`", name=name)
    )
    days = draft.constant(
        node.get("working_days"), Type("int"), say("`working_days` of `{name}`", name=name)
    )
    thing, states, since, role = _watched(draft, name, node, action)
    if role is not None and kinds != ["at"]:
        draft.bad(
            node.at, "timer_when", say("timer `{name}` runs daily: it needs `at:`", name=name), node
        )
    return Timer(
        name=name,
        do=action.name,
        at=node.at,
        thing=thing,
        states=states,
        after=after,
        at_time=at if isinstance(at, str) else None,
        working_days=days if isinstance(days, int) else None,
        since=since,
        role=role,
        part=draft.part(node),
    )


def _watched(
    draft: Draft, name: str, node: Map, action: Action
) -> tuple[str | None, tuple[str, ...], str | None, str | None]:
    role = node.text("for") or None
    if (role is None) == ("on" not in node.entries):
        hint = say("write `on: {{thing: state}}`, or `for: role`")
        draft.bad(
            node.at,
            "timer_what",
            say("timer `{name}` watches one kind of thing", name=name),
            node,
            hint,
        )
        return None, (), None, role
    if role is not None:
        draft.known(node, "for", "party", draft.parties)
        _no_input(draft, node, action)
        return None, (), None, role
    (thing_name, states_node), *_ = node.map("on")
    states = _acted(draft, node, action, thing_name, states_node)
    since = node.text("from") or None
    thing = draft.things.get(thing_name)
    known = since and thing and draft.known(node, "from", "field", thing.fields)
    if known and since and thing and thing.fields[since].type.name not in ("time", "date"):
        message = say("`{since}` is not a time or a date", since=since)
        draft.bad(node.where("from"), "timer_from", message, node)
    _no_input(draft, node, action)
    return thing_name, states, since, None


def _no_input(draft: Draft, node: Map, action: Action) -> None:
    """The clock sends nothing but the key of the thing."""
    for field in action.input.values():
        named = field.type.name == "party" and field.type.role == field.name
        if not (field.implied or field.optional or named):
            message = say(
                "the clock cannot give `{field}` to `{action}`",
                field=field.name,
                action=action.name,
            )
            draft.bad(node.where("do"), "input_unknown", message, node)


def _acted(
    draft: Draft, node: Map, action: Action, thing_name: str, states_node: Node
) -> tuple[str, ...]:
    thing = draft.things.get(thing_name)
    if thing is None:
        at = node.at
        draft.mistakes.unknown(at, "thing", thing_name, draft.things, node.path)
        return ()
    states = read_states(draft, thing, states_node)
    if action.on is None or action.on.thing != thing_name:
        message = say(
            "`{action}` does not act on `{thing_name}`", action=action.name, thing_name=thing_name
        )
        draft.bad(node.where("do"), "wrong_thing", message, node)
        return states
    for state in states:
        if state not in action.on.states:
            message = say(
                "`{action}` does not act on `{thing_name}` in state `{state}`",
                action=action.name,
                thing_name=thing_name,
                state=state,
            )
            draft.bad(states_node.at, "wrong_state", message, node)
    return states


def _trigger(draft: Draft, name: str, node: Map) -> Trigger:
    after = draft.actions[node.text("after")]
    action = _may(draft, node, TRIGGER)
    scope = Scope(draft, without_accounts(draft, after.event))
    condition = scope.maybe(node.get("if"), BOOL)
    each = node.map("each")
    thing: str | None = None
    states: tuple[str, ...] = ()
    bound_to: Expression | None = None
    if "each" in node.entries:
        thing = each.text("thing")
        state = each.get("state")
        assert state is not None
        states = _acted(draft, node, action, thing, state)
        known = draft.things.get(thing)
        by = known.fields.get(known.bind or "") if known is not None else None
        whose = by is not None and by.type.name == "party"
        bound_to = scope.node(each.get("bound_to"), PARTY if whose else TEXT)
        if known is not None and known.bind is None:
            hint = say("add `bind: field` to `{thing}`", thing=thing)
            draft.bad(
                each.at,
                "no_bind",
                say("`{thing}` cannot be found by a field", thing=thing),
                node,
                hint,
            )
    values: dict[str, Expression] = {}
    given = node.map("input")
    for field_name, value in given:
        field = action.input.get(field_name)
        if field is None:
            at = given.keys[field_name]
            draft.mistakes.unknown(at, "input", field_name, action.input, value.path)
        else:
            of = PARTY if field.type.name == "party" else kernel_type(field.type)
            values[field_name] = scope.node(value, of)
    for field in action.input.values():
        found = field.name in values or field.optional or (field.implied and thing is not None)
        if not found:
            message = say(
                "nothing gives `{field}` to `{action}`", field=field.name, action=action.name
            )
            hint = say("add `input: {{{field}: ...}}`", field=field.name)
            draft.bad(node.where("do"), "input_unknown", message, node, hint)
    need_read_names(draft, draft.needs[after.name], scope.reads)
    return Trigger(
        name=name,
        after=after.name,
        do=action.name,
        condition=condition,
        input=values,
        at=node.at,
        thing=thing,
        states=states,
        bound_to=bound_to,
        part=draft.part(node),
    )


def without_accounts(draft: Draft, event: Environment) -> dict[str, Kernel]:
    """What an expression over an event may name; accounts and counters are not in the log."""
    hidden = {*draft.accounts, *draft.counters}
    return {name: of for name, of in event.names.items() if name not in hidden}


def texts_of(nodes: list[Node]) -> tuple[str, ...]:
    """The texts of scalars."""
    return tuple(node.text for node in nodes if isinstance(node, Scalar))
