"""Golden cases: given, when, then; every action and every refusal has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from enscene.kernel.documents import Map, Node, Scalar
from enscene.kernel.money import parse_money
from enscene.kernel.said import say
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._grammar_scene import CLOCK, TRIGGER
from enscene.scenes.language._values import plain, typed
from enscene.scenes.language.model import (
    Act,
    Action,
    Case,
    Expectation,
    Given,
    Type,
    Value,
    Variant,
)


def read_cases(draft: Draft, root: Map, variants: Mapping[str, Variant]) -> tuple[Case, ...]:
    """The cases, checked against the pack with all its parts."""
    before = len(draft.mistakes)
    cases = tuple(
        _CaseReader(draft, name, cast(Map, node), variants).read()
        for name, node in root.map("cases")
    )
    if len(draft.mistakes) > before:
        return cases
    done = {act.action for case in cases for act in case.when if act.refused is None}
    refused = {(act.action, act.refused) for case in cases for act in case.when}
    codes = {code for _, code in refused}
    for action in draft.actions.values():
        path = f"actions.{action.name}"
        if action.name not in done:
            hint = say("add an act `do: {action}` to cases.yaml", action=action.name)
            message = say("no case does `{action}`", action=action.name)
            draft.mistakes.add(action.at, "no_case", message, hint, path)
    for code in dict.fromkeys(
        code for action in draft.actions.values() for code in action.refusals
    ):
        if code not in codes:
            at = draft.text_keys.get(f"refusals.{code}", draft.scene.at)
            hint = say("add an act with `refused: {code}` to cases.yaml", code=code)
            draft.mistakes.add(
                at, "no_refusal_case", say("no case is refused with `{code}`", code=code), hint
            )
    return cases


class _CaseReader:
    def __init__(self, draft: Draft, name: str, node: Map, variants: Mapping[str, Variant]) -> None:
        self.draft = draft
        self.name = name
        self.node = node
        self.variants = variants
        self.roles: dict[str, str] = {}

    def read(self) -> Case:
        given = self.given(self.node.map("given"))
        when = tuple(self.act(cast(Map, item), given) for item in self.node.seq("when"))
        then = self.then(self.node.map("then"))
        return Case(self.name, given, when, then, self.node.at)

    def given(self, node: Map) -> Given:
        draft = self.draft
        bound: dict[str, str] = {}
        for name, item in node.map("parties"):
            item = cast(Map, item)
            if draft.known(item, "role", "party", draft.parties):
                self.roles[name] = item.text("role")
            if "bound_to" in item.entries:
                bound[name] = item.text("bound_to")
        for name, to in bound.items():
            self.party(node.map("parties").map(name).get("bound_to"), None)
            role = draft.parties.get(self.roles.get(name, ""))
            if role and self.roles.get(to) not in (None, role.bound_to):
                at = node.map("parties").map(name).where("bound_to")
                message = say("`{to}` is no {bound_to}", to=to, bound_to=role.bound_to)
                draft.mistakes.add(at, "wrong_role", message, path=node.path)
        links = []
        for name, pairs in node.map("links"):
            link = draft.links.get(name)
            if link is None:
                at = node.map("links").keys[name]
                draft.mistakes.unknown(at, "link", name, draft.links, pairs.path)
                continue
            for source, target in cast(Map, pairs):
                self.id(source, cast(Map, pairs).keys[source], link.source, pairs)
                self.party(target, link.target)
                links.append((name, source, cast(Scalar, target).text))
        variant = node.text("variant") or None
        if variant is not None:
            draft.known(node, "variant", "variant", self.variants)
        return Given(
            parties=dict(self.roles),
            bound=bound,
            links=tuple(links),
            balances=self.amounts(node.map("balances")),
            options=self.options(node.map("options")),
            parts=self.parts(node.map("parts")),
            clock=node.text("clock"),
            variant=variant,
            known=self.known(node.map("known")),
            lines=self.lines(node.map("lines")),
        )

    def known(self, node: Map) -> dict[str, dict[str, Any]]:
        """What the bank knows of parties before the case begins."""
        for party, facts in node:
            self.id(party, node.keys[party], None, facts)
        return {party: {k: plain(v) for k, v in cast(Map, facts)} for party, facts in node}

    def lines(self, node: Map) -> tuple[tuple[str, str, int], ...]:
        """Credit lines that parties have before the case begins."""
        found = []
        for product, pairs in node:
            if product not in self.draft.products:
                at = node.keys[product]
                self.draft.mistakes.unknown(at, "product", product, self.draft.products, pairs.path)
                continue
            for party, amount in cast(Map, pairs):
                self.id(party, cast(Map, pairs).keys[party], None, pairs)
                found.append((party, product, self.draft.money(amount)))
        return tuple(found)

    def options(self, node: Map) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, item in node:
            option = self.draft.options.get(name)
            if option is None:
                at = node.keys[name]
                self.draft.mistakes.unknown(at, "option", name, self.draft.options, item.path)
            else:
                found[name] = typed(item, option.type, self.draft.currency, self.draft.mistakes)
        return found

    def parts(self, node: Map) -> dict[str, bool]:
        for name, item in node:
            if name not in self.draft.parts:
                at = node.keys[name]
                self.draft.mistakes.unknown(at, "part", name, self.draft.parts, item.path)
        return {name: self.draft.flag(node, name) for name, _ in node}

    def id(self, name: str, at: Any, role: str | None, node: Node) -> None:
        if name not in self.roles:
            self.draft.mistakes.unknown(at, "given party", name, self.roles, node.path)
        elif role is not None and self.roles[name] != role:
            message = say(
                "`{name}` is a {roles}, not a {role}", name=name, roles=self.roles[name], role=role
            )
            self.draft.mistakes.add(at, "wrong_role", message, path=node.path)

    def party(self, node: Node | None, role: str | None) -> None:
        if isinstance(node, Scalar):
            self.id(node.text, node.at, role, node)

    def amounts(self, node: Map) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for account, pairs in node:
            known = self.draft.accounts.get(account)
            if known is None:
                at = node.keys[account]
                self.draft.mistakes.unknown(at, "account", account, self.draft.accounts, pairs.path)
                continue
            for party, amount in cast(Map, pairs):
                self.id(party, cast(Map, pairs).keys[party], known.of, pairs)
                found[account, party] = self.draft.money(amount)
        return found

    def act(self, node: Map, given: Given) -> Act:
        draft = self.draft
        name, actor = node.text("do"), node.text("by")
        action = draft.actions.get(name)
        draft.known(node, "do", "action", draft.actions)
        role = actor if actor in (CLOCK, TRIGGER) else self.roles.get(actor)
        if role is None:
            self.party(node.get("by"), None)
        values: dict[str, Any] = {}
        refused = node.text("refused") or None
        if action is not None and role is not None:
            if role not in action.by:
                draft.bad(
                    node.where("by"),
                    "wrong_actor",
                    say("`{name}` is not by `{role}`", name=name, role=role),
                    node,
                )
            values = self.inputs(action, role, node)
            self.switched(action, given, node)
            codes = action.refusals
            if refused is not None and "." not in refused and refused not in codes:
                draft.mistakes.unknown(node.where("refused"), "refusal", refused, codes, node.path)
        if "for" in node.entries:
            self.party(node.get("for"), draft.needs[name].timed_role if action else None)
        return Act(
            action=name,
            actor=actor,
            input=values,
            clock=node.text("clock") or None,
            answer=self.answer(action, node),
            refused=refused,
            at=node.at,
            party=node.text("for") or None,
            agreed=self.agreed(action, node),
        )

    def agreed(self, action: Action | None, node: Map) -> tuple[int, int] | None:
        """What was granted before an action that lends."""
        if "agreed" not in node.entries:
            return None
        if action is not None and all(step.block != "lend" for step in action.steps):
            message = say("`{action}` lends nothing", action=action.name)
            self.draft.bad(node.where("agreed"), "lends_nothing", message, node)
        given = node.map("agreed")
        return self.draft.money(given.get("amount")), int(given.text("months", "0"))

    def inputs(self, action: Action, role: str, node: Map) -> dict[str, Any]:
        draft, found = self.draft, {}
        given = node.map("input")
        for name, item in given:
            field = action.input.get(name)
            if field is None:
                draft.mistakes.unknown(given.keys[name], "input", name, action.input, item.path)
                continue
            found[name] = typed(item, field.type, draft.currency, draft.mistakes)
            if field.type.name == "party":
                self.party(item, field.type.role)
        if role in (CLOCK, TRIGGER):
            return found
        for field in action.input.values():
            party = draft.parties.get(role)
            own = (role, party.bound_to if party else None)
            filled = field.type.name == "party" and field.name in own
            if field.name not in found and not field.optional and not filled:
                message = say(
                    "`{field}` of `{action}` is not given", field=field.name, action=action.name
                )
                draft.bad(node.at, "input_missing", message, node)
        return found

    def answer(self, action: Action | None, node: Map) -> dict[str, Any]:
        given = node.map("answer")
        for name, item in given:
            if action is not None and name not in action.answer:
                at = given.keys[name]
                self.draft.mistakes.unknown(at, "answer", name, action.answer, item.path)
        return {name: plain(item) for name, item in given}

    def switched(self, action: Action, given: Given, node: Map) -> None:
        """An action of a part that this case leaves off cannot be done."""
        part = self.draft.parts.get(action.part or "")
        if part is None:
            return
        variant = self.variants.get(given.variant or "")
        on = given.parts.get(part.name)
        if on is None and variant is not None:
            on = variant.parts.get(part.name)
        if not (part.default if on is None else on):
            hint = say("add `parts: {{{part}: true}}` to `given:`", part=part.name)
            message = say(
                "`{action}` belongs to part `{part}`, which is off here",
                action=action.name,
                part=part.name,
            )
            self.draft.bad(node.where("do"), "part_off", message, node, hint)

    def then(self, node: Map) -> Expectation:
        draft = self.draft
        states: dict[tuple[str, str], str] = {}
        for name, pairs in node.map("states"):
            thing = draft.things.get(name)
            if thing is None:
                at = node.map("states").keys[name]
                draft.mistakes.unknown(at, "thing", name, draft.things, pairs.path)
                continue
            for key, _ in cast(Map, pairs):
                if draft.known(cast(Map, pairs), key, "state", thing.states):
                    states[name, key] = cast(Map, pairs).text(key)
        counters: dict[tuple[str, str], int] = {}
        for name, pairs in node.map("counters"):
            counter = draft.counters.get(name)
            if counter is None:
                at = node.map("counters").keys[name]
                draft.mistakes.unknown(at, "counter", name, draft.counters, pairs.path)
                continue
            for party, item in cast(Map, pairs):
                self.id(party, cast(Map, pairs).keys[party], counter.of, pairs)
                counters[name, party] = self.count(counter.sum, item)
        return Expectation(
            balances=self.amounts(node.map("balances")),
            states=states,
            counters=counters,
            cases=int(node.text("cases")) if "cases" in node.entries else None,
            notices=int(node.text("notices")) if "notices" in node.entries else None,
            offers=self.products(node, "offers"),
            contracts=self.products(node, "contracts"),
        )

    def products(self, node: Map, key: str) -> tuple[tuple[str, str], ...] | None:
        """(party, product) of a mapping of parties to products; None where it is not written."""
        if key not in node.entries:
            return None
        draft, found = self.draft, []
        for party, items in node.map(key):
            self.id(party, node.map(key).keys[party], None, items)
            for item in node.map(key).seq(party):
                text = cast(Scalar, item).text
                if text not in draft.products:
                    draft.mistakes.unknown(item.at, "product", text, draft.products, item.path)
                found.append((party, text))
        return tuple(found)

    def count(self, kind: str, node: Node) -> int:
        value = typed(node, Type(kind), self.draft.currency, self.draft.mistakes)
        if isinstance(value, str):
            return parse_money(value, self.draft.currency)
        return value if isinstance(value, int) else 0
