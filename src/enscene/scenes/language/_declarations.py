"""Parties, links, options, parts, accounts, counters and things of a pack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from enscene.kernel.documents import Map, Scalar
from enscene.kernel.errors import Invalid
from enscene.kernel.money import format_money, minor_digits
from enscene.kernel.said import NOTHING, Said, say
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._grammar_scene import CLOCK, TRIGGER
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
        draft.bad(scene.where("currency"), "unknown_currency", error.said.bare(), scene)
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
    overlay = draft.variant.map("parts") if draft.variant else Map(draft.scene.at, "")
    for name, node in parts:
        node = cast(Map, node)
        needs = tuple(item.text for item in node.seq("needs") if isinstance(item, Scalar))
        default = draft.flag(overlay, name, draft.flag(node, "default"))
        on = draft.switched.get(name, default)
        draft.parts[name] = Part(name, default, on, node.at, needs)
    for name, node in parts:
        for item in cast(Map, node).seq("needs"):
            if not isinstance(item, Scalar):
                continue
            if item.text not in draft.parts:
                draft.mistakes.unknown(item.at, "part", item.text, draft.parts, item.path)
            elif draft.parts[name].on and not draft.parts[item.text].on:
                hint = say("switch `{text}` on too, or `{name}` off", text=item.text, name=name)
                message = say("part `{name}` needs part `{text}`", name=name, text=item.text)
                draft.bad(item.at, "part_needs", message, item, hint)


def _parties(draft: Draft) -> None:
    for name, node in draft.scene.map("parties"):
        node = cast(Map, node)
        if name in (CLOCK, TRIGGER):
            draft.bad(node.at, "reserved_name", say("`{name}` is not a role", name=name), node)
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
                draft.bad(
                    node.where("bound_to"), "bad_binding", say("a device serves a party"), node
                )
        elif node.text("is") == "device" and not bound:
            hint = say("add `bound_to: role`, the party whose device it is")
            draft.bad(
                node.at,
                "unbound_device",
                say("device `{name}` is bound to nobody", name=name),
                node,
                hint,
            )
    for name, node in draft.scene.map("links"):
        node = cast(Map, node)
        source, target = node.text("from"), node.text("to")
        good = [draft.known(node, key, "party", draft.parties) for key in ("from", "to")]
        if all(good):
            draft.links[name] = Link(
                name, source, target, node.text("as", name), node.at, draft.part(node)
            )


def _options(draft: Draft) -> None:
    overlay = draft.variant.map("options") if draft.variant else Map(draft.scene.at, "")
    for name, node in draft.scene.map("options"):
        option = _option(draft, name, cast(Map, node))
        if option is not None and name in overlay.entries:
            option = narrowed(draft, option, cast(Map, overlay.entries[name]))
        if option is not None:
            draft.options[name] = _valued(draft, option)


def _option(draft: Draft, name: str, node: Map) -> Option | None:
    choices = tuple(item.text for item in node.seq("choices") if isinstance(item, Scalar))
    of = Type(node.text("type"), choices=choices)
    if of.name == "choice" and len(set(choices)) < 2:
        draft.bad(
            node.at, "no_choices", say("option `{name}` needs two or more choices", name=name), node
        )
        return None
    values = _option_values(draft, name, of, node)
    default, least, most = values["default"], values.get("min"), values.get("max")
    if default is not None and not in_bounds(default, least, most):
        _outside(draft, say("the default of option `{name}`", name=name), node, "default")
    if of.name in ("money", "portion", "int", "duration") and "max" not in node.entries:
        hint = say("bounds are the bank's: say how far a tenant may go")
        draft.bad(
            node.at, "unbounded_option", say("option `{name}` has no `max`", name=name), node, hint
        )
    part = draft.part(node)
    return Option(name, of, default, default, node.at, least, most, choices, part)


def _option_values(draft: Draft, name: str, of: Type, node: Map) -> dict[str, Value]:
    return {
        key: draft.constant(
            node.get(key), of, say("`{key}` of option `{name}`", key=key, name=name)
        )
        for key in ("default", "min", "max")
        if key in node.entries
    }


def _outside(draft: Draft, what: Said, node: Map, key: str) -> None:
    least, most = node.text("min"), node.text("max")
    hint = NOTHING
    if least and most:
        hint = say("choose within min {least} and max {most}", least=least, most=most)
    elif least or most:
        bound = "min" if least else "max"
        hint = say("choose within {bound} {value}", bound=bound, value=least or most)
    draft.bad(
        node.where(key), "out_of_bounds", say("{what} is outside its bounds", what=what), node, hint
    )


def narrowed(draft: Draft, option: Option, node: Map) -> Option:
    """The option as a variant has it: within the pack's bounds, never beyond."""
    choices = tuple(item.text for item in node.seq("choices") if isinstance(item, Scalar))
    wider = [word for word in choices if word not in option.choices]
    of = Type(option.type.name, choices=choices or option.choices)
    values = _option_values(draft, option.name, of, node)
    wider += [
        key
        for key in ("min", "max")
        if key in values and not in_bounds(values[key], option.least, option.most)
    ]
    if wider:
        message = say("a variant may only narrow option `{option}`", option=option.name)
        draft.bad(
            node.at,
            "variant_wider",
            message,
            node,
            say("{names} goes beyond it", names=tuple(wider)),
        )
    least = values.get("min", option.least)
    most = values.get("max", option.most)
    default = values.get("default", option.default)
    if default is not None and not in_bounds(default, least, most):
        message = say(
            "the default of option `{option}` is outside the pack's bounds", option=option.name
        )
        draft.bad(node.where("default"), "out_of_bounds", message, node)
    return replace(
        option,
        type=of,
        default=default,
        value=default,
        least=least,
        most=most,
        choices=of.choices,
    )


