"""Flows: declared once, and bound to each action that uses them."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import cast

from enscene.kernel.documents import Map, Node, Scalar
from enscene.kernel.expressions import BOOL, MONEY, PORTION
from enscene.kernel.money import Portion
from enscene.kernel.said import say
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._scope import Scope, written
from enscene.scenes.language.model import Expression, Flow, Place, Source, Target

_PERCENT = re.compile(r"\d{1,6}(\.\d{1,9})?%|\d{1,9}/\d{1,9}")
_OPTION = re.compile(r"options\.([a-z][a-z0-9_]*)")
_LITERAL = re.compile(r"portion\('([^']+)'\)")
_OWNER = re.compile(r"(input|[a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")


def declare_flows(draft: Draft) -> None:
    """Read the flows: accounts, the rest on both sides, shares within the whole."""
    for name, node in draft.scene.map("flows"):
        node = cast(Map, node)
        sources = [_source(draft, cast(Map, item)) for item in node.seq("from")]
        targets = [_target(draft, cast(Map, item)) for item in node.seq("to")]
        release: dict[str, Expression] = {}
        for account, condition in node.map("release"):
            release[account] = written(condition)
            if account not in draft.accounts:
                at = node.map("release").keys[account]
                draft.mistakes.unknown(at, "account", account, draft.accounts, condition.path)
        flow = Flow(
            name,
            written(node.get("send")),
            tuple(leg for leg in sources if leg),
            tuple(leg for leg in targets if leg),
            release,
            node.at,
            draft.part(node),
        )
        draft.flows[name] = flow
        if all(sources) and all(targets):
            _whole(draft, flow, node)


def _source(draft: Draft, leg: Map) -> Source | None:
    if not draft.known(leg, "account", "account", draft.accounts):
        return None
    maximum, condition = leg.get("max"), leg.get("if")
    return Source(
        account=leg.text("account"),
        at=leg.at,
        max=written(maximum) if maximum else None,
        rest=draft.flag(leg, "rest"),
        condition=written(condition) if condition else None,
        owner=_owner(draft, leg),
        part=draft.part(leg),
    )


def _target(draft: Draft, leg: Map) -> Target | None:
    if not draft.known(leg, "account", "account", draft.accounts):
        return None
    portion, amount = leg.get("portion"), leg.get("amount")
    if portion is not None and isinstance(portion, Scalar) and _PERCENT.fullmatch(portion.text):
        portion = Scalar(portion.at, portion.path, f"portion('{portion.text}')", portion.quoted)
    if portion is not None and amount is not None:
        draft.bad(leg.at, "two_shares", say("a target has a portion or an amount, not both"), leg)
    return Target(
        account=leg.text("account"),
        at=leg.at,
        portion=written(portion) if portion else None,
        amount=written(amount) if amount else None,
        rest=draft.flag(leg, "rest"),
        owner=_owner(draft, leg),
        part=draft.part(leg),
    )


def _owner(draft: Draft, leg: Map) -> Place | None:
    node = leg.get("of")
    if not isinstance(node, Scalar):
        return None
    match = _OWNER.fullmatch(node.text)
    if match is None:
        hint = say("write `input.shop`, or a field of the thing as `order.shop`")
        draft.bad(node.at, "bad_owner", say("`{text}` names no party", text=node.text), node, hint)
        return None
    if match[1] == "input":
        return Place("input", match[2])
    return Place("thing", match[1], match[2])


def _whole(draft: Draft, flow: Flow, node: Map) -> None:
    """Proof: what is taken and what is put sum to the whole, whatever the amounts are."""
    for what, legs in (("from", flow.sources), ("to", flow.targets)):
        rests = [leg for leg in legs if leg.rest]
        if len(rests) == 1:
            continue
        side = say("source") if what == "from" else say("target")
        problem = say("no") if not rests else say("more than one")
        draft.bad(
            node.where(what),
            "flow_not_whole",
            say(
                "flow `{flow}` has {problem} {side} that takes the rest",
                flow=flow.name,
                problem=problem,
                side=side,
            ),
            node,
            say(
                "give exactly one {side} `rest: true`, so that the parts sum to the whole",
                side=side,
            ),
        )
    _sides(draft, flow, node)
    total = Fraction(0)
    for leg in flow.targets:
        most = _most(draft, leg, node)
        total += Fraction(most.num, most.den) if most else 0
    if total > 1:
        draft.bad(
            node.where("to"),
            "portions_over_whole",
            say(
                "the portions of flow `{flow}` may sum to {value}% of the whole",
                flow=flow.name,
                value=f"{float(total) * 100:g}",
            ),
            node,
            say("lower the `max` of the options that they come from"),
        )


def _sides(draft: Draft, flow: Flow, node: Map) -> None:
    for source in flow.sources:
        if source.rest and source.condition is not None:
            draft.bad(
                source.at, "flow_not_whole", say("the source of the rest has no condition"), node
            )
        if not source.rest and source.max is None:
            hint = say("say `max:` how much, or `rest: true`")
            draft.bad(
                source.at,
                "no_share",
                say("how much of `{account}`?", account=source.account),
                node,
                hint,
            )
    for target in flow.targets:
        if not target.rest and target.portion is None and target.amount is None:
            hint = say("say `portion:`, `amount:` or `rest: true`")
            draft.bad(
                target.at,
                "no_share",
                say("how much to `{account}`?", account=target.account),
                node,
                hint,
            )


def _most(draft: Draft, leg: Target, node: Node) -> Portion | None:
    """The most that a portion can be: a literal, or the `max` of its option."""
    if leg.portion is None:
        return None
    if match := _LITERAL.fullmatch(leg.portion.source):
        return Portion.parse(match[1])
    if match := _OPTION.fullmatch(leg.portion.source):
        option = draft.options.get(match[1])
        return option.most if option and isinstance(option.most, Portion) else None
    hint = say('write "0.3%" or `options.service_fee`, whose bounds are known')
    draft.bad(
        leg.portion.at, "open_portion", say("nobody can say how much this may be"), node, hint
    )
    return None


def bind_flow(flow: Flow, scope: Scope, targets_only: bool = False) -> Flow:
    """The flow with its expressions compiled for an action; a capture only needs targets."""
    path = f"flows.{flow.name}"

    def on(raw: Expression | None, expect: object) -> Expression | None:
        return None if raw is None else scope.compile(raw, expect, path)  # type: ignore[arg-type]

    targets = tuple(
        replace(leg, portion=on(leg.portion, PORTION), amount=on(leg.amount, MONEY))
        for leg in flow.targets
    )
    if targets_only:
        return replace(flow, targets=targets)
    sources = tuple(
        replace(leg, max=on(leg.max, MONEY), condition=on(leg.condition, BOOL))
        for leg in flow.sources
    )
    release = {name: scope.compile(raw, BOOL, path) for name, raw in flow.release.items()}
    send = scope.compile(flow.send, MONEY, path)
    return replace(flow, send=send, sources=sources, targets=targets, release=release)
