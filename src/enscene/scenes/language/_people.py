"""People: who lives in a scene and what they do, for the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from enscene.kernel.documents import Map, Node, Scalar, Seq
from enscene.kernel.documents.chinese import type_word
from enscene.kernel.money import Portion
from enscene.kernel.said import say
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._grammar_beside import ENDINGS, GENERATORS
from enscene.scenes.language._reactions import texts_of
from enscene.scenes.language._values import plain, typed
from enscene.scenes.language.model import Action, Field, Group, Habit, People, Type

WRONG = ("bad", "duplicate", "late")
APPLIES_WITH = {
    "months": Field("months", Type("int")),
    "income": Field("income", Type("money")),
}
"""What a customer may say in an application; the rest is known or asked for by the product."""


def read_people(draft: Draft, root: Map) -> People:
    """The groups of people, checked against the pack with all its parts."""
    groups: dict[str, Group] = {}
    names = root.map("groups").entries
    for name, node in root.map("groups"):
        group = _GroupReader(draft, name, cast(Map, node), names).read()
        if group is not None:
            groups[name] = group
    wrong: dict[str, Portion] = {}
    for name, item in root.map("wrong"):
        if name not in WRONG:
            at = root.map("wrong").keys[name]
            draft.mistakes.unknown(at, "kind of request", name, WRONG, item.path)
        wrong[name] = Portion.parse(cast(Scalar, item).text)
    return People(groups, wrong)


class _GroupReader:
    def __init__(self, draft: Draft, name: str, node: Map, groups: Mapping[str, Node]) -> None:
        self.draft = draft
        self.name = name
        self.node = node
        self.groups = groups

    def read(self) -> Group | None:
        draft, node = self.draft, self.node
        if not draft.known(node, "role", "party", draft.parties):
            return None
        role = node.text("role")
        party = draft.parties[role]
        bound = node.text("bound_to") or None
        if party.is_a == "device" and bound is None:
            message = say("whose devices are `{group}`?", group=self.name)
            draft.bad(node.at, "unbound_device", message, node, say("add `bound_to: group`"))
        if bound is not None:
            self.of_group(node, "bound_to", party.bound_to)
        return Group(
            name=self.name,
            role=role,
            count=self.count(node),
            balances=self.balances(role),
            links=self.links(role),
            habits=tuple(self.habit(role, cast(Map, item)) for item in node.seq("habits")),
            at=node.at,
            bound=bound,
            part=draft.part(node),
        )

    def count(self, node: Map) -> int:
        count = int(node.text("count"))
        if not 1 <= count <= 1_000_000:
            self.draft.bad(node.where("count"), "bad_count", say("1 to 1000000 people"), node)
        return count

    def of_group(self, node: Map, key: str, role: str | None) -> None:
        if not self.draft.known(node, key, "group", self.groups):
            return
        other = cast(Map, self.groups[node.text(key)])
        if role is not None and other.text("role") != role:
            message = say(
                "group `{node}` is of {role}, not {role_2}",
                node=node.text(key),
                role=other.text("role"),
                role_2=role,
            )
            self.draft.bad(node.where(key), "wrong_role", message, node)

    def balances(self, role: str) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        node = self.node.map("balances")
        for name, item in node:
            account = self.draft.accounts.get(name)
            if account is None or account.of != role:
                mine = [key for key, value in self.draft.accounts.items() if value.of == role]
                self.draft.mistakes.unknown(node.keys[name], "account", name, mine, item.path)
                continue
            amounts = [self.draft.money(amount) for amount in node.seq(name)]
            if not 1 <= len(amounts) <= 2 or amounts[0] > amounts[-1]:
                self.draft.bad(item.at, "bad_range", say("write [least, most]"), item)
                continue
            found[name] = (amounts[0], amounts[-1])
        return found

    def links(self, role: str) -> dict[str, str]:
        node = self.node.map("links")
        for name, item in node:
            link = self.draft.links.get(name)
            if link is None or link.source != role:
                mine = [key for key, value in self.draft.links.items() if value.source == role]
                self.draft.mistakes.unknown(node.keys[name], "link", name, mine, item.path)
            else:
                self.of_group(node, name, link.target)
        return {name: node.text(name) for name, _ in node}

    def habit(self, role: str, node: Map) -> Habit:
        draft = self.draft
        named = [key for key in ("do", "apply") if key in node.entries]
        if len(named) != 1:
            message = say("a habit either does an action or applies for a product")
            draft.bad(node.at, "wrong_count", message, node, say("write `do:` or `apply:`"))
        times = texts_of(node.seq("between"))
        if len(times) != 2 or times[0] >= times[1]:
            draft.bad(node.where("between"), "bad_range", say('write ["11:30", "13:00"]'), node)
            times = ("00:00", "23:59")
        weekdays = tuple(int(text) for text in texts_of(node.seq("weekdays")))
        if any(not 1 <= day <= 7 for day in weekdays):
            message = say("weekdays are 1 (Monday) to 7 (Sunday)")
            draft.bad(node.where("weekdays"), "bad_weekday", message, node)
        values: dict[str, Any] = {}
        if named == ["do"]:
            values = self.doing(role, node)
        elif named == ["apply"]:
            values = self.applying(role, node)
        return Habit(
            action=node.text("do"),
            chance=Portion.parse(node.text("chance")),
            begin=times[0],
            until=times[1],
            times=int(node.text("times", "1")),
            input=values,
            at=node.at,
            weekdays=weekdays or (1, 2, 3, 4, 5, 6, 7),
            on=node.text("on") or None,
            part=draft.part(node),
            product=node.text("apply") or None,
            about=node.text("for") or None,
            then=node.text("then", ENDINGS[0]) if "apply" in node.entries else "",
        )

    def doing(self, role: str, node: Map) -> dict[str, Any]:
        """How the inputs of the action are made."""
        draft, name = self.draft, node.text("do")
        for key in ("for", "then"):
            if key in node.entries:
                message = say("`{key}` is of applications alone", key=key)
                draft.bad(node.where(key), "only_applies", message, node)
        action = draft.actions.get(name)
        if not draft.known(node, "do", "action", draft.actions) or action is None:
            return {}
        if role not in action.by:
            message = say("`{name}` is not done by `{role}`", name=name, role=role)
            draft.bad(node.where("do"), "wrong_actor", message, node)
        if "on" in node.entries and action.on is not None:
            draft.known(node, "on", "state", action.on.states)
        return self.inputs(action, role, node)

    def applying(self, role: str, node: Map) -> dict[str, Any]:
        """How what the customer says in an application is made."""
        draft = self.draft
        draft.known(node, "apply", "product", draft.products)
        if "for" not in node.entries:
            message = say("which thing is the application about?")
            draft.bad(node.at, "no_thing", message, node, say("add `for: thing`"))
        elif draft.known(node, "for", "thing", draft.things):
            thing = draft.things[node.text("for")]
            if not any(field.type.role == role for field in thing.fields.values()):
                message = say("no field of `{thing}` names a {role}", thing=thing.name, role=role)
                draft.bad(node.where("for"), "wrong_thing", message, node)
            if "on" in node.entries:
                draft.known(node, "on", "state", thing.states)
        given = node.map("input")
        values: dict[str, Any] = {}
        for name, item in given:
            if name in APPLIES_WITH:
                values[name] = self.generator(APPLIES_WITH[name], item)
            else:
                at = given.keys[name]
                draft.mistakes.unknown(at, "input", name, APPLIES_WITH, item.path)
        return values

    def inputs(self, action: Action, role: str, node: Map) -> dict[str, Any]:
        draft = self.draft
        given = node.map("input")
        values: dict[str, Any] = {}
        for name, item in given:
            field = action.input.get(name)
            if field is None:
                at = given.keys[name]
                draft.mistakes.unknown(at, "input", name, action.input, item.path)
            else:
                values[name] = self.generator(field, item)
        party = draft.parties[role]
        own = (role, party.bound_to)
        for field in action.input.values():
            filled = field.type.name == "party" and field.name in own
            acted = field.implied and "on" in node.entries
            if not (field.name in values or field.optional or filled or acted):
                message = say(
                    "nothing makes input `{field}` of `{action}`",
                    field=field.name,
                    action=action.name,
                )
                hint = say("add `{field}: {{...}}` under `input:`", field=field.name)
                draft.bad(node.at, "input_missing", message, node, hint)
        return values

    def generator(self, field: Field, node: Node) -> Any:
        """How the simulator makes a value: {generator: argument}; a bare value is `always`."""
        draft = self.draft
        if not isinstance(node, Map):
            return {"always": typed(node, field.type, draft.currency, draft.mistakes)}
        if len(node.entries) != 1:
            draft.bad(node.at, "wrong_count", say("exactly one generator is expected here"), node)
            return {}
        name, value = next(iter(node))
        if name not in GENERATORS:
            draft.mistakes.unknown(node.keys[name], "generator", name, GENERATORS, node.path)
            return {}
        kinds = GENERATORS[name][0]
        if "any" not in kinds and field.type.name not in (*kinds, *("ref",) * ("text" in kinds)):
            message = say("`{name}` makes no {type}", name=name, type=type_word(field.type.name))
            draft.bad(node.at, "wrong_generator", message, node)
            return {}
        if name == "always":
            return {name: typed(value, field.type, draft.currency, draft.mistakes)}
        if name in ("between", "pick"):
            items = value.items if isinstance(value, Seq) else [value]
            return {
                name: [typed(item, field.type, draft.currency, draft.mistakes) for item in items]
            }
        if name in ("own", "any") and isinstance(value, Scalar):
            draft.known(node, name, "thing", draft.things)
        if name == "several" and isinstance(value, Map):
            draft.known(value, "thing", "thing", draft.things)
        if name == "of" and isinstance(value, Map):
            thing = draft.things.get(value.text("thing"))
            if draft.known(value, "thing", "thing", draft.things) and thing:
                draft.known(value, "field", "field", thing.fields)
        if name == "party":
            self.of_group(node, name, field.type.role)
        return {name: plain(value)}
