"""Products, moments, meters, indicators and pages of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from enscene.kernel.clock import parse_duration
from enscene.kernel.documents import Map, Scalar
from enscene.kernel.expressions import BOOL, LIST, RECORD, TEXT
from enscene.kernel.money import Portion
from enscene.kernel.said import Said, say
from enscene.scenes.language._actions import need_read_names
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._grammar_scene import WIDGETS
from enscene.scenes.language._patterns import read_pattern
from enscene.scenes.language._reactions import texts_of
from enscene.scenes.language._scope import Scope
from enscene.scenes.language._types import parse_value
from enscene.scenes.language.model import (
    Expression,
    Indicator,
    Meter,
    Moment,
    Page,
    PageItem,
    Product,
    Type,
)
from enscene.shelf import standard_shelf

HOLDER = RECORD({"products": LIST(TEXT), "scenes": LIST(TEXT)})
"""Whom a moment is for: the shelf's products that they have open, and the scenes that these came
from. Of other scenes only with their consent to `holdings`."""


def read_engagement(draft: Draft) -> None:
    """Read what the bank offers, counts and shows."""
    scene = draft.scene
    overlay = draft.variant.map("products") if draft.variant else None
    for name, node in scene.map("products"):
        node = cast(Map, node)
        moments = scene.map("moments").entries
        moment = node.text("at") or None
        if moment is not None and draft.known(node, "at", "moment", moments):
            offered = cast(Map, moments[moment]).seq("offer")
            if name not in texts_of(offered):
                message = say("moment `{moment}` does not offer `{name}`", moment=moment, name=name)
                draft.bad(node.where("at"), "not_offered", message, node)
        mounted = overlay.text(name, node.text("mount")) if overlay else node.text("mount")
        shelf = mounted.removeprefix("shelf.")
        if shelf not in (products := standard_shelf().products):
            where = node.where("mount")
            draft.mistakes.unknown(where, "shelf product", shelf, products, node.path)
        keeps_open, ended_by = _states(draft, node), _enders(draft, node)
        draft.products[name] = Product(
            name, shelf, moment, node.at, draft.part(node), keeps_open, ended_by
        )
    for name, node in scene.map("moments"):
        read = _moment(draft, name, cast(Map, node))
        if read is not None:
            draft.moments[name] = read
    for name, node in scene.map("meters"):
        _meter(draft, name, cast(Map, node))
    for name, node in scene.map("indicators"):
        _indicator(draft, name, cast(Map, node))
    for name, node in scene.map("pages"):
        _page(draft, name, cast(Map, node))


def _states(draft: Draft, node: Map) -> frozenset[tuple[str, str]]:
    """The states in which a contract is kept open, each of a thing that the scene has."""
    found = set()
    for item in node.seq("keeps_open"):
        if not isinstance(item, Scalar):
            continue
        thing, _, state = item.text.partition(".")
        if thing not in draft.things:
            draft.mistakes.unknown(item.at, "thing", thing, draft.things, item.path)
        elif state not in draft.things[thing].states:
            draft.mistakes.unknown(item.at, "state", state, draft.things[thing].states, item.path)
        else:
            found.add((thing, state))
    return frozenset(found)


def _enders(draft: Draft, node: Map) -> tuple[str, ...]:
    """The actions that end what a contract was opened with; each acts on a thing."""
    found = []
    for item in node.seq("ended_by"):
        if not isinstance(item, Scalar):
            continue
        action = draft.actions.get(item.text)
        if action is None:
            if item.text not in draft.dropped:
                draft.mistakes.unknown(item.at, "action", item.text, draft.actions, item.path)
        elif action.on is None:
            message = say("`{action}` acts on no thing", action=item.text)
            draft.bad(item.at, "ends_nothing", message, node)
        else:
            found.append(action.name)
    return tuple(found)


def _moment(draft: Draft, name: str, node: Map) -> Moment | None:
    if ("after" in node.entries) == ("pattern" in node.entries):
        message = say("moment `{name}` comes after an action, or by a pattern", name=name)
        hint = say("write `after: action` or `pattern:`")
        draft.bad(node.at, "moment_when", message, node, hint)
        return None
    after, pattern, condition = node.text("after"), None, None
    if after and not draft.known(node, "after", "action", draft.actions):
        return None
    who = _person(draft, node, "to", say("moment `{name}`", name=name))
    if after:
        condition = _condition(draft, node, after, who)
    else:
        pattern = read_pattern(draft, node, who)
        if pattern is None:
            return None
    for item in node.seq("offer"):
        if isinstance(item, Scalar) and item.text not in draft.products:
            draft.mistakes.unknown(item.at, "product", item.text, draft.products, item.path)
    times, _, within = node.text("at_most").partition(" per ")
    reason = f"reasons.{node.text('reason').removeprefix('reasons.')}"
    draft.text_keys.setdefault(reason, node.where("reason"))
    return Moment(
        name=name,
        after=after,
        condition=condition,
        offer=texts_of(node.seq("offer")),
        via=texts_of(node.seq("via")),
        who=who,
        reason=reason,
        at=node.at,
        times=int(times),
        within=parse_duration(within),
        part=draft.part(node),
        pattern=pattern,
    )


def _condition(draft: Draft, node: Map, after: str, who: str) -> Expression | None:
    action = draft.actions[after]
    # A name of the scene itself comes first.
    scope = Scope(draft, {"customer": HOLDER, **action.event.names})
    condition = scope.maybe(node.get("if"), BOOL)
    need = draft.needs[action.name]
    need_read_names(draft, need, scope.reads)
    if who:
        need.roles.setdefault(who, node.at)
    return condition


def _person(draft: Draft, node: Map, key: str, what: Said) -> str:
    """The role a moment or page is for: named, or the only kind of person there is."""
    if key in node.entries:
        return node.text(key) if draft.known(node, key, "party", draft.parties) else ""
    persons = [party.name for party in draft.parties.values() if party.is_a == "person"]
    if len(persons) == 1:
        return persons[0]
    hint = say("add `{key}: role`", key=key)
    draft.bad(node.at, "for_whom", say("whom is {what} for?", what=what), node, hint)
    return ""


def _meter(draft: Draft, name: str, node: Map) -> None:
    if ("count" in node.entries) == ("sum" in node.entries):
        hint = say("write `count: action` or `sum: action.field`")
        draft.bad(
            node.at, "meter_what", say("meter `{name}` counts one thing", name=name), node, hint
        )
        return
    part = draft.part(node)
    if "count" in node.entries:
        if draft.known(node, "count", "action", draft.actions):
            draft.meters[name] = Meter(name, node.text("count"), node.at, None, part)
        return
    action_name, _, field = node.text("sum").partition(".")
    action = draft.actions.get(action_name)
    if action is None:
        draft.mistakes.unknown(node.where("sum"), "action", action_name, draft.actions, node.path)
        return
    answers = {key for key, item in action.answer.items() if item.type in ("money", "int")}
    sums = {key for key, item in action.input.items() if item.type.name in ("money", "int")}
    if field not in answers | sums:
        draft.mistakes.unknown(node.where("sum"), "field", field, answers | sums, node.path)
        return
    draft.meters[name] = Meter(name, action_name, node.at, field, part)


def _indicator(draft: Draft, name: str, node: Map) -> None:
    share = "share_of" in node.entries
    if share == ("count" in node.entries) or share != ("who" in node.entries):
        hint = say("write `share_of:` with `who:`, or `count:`")
        draft.bad(
            node.at,
            "indicator_what",
            say("indicator `{name}` measures one thing", name=name),
            node,
            hint,
        )
        return
    good = True
    if share:
        good = draft.known(node, "share_of", "party", draft.parties)
    good = draft.known(node, "who" if share else "count", "action", draft.actions) and good
    target: Portion | int | None = None
    item = node.get("target")
    if isinstance(item, Scalar):
        value, problem = parse_value(item, Type("portion" if share else "int"), draft.currency)
        if problem is not None:
            draft.bad(
                item.at, "bad_target", say("`{text}` does not fit", text=item.text), node, problem
            )
        target = value if isinstance(value, Portion | int) else None
    if good:
        draft.indicators[name] = Indicator(
            name=name,
            at=node.at,
            within=parse_duration(node.text("within")),
            share_of=node.text("share_of") or None,
            who=node.text("who") or None,
            count=node.text("count") or None,
            target=target,
            part=draft.part(node),
        )


def _page(draft: Draft, name: str, node: Map) -> None:
    who = _person(draft, node, "for", say("page `{name}`", name=name))
    tables: dict[str, Mapping[str, object]] = {
        "account": draft.accounts,
        "thing": draft.things,
        "counter": draft.counters,
        "action": draft.actions,
    }
    items = []
    for item in node.seq("items"):
        assert isinstance(item, Map)
        widget = next(key for key, _ in item if key in WIDGETS)
        kind = WIDGETS[widget][0]
        of = item.text(widget) or None
        if kind is not None and not draft.known(item, widget, kind, tables[kind]):
            continue
        if kind == "action" and who and who not in draft.actions[item.text(widget)].by:
            message = say("`{of}` is not done by `{who}`", of=of, who=who)
            draft.bad(item.at, "wrong_actor", message, item)
        if kind == "account" and who and draft.accounts[item.text(widget)].of != who:
            message = say("`{of}` is no account of a `{who}`", of=of, who=who)
            draft.bad(item.at, "wrong_owner", message, item)
        items.append(PageItem(widget, of if kind else None, item.at, draft.part(item)))
    draft.pages[name] = Page(name, who, tuple(items), node.at, draft.part(node))
