"""Parties, links, options, parts, accounts, counters and things of a pack."""

from __future__ import annotations

import re
from typing import cast

from enscene.kernel.errors import Invalid
from enscene.kernel.money import minor_digits
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._grammar_scene import CLOCK, TRIGGER
from enscene.scenes.language._nodes import Map, Scalar
from enscene.scenes.language._types import TYPE_HINT, in_bounds, parse_type, parse_value
from enscene.scenes.language.model import (
    Account,
    Counter,
    Field,
    Link,
    Option,
    Part,
    Party,
    State,
    Thing,
    Type,
    Value,
)

UNLIMITED = ("bank", "insurer", "employer", "government")
RESERVED = ("input", "options", "now", "today", "actor", "parties", "answer", "state")
IDENTIFYING = re.compile(
    r"(^|_)(name|phone|mobile|email|mail|address|face|match|photo|plate|position|latitude|"
    r"longitude|lat|lon|passport|identity|id_number|birth|birthday|card|account_number|health|"
    r"diagnosis)(_|$)"
)


def declare(draft: Draft) -> None:
    """Read everything that has no expressions, in the order of dependence."""
    scene = draft.scene
    draft.currency = scene.text("currency", "CNY")
    try:
        minor_digits(draft.currency)
    except Invalid as error:
        draft.bad(scene.where("currency"), "unknown_currency", error.detail.rstrip("."), scene)
        draft.currency = "CNY"
    _parts(draft)
    _parties(draft)
    _options(draft)
    _accounts(draft)
    _counters(draft)
    for name, node in scene.map("things"):
        draft.things[name] = _thing(draft, name, cast(Map, node))
    for thing in draft.things.values():
        for field in thing.fields.values():
            check_type_names(draft, field.type, scene.map("things").map(thing.name), field.name)
    _one_meaning_per_name(draft)


def _parts(draft: Draft) -> None:
    parts = draft.scene.map("parts")
    for name, node in parts:
        node = cast(Map, node)
        needs = tuple(item.text for item in node.seq("needs") if isinstance(item, Scalar))
        on = draft.flag(node, "default")
        draft.parts[name] = Part(name, on, on, node.at, needs)
    for name, node in parts:
        for item in cast(Map, node).seq("needs"):
            if isinstance(item, Scalar) and item.text not in draft.parts:
                draft.mistakes.unknown(item.at, "part", item.text, draft.parts, item.path)


def _parties(draft: Draft) -> None:
    for name, node in draft.scene.map("parties"):
        node = cast(Map, node)
        if name in (CLOCK, TRIGGER):
            draft.bad(node.at, "reserved_name", f"`{name}` is not a role", node)
        kind = node.text("is")
        consent = tuple(item.text for item in node.seq("consent") if isinstance(item, Scalar))
        draft.parties[name] = Party(
            name=name,
            is_a=kind,
            one=draft.flag(node, "one", kind == "bank"),
            at=node.at,
            bound_to=node.text("bound_to") or None,
            consent=consent,
            part=draft.part(node),
        )
    for name, node in draft.scene.map("parties"):
        node = cast(Map, node)
        bound = node.text("bound_to")
        if bound and draft.known(node, "bound_to", "party", draft.parties):
            if draft.parties[bound].is_a == "device" or node.text("is") != "device":
                draft.bad(node.where("bound_to"), "bad_binding", "a device serves a party", node)
        elif node.text("is") == "device" and not bound:
            hint = "add `bound_to: role`, the party whose device it is"
            draft.bad(node.at, "unbound_device", f"device `{name}` is bound to nobody", node, hint)
    for name, node in draft.scene.map("links"):
        node = cast(Map, node)
        source, target = node.text("from"), node.text("to")
        good = [draft.known(node, key, "party", draft.parties) for key in ("from", "to")]
        if all(good):
            draft.links[name] = Link(
                name, source, target, node.text("as", name), node.at, draft.part(node)
            )


def _options(draft: Draft) -> None:
    for name, node in draft.scene.map("options"):
        node = cast(Map, node)
        choices = tuple(item.text for item in node.seq("choices") if isinstance(item, Scalar))
        of = Type(node.text("type"), choices=choices)
        if of.name == "choice" and len(set(choices)) < 2:
            draft.bad(node.at, "no_choices", f"option `{name}` needs two or more choices", node)
            continue
        values: dict[str, Value] = {}
        for key in ("default", "min", "max"):
            item = node.get(key)
            if item is not None:
                values[key] = draft.constant(item, of, f"`{key}` of option `{name}`")
        least, most, default = values.get("min"), values.get("max"), values["default"]
        if default is not None and not in_bounds(default, least, most):
            draft.bad(
                node.where("default"),
                "out_of_bounds",
                f"the default of option `{name}` is outside its bounds",
                node,
                bounds_hint(node),
            )
        if of.name in ("money", "portion", "int", "duration") and "max" not in node.entries:
            hint = "bounds are the bank's: say how far a tenant may go"
            draft.bad(node.at, "unbounded_option", f"option `{name}` has no `max`", node, hint)
        draft.options[name] = Option(
            name, of, default, default, node.at, least, most, choices, draft.part(node)
        )


def bounds_hint(node: Map) -> str:
    """A hint that names the bounds as they are written."""
    bounds = [f"{key} {node.text(key)}" for key in ("min", "max") if node.get(key)]
    return "choose within " + " and ".join(bounds)


