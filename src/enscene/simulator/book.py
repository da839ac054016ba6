"""A pack as the simulator reads it: plain dictionaries of its files, without what is switched off.

Nothing of the product's own reader is used, so that a mistake there cannot hide here.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from enscene.kernel.clock import parse_duration
from enscene.kernel.money import parse_money
from enscene.simulator._expressions import portion
from enscene.simulator._written import read_written

BLOCKS = frozenset(
    [
        "apply",
        "balance",
        "capture",
        "claim",
        "give_back",
        "hold",
        "identify",
        "lend",
        "limit",
        "move",
        "notify",
        "open_case",
        "owed",
        "quote",
        "rate",
        "repay",
        "reverse",
        "schedule",
        "statement",
        "void",
    ]
)
_SHORT = {"quote": "price", "balance": "account", "statement": "account"}
_TYPE = re.compile(r"(\w+)(?:\((.*)\))?")


@dataclass(frozen=True, slots=True)
class Group:
    """People who live alike. `balances` are [least, most] texts, `habits` as the file has them."""

    name: str
    role: str
    count: int
    balances: Mapping[str, list[str]]
    links: Mapping[str, str]
    bound_to: str | None
    habits: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Book:
    """One scene. Everything but `options` (typed values) is as the files have it; `lines` are the
    mounted products that are credit lines, which the files do not say."""

    ref: str
    currency: str
    zone: str
    parties: Mapping[str, Mapping[str, Any]]
    links: Mapping[str, Mapping[str, str]]
    options: Mapping[str, Any]
    accounts: Mapping[str, Mapping[str, Any]]
    counters: Mapping[str, Mapping[str, str]]
    things: Mapping[str, Mapping[str, Any]]
    flows: Mapping[str, Mapping[str, Any]]
    actions: Mapping[str, Mapping[str, Any]]
    timers: Mapping[str, Mapping[str, Any]]
    triggers: Mapping[str, Mapping[str, Any]]
    groups: Mapping[str, Group]
    wrong: Mapping[str, Fraction]
    fields: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    lines: frozenset[str] = frozenset()
    serves: tuple[str, ...] = ()
    sector: str = ""
    products: Mapping[str, str] = field(default_factory=dict)
    """The products of the shelf that the scene offers, by its own names for them."""

    def lends(self, action: str) -> bool:
        """Whether the action lends: it is done when an application has been granted, not by hand."""
        return any(
            step_of(step)[0] == "lend" for step in self.actions.get(action, {}).get("do", ())
        )

    def is_lent(self, product: str) -> bool:
        """Whether an action of the scene gives this loan once it was granted."""
        steps = [step_of(step) for action in self.actions.values() for step in action.get("do", ())]
        return any(block == "lend" and given["product"] == product for block, given in steps)

    def floor(self, account: str) -> int | None:
        """The lowest balance of an account, minor units; an option of credit counts below zero."""
        said = self.accounts[account]["floor"]
        if said == "none":
            return None
        if isinstance(said, Mapping):
            return -int(self.options[said["option"]])
        return parse_money(said, self.currency)

    def option_or(self, said: Any) -> Any:
        """A value, or that of the option it names."""
        return self.options[said["option"]] if isinstance(said, Mapping) else said

    def input_of(self, action: str) -> dict[str, Mapping[str, Any]]:
        """The inputs of an action by name, with the key of the thing it acts on."""
        found = dict(self.fields[f"action {action}"])
        on = self.on(action)
        if on is not None:
            key = self.things[on[0]]["key"]
            found.setdefault(key, self.fields[on[0]][key])
        return found

    def on(self, action: str) -> tuple[str, list[str]] | None:
        """The thing an action acts on, and the states in which it may."""
        for thing, states in self.actions[action].get("on", {}).items():
            named = as_list(states)
            return thing, list(self.things[thing]["states"]) if named == ["any"] else named
        return None

    def is_query(self, action: str) -> bool:
        """Whether an action only looks."""
        return bool(self.actions[action].get("kind") == "query")

    def ends(self, thing: str, state: str) -> bool:
        """Whether a thing in this state is done."""
        return is_on(self.things[thing]["states"][state].get("ends", "false"))


def read_book(
    ref: str,
    files: Mapping[str, str],
    *,
    options: Mapping[str, Any],
    parts: Mapping[str, bool],
    counts: Mapping[str, int],
    zone: str,
    lines: frozenset[str] = frozenset(),
) -> Book:
    """The scene `ref` of a pack's files. `options` are texts as in JSON, `parts` say what is on,
    `counts` how many each group has."""
    scene = read_written(files["scene.yaml"])
    people = read_written(files["people.yaml"])
    off = {
        name
        for name, part in scene.get("parts", {}).items()
        if not parts.get(name, is_on(part["default"] if isinstance(part, dict) else part))
    }
    scene, people = _without(scene, off), _without(people, off)
    currency = scene.get("currency", "CNY")
    parties = {
        name: item if isinstance(item, dict) else {"is": item}
        for name, item in scene["parties"].items()
    }
    things = scene["things"]
    actions = scene["actions"]
    fields = {name: _fields(thing["fields"]) for name, thing in things.items()}
    fields |= {f"action {name}": _fields(item.get("input", {})) for name, item in actions.items()}
    groups = {name: _group(name, item, counts) for name, item in people["groups"].items()}
    return Book(
        ref=ref,
        currency=currency,
        zone=zone,
        parties=parties,
        links=scene.get("links", {}),
        options={
            name: _typed(item["type"], options.get(name, item["default"]), currency)
            for name, item in scene.get("options", {}).items()
        },
        accounts=scene["accounts"],
        counters=scene.get("counters", {}),
        things=things,
        flows=scene["flows"],
        actions=actions,
        timers=scene.get("timers", {}),
        triggers=scene.get("triggers", {}),
        groups=groups,
        wrong={name: portion(share) for name, share in people.get("wrong", {}).items()},
        fields=fields,
        lines=lines,
        serves=tuple(scene["class"]["serves"]),
        sector=scene["class"]["sector"],
        products={
            name: (said["mount"] if isinstance(said, dict) else said).removeprefix("shelf.")
            for name, said in scene.get("products", {}).items()
        },
    )


def _group(name: str, item: Mapping[str, Any], counts: Mapping[str, int]) -> Group:
    return Group(
        name=name,
        role=item["role"],
        count=counts.get(name, int(item["count"])),
        balances={
            account: as_list(amounts) for account, amounts in item.get("balances", {}).items()
        },
        links=item.get("links", {}),
        bound_to=item.get("bound_to"),
        habits=tuple(item.get("habits", ())),
    )


def as_list(value: Any) -> list[Any]:
    """A list, also of a single value."""
    return value if isinstance(value, list) else [value]


def is_on(text: Any) -> bool:
    """A truth as packs write it."""
    return str(text).lower() in ("on", "true", "yes")


def step_of(step: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The block of a step and its arguments by name."""
    block = next(name for name in step if name in BLOCKS)
    given = step[block]
    return block, given if isinstance(given, dict) else {_SHORT.get(block, "flow"): given}