def _valued(draft: Draft, option: Option) -> Option:
    """The option with the value that was chosen for it."""
    chosen = draft.chosen.get(option.name)
    if chosen is None:
        return option
    value = draft.constant(chosen, option.type, say("option `{option}`", option=option.name))
    if value is not None and not in_bounds(value, option.least, option.most):
        message = say("option `{option}` is outside its bounds", option=option.name)
        hint = say("choose within {bounds}", bounds=shown_bounds(draft, option))
        draft.mistakes.add(chosen.at, "out_of_bounds", message, hint, chosen.path)
    return option if value is None else replace(option, value=value)


def shown_bounds(draft: Draft, option: Option) -> Said:
    """The bounds of an option as people write them: `0.00 to 20.00`."""

    def shown(value: Value) -> str:
        if isinstance(value, int) and option.type.name == "money":
            return format_money(value, draft.currency)
        return str(value)

    if option.least is None:
        return say("at most {most}", most=shown(option.most))
    return say("{least} to {most}", least=shown(option.least), most=shown(option.most))


def _accounts(draft: Draft) -> None:
    for name, node in draft.scene.map("accounts"):
        node = cast(Map, node)
        if not draft.known(node, "of", "party", draft.parties):
            draft.dropped.add(name)
            continue
        owner = draft.parties[node.text("of")]
        outside = draft.flag(node, "outside")
        floor: int | None = None
        if node.text("floor") == "none":
            if owner.is_a not in UNLIMITED:
                hint = say(
                    "only accounts of a bank, an insurer, an employer or a government go without"
                )
                message = say(
                    "account `{name}` of a {is_a} has no floor", name=name, is_a=owner.is_a
                )
                draft.bad(node.where("floor"), "no_floor", message, node, hint)
        else:
            value = draft.constant(
                node.get("floor"), Type("money"), say("the floor of `{name}`", name=name)
            )
            floor = value if isinstance(value, int) else 0
            if isinstance(node.get("floor"), Map):
                floor = -abs(floor)
            if floor > 0:
                message = say("the floor of `{name}` is above nothing", name=name)
                draft.bad(node.where("floor"), "positive_floor", message, node, say('write "0.00"'))
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
        else:
            draft.dropped.add(name)


_NAMING = {"key": ("text", "ref"), "bind": ("text", "ref", "party")}
"""What names a thing is a text; what finds it may also be whose it is."""


def _thing(draft: Draft, name: str, node: Map) -> Thing:
    fields = read_fields(draft, node.map("fields"))
    _check_kept(draft, node.map("fields"), fields)
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
        elif fields[field].type.name not in _NAMING[place] or fields[field].optional:
            message = say(
                "the {place} `{field}` of `{name}` is a text that is always there",
                place=place,
                field=field,
                name=name,
            )
            draft.bad(node.where(place), "bad_key", message, node)
    if not states:
        draft.bad(node.at, "no_states", say("`{name}` has no states", name=name), node)
    if "state" in fields:
        draft.bad(
            node.at, "reserved_name", say("`state` is what every thing has; not a field"), node
        )
    return Thing(name, key, fields, states, node.at, bind, draft.part(node))


def _check_kept(draft: Draft, node: Map, fields: Mapping[str, Field]) -> None:
    for name, item in node:
        if name in fields and fields[name].level == "C3":
            what = say(
                "`{name}` would be kept: what authenticates somebody (C3) is only asked for",
                name=name,
            )
            way_out = say("take it as input of an action; a thing keeps C1 and C2")
            draft.bad(item.at, "kept_secret", what, item, way_out)


def read_fields(draft: Draft, node: Map) -> dict[str, Field]:
    """Fields of a thing or of an input; those with mistakes are left out."""
    fields: dict[str, Field] = {}
    for name, item in node:
        item = cast(Map, item)
        of = parse_type(item.text("type"), name)
        if of is None:
            message = say("`{type}` is no type", type=item.text("type"))
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
                say("`{name}` may identify a person and has no level", name=name),
                item,
                say("write {{type: {type}, level: C2}} (C1, C2 or C3)", type=item.text("type")),
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
            momentary=draft.flag(item, "momentary"),
        )
    return fields


def _bound(draft: Draft, item: Map, key: str, of: Type) -> int | None:
    node = item.entries[key]
    if of.name not in ("int", "money") or not isinstance(node, Scalar):
        draft.bad(node.at, "bad_bound", say("only money and int have bounds"), item)
        return None
    value, problem = parse_value(node, of, draft.currency)
    if problem is not None:
        draft.mistakes.add(
            node.at, f"bad_{of.name}", say("`{text}` does not fit", text=node.text), problem
        )
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
    seen: dict[str, Said] = dict.fromkeys(RESERVED, say("a word of the language"))
    for what, names in (
        (say("an account"), draft.accounts),
        (say("a counter"), draft.counters),
        (say("a thing"), draft.things),
    ):
        for name, item in names.items():
            if name in seen:
                message = say(
                    "`{name}` is {seen} and {what}", name=name, seen=seen[name], what=what
                )
                draft.mistakes.add(
                    item.at, "name_taken", message, say("give it another name"), name
                )
            seen.setdefault(name, what)
