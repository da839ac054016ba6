"""From the tree to typed terms: every name resolved, every operator's types agreed."""

from __future__ import annotations

from enscene.kernel.expressions._environment import Environment
from enscene.kernel.expressions._functions import FUNCTIONS, METHODS, Function
from enscene.kernel.expressions._mistakes import Mistake, did_you_mean
from enscene.kernel.expressions._operators import arithmetic, compare, negate, within
from enscene.kernel.expressions._parser import Node
from enscene.kernel.expressions._terms import Term
from enscene.kernel.expressions._types import BOOL, INT, LIST, TEXT, Type, unify
from enscene.kernel.said import say

_LITERALS = {"int": INT, "text": TEXT, "bool": BOOL}
_ARITHMETIC = frozenset("+-*/%")


class Checker:
    """Checks one expression; `reads` collects the dotted paths it uses."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.reads: set[str] = set()

    def term(self, node: Node) -> Term:
        """The typed term of a node that stands for a value."""
        if node.kind in _LITERALS:
            return Term("const", _LITERALS[node.kind], value=node.value)
        if node.kind in ("name", "select"):
            return self.read(node)
        if node.kind == "call":
            return self.call(node)
        if node.kind == "method":
            return self.invoke(METHODS, node, "text.{}()")
        if node.kind in ("and", "or", "not"):
            return self.logic(node)
        if node.kind == "negate":
            return negate(node.at, self.term(node.parts[0]))
        if node.kind == "choice":
            return self.choice(node)
        if node.kind == "list":
            return self.list(node)
        return self.binary(node)

    def binary(self, node: Node) -> Term:
        left, right = (self.term(part) for part in node.parts)
        operator = str(node.value)
        if operator == "in":
            return within(node.at, left, right)
        if operator in _ARITHMETIC:
            return arithmetic(operator, node.at, left, right)
        return compare(operator, node.at, left, right)

    def logic(self, node: Node) -> Term:
        parts = tuple(self.term(part) for part in node.parts)
        for part, tree in zip(parts, node.parts, strict=True):
            if part.type != BOOL:
                shown = {"and": "&&", "or": "||", "not": "!"}[node.kind]
                raise Mistake(
                    "type",
                    tree.at,
                    say("`{shown}` takes conditions, not {type}.", shown=shown, type=part.type),
                )
        return Term(node.kind, BOOL, parts)

    def choice(self, node: Node) -> Term:
        condition, then, otherwise = (self.term(part) for part in node.parts)
        if condition.type != BOOL:
            detail = say("What stands before `?` is a condition, not {type}.", type=condition.type)
            raise Mistake("type", node.parts[0].at, detail)
        one = unify(then.type, otherwise.type)
        if one is None or one.kind == "record":
            detail = say(
                "Both sides of `:` have one type, not {type} and {type_2}.",
                type=then.type,
                type_2=otherwise.type,
            )
            raise Mistake("type", node.at, detail)
        return Term("choice", one, (condition, then, otherwise))

    def list(self, node: Node) -> Term:
        parts = tuple(self.term(part) for part in node.parts)
        if not parts:
            raise Mistake("type", node.at, say("An empty list has no type."))
        item: Type = parts[0].type
        for part, tree in zip(parts, node.parts, strict=True):
            one = unify(item, part.type)
            if one is None or one.kind in ("list", "record"):
                detail = say(
                    "A list holds one type, not {item} and {type}.", item=item, type=part.type
                )
                raise Mistake("type", tree.at, detail)
            item = one
        return Term("list", LIST(item), parts)

    def call(self, node: Node) -> Term:
        if node.value != "has" or [part.kind for part in node.parts] != ["select"]:
            return self.invoke(FUNCTIONS, node, "{}()")
        path, owner, steps = self.path(node.parts[0])
        self.reads.add(".".join(path))
        certain = not owner.optional
        return Term(
            "has",
            BOOL,
            value=None if certain and not steps else path,
            may_fail=bool(steps - {len(path) - 1}),
            optional_steps=steps,
        )

    def invoke(self, table: dict[str, Function], node: Node, shown: str) -> Term:
        name = str(node.value)
        function = table.get(name)
        if function is None:
            hint = did_you_mean(name, table, f"`{shown}`")
            raise Mistake(
                "unknown_function",
                node.at,
                say("There is no {shown}.", shown=shown.format(name)),
                hint,
            )
        if len(node.parts) != function.arity:
            detail = say(
                "`{name}` is written {signature}.", name=name, signature=function.signature
            )
            raise Mistake("type", node.at, detail)
        parts = tuple(self.term(part) for part in node.parts)
        return function.check(self.env, node.at, parts)

    def read(self, node: Node) -> Term:
        path, of, steps = self.path(node)
        if of.kind == "record":
            shown = ".".join(path)
            hint = did_you_mean("", [f"{shown}.{name}" for name, _ in of.fields])
            raise Mistake(
                "type",
                node.at,
                say("`{shown}` is a record; name one of its fields.", shown=shown),
                hint,
            )
        self.reads.add(".".join(path))
        return Term("read", of.present(), (), path, bool(steps), optional_steps=steps)

    def path(self, node: Node) -> tuple[tuple[str, ...], Type, frozenset[int]]:
        """Names from the root, the type there, and which steps of it may be absent."""
        name = str(node.value)
        if node.kind == "name":
            root = self.env.names.get(name)
            if root is None:
                hint = did_you_mean(name, self.env.names)
                raise Mistake(
                    "unknown_name", node.at, say("There is no `{name}`.", name=name), hint
                )
            return (name,), root, frozenset({0} if root.optional else ())
        if node.kind != "select":
            raise Mistake("type", node.at, say("Only a name has fields."))
        owner_path, owner, steps = self.path(node.parts[0])
        shown = ".".join(owner_path)
        if owner.kind != "record":
            detail = say(
                "`{shown}` is {owner} and has no fields.", shown=shown, owner=owner.present()
            )
            raise Mistake("type", node.at, detail)
        of = owner.field(name)
        path = (*owner_path, name)
        if of is None:
            known = [f"{shown}.{field}" for field, _ in owner.fields]
            hint = did_you_mean(".".join(path), known)
            raise Mistake(
                "unknown_name", node.at, say("There is no `{name}`.", name=".".join(path)), hint
            )
        if of.optional:
            steps = steps | {len(path) - 1}
        return path, of, steps
