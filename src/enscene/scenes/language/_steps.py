"""The steps of an action: blocks with their arguments, checked against the blocks' specs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from enscene.blocks import LIBRARY, ArgSpec
from enscene.kernel.documents import Map, Scalar
from enscene.kernel.expressions import BOOL, INT, MONEY
from enscene.kernel.expressions import Type as Kernel
from enscene.kernel.said import say
from enscene.scenes.language._draft import Draft, Need
from enscene.scenes.language._flows import bind_flow
from enscene.scenes.language._scope import Scope
from enscene.scenes.language._types import arg_types, output_type
from enscene.scenes.language.model import Expression, Flow, Source, Step, Target
from enscene.shelf import standard_shelf

BY_LINEAGE = ("reverse", "void")
"""Blocks that move money back the way it came: they evaluate nothing of the flow."""
ONLY_TARGETS = ("capture",)
"""Blocks whose money has left its sources already."""
NEEDS_THING = ("hold", "capture", "void", "reverse", "claim", "rate", "schedule")
"""Blocks that keep or find something by the thing that the action is about."""


def block_of(node: Map) -> str:
    """The name of the block that a step uses."""
    return next(name for name, _ in node if name in LIBRARY)


def outputs(nodes: list[Map]) -> dict[str, Kernel]:
    """The names that steps give to their outputs, with types."""
    found: dict[str, Kernel] = {}
    for node in nodes:
        output = LIBRARY[block_of(node)].output
        if node.text("as") and output is not None:
            found[node.text("as")] = output_type(output)
    return found


def legs_of(flow: Flow, targets_only: bool = False) -> tuple[Source | Target, ...]:
    """The legs of a flow, sources first."""
    return flow.targets if targets_only else (*flow.sources, *flow.targets)


class StepReader:
    """Reads the steps of one action."""

    def __init__(self, draft: Draft, scope: Scope, need: Need, query: bool, creates: bool) -> None:
        self.draft = draft
        self.scope = scope
        self.need = need
        self.query = query
        self.creates = creates
        self.flows: dict[str, Flow] = {}
        self.accounts: set[str] = set()
        self.counters: set[str] = set()
        self.refusals: list[str] = []

    def read(self, nodes: list[Map]) -> tuple[Step, ...]:
        """The steps, in order; each output is known to the steps after it."""
        named = {node.text("as") for node in nodes if node.text("as")}
        for name in named:
            self.scope.later[name] = say("the step that gives it comes later")
        steps = []
        for node in nodes:
            steps.append(self.step(node))
            self.scope.later.pop(node.text("as"), None)
        return tuple(steps)

    def step(self, node: Map) -> Step:
        """One step."""
        block = block_of(node)
        spec = LIBRARY[block]
        if self.query and not spec.query:
            self.draft.bad(
                node.at, "query_changes", say("a query cannot `{block}`", block=block), node
            )
        if node.text("as") and spec.output is None:
            self.draft.bad(
                node.where("as"),
                "no_output",
                say("`{block}` gives nothing back", block=block),
                node,
            )
        if block in NEEDS_THING and self.need.on is None and not self.creates:
            hint = say("add `on:` or `creates:`")
            message = say(
                "`{block}` needs a thing, and `{need}` has none", block=block, need=self.need.name
            )
            self.draft.bad(node.at, "no_thing", message, node, hint)
        given = cast(Map, node.entries[block])
        args: dict[str, str | Expression] = {}
        for name, value in given:
            args[name] = self.argument(block, name, spec.args[name], value, given)
        self.same_sum(block, args, given)
        return Step(
            block=block,
            args=args,
            at=node.at,
            condition=self.scope.maybe(node.get("if"), BOOL),
            name=node.text("as") or None,
            part=self.draft.part(node),
        )

    def argument(
        self, block: str, name: str, spec: ArgSpec, value: object, given: Map
    ) -> str | Expression:
        """One argument: a checked name, or a compiled expression."""
        assert isinstance(value, Scalar)
        draft = self.draft
        if spec.kind == "expr":
            expect: tuple[Kernel | None, ...] = arg_types(spec.type)
            if "counter" in given.entries and expect == (MONEY, INT):
                counter = draft.counters.get(given.text("counter"))
                expect = ((MONEY if counter.sum == "money" else INT),) if counter else expect
            return self.scope.node(value, expect)
        tables: dict[str, Mapping[str, object]] = {
            "flow": draft.flows,
            "account": draft.accounts,
            "counter": draft.counters,
            "role": draft.parties,
            "thing": draft.things,
            "action": draft.scene.map("actions").entries,
            "product": draft.scene.map("products").entries,
        }
        if spec.kind in tables:
            what = "party" if spec.kind == "role" else spec.kind
            if draft.known(given, name, what, tables[spec.kind]):
                self.use(block, spec.kind, value)
            if spec.kinds or spec.never:
                self.kind(block, spec, value, given)
        elif spec.kind == "field":
            thing = draft.things.get(given.text("thing"))
            if thing is not None:
                draft.known(given, name, "field", thing.fields)
        elif spec.kind == "code":
            self.refusals.append(value.text)
            draft.text_keys.setdefault(f"refusals.{value.text}", value.at)
        elif spec.kind == "text":
            draft.text_keys.setdefault(value.text, value.at)
        return value.text

    def kind(self, block: str, spec: ArgSpec, value: Scalar, given: Map) -> None:
        """What the bank lends or keeps is applied for: an action cannot open it as it opens a
        cover."""
        mounted = self.draft.scene.map("products").entries.get(value.text)
        shelf = mounted.text("mount").removeprefix("shelf.") if isinstance(mounted, Map) else ""
        product = standard_shelf().products.get(shelf)
        if product is None:
            return
        if spec.kinds and product.kind not in spec.kinds:
            message = say(
                "`{block}` works on credit, and `{name}` is none", block=block, name=shelf
            )
            hint = say("mount a loan or a credit line")
        elif product.kind in spec.never:
            message = say(
                "`{name}` is applied for, and not opened by `{block}`", block=block, name=shelf
            )
            hint = say("mount it: who wants it applies for it, and the bank opens it")
        else:
            return
        self.draft.bad(value.at, "product_kind", message, given, hint)

    def use(self, block: str, kind: str, value: Scalar) -> None:
        """Note what a name makes necessary: the flow bound, the owner's party known."""
        name, draft = value.text, self.draft
        if kind == "flow":
            self.bind(block, draft.flows[name], value)
        elif kind == "account":
            self.accounts.add(name)
            self.need.roles.setdefault(draft.accounts[name].of, value.at)
        elif kind == "counter":
            self.counters.add(name)
            self.need.roles.setdefault(draft.counters[name].of, value.at)
        elif kind == "role":
            self.need.roles.setdefault(name, value.at)

    def bind(self, block: str, flow: Flow, value: Scalar) -> None:
        """Bind a flow, and need the owners of its accounts."""
        if block in BY_LINEAGE:
            return
        bound = bind_flow(flow, self.scope, block in ONLY_TARGETS)
        legs = legs_of(flow, block in ONLY_TARGETS)
        for leg in legs:
            if leg.owner is None:
                self.need.roles.setdefault(self.draft.accounts[leg.account].of, value.at)
            else:
                self.owner(flow, leg.account, leg.owner.name or "", leg.owner.field)
        self.flows[flow.name] = bound

    def owner(self, flow: Flow, account: str, name: str, field: str | None) -> None:
        """Check that `of:` names a party of the role that has the account."""
        role = self.draft.accounts[account].of
        if field is None:
            fields, shown = self.need.input, f"input.{name}"
        else:
            read = self.need.reads.get(name)
            on = self.need.on
            alias = read.thing if read else (on.thing if on and on.thing == name else "")
            thing = self.draft.things.get(alias)
            fields, shown = (thing.fields if thing else {}), f"{name}.{field}"
        found = fields.get(field or name)
        if found is None or found.type.name != "party" or found.type.role != role:
            leg = next(leg for leg in legs_of(flow) if leg.account == account and leg.owner)
            self.draft.mistakes.add(
                leg.at,
                "bad_owner",
                say(
                    "`{shown}` is no `{role}` in `{need}`",
                    shown=shown,
                    role=role,
                    need=self.need.name,
                ),
                say("`{account}` is an account of a {role}", account=account, role=role),
                f"flows.{flow.name}",
            )

    def same_sum(self, block: str, args: dict[str, str | Expression], given: Map) -> None:
        """Two alternative arguments of `quote`: a price, or a field summed over a list."""
        if block != "quote":
            return
        if ("price" in args) == ("over" in args):
            hint = say("write `quote: expression`, or `quote: {{thing:, field:, over:}}`")
            self.draft.bad(
                given.at, "bad_quote", say("a price, or a sum: one of them"), given, hint
            )
