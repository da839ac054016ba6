"""The lines of a scene's account: which kept figures each is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

Part: TypeAlias = Literal["bound", "earned", "flows", "spent"]
PARTS: tuple[Part, ...] = ("bound", "earned", "flows", "spent")
BALANCE, MOVED, AVERAGE = "account.balance", "account.moved", "account.average"
AGENCY, STAYS, SUBSIDIES = "account.agency", "account.stays", "account.subsidies"
INDICATORS = (BALANCE, MOVED, AVERAGE, AGENCY, STAYS, SUBSIDIES)


@dataclass(frozen=True, slots=True)
class Line:
    """`keys` of an indicator, summed; `sign` -1 where the ledger has it below nothing. `counts` says
    how it goes into the result of the month: 1, -1, or 0 for not at all."""

    name: str
    part: Part
    indicator: str
    keys: tuple[str, ...]
    sign: int = 1
    counts: int = 0

    @property
    def at_end(self) -> bool:
        """Whether it is a balance at a day's end, and no sum of the month."""
        return self.indicator == BALANCE


LINES = (
    Line("deposits", "bound", BALANCE, ("kept",)),
    Line("deposits_average", "bound", AVERAGE, ("kept",)),
    Line("cards", "bound", BALANCE, ("cards",)),
    Line("held_for_others", "bound", BALANCE, ("agency",)),
    Line("invested", "bound", BALANCE, ("invested",)),
    Line("loans", "bound", BALANCE, ("lent",), -1),
    Line("loans_average", "bound", AVERAGE, ("lent",), -1),
    Line("fees", "earned", MOVED, ("fees",), 1, 1),
    Line("interest", "earned", MOVED, ("interest",), 1, 1),
    Line("saas", "earned", MOVED, ("saas",), 1, 1),
    Line("collected", "flows", AGENCY, ("collected",)),
    Line("paid", "flows", AGENCY, ("paid",)),
    Line("stays", "flows", STAYS, ("kept", "cards", "invested")),
    Line("stays_lent", "flows", STAYS, ("lent",), -1),
    Line("benefits", "spent", SUBSIDIES, ("benefits",), 1, -1),
    Line("subsidies", "spent", SUBSIDIES, ("bank",), 1, -1),
    Line("subsidies_others", "spent", SUBSIDIES, ("others",)),
    Line("cost", "spent", MOVED, ("cost",), -1, -1),
    Line("risk", "spent", MOVED, ("risk",), -1, -1),
)
BY_NAME: Mapping[str, Line] = MappingProxyType({line.name: line for line in LINES})

LEADING = (
    "users.active", "users.repeat_share", "users.converted_share", "users.retained_share",
    "users.new", "users.referred_share", "conversion.any_touch", "link.contracted", "participants.new",
    "account.spill_over", "account.spill_share",
)  # fmt: skip
"""Told beside the money, so that what a scene does shows before its income: use, binding, and who
joined with their data. The month's."""
