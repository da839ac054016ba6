"""What the checks share while they read one configuration of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from enscene.kernel.documents import Map, Mistakes, Node, Scalar
from enscene.kernel.documents.chinese import type_word
from enscene.kernel.documents.shapes import BOOLS
from enscene.kernel.said import NOTHING, Said, say
from enscene.scenes.language._types import parse_value
from enscene.scenes.language.model import (
    Account,
    Action,
    Counter,
    Field,
    Flow,
    Indicator,
    Link,
    Meter,
    Moment,
    On,
    Option,
    Page,
    Part,
    Party,
    Position,
    Product,
    Read,
    Thing,
    Timer,
    Topic,
    Trigger,
    Type,
    Value,
)


@dataclass(slots=True)
class Need:
    """What an action offers to find parties by, and the roles it needs, with the place where
    each is needed first. `timed_role` is the role of the party timers that do it."""

    name: str
    by: tuple[str, ...]
    input: Mapping[str, Field]
    on: On | None
    reads: Mapping[str, Read]
    at: Position
    timed_role: str | None = None
    roles: dict[str, Position] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A pack in the making: declarations by name, and the mistakes so far.

    `variant`, `chosen` (values of options) and `switched` (parts) are its configuration.
    `dropped` are names whose declaration was wrong, `never_done` are (action, actor) that
    nothing sets off: no more is told of them.
    """

    scene: Map
    mistakes: Mistakes
    zone: str
    currency: str = "CNY"
    parties: dict[str, Party] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    options: dict[str, Option] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    counters: dict[str, Counter] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    moments: dict[str, Moment] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    needs: dict[str, Need] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    never_done: set[tuple[str, str]] = field(default_factory=set)
    variant: Map | None = None
    chosen: Mapping[str, Scalar] = field(default_factory=dict)
    switched: Mapping[str, bool] = field(default_factory=dict)
    text_keys: dict[str, Position] = field(default_factory=dict)

    def flag(self, node: Map, key: str, default: bool = False) -> bool:
        """The truth value under a key."""
        return BOOLS.get(node.text(key), default)

    def part(self, node: Map) -> str | None:
        """The optional part that a declaration belongs to, checked."""
        name = node.text("part") or None
        if name is not None and name not in self.parts:
            self.mistakes.unknown(node.where("part"), "part", name, self.parts, node.path)
            return None
        return name

    def known(self, node: Map, key: str, what: str, among: Iterable[str]) -> bool:
        """Whether the name under a key is declared; a mistake otherwise."""
        names = list(among)
        name = node.text(key)
        if name in names:
            return True
        if name in self.dropped:
            return False
        self.mistakes.unknown(node.where(key), what, name, names, node.path)
        return False

    def constant(self, node: Node | None, of: Type, what: Said) -> Value:
        """A constant, or the value of the option that `{option: name}` names."""
        if node is None:
            return None
        if isinstance(node, Map) and list(node.entries) == ["option"]:
            name = node.text("option")
            option = self.options.get(name)
            if option is None:
                self.mistakes.unknown(node.where("option"), "option", name, self.options, node.path)
                return None
            if option.type.name != of.name:
                self.bad(
                    node.at,
                    "option_type",
                    say(
                        "{what} is of type {of}, option `{name}` is {type}",
                        what=what,
                        of=type_word(of.name),
                        name=name,
                        type=type_word(option.type.name),
                    ),
                    node,
                )
                return None
            return option.value
        if not isinstance(node, Scalar):
            self.bad(
                node.at,
                "wrong_shape",
                say("{what} is a {of} or {{option: name}}", what=what, of=type_word(of.name)),
                node,
            )
            return None
        value, problem = parse_value(node, of, self.currency)
        if problem is not None:
            shown = say("`{text}` is no {type}", text=node.text, type=type_word(of.name))
            self.mistakes.add(node.at, f"bad_{of.name}", shown, problem, node.path)
        return value

    def money(self, node: Node | None) -> int:
        """An amount in minor units; 0 and a mistake where it is none."""
        value = self.constant(node, Type("money"), say("an amount"))
        return value if isinstance(value, int) else 0

    def span(self, node: Node | None, what: Said) -> timedelta | None:
        """A duration, written out or an option's."""
        value = self.constant(node, Type("duration"), what)
        return value if isinstance(value, timedelta) else None

    def bad(self, at: Position, code: str, message: Said, node: Node, hint: Said = NOTHING) -> None:
        """Add a mistake at a place of a node."""
        self.mistakes.add(at, code, message, hint, node.path)
