"""One expression, compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from enscene.kernel.expressions._check import Checker
from enscene.kernel.expressions._emit import function_of
from enscene.kernel.expressions._environment import Environment
from enscene.kernel.expressions._mistakes import Mistake
from enscene.kernel.expressions._operators import fits
from enscene.kernel.expressions._parser import parse
from enscene.kernel.expressions._types import Type
from enscene.kernel.said import say

COMPILED_MOST = 50_000


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression.

    `function` takes the objects of `roots` positionally and returns the value: bool, int, str,
    minor units for money, a Portion, date, UTC datetime, timedelta, or a tuple for a list. When
    there is none it raises `ExpressionError`. `reads` are the dotted paths it may read.
    """

    source: str
    type: Type
    reads: frozenset[str]
    roots: tuple[str, ...]
    function: Callable[..., Any]

    def explain(self, *roots: object) -> dict[str, object]:
        """The values it reads from these roots, by path; None for what is absent."""
        at = dict(zip(self.roots, roots, strict=True))
        return {path: _value_at(at, path) for path in sorted(self.reads)}


_COMPILED: dict[tuple[int, str, Type | None], Expression] = {}


def compile_expression(source: str, env: Environment, *, expect: Type | None = None) -> Expression:
    """Compile `source` against the names of `env`.

    A mistake is `Invalid` with a code under "expression." and `facts` line and column, from 1.
    `expect` asks for a type: an ENUM also takes texts written out that it holds. The variants of a
    pack are one text many times over: what was compiled once against the same names is the same.
    """
    key = (env.identity, source, expect)
    known = _COMPILED.get(key)
    if known is None:
        if len(_COMPILED) >= COMPILED_MOST:
            _COMPILED.clear()
        known = _COMPILED[key] = _compile(source, env, expect)
    return known


def _compile(source: str, env: Environment, expect: Type | None) -> Expression:
    try:
        tree = parse(source)
        checker = Checker(env)
        term = checker.term(tree)
        if expect is not None and not fits(term, expect):
            raise Mistake(
                "type",
                0,
                say(
                    "It must be {expect}, and it is {type}.",
                    expect=expect.present(),
                    type=term.type,
                ),
            )
    except Mistake as mistake:
        raise mistake.as_invalid(source) from None
    function = function_of(term, env, source)
    of = expect.present() if expect is not None else term.type
    return Expression(source, of, frozenset(checker.reads), env.roots, function)


def _value_at(roots: dict[str, object], path: str) -> object:
    root, *fields = path.split(".")
    value = roots[root]
    for field in fields:
        if value is None:
            return None
        value = getattr(value, field)
    return value
