"""From typed terms to Python: one function, straight-line, nothing in reach but its operands."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import Any

from enscene.kernel.expressions import _runtime
from enscene.kernel.expressions._environment import Environment
from enscene.kernel.expressions._lexer import INT_MAX, INT_MIN
from enscene.kernel.expressions._terms import Term

_COMPARE: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_OPERATE: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult}
_FEW = 4


def function_of(term: Term, env: Environment, source: str) -> Callable[..., Any]:
    """The callable of a checked expression; it takes the environment's roots in order."""
    exact = None
    if _order_matters(term):
        careful = _Emitter(env, exact=True)
        exact = careful.function([ast.Return(careful.emit(term))])

    emitter = _Emitter(env, exact=False)
    answer = ast.Return(emitter.emit(term))
    recover = emitter.known(_runtime.recovery(source, exact))
    again = _call(recover, _load("error"), *map(_load, emitter.roots.values()))
    handler = ast.ExceptHandler(emitter.known(Exception), "error", [ast.Return(again)])
    guarded = ast.Try(body=[answer], handlers=[handler], orelse=[], finalbody=[])
    return emitter.function([guarded])


def _order_matters(term: Term) -> bool:
    """Whether an operand before the last of some && or || can raise."""
    if term.op in ("and", "or") and any(part.may_fail for part in term.parts[:-1]):
        return True
    return any(_order_matters(part) for part in term.parts)


class _Emitter:
    def __init__(self, env: Environment, *, exact: bool) -> None:
        self.exact = exact
        self.roots = {name: f"r{index}" for index, name in enumerate(env.roots)}
        self.namespace: dict[str, Any] = {"__builtins__": {}}
        self.temporaries = 0

    def function(self, body: list[ast.stmt]) -> Callable[..., Any]:
        """The callable whose body this is; run it only on terms that were checked."""
        definition = ast.FunctionDef("expression", _arguments(*self.roots.values()), body, [])
        if sys.version_info >= (3, 12):
            definition.type_params = []
        module = ast.fix_missing_locations(ast.Module([definition], []))
        exec(compile(module, "<expression>", "exec"), self.namespace)
        made: Callable[..., Any] = self.namespace["expression"]
        return made

    def emit(self, term: Term) -> ast.expr:
        if term.op == "const":
            return self.constant(term.value)
        parts = [self.emit(part) for part in term.parts]
        if term.op in ("and", "or"):
            return self.logic(term, parts)
        if term.op == "read":
            return self.read(term, len(_path(term)))
        if term.op == "has":
            return self.has(term)
        if term.op == "not":
            return ast.UnaryOp(ast.Not(), parts[0])
        if term.op == "compare":
            return ast.Compare(parts[0], [_COMPARE[str(term.value)]()], [parts[1]])
        if term.op == "choice":
            return ast.IfExp(parts[0], parts[1], parts[2])
        if term.op == "list":
            return ast.Tuple(parts, ast.Load())
        if term.op == "within":
            return ast.Compare(parts[0], [ast.In()], [self.among(term.parts[1], parts[1])])
        if term.op == "pick":
            return self.pick(str(term.value), parts)
        if term.op == "method":
            return _call(ast.Attribute(parts[0], str(term.value), ast.Load()), *parts[1:])
        if term.op == "call":
            return _call(self.known(term.value), *parts)
        operation = ast.BinOp(parts[0], _OPERATE[str(term.value)](), parts[1])
        return operation if term.op == "plain" else self.checked(operation)

    def constant(self, value: object) -> ast.expr:
        if isinstance(value, (bool, int, str)):
            return ast.Constant(value)
        return self.known(value)

    def known(self, value: object) -> ast.expr:
        """A value that only lives in the function's namespace."""
        for name, present in self.namespace.items():
            if present is value:
                return _load(name)
        name = f"k{len(self.namespace)}"
        self.namespace[name] = value
        return _load(name)

    def temporary(self) -> str:
        self.temporaries += 1
        return f"t{self.temporaries}"

    def logic(self, term: Term, parts: list[ast.expr]) -> ast.expr:
        is_and = term.op == "and"
        if not self.exact or not any(part.may_fail for part in term.parts[:-1]):
            return ast.BoolOp(ast.And() if is_and else ast.Or(), parts)
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        later = [ast.Lambda(nothing, part) for part in parts]
        return _call(self.known(_runtime.all_of if is_and else _runtime.any_of), *later)

    def read(self, term: Term, length: int) -> ast.expr:
        path = _path(term)
        value: ast.expr = _load(self.roots[path[0]])
        for step in range(length):
            if step:
                value = ast.Attribute(value, path[step], ast.Load())
            if step in term.optional_steps:
                name = self.temporary()
                there = ast.Compare(_keep(name, value), [ast.IsNot()], [ast.Constant(None)])
                shown = ast.Constant(".".join(path[: step + 1]))
                value = ast.IfExp(there, _load(name), _call(self.known(_runtime.absent), shown))
        return value

    def has(self, term: Term) -> ast.expr:
        if term.value is None:
            return ast.Constant(True)
        path = _path(term)
        owner = self.read(term, len(path) - 1)
        field = ast.Attribute(owner, path[-1], ast.Load())
        return ast.Compare(field, [ast.IsNot()], [ast.Constant(None)])

    def among(self, term: Term, emitted: ast.expr) -> ast.expr:
        written_out = term.op == "list" and all(part.op == "const" for part in term.parts)
        if written_out and len(term.parts) > _FEW:
            return self.known(frozenset(part.value for part in term.parts))
        return emitted

    def pick(self, operator: str, parts: list[ast.expr]) -> ast.expr:
        left, right = self.temporary(), self.temporary()
        test = ast.Compare(_keep(left, parts[0]), [_COMPARE[operator]()], [_keep(right, parts[1])])
        return ast.IfExp(test, _load(left), _load(right))

    def checked(self, operation: ast.expr) -> ast.expr:
        name = self.temporary()
        test = ast.Compare(
            ast.Constant(INT_MIN),
            [ast.LtE(), ast.LtE()],
            [_keep(name, operation), ast.Constant(INT_MAX)],
        )
        return ast.IfExp(test, _load(name), _call(self.known(_runtime.overflow)))


def _path(term: Term) -> tuple[str, ...]:
    assert isinstance(term.value, tuple)
    return term.value


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _keep(name: str, value: ast.expr) -> ast.expr:
    return ast.NamedExpr(ast.Name(name, ast.Store()), value)


def _call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])


def _arguments(*names: str) -> ast.arguments:
    return ast.arguments(
        posonlyargs=[ast.arg(name) for name in names],
        args=[],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
