"""Expressions of packs, read and worked out a second time, apart from the product's compiler.

Values are plain: money and whole numbers are `int` (minor units), portions `Fraction`. What is not
there raises Absent, as it makes a guard fail in the product.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from enscene.kernel.clock import local_day, parse_day, parse_duration, parse_time, zone_of
from enscene.kernel.money import parse_money

Look: TypeAlias = Callable[[str], Any]
"""The value of a root name: `input`, `options`, `wallet`…"""
Ask: TypeAlias = Callable[[Look], Any]


class Absent(Exception):
    """A value that the expression needs is not there."""


_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]]))"
)


def _divide(whole: int, by: int) -> int:
    if by == 0:
        raise Absent("division by zero")
    quotient = abs(whole) // abs(by)
    return quotient if (whole < 0) == (by < 0) else -quotient


_LEVELS: tuple[Mapping[str, Callable[[Any, Any], Any]], ...] = (
    {
        "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
        ">": operator.gt, ">=": operator.ge, "in": lambda item, among: item in among,
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": _divide, "%": lambda a, b: a - b * _divide(a, b)},
)  # fmt: skip


def share_of(amount: int, share: Fraction) -> int:
    """That share of an amount, ties to the even minor unit."""
    return round(amount * share)


def portion(text: str) -> Fraction:
    """The ratio of "0.3%" or "1/3"."""
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


@lru_cache(maxsize=4_000)
def reading(source: str, currency: str, zone: str) -> Ask:
    """The expression, ready to be asked with a way to look up names."""
    return _Reader(source, currency, zone).whole()


class _Reader:
    def __init__(self, source: str, currency: str, zone: str) -> None:
        self.currency = currency
        self.zone = zone
        self.tokens: list[tuple[str, str]] = []
        at = 0
        text = source.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            assert match is not None, f"cannot read {source!r} at {at}"
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind]))
            at = match.end()
        self.tokens.append(("end", ""))
        self.at = 0

    def whole(self) -> Ask:
        ask = self.choice()
        assert self.tokens[self.at][0] == "end", self.tokens[self.at :]
        return ask

    def taken(self, *signs: str) -> str | None:
        kind, text = self.tokens[self.at]
        if kind in ("sign", "name") and text in signs:
            self.at += 1
            return text
        return None

    def need(self, sign: str) -> None:
        assert self.taken(sign), f"{sign} expected, not {self.tokens[self.at]}"

    def choice(self) -> Ask:
        condition = self.either()
        if not self.taken("?"):
            return condition
        yes = self.choice()
        self.need(":")
        no = self.choice()
        return lambda look: yes(look) if condition(look) else no(look)

    def either(self) -> Ask:
        left = self.both()
        while self.taken("||"):
            left = _or(left, self.both())
        return left

    def both(self) -> Ask:
        left = self.level(0)
        while self.taken("&&"):
            left = _and(left, self.level(0))
        return left

    def level(self, number: int) -> Ask:
        if number == len(_LEVELS):
            return self.unary()
        left = self.level(number + 1)
        while sign := self.taken(*_LEVELS[number]):
            left = _apply(_LEVELS[number][sign], left, self.level(number + 1))
        return left

    def unary(self) -> Ask:
        if self.taken("!"):
            inner = self.unary()
            return lambda look: not inner(look)
        if self.taken("-"):
            inner = self.unary()
            return lambda look: -inner(look)
        return self.members(self.primary())

    def members(self, ask: Ask) -> Ask:
        while True:
            if self.taken("."):
                name = self.name()
                if self.taken("("):
                    ask = _apply_all(_METHODS[name], [ask, *self.arguments()])
                else:
                    ask = _member(ask, name)
            elif self.taken("["):
                index = self.choice()
                self.need("]")
                ask = _apply(lambda items, at: items[at], ask, index)
            else:
                return ask

    def name(self) -> str:
        kind, text = self.tokens[self.at]
        assert kind == "name", text
        self.at += 1
        return text

    def arguments(self) -> list[Ask]:
        given: list[Ask] = []
        while not self.taken(")"):
            given.append(self.choice())
            self.taken(",")
        return given

    def primary(self) -> Ask:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            number = int(text)
            return lambda look: number
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda look: value
        if text == "(":
            inner = self.choice()
            self.need(")")
            return inner
        if text == "[":
            items: list[Ask] = []
            while not self.taken("]"):
                items.append(self.choice())
                self.taken(",")
            return lambda look: [item(look) for item in items]
        if text in ("true", "false"):
            truth = text == "true"
            return lambda look: truth
        assert kind == "name", text
        if not self.taken("("):
            return lambda look: look(text)
        if text == "has":
            return _has(self.arguments()[0])
        return _apply_all(self.function(text), self.arguments())

    def function(self, name: str) -> Callable[..., Any]:
        zone, currency = self.zone, self.currency
        local: dict[str, Callable[..., Any]] = {
            "money": lambda text: parse_money(text, currency),
            "day": lambda moment: local_day(moment, zone),
            "hour": lambda moment: moment.astimezone(zone_of(zone)).hour,
        }
        return local.get(name) or _FUNCTIONS[name]


def _or(left: Ask, right: Ask) -> Ask:
    return lambda look: left(look) or right(look)


def _and(left: Ask, right: Ask) -> Ask:
    return lambda look: left(look) and right(look)


def _apply(work: Callable[[Any, Any], Any], left: Ask, right: Ask) -> Ask:
    return lambda look: work(left(look), right(look))


def _apply_all(work: Callable[..., Any], given: list[Ask]) -> Ask:
    return lambda look: work(*(ask(look) for ask in given))


def _member(ask: Ask, name: str) -> Ask:
    def member(look: Look) -> Any:
        value = ask(look).get(name)
        if value is None:
            raise Absent(name)
        return value

    return member


def _has(ask: Ask) -> Ask:
    def has(look: Look) -> bool:
        try:
            ask(look)
        except Absent:
            return False
        return True

    return has


def _weekday(day: date | datetime) -> int:
    return day.isoweekday()


_METHODS: Mapping[str, Callable[..., Any]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": lambda text, part: part in text,
    "size": len,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "size": len,
    "portion": portion,
    "duration": parse_duration,
    "date": parse_day,
    "timestamp": parse_time,
    "portion_of": share_of,
    "min": min,
    "max": max,
    "abs": abs,
    "weekday": _weekday,
}
