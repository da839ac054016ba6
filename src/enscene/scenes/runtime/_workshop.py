"""What the compiler lends to blocks while it compiles one action of a scene."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from enscene.blocks import Frame, Moves, Value
from enscene.kernel.money import format_money
from enscene.ledger import Account
from enscene.risk import CounterKey
from enscene.scenes.language.model import Action, Expression, Pack, Place, Step
from enscene.scenes.runtime._flow import FlowSource, FlowTarget, plan_flow
from enscene.scenes.runtime._record import ThingType
from enscene.scenes.runtime._window import window_at

MoreCells = Callable[[Frame], Iterable[tuple[str, Hashable]]]


def value_of(expression: Expression) -> Value:
    """An expression as a function of the frame."""
    assert expression.compiled is not None, expression.source
    function = expression.compiled.function
    return lambda frame: function(*frame.roots)


def value_or_none(expression: Expression | None) -> Value | None:
    return None if expression is None else value_of(expression)


class ActionWorkshop:
    """Hands out accounts, counters, flows; keeps what the action will look at."""

    def __init__(self, pack: Pack, action: Action, things: dict[str, ThingType]) -> None:
        self.pack = pack
        self.action = action
        self.things = things
        self.accounts: dict[str, tuple[str, str | Place]] = {}  # token -> name, role or place
        self.counters: dict[str, str] = {}  # name -> role
        self.more_cells: list[MoreCells] = []
        self.lends: dict[str, tuple[str, str]] = {}  # product -> its kind, role

    def account(self, name: str, owner: Place | None = None) -> Callable[[Frame], Account]:
        token = name if owner is None else f"{name} of {owner.kind}:{owner.name}.{owner.field}"
        self.accounts[token] = (name, self.pack.accounts[name].of if owner is None else owner)
        return lambda frame: frame.book.account(frame.tenant, frame.accounts[token])

    def counter(self, name: str) -> Callable[[Frame], CounterKey]:
        counter = self.pack.counters[name]
        role, per = counter.of, counter.per
        self.counters[name] = role

        def find(frame: Frame) -> CounterKey:
            span, until = window_at(frame.now, frame.zone, per)
            if not frame.exact and frame.view is not None:
                frame.view.keep_until(frame.tenant, until)
            return (frame.tenant, frame.scene, name, frame.parties[role], span)

        return find

    def money_counter(self, name: str) -> bool:
        return self.pack.counters[name].sum == "money"

    def flow(self, name: str) -> Moves:
        flow = self.action.flows[name]
        sources = [
            FlowSource(
                source.account,
                self.account(source.account, source.owner),
                value_or_none(source.max),
                source.rest,
                value_or_none(source.condition),
            )
            for source in flow.sources
        ]
        targets = [
            FlowTarget(
                self.account(target.account, target.owner),
                value_or_none(target.portion),
                value_or_none(target.amount),
            )
            for target in flow.targets
        ]
        release = {name: value_of(condition) for name, condition in flow.release.items()}
        return plan_flow(name, value_of(flow.send), sources, targets, release)

    def thing_key(self, thing: str, frame: Frame, key: str) -> tuple[int, int, str, str]:
        return (frame.tenant, frame.scene, thing, key)

    def field(self, thing: str, name: str) -> Callable[[Any], Any]:
        kind = self.things[thing]
        return lambda found: getattr(kind.read(found.fields, found.state), name)

    def also_needs(self, cells: MoreCells) -> None:
        self.more_cells.append(cells)

    @property
    def currency(self) -> str:
        return self.pack.currency

    def amount_text(self, minor: int) -> str:
        return format_money(minor, self.pack.currency)

    def product(self, name: str) -> str:
        return self.pack.products[name].shelf

    def also_lends(self, product: str, kind: str, who: str) -> None:
        self.lends[product] = (kind, who)


class StepArgs:
    """The arguments of one step."""

    def __init__(self, step: Step) -> None:
        self._args = step.args

    def name(self, argument: str) -> str:
        value = self._args[argument]
        assert isinstance(value, str), argument
        return value

    def name_or_none(self, argument: str) -> str | None:
        return self.name(argument) if argument in self._args else None

    def value(self, argument: str) -> Value:
        value = self._args[argument]
        assert isinstance(value, Expression), argument
        return value_of(value)

    def value_or_none(self, argument: str) -> Value | None:
        return self.value(argument) if argument in self._args else None
