"""What every rule of screening can do."""

from __future__ import annotations

from typing import Any, Protocol

from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningRule


class Watch(Protocol):
    """A rule with its memory."""

    def look(self, movement: Movement) -> list[Hit]:
        """What is to be asked about, with this movement as the last one."""
        ...


def hit(
    rule: ScreeningRule,
    movement: Movement,
    customer: int,
    key: str,
    refs: tuple[str, ...] = (),
    **facts: Any,
) -> list[Hit]:
    """One finding, as the list that `look` answers."""
    live = rule.mode == "live"
    return [
        Hit(rule.name, rule.purpose, live, customer, key, movement.at, facts,
            refs or (movement.ref,))
    ]  # fmt: skip
