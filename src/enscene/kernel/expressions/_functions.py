"""The named functions: their types, their constants folded at load, what runs for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enscene.kernel.clock import parse_day, parse_duration, parse_time
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import _runtime
from enscene.kernel.expressions._mistakes import Mistake
from enscene.kernel.expressions._terms import Term
from enscene.kernel.expressions._types import (
    BOOL,
    DATE,
    DURATION,
    INT,
    MONEY,
    PORTION,
    TEXT,
    TIME,
    Type,
)
from enscene.kernel.money import Portion, parse_money
from enscene.kernel.said import say

if TYPE_CHECKING:
    from enscene.kernel.expressions._environment import Environment

Check = Callable[["Environment", int, tuple[Term, ...]], Term]
"""(environment, offset of the name, checked arguments) -> the call as a term."""

ORDERED = frozenset({"int", "text", "money", "portion", "date", "time", "duration"})


@dataclass(frozen=True, slots=True)
class Function:
    """A named function or method as an author sees it."""

    name: str
    signature: str
    about: str
    arity: int
    check: Check


def _literal(name: str, to: Type, read: Callable[[str, Environment], object]) -> Check:
    def check(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
        (part,) = parts
        if part.op != "const" or part.type != TEXT:
            detail = say(
                "`{name}` takes a text written out, such as {examples}.",
                name=name,
                examples=_EXAMPLES[name],
            )
            raise Mistake("type", at, detail)
        try:
            return Term("const", to, value=read(str(part.value), env))
        except Invalid as error:
            raise Mistake("bad_literal", at, error.said, error.advice) from None

    return check


_EXAMPLES = {
    "money": "money('20.00')",
    "portion": "portion('0.3%')",
    "duration": "duration('2h')",
    "date": "date('2026-01-01')",
    "timestamp": "timestamp('2026-01-01T08:00:00Z')",
}


def _calls(run: Callable[[Environment], object], to: Type, *takes: Type) -> Check:
    def check(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
        for part, wanted in zip(parts, takes, strict=True):
            if part.type != wanted and not (wanted == TEXT and part.type.is_text):
                raise Mistake(
                    "type",
                    at,
                    say("It takes {wanted} here, not {type}.", wanted=wanted, type=part.type),
                )
        return Term("call", to, parts, run(env), may_fail=True)

    return check


def _pick(operator: str) -> Check:
    def check(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
        left, right = parts
        if left.type != right.type or left.type.kind not in ORDERED:
            detail = say(
                "It takes two of one kind that has an order, not {type} and {type_2}.",
                type=left.type,
                type_2=right.type,
            )
            raise Mistake("type", at, detail)
        return Term("pick", left.type, parts, operator)

    return check


def _absolute(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
    (part,) = parts
    if part.type == DURATION:
        return Term("call", DURATION, parts, _runtime.absolute_duration, may_fail=True)
    if part.type not in (INT, MONEY):
        raise Mistake(
            "type", at, say("It takes int, money or duration, not {type}.", type=part.type)
        )
    return Term("call", part.type, parts, _runtime.absolute, may_fail=True)


def _has(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
    # The checker takes has(record.field) itself; whatever else stands there comes here.
    raise Mistake("type", at, say("`has` asks for one field: has(record.field)."))


def _size(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
    (part,) = parts
    if not part.type.is_text and part.type.kind != "list":
        raise Mistake("type", at, say("It takes a text or a list, not {type}.", type=part.type))
    return Term("call", INT, parts, len)


def _weekday(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
    (part,) = parts
    if part.type != DATE:
        raise Mistake(
            "type",
            at,
            say("It takes a date, not {type}.", type=part.type),
            say("Write weekday(day(now))."),
        )
    return Term("method", INT, parts, "isoweekday")


def _text_method(python_name: str) -> Check:
    def check(env: Environment, at: int, parts: tuple[Term, ...]) -> Term:
        for part in parts:
            if not part.type.is_text:
                raise Mistake("type", at, say("It takes a text here, not {type}.", type=part.type))
        return Term("method", BOOL, parts, python_name)

    return check


def _table(*functions: Function) -> dict[str, Function]:
    return {function.name: function for function in functions}


FUNCTIONS: dict[str, Function] = _table(
    Function("has", "has(record.field) -> bool", "Whether the field is there.", 1, _has),
    Function("size", "size(text | list) -> int", "Characters, or items.", 1, _size),
    Function(
        "money",
        "money('20.00') -> money",
        "An amount in the scene's currency.",
        1,
        _literal("money", MONEY, lambda text, env: parse_money(text, env.currency)),
    ),
    Function(
        "portion",
        "portion('0.3%' | '1/3') -> portion",
        "An exact ratio.",
        1,
        _literal("portion", PORTION, lambda text, env: Portion.parse(text)),
    ),
    Function(
        "duration",
        "duration('90s' | '15m' | '2h' | '7d' | '1w') -> duration",
        "A span of time.",
        1,
        _literal("duration", DURATION, lambda text, env: parse_duration(text)),
    ),
    Function(
        "date",
        "date('2026-01-01') -> date",
        "A day.",
        1,
        _literal("date", DATE, lambda text, env: parse_day(text)),
    ),
    Function(
        "timestamp",
        "timestamp('2026-01-01T08:00:00Z') -> time",
        "A moment.",
        1,
        _literal("timestamp", TIME, lambda text, env: parse_time(text)),
    ),
    Function(
        "portion_of",
        "portion_of(money, portion) -> money",
        "That share of the amount, rounded half-even.",
        2,
        _calls(lambda env: _runtime.portion_of, MONEY, MONEY, PORTION),
    ),
    Function("min", "min(a, b) -> the smaller", "The smaller of two.", 2, _pick("<=")),
    Function("max", "max(a, b) -> the larger", "The larger of two.", 2, _pick(">=")),
    Function("abs", "abs(int | money | duration)", "Without its sign.", 1, _absolute),
    Function(
        "day",
        "day(time) -> date",
        "The day it is then, in the scene's zone.",
        1,
        _calls(lambda env: _runtime.day_in(env.zone), DATE, TIME),
    ),
    Function(
        "hour",
        "hour(time) -> int",
        "The hour 0-23 it is then, in the scene's zone.",
        1,
        _calls(lambda env: _runtime.hour_in(env.zone), INT, TIME),
    ),
    Function("weekday", "weekday(date) -> int", "1 for Monday to 7 for Sunday.", 1, _weekday),
)

METHODS: dict[str, Function] = _table(
    Function(
        "startsWith",
        "text.startsWith(text) -> bool",
        "Whether it begins so.",
        2,
        _text_method("startswith"),
    ),
    Function(
        "endsWith",
        "text.endsWith(text) -> bool",
        "Whether it ends so.",
        2,
        _text_method("endswith"),
    ),
    Function(
        "contains",
        "text.contains(text) -> bool",
        "Whether it holds the other.",
        2,
        _text_method("__contains__"),
    ),
    Function("size", "text.size() -> int", "Characters, or items.", 1, _size),
)
