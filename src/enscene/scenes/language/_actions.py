"""Actions: what may be done, by whom, to what, under which conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from enscene.kernel.documents import Map, Node, Scalar
from enscene.kernel.expressions import BOOL, RECORD, TEXT, Environment
from enscene.kernel.said import say
from enscene.scenes.language._declarations import RESERVED, check_type_names, read_fields
from enscene.scenes.language._draft import Draft, Need
from enscene.scenes.language._grammar_scene import CLOCK, TRIGGER
from enscene.scenes.language._resolution import resolve
from enscene.scenes.language._scope import (
    Scope,
    account_names,
    common_names,
    input_type,
    thing_type,
    written,
)
from enscene.scenes.language._steps import StepReader, outputs
from enscene.scenes.language._types import kernel_type
from enscene.scenes.language.model import (
    Action,
    Creation,
    Expression,
    Field,
    Guard,
    On,
    Position,
    Read,
    Thing,
    Type,
)

NOT_ALLOWED = "not_allowed"
"""The refusal code of a guard that names none."""
_HARMLESS = frozenset({"identify", "limit", "notify", "open_case", "quote", "rate", "schedule"})
"""Blocks that neither move money nor tell of it: an action with any other one is of level A2."""


def read_actions(draft: Draft) -> None:
    """Read all actions; their parties are found later, when moments have said what they need."""
    used: set[str] = set()
    for name, node in draft.scene.map("actions"):
        action = _ActionReader(draft, name, cast(Map, node)).read()
        draft.actions[name] = action
        used |= {
            str(step.args["flow"])
            for step in action.steps
            if isinstance(step.args.get("flow"), str)
        }
    for name, flow in draft.flows.items():
        if name not in used:
            message = say("no action uses flow `{name}`", name=name)
            draft.mistakes.add(flow.at, "unused_flow", message, path=f"flows.{name}")


def find_parties(draft: Draft) -> None:
    """Find the parties of every action, for each actor."""
    for name, action in draft.actions.items():
        need = draft.needs[name]
        draft.actions[name] = replace(action, resolution=resolve(draft, need))


def need_read_names(
    draft: Draft, need: Need, reads: dict[str, Position]
) -> tuple[set[str], set[str]]:
    """Need the parties behind the accounts, counters and `parties.x` that were read."""
    accounts: set[str] = set()
    counters: set[str] = set()
    for path, at in reads.items():
        root, _, rest = path.partition(".")
        if root == "parties":
            need.roles.setdefault(rest, at)
        elif root in draft.accounts:
            accounts.add(root)
            need.roles.setdefault(draft.accounts[root].of, at)
        elif root in draft.counters:
            counters.add(root)
            need.roles.setdefault(draft.counters[root].of, at)
    return accounts, counters


ANSWERED = frozenset({"seq", "at", "state", "moved", "cases", "lent", "code", "detail"})
"""What the platform says of every action; an extra of the same name would hide it."""


class _ActionReader:
    def __init__(self, draft: Draft, name: str, node: Map) -> None:
        self.draft = draft
        self.name = name
        self.node = node
        self.path = f"actions.{name}"

    def read(self) -> Action:
        draft, node = self.draft, self.node
        query = node.text("kind") == "query"
        on = self.on()
        inputs = self.inputs(on)
        created = self.created(on)
        steps = [cast(Map, item) for item in node.seq("do")]
        scope = self.scope(on, inputs, created, steps)
        need = self.need = Need(self.name, self.by(), inputs, on, {}, node.at)
        draft.needs[self.name] = need
        need.timed_role = self.timed_role()
        need.reads = self.reads(scope)
        for step in steps:
            if step.text("as"):
                scope.later[step.text("as")] = say("the steps come after the conditions")
        refusals: list[str] = []
        guards = tuple(self.guard(scope, cast(Map, item), refusals) for item in node.seq("when"))
        reader = StepReader(draft, scope, need, query, created is not None)
        done = reader.read(steps)
        creates = self.creation(scope, created)
        to, changes = self.changes(scope, on)
        if created is not None:
            scope.later.pop(created[0].name, None)
        answer = {key: scope.node(item, None) for key, item in node.map("answer")}
        for key in ANSWERED & answer.keys():
            at = node.map("answer").keys[key]
            message = say("`{name}` is what every answer has", name=key)
            draft.bad(at, "reserved_name", message, node)
        accounts, counters = need_read_names(draft, need, scope.reads)
        if query and (creates or to or changes):
            draft.bad(
                node.at,
                "query_changes",
                say("query `{action}` changes a thing", action=self.name),
                node,
            )
        refusals += reader.refusals
        return Action(
            name=self.name,
            by=need.by,
            query=query,
            input=inputs,
            on=on,
            reads=need.reads,
            guards=guards,
            steps=done,
            creates=creates,
            to=to,
            set=changes,
            answer=answer,
            level=self.level(
                bool(accounts or reader.accounts) or any(s.block not in _HARMLESS for s in done)
            ),
            flows=reader.flows,
            resolution={},
            environment=scope.environment,
            event=self.event(on, created, inputs, answer),
            accounts=frozenset(accounts | reader.accounts),
            counters=frozenset(counters | reader.counters),
            refusals=tuple(dict.fromkeys(refusals)),
            at=node.at,
            part=draft.part(node),
        )

    def level(self, shows_money: bool) -> Literal["A1", "A2"]:
        said = self.node.text("level") or ("A2" if shows_money else "A1")
        return "A2" if said == "A2" else "A1"

    def by(self) -> tuple[str, ...]:
        actors = []
        for item in self.node.seq("by"):
            assert isinstance(item, Scalar)
            if item.text in self.draft.parties or item.text in (CLOCK, TRIGGER):
                actors.append(item.text)
                continue
            known = [*self.draft.parties, CLOCK, TRIGGER]
            self.draft.mistakes.unknown(item.at, "party", item.text, known, item.path)
        return tuple(actors)

    def timed_role(self) -> str | None:
        for _, timer in self.draft.scene.map("timers"):
            if isinstance(timer, Map) and timer.text("do") == self.name and timer.text("for"):
                return timer.text("for")
        return None

    def on(self) -> On | None:
        for name, states in self.node.map("on"):
            where = self.node.map("on").keys[name]
            thing = self.draft.things.get(name)
            if thing is None:
                self.draft.mistakes.unknown(where, "thing", name, self.draft.things, self.path)
                return None
            return On(name, self.states(thing, states), thing.key)
        return None

    def states(self, thing: Thing, node: Node) -> tuple[str, ...]:
        return read_states(self.draft, thing, node)

    def inputs(self, on: On | None) -> dict[str, Field]:
        node = self.node.map("input")
        fields = read_fields(self.draft, node)
        for field in fields.values():
            check_type_names(self.draft, field.type, node, field.name)
        if on is not None:
            key = self.draft.things[on.thing].fields.get(on.key)
            own = fields.pop(on.key, None)
            level = key.level if key else None
            implied = Field(on.key, Type("text"), level=level, implied=True)
            if own is not None and own.type.name != "text":
                self.draft.bad(
                    node.where(on.key), "bad_key", say("the key of a thing is a text"), node
                )
            fields = {on.key: implied, **fields}
        return fields

    def created(self, on: On | None) -> tuple[Thing, Map] | None:
        if "creates" not in self.node.entries:
            return None
        node = self.node.map("creates")
        if not self.draft.known(node, "thing", "thing", self.draft.things):
            return None
        thing = self.draft.things[node.text("thing")]
        if on is not None and on.thing == thing.name:
            message = say(
                "`{action}` acts on one `{thing}` and creates another",
                action=self.name,
                thing=thing.name,
            )
            self.draft.bad(node.at, "same_thing", message, node)
            return None
        return thing, node

    def scope(
        self,
        on: On | None,
        inputs: dict[str, Field],
        created: tuple[Thing, Map] | None,
        steps: list[Map],
    ) -> Scope:
        draft = self.draft
        names = {"input": input_type(inputs.values()), **common_names(draft)}
        names |= account_names(draft)
        own = {on.thing: thing_type(draft.things[on.thing])} if on else {}
        if created is not None:
            own[created[0].name] = thing_type(created[0])
        for alias, item in self.node.map("read"):
            thing = draft.things.get(cast(Map, item).text("thing"))
            if thing is not None:
                self.new_name(alias, self.node.map("read").keys[alias], {**names, **own})
                own[alias] = thing_type(thing, draft.flag(cast(Map, item), "optional"))
        for name, of in outputs(steps).items():
            self.new_name(name, self.node.at, {**names, **own})
            own[name] = of
        scope = Scope(draft, {**names, **own})
        if created is not None:
            scope.later[created[0].name] = say("the thing is created at the end")
        return scope

    def new_name(self, name: str, at: Position, taken: dict[str, object]) -> None:
        if name in taken or name in RESERVED:
            message = say("`{name}` means something else already", name=name)
            self.draft.mistakes.add(at, "name_taken", message, path=self.path)

    def reads(self, scope: Scope) -> dict[str, Read]:
        found: dict[str, Read] = {}
        nodes = self.node.map("read")
        for alias, _ in nodes:
            scope.later[alias] = say("it is read after this")
        for alias, item in nodes:
            item = cast(Map, item)
            scope.later.pop(alias)
            if self.draft.known(item, "thing", "thing", self.draft.things):
                key = scope.node(item.get("key"), TEXT)
                optional = self.draft.flag(item, "optional")
                found[alias] = Read(alias, item.text("thing"), key, optional)
        return found

    def guard(self, scope: Scope, node: Map, refusals: list[str]) -> Guard:
        code = node.text("else", NOT_ALLOWED)
        if code not in refusals:
            refusals.append(code)
        self.draft.text_keys.setdefault(f"refusals.{code}", node.where("else"))
        return Guard(scope.node(node.get("that"), BOOL), code)

    def creation(self, scope: Scope, created: tuple[Thing, Map] | None) -> Creation | None:
        if created is None:
            return None
        thing, node = created
        if not self.draft.known(node, "state", "state", thing.states):
            return None
        given = node.map("set")
        for name, item in given:
            if name not in thing.fields:
                at = given.keys[name]
                self.draft.mistakes.unknown(at, "field", name, thing.fields, item.path)
        values: dict[str, Expression] = {}
        for field in thing.fields.values():
            raw = self.field_source(field, given, node)
            if raw is not None:
                of = kernel_type(field.type)
                path = f"{self.path}.creates.{field.name}"
                values[field.name] = scope.compile(raw, of, path)
        return Creation(thing.name, node.text("state"), values)

    def field_source(self, field: Field, given: Map, node: Map) -> Expression | None:
        """Where a field of a new thing comes from: said, an input, or the party of its role."""
        own = given.get(field.name)
        if own is not None:
            return written(own)
        inputs = self.draft.needs[self.name].input
        role = field.type.role
        if field.type.name == "party" and role == field.name and role in self.draft.parties:
            return Expression(f"parties.{role}", node.at, "")
        if field.name in inputs:
            return Expression(f"input.{field.name}", node.at, "")
        if not field.optional:
            self.draft.bad(
                node.at,
                "field_not_set",
                say(
                    "nothing gives field `{field}` of `{thing}` its value",
                    field=field.name,
                    thing=node.text("thing"),
                ),
                node,
                say("add an input `{field}`, or `set: {{{field}: ...}}`", field=field.name),
            )
        return None

    def changes(self, scope: Scope, on: On | None) -> tuple[str | None, dict[str, Expression]]:
        draft, node = self.draft, self.node
        changes: dict[str, Expression] = {}
        if on is None:
            for key in ("to", "set"):
                if key in node.entries:
                    draft.bad(
                        node.where(key), "no_thing", say("`{key}` needs `on:`", key=key), node
                    )
            return None, changes
        thing = draft.things[on.thing]
        to: str | None = None
        for name, state in node.map("to"):
            assert isinstance(state, Scalar)
            if name != thing.name:
                at = node.map("to").keys[name]
                draft.mistakes.unknown(at, "thing", name, [thing.name], state.path)
            elif state.text not in thing.states:
                draft.mistakes.unknown(state.at, "state", state.text, thing.states, state.path)
            else:
                to = state.text
        for name, value in node.map("set"):
            field = thing.fields.get(name)
            if field is None:
                at = node.map("set").keys[name]
                draft.mistakes.unknown(at, "field", name, thing.fields, value.path)
            elif name in (thing.key, thing.bind):
                message = say("`{name}` names the thing and stays as it is", name=name)
                draft.bad(value.at, "key_changed", message, value)
            else:
                changes[name] = scope.node(value, kernel_type(field.type))
        return to, changes

    def event(
        self,
        on: On | None,
        created: tuple[Thing, Map] | None,
        inputs: dict[str, Field],
        answer: dict[str, Expression],
    ) -> Environment:
        """What moments and triggers see of it afterwards."""
        draft = self.draft
        names = {"input": input_type(inputs.values()), **common_names(draft)}
        known = {
            key: item.compiled.type for key, item in answer.items() if item.compiled is not None
        }
        names["answer"] = RECORD(known)
        names |= account_names(draft)
        if on is not None:
            names[on.thing] = thing_type(draft.things[on.thing])
        if created is not None:
            names[created[0].name] = thing_type(created[0])
        return Environment(names, draft.currency, draft.zone)


def read_states(draft: Draft, thing: Thing, node: Node) -> tuple[str, ...]:
    """States of a thing named in a list; `any` is all of them."""
    items = node.items if hasattr(node, "items") else [node]
    found: list[str] = []
    for item in items:
        assert isinstance(item, Scalar)
        if item.text == "any":
            found += thing.states
        elif item.text in thing.states:
            found.append(item.text)
        else:
            draft.mistakes.unknown(item.at, "state", item.text, thing.states, item.path)
    return tuple(dict.fromkeys(found))
