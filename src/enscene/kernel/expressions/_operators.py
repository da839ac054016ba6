"""Which operators take which types, and what to say when they do not."""

from __future__ import annotations

from enscene.kernel.expressions import _runtime
from enscene.kernel.expressions._functions import ORDERED
from enscene.kernel.expressions._mistakes import Mistake, did_you_mean
from enscene.kernel.expressions._terms import Term
from enscene.kernel.expressions._types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    TEXT,
    TIME,
    Type,
    unify,
)
from enscene.kernel.said import Said, say

_CHECKED = {
    ("+", "int", "int"): INT,
    ("-", "int", "int"): INT,
    ("*", "int", "int"): INT,
    ("+", "money", "money"): MONEY,
    ("-", "money", "money"): MONEY,
    ("*", "money", "int"): MONEY,
    ("*", "int", "money"): MONEY,
}
_PLAIN = {
    ("+", "time", "duration"): TIME,
    ("+", "duration", "time"): TIME,
    ("-", "time", "duration"): TIME,
    ("-", "time", "time"): DURATION,
    ("+", "duration", "duration"): DURATION,
    ("-", "duration", "duration"): DURATION,
    ("-", "date", "date"): DURATION,
}
_CALLED = {
    ("/", "int", "int"): (INT, _runtime.divide),
    ("%", "int", "int"): (INT, _runtime.remainder),
    ("+", "date", "duration"): (DATE, _runtime.shift_day),
    ("-", "date", "duration"): (DATE, _runtime.unshift_day),
}
_ROUND = say("A share of money is rounded by portion_of(amount, portion('50%')).")
_HINTS = {
    ("/", "money", "int"): _ROUND,
    ("*", "money", "portion"): _ROUND,
    ("*", "portion", "money"): _ROUND,
    ("/", "money", "money"): say("Compare the amounts instead."),
}


def arithmetic(operator: str, at: int, left: Term, right: Term) -> Term:
    """`left operator right` for + - * / %."""
    if operator == "+" and left.type.is_text and right.type.is_text:
        return Term("call", TEXT, (left, right), _runtime.concat, may_fail=True)
    key = (operator, left.type.kind, right.type.kind)
    if key in _CHECKED:
        return Term("checked", _CHECKED[key], (left, right), operator, may_fail=True)
    if key in _PLAIN:
        return Term("plain", _PLAIN[key], (left, right), operator, may_fail=True)
    if key in _CALLED:
        to, run = _CALLED[key]
        return Term("call", to, (left, right), run, may_fail=True)
    hint = _HINTS.get(key) or _mixed_hint(left, right)
    raise Mistake(
        "type",
        at,
        say(
            "`{operator}` does not take {type} and {type_2}.",
            operator=operator,
            type=left.type,
            type_2=right.type,
        ),
        hint,
    )


def compare(operator: str, at: int, left: Term, right: Term) -> Term:
    """`left operator right` for == != < <= > >=."""
    one = unify(left.type, right.type)
    if one is None or one.kind in ("list", "record"):
        detail = say("{type} cannot be compared with {type_2}.", type=left.type, type_2=right.type)
        raise Mistake("type", at, detail, _mixed_hint(left, right))
    for side in (one, left.type, right.type):
        if operator not in ("==", "!=") and side.kind not in ORDERED:
            raise Mistake(
                "type",
                at,
                say(
                    "{side} has no order, so `{operator}` says nothing.",
                    side=side,
                    operator=operator,
                ),
            )
    _check_members(left.type, right, at)
    _check_members(right.type, left, at)
    two_sets = left.type.kind == right.type.kind == "enum"
    if two_sets and not set(left.type.values) & set(right.type.values):
        raise Mistake("never", at, say("They have no value in common."))
    return Term("compare", BOOL, (left, right), operator)


def within(at: int, item: Term, among: Term) -> Term:
    """`item in among`."""
    if among.type.kind != "list" or among.type.item is None:
        hint = say("Write text.contains(part).") if among.type.is_text else None
        raise Mistake(
            "type", at, say("`in` takes a list on its right, not {type}.", type=among.type), hint
        )
    if unify(item.type, among.type.item) is None:
        raise Mistake(
            "type", at, say("{type} cannot be in a {type_2}.", type=item.type, type_2=among.type)
        )
    if among.op == "list":
        for part in among.parts:
            _check_members(item.type, part, at)
    return Term("within", BOOL, (item, among))


def negate(at: int, operand: Term) -> Term:
    """`-operand`."""
    if operand.type not in (INT, MONEY):
        raise Mistake("type", at, say("`-` does not take {type}.", type=operand.type))
    zero = Term("const", operand.type, value=0)
    return Term("checked", operand.type, (zero, operand), "-", may_fail=True)


def fits(term: Term, expected: Type) -> bool:
    """Whether the value always is of the expected type."""
    if term.op == "choice":
        return fits(term.parts[1], expected) and fits(term.parts[2], expected)
    if expected.kind == "enum" and term.op == "const":
        return term.value in expected.values
    if expected.kind == term.type.kind == "enum":
        return set(term.type.values) <= set(expected.values)
    if expected.kind == "list" and term.op == "list" and expected.item:
        item = expected.item
        return all(fits(part, item) for part in term.parts)
    return term.type == expected.present() or (expected == TEXT and term.type.is_text)


def _check_members(of: Type, literal: Term, at: int) -> None:
    """A text written out must be one that the set of texts has: anything else never holds."""
    if of.kind != "enum" or literal.op != "const" or literal.value in of.values:
        return
    hint = did_you_mean(str(literal.value), of.values, "'{}'")
    raise Mistake(
        "never", at, say("{value} is none of its values.", value=repr(str(literal.value))), hint
    )


def _mixed_hint(left: Term, right: Term) -> Said | None:
    kinds = {left.type.kind, right.type.kind}
    if kinds == {"money", "int"}:
        for term in (left, right):
            if term.type == INT and term.op == "const":
                return say("Write money('{value}') for an amount.", value=term.value)
        return say("An amount is written money('20.00').")
    if kinds == {"portion", "text"}:
        return say("A portion is written portion('0.3%').")
    if kinds == {"date", "text"}:
        return say("A day is written date('2026-01-01').")
    if kinds == {"date", "time"}:
        return say("Take the day of a moment with day(now).")
    if kinds == {"duration", "text"}:
        return say("A span of time is written duration('2h').")
    return None
