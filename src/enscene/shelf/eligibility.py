"""Who may have a product: rules one by one, so that a no can say which one, and on which facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from enscene.kernel.expressions import (
    BOOL,
    INT,
    LIST,
    MONEY,
    OPTIONAL,
    RECORD,
    TEXT,
    Environment,
    Expression,
    ExpressionError,
    compile_expression,
)

CUSTOMER = RECORD(
    {
        "kind": OPTIONAL(TEXT),
        "age": OPTIONAL(INT),
        "months_served": OPTIONAL(INT),
        "monthly_spend": OPTIONAL(MONEY),
        "overdue_days": OPTIONAL(INT),
        "segment": OPTIONAL(TEXT),
        "risk_level": OPTIONAL(INT),
        "consents": OPTIONAL(LIST(TEXT)),
    }
)
"""What a rule may ask of a customer. What is not known is absent, and a rule that asks for it does
not hold. `risk_level` is that of the suitability check (1 to 5), `monthly_spend` minor units."""
ENVIRONMENT = Environment({"customer": CUSTOMER})

_BOUND = re.compile(r"customer\.(\w+) (>=|<=|==) (?:money\('([0-9.]+)'\)|([0-9]+)|'(\w+)')")
_SIDES = {">=": "least", "<=": "most", "==": "is"}


class Facts:
    """The facts as an expression asks for them: what is not known is None."""

    __slots__ = ("_known",)

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def __getattr__(self, name: str) -> Any:
        return self._known.get(name)


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition. `field` is the fact that it asks for first; where it is a plain bound,
    `side` is "least", "most" or "is" and `bound` the text of it."""

    expression: Expression
    field: str
    side: str = ""
    bound: str = ""

    def holds(self, facts: Facts) -> bool | None:
        """None when it cannot be said, since a fact is not known."""
        try:
            return bool(self.expression.function(facts))
        except ExpressionError:
            return None

    @property
    def reads(self) -> tuple[str, ...]:
        """The facts it asks for, as `customer.age`."""
        return tuple(sorted(self.expression.reads))


@cache
def read_rule(source: str) -> Rule:
    """The rule that is written so: the same one wherever it is. Raises: Invalid with a code under "expression."."""
    expression = compile_expression(source, ENVIRONMENT, expect=BOOL)
    fields = sorted(path.partition(".")[2] for path in expression.reads)
    match = _BOUND.fullmatch(source.strip())
    if match is None:
        return Rule(expression, fields[0] if fields else "")
    field, side, money, number, text = match.groups()
    return Rule(expression, field, _SIDES[side], money or number or text)