def _accounts(draft: Draft) -> None:
    for name, node in draft.scene.map("accounts"):
        node = cast(Map, node)
        if not draft.known(node, "of", "party", draft.parties):
            continue
        owner = draft.parties[node.text("of")]
        outside = draft.flag(node, "outside")
        floor: int | None = None
        if node.text("floor") == "none":
            if owner.is_a not in UNLIMITED:
                hint = "only accounts of a bank, an insurer, an employer or a government go without"
                message = f"account `{name}` of a {owner.is_a} has no floor"
                draft.bad(node.where("floor"), "no_floor", message, node, hint)
        else:
            value = draft.constant(node.get("floor"), Type("money"), f"the floor of `{name}`")
            floor = value if isinstance(value, int) else 0
            if floor > 0:
                message = f"the floor of `{name}` is above nothing"
                draft.bad(node.where("floor"), "positive_floor", message, node, 'write "0.00"')
        draft.accounts[name] = Account(
            name,
            owner.name,
            node.text("kind"),  # type: ignore[arg-type]
            node.text("role"),
            floor,
            node.at,
            outside,
            draft.part(node),
        )


def _counters(draft: Draft) -> None:
    for name, node in draft.scene.map("counters"):
        node = cast(Map, node)
        if draft.known(node, "of", "party", draft.parties):
            draft.counters[name] = Counter(
                name,
                node.text("of"),
                node.text("sum"),  # type: ignore[arg-type]
                node.text("per"),  # type: ignore[arg-type]
                node.at,
                draft.part(node),
            )


def _thing(draft: Draft, name: str, node: Map) -> Thing:
    fields = read_fields(draft, node.map("fields"))
    states = {
        state: State(state, draft.flag(cast(Map, item), "ends"), item.at)
        for state, item in node.map("states")
    }
    key, bind = node.text("key"), node.text("bind") or None
    for place, field in (("key", key), ("bind", bind)):
        if field is None or "fields" not in node.entries:
            continue
        if field not in fields:
            draft.mistakes.unknown(node.where(place), "field", field, fields, node.path)
        elif fields[field].type.name not in ("text", "ref") or fields[field].optional:
            message = f"the {place} `{field}` of `{name}` is a text that is always there"
            draft.bad(node.where(place), "bad_key", message, node)
    if not states:
        draft.bad(node.at, "no_states", f"`{name}` has no states", node)
    if "state" in fields:
        draft.bad(node.at, "reserved_name", "`state` is what every thing has; not a field", node)
    return Thing(name, key, fields, states, node.at, bind, draft.part(node))


def read_fields(draft: Draft, node: Map) -> dict[str, Field]:
    """Fields of a thing or of an input; those with mistakes are left out."""
    fields: dict[str, Field] = {}
    for name, item in node:
        item = cast(Map, item)
        of = parse_type(item.text("type"), name)
        if of is None:
            message = f"`{item.text('type')}` is no type"
            draft.bad(item.where("type"), "unknown_type", message, item, TYPE_HINT)
            of = Type("text")
        level = item.text("level") or None
        role = draft.parties.get(of.role or "")
        if level is None and role is not None and role.is_a == "person":
            level = "C2"
        if level is None and of.name in ("text", "list") and IDENTIFYING.search(name):
            draft.bad(
                item.at,
                "no_level",
                f"`{name}` may identify a person and has no level",
                item,
                f"write {{type: {item.text('type')}, level: C2}} (C1, C2 or C3)",
            )
        bounds = [
            _bound(draft, item, key, of) if key in item.entries else None for key in ("min", "max")
        ]
        fields[name] = Field(
            name=name,
            type=of,
            optional=draft.flag(item, "optional"),
            level=level,  # type: ignore[arg-type]
            least=bounds[0],
            most=bounds[1],
        )
    return fields


def _bound(draft: Draft, item: Map, key: str, of: Type) -> int | None:
    node = item.entries[key]
    if of.name not in ("int", "money") or not isinstance(node, Scalar):
        draft.bad(node.at, "bad_bound", "only money and int have bounds", item)
        return None
    value, problem = parse_value(node, of, draft.currency)
    if problem is not None:
        draft.mistakes.add(node.at, f"bad_{of.name}", f"`{node.text}` does not fit", problem)
    return value if isinstance(value, int) else None


def check_type_names(draft: Draft, of: Type, node: Map, name: str) -> None:
    """Check the role or thing that a type names."""
    at = node.map("fields").where(name) if "fields" in node.entries else node.where(name)
    if of.role is not None and of.role not in draft.parties:
        draft.mistakes.unknown(at, "party", of.role, draft.parties, node.path)
    if of.thing is not None and of.thing not in draft.things:
        draft.mistakes.unknown(at, "thing", of.thing, draft.things, node.path)
    if of.item is not None:
        check_type_names(draft, of.item, node, name)


def _one_meaning_per_name(draft: Draft) -> None:
    """Accounts, counters and things share the names that expressions use."""
    seen: dict[str, str] = {word: "a word of the language" for word in RESERVED}
    for what, names in (
        ("an account", draft.accounts),
        ("a counter", draft.counters),
        ("a thing", draft.things),
    ):
        for name, item in names.items():
            if name in seen:
                message = f"`{name}` is {seen[name]} and {what}"
                draft.mistakes.add(item.at, "name_taken", message, "give it another name", name)
            seen.setdefault(name, what)
