"""Expressions over what an event says and what is known of its customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from enscene.kernel.expressions import Expression

Facts: TypeAlias = Mapping[str, Any]
Known: TypeAlias = Callable[[int], Facts]
"""The roots `customer` and `spectrum` of a customer, when the event does not bring them."""
Read: TypeAlias = Callable[[Facts, int, int], Any]
"""From facts, customer and `count`. Raises: ExpressionError."""

COUNT = "count"
KNOWN = ("customer", "spectrum")


def nothing_known(customer: int) -> Facts:
    """What reads it has no value, and fires nothing."""
    return {}


def reader_of(expression: Expression, known: Known) -> Read:
    """How the expression is asked. A root that nobody brings is None: reading it is an error."""
    function, roots = expression.function, expression.roots
    read = {path.split(".")[0] for path in expression.reads}
    wanted = [(place, name) for place, name in enumerate(roots) if name in read]
    none = [None] * len(roots)
    if len(wanted) == 1 and wanted[0][1] not in (COUNT, *KNOWN):
        place, only = wanted[0]
        before, behind = none[:place], none[place + 1 :]
        return lambda facts, customer, count: function(*before, facts.get(only), *behind)
    if all(name not in (COUNT, *KNOWN) for _, name in wanted):

        def from_facts(facts: Facts, customer: int, count: int) -> Any:
            roots: list[Any] = none[:]
            for place, name in wanted:
                roots[place] = facts.get(name)
            return function(*roots)

        return from_facts

    def from_all(facts: Facts, customer: int, count: int) -> Any:
        roots: list[Any] = none[:]
        more: Facts | None = None
        for place, name in wanted:
            if name in facts:
                roots[place] = facts[name]
            elif name == COUNT:
                roots[place] = count
            elif name in KNOWN:
                if more is None:
                    more = known(customer)
                roots[place] = more.get(name)
        return function(*roots)

    return from_all