def type_of(field: Mapping[str, Any]) -> tuple[str, str]:
    """The name of a field's type and what stands in its brackets."""
    match = _TYPE.fullmatch(field["type"])
    assert match is not None, field
    return match[1], match[2] or ""


def role_of(name: str, field: Mapping[str, Any]) -> str | None:
    """The role of a party field; the one it is named after where nothing is said."""
    kind, inside = type_of(field)
    return (inside or name) if kind == "party" else None


def _fields(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: item if isinstance(item, dict) else {"type": item} for name, item in given.items()
    }


def _without(node: Any, off: Container[str | None]) -> Any:
    def stays(item: Any) -> bool:
        return not (isinstance(item, dict) and item.get("part") in off)

    if isinstance(node, dict):
        return {key: _without(item, off) for key, item in node.items() if stays(item)}
    if isinstance(node, list):
        return [_without(item, off) for item in node if stays(item)]
    return node


def _typed(kind: str, value: Any, currency: str) -> Any:
    text = str(value)
    if kind == "money":
        return parse_money(text, currency)
    if kind == "portion":
        return portion(text)
    if kind == "int":
        return int(text)
    if kind == "duration":
        return parse_duration(text)
    return is_on(text) if kind == "bool" else text


def hidden(field: Mapping[str, Any]) -> bool:
    """Whether what a pack says of a field keeps it out of log and answers."""
    return field.get("level") == "C3" or str(field.get("momentary")) == "true"
