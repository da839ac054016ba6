"""Asks cel-expr-python for the value of an expression and compares it with ours.

`agree(source, env, values)` is for every expression of every pack
(`from kernel.expressions.oracle import agree`). Money becomes an int of minor
units, a portion a double, a day its midnight in UTC; the named functions that CEL lacks are
given to it with the meaning that their documentation states.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from cel_expr_python import cel

from enscene.kernel.clock import parse_duration
from enscene.kernel.expressions import Environment, ExpressionError, Type, compile_expression
from enscene.kernel.money import Portion, parse_money, portion_of

FAILED = object()
"""Stands for "no value", on both sides."""

_LONG_DURATION = re.compile(r"""duration\((['"])([0-9]+[dw])\1\)""")
_HAS = re.compile(r"\bhas\(\s*")
_CEL_TYPES = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "money": cel.Type.INT,
    "text": cel.Type.STRING,
    "enum": cel.Type.STRING,
    "party": cel.Type.STRING,
    "portion": cel.Type.DOUBLE,
    "date": cel.Type.TIMESTAMP,
    "time": cel.Type.TIMESTAMP,
    "duration": cel.Type.DURATION,
}


def agree(source: str, env: Environment, values: Mapping[str, object]) -> object:
    """Fail unless both give the same value, or both none; returns it (FAILED for none)."""
    ours = value_of(source, env, values)
    theirs = cel_value_of(source, env, values)
    same = ours is theirs if FAILED in (ours, theirs) else _equal(ours, theirs)
    assert same, f"{source}\n ours: {ours!r}\n CEL:  {theirs!r}\n with: {values!r}"
    return ours


def value_of(source: str, env: Environment, values: Mapping[str, object]) -> object:
    """Our value, in the form that CEL's takes here."""
    expression = compile_expression(source, env)
    roots = [values[name] for name in expression.roots]
    try:
        return _to_cel(expression.function(*roots), expression.type)
    except ExpressionError:
        return FAILED


def cel_value_of(source: str, env: Environment, values: Mapping[str, object]) -> object:
    """CEL's value. An error comes back from it as a truthy text, so the type is asked first."""
    portions = _Portions()
    variables: dict[str, cel.Type] = {"_there": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)}
    data: dict[str, object] = {"_there": _presence(values, env.names)}
    for name, of in env.names.items():
        _declare(name, of, values[name], variables, data)
    for value in _portions_in(env, values):
        portions.add(value)
    judge = cel.NewEnv(variables=variables, functions=_functions(env, portions))
    plain = _HAS.sub("has(_there.", _LONG_DURATION.sub(_in_seconds, source))
    answer = judge.compile(plain).eval(data=data)
    kind = answer.type().name()
    shown = answer.plain_value()
    assert kind != "UNKNOWN", f"{source}: {shown}"
    assert "No matching overloads" not in str(shown), f"{source}: {shown}"
    return FAILED if kind == "ERROR" else shown


def _equal(ours: object, theirs: object) -> bool:
    return type(ours) is type(theirs) and ours == theirs


def _in_seconds(match: re.Match[str]) -> str:
    return f"duration('{int(parse_duration(match[2]).total_seconds())}s')"


def _cel_type(of: Type) -> cel.Type:
    if of.kind == "list":
        assert of.item
        return cel.Type.List(_cel_type(of.item))
    return _CEL_TYPES[of.kind]


def _declare(
    path: str, of: Type, value: object, variables: dict[str, cel.Type], data: dict[str, object]
) -> None:
    """A record becomes one dotted variable for each field: a map could not hold moments."""
    if of.kind != "record":
        variables[path] = _cel_type(of)
        if value is not None:
            data[path] = _to_cel(value, of)
        return
    for name, field_type in of.fields:
        field = getattr(value, name) if value is not None else None
        _declare(f"{path}.{name}", field_type, field, variables, data)


def _presence(owner: Any, fields: Mapping[str, Type]) -> dict[str, object]:
    """What has() asks: a map with a key for everything that is there."""
    there: dict[str, object] = {}
    for name, of in fields.items():
        value = owner[name] if isinstance(owner, Mapping) else getattr(owner, name)
        if value is not None:
            there[name] = _presence(value, dict(of.fields)) if of.kind == "record" else True
    return there


def _to_cel(value: Any, of: Type) -> object:
    if of.kind == "list":
        assert of.item
        return [_to_cel(item, of.item) for item in value]
    if isinstance(value, Portion):
        return value.num / value.den
    if of.kind == "date":
        return _midnight(value)
    return str(value) if of.kind == "party" else value


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _portions_in(env: Environment, values: Mapping[str, object]) -> list[Portion]:
    found: list[Portion] = []
    waiting: list[tuple[Type, Any]] = [(of, values[name]) for name, of in env.names.items()]
    while waiting:
        of, value = waiting.pop()
        if of.kind == "record" and value is not None:
            waiting += [(field_type, getattr(value, name)) for name, field_type in of.fields]
        elif isinstance(value, Portion):
            found.append(value)
    return found


class _Portions:
    """Finds the exact portion of a double again."""

    def __init__(self) -> None:
        self.exact: dict[float, Portion] = {}

    def add(self, portion: Portion) -> float:
        double = portion.num / portion.den
        self.exact[double] = portion
        return double

    def of(self, amount: int, double: float) -> int:
        part = portion_of(amount, self.exact[double])
        if not -(2**63) <= part < 2**63:
            raise OverflowError("integer overflow")
        return part


def _functions(env: Environment, portions: _Portions) -> list[cel.FunctionDecl]:
    whole, double, text = cel.Type.INT, cel.Type.DOUBLE, cel.Type.STRING
    moment, span = cel.Type.TIMESTAMP, cel.Type.DURATION
    zone = ZoneInfo(env.zone)

    def declare(name: str, impl: Any, *shapes: tuple[Any, ...]) -> cel.FunctionDecl:
        overloads = [
            cel.Overload(f"{name}_{index}", shape[0], list(shape[1:]), False, impl)
            for index, shape in enumerate(shapes)
        ]
        return cel.FunctionDecl(name, overloads)

    def absolute(value: Any) -> Any:
        if isinstance(value, int) and value == -(2**63):
            raise OverflowError("integer overflow")
        return -value if value < type(value)(0) else value

    pairs = [(kind, kind, kind) for kind in (whole, double, text, moment, span)]
    return [
        declare("money", lambda t: parse_money(t, env.currency), (whole, text)),
        declare("portion", lambda t: portions.add(Portion.parse(t)), (double, text)),
        declare("date", lambda t: _midnight(date.fromisoformat(t)), (moment, text)),
        declare("portion_of", portions.of, (whole, whole, double)),
        declare("min", min, *pairs),
        declare("max", max, *pairs),
        declare("abs", absolute, (whole, whole), (span, span)),
        declare("day", lambda t: _midnight(t.astimezone(zone).date()), (moment, moment)),
        declare("hour", lambda t: t.astimezone(zone).hour, (whole, moment)),
        declare("weekday", lambda t: t.isoweekday(), (whole, moment)),
    ]
