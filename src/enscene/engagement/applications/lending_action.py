"""How a scene lends by itself: where it has an action that does, what was decided on is opened by
that action, so that the money goes where the scene's flows say, and its thing moves on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from enscene.kernel.errors import Refused
from enscene.kernel.money import parse_money
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Action, Expression
from enscene.scenes.runtime import Actor, Call, RunningScene
from enscene.shelf import Opening, standard_shelf

_FIELD = re.compile(r"(\w+)\.(\w+)")
MONTHS = "months"


@dataclass(frozen=True, slots=True)
class LendingAction:
    """`amount` and `months` are fields of the thing that say how much and for how long; `months`
    is None where the scene leaves it open, `asks_months` says that the action takes it."""

    action: str
    role: str
    key: str
    amount: str
    months: str | None
    asks_months: bool

    def amount_of(self, fields: Mapping[str, Any], currency: str) -> int:
        """How much the scene will lend, minor units."""
        return parse_money(fields[self.amount], currency)

    def call(self, scene: RunningScene, customer: str, agreed: Opening, key: str) -> Call:
        """The action as the customer does it, with what was agreed on."""
        given: dict[str, Any] = {self.key: agreed.about}
        if self.asks_months:
            given[MONTHS] = agreed.months
        who = Actor(party=customer, role=self.role, app="applications")
        return Call(scene.tenant, scene.ref, self.action, who, given, key, agreed)

    def months_of(self, fields: Mapping[str, Any]) -> int | None:
        return None if self.months is None else int(fields[self.months])


def find_lending_action(
    pack: Pack, shelf: str, roles: Iterable[str], thing: str | None
) -> LendingAction | None:
    """The action by which a person of these roles is lent a product about a thing; None where the
    scene has none. A credit line is opened by the bank, and then drawn on by actions. Raises:
    Refused where only the action itself knows how much it lends.
    """
    if thing is None or standard_shelf().products[shelf].kind == "credit_line":
        return None
    own = set(roles)
    for action in pack.actions.values():
        if action.on is None or action.on.thing != thing or own.isdisjoint(action.by):
            continue
        for step in action.steps:
            mounted = pack.products.get(str(step.args.get("product")))
            if step.block == "lend" and mounted is not None and mounted.shelf == shelf:
                return _read(action, step.args, thing, next(r for r in action.by if r in own))
    return None


def _read(action: Action, args: Mapping[str, Any], thing: str, role: str) -> LendingAction:
    assert action.on is not None
    amount, months = _field(args.get("amount"), thing), _field(args.get("months"), thing)
    others = [f for f in action.input.values() if f.name not in (action.on.key, MONTHS)]
    if amount is None or any(not field.optional for field in others):
        raise Refused(
            f"the scene lends by its action {action.name}",
            code="application.by_action",
            param="product",
            facts={"action": action.name},
            hint=f"do the action {action.name} of the scene",
        )
    return LendingAction(action.name, role, action.on.key, amount, months, MONTHS in action.input)


def _field(expression: Any, thing: str) -> str | None:
    """The field of the thing that an expression is, if it is one."""
    if not isinstance(expression, Expression):
        return None
    match = _FIELD.fullmatch(expression.source.strip())
    return match[2] if match is not None and match[1] == thing else None
