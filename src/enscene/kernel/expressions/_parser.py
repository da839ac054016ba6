"""Tokens to a tree, by CEL's grammar and precedence."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.kernel.expressions._lexer import INT_MAX, Token, tokens_of
from enscene.kernel.expressions._mistakes import Mistake
from enscene.kernel.said import Said, say

MAX_SOURCE = 2_000
MAX_DEPTH = 32
MAX_NODES = 500

_BINARY = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
}
_RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let"}
    | {"loop", "package", "namespace", "return", "var", "void", "while"}
)


@dataclass(slots=True)
class Node:
    """`kind`: int, text, bool, name, select, call, method, not, negate, binary, and, or,
    choice, list. `value`: literal, name, field, function or operator. `at`: offset in source."""

    kind: str
    at: int
    value: str | int | bool = ""
    parts: tuple[Node, ...] = ()
    depth: int = 1


def parse(source: str) -> Node:
    """The tree of one expression."""
    if len(source) > MAX_SOURCE:
        raise Mistake(
            "too_long",
            MAX_SOURCE,
            say("It is longer than {max_source} characters.", max_source=MAX_SOURCE),
        )
    parser = _Parser(tokens_of(source))
    tree = parser.choice()
    parser.finish()
    return tree


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.nodes = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def sees(self, text: str) -> bool:
        return self.token.value == text and self.token.kind in ("op", "name")

    def takes(self, text: str) -> bool:
        if self.sees(text):
            self.position += 1
            return True
        return False

    def expect(self, text: str, opened: Token) -> None:
        if not self.takes(text):
            hint = say(
                "`{value}` at character {at} waits for its `{text}`.",
                value=opened.value,
                at=opened.at + 1,
                text=text,
            )
            raise self.unexpected(say("`{text}`", text=text), hint)

    def unexpected(self, wanted: Said, hint: Said | None = None) -> Mistake:
        token = self.token
        if token.kind == "end":
            return Mistake(
                "syntax", token.at, say("It ends where {wanted} is expected.", wanted=wanted), hint
            )
        shown = say("a text") if token.kind == "text" else say("`{text}`", text=token.value)
        return Mistake(
            "syntax",
            token.at,
            say("{shown} stands where {wanted} is expected.", shown=shown, wanted=wanted),
            hint,
        )

    def finish(self) -> None:
        if self.token.kind != "end":
            raise self.unexpected(say("an operator or the end"))

    def node(
        self, kind: str, at: int, value: str | int | bool = "", parts: tuple[Node, ...] = ()
    ) -> Node:
        self.nodes += 1
        depth = 1 + max((part.depth for part in parts), default=0)
        if self.nodes > MAX_NODES:
            raise Mistake(
                "too_large", at, say("It has more than {max_nodes} parts.", max_nodes=MAX_NODES)
            )
        if depth > MAX_DEPTH:
            raise _too_deep(at)
        return Node(kind, at, value, parts, depth)

    def choice(self) -> Node:
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            raise _too_deep(self.token.at)
        condition = self.binary(1)
        mark = self.token
        if self.takes("?"):
            then = self.binary(1)
            self.expect(":", mark)
            condition = self.node("choice", mark.at, "?", (condition, then, self.choice()))
        self.nesting -= 1
        return condition

    def binary(self, lowest: int) -> Node:
        left = self.unary()
        while self.token.kind in ("op", "name"):
            operator = str(self.token.value)
            level = _BINARY.get(operator, 0)
            if level < lowest:
                break
            at = self.advance().at
            if level <= 2:
                parts = [left, self.binary(level + 1)]
                while self.takes(operator):
                    parts.append(self.binary(level + 1))
                kind = "and" if operator == "&&" else "or"
                left = self.node(kind, at, operator, tuple(parts))
            else:
                left = self.node("binary", at, operator, (left, self.binary(level + 1)))
        return left

    def unary(self) -> Node:
        first = self.token
        if first.kind != "op" or first.value not in ("!", "-"):
            return self.member()
        count = 0
        while self.takes(str(first.value)):
            count += 1
        if first.value == "-" and count == 1 and self.token.kind == "int":
            return self.member(negative=first)
        operand = self.member()
        if count % 2 == 0:  # CEL drops pairs of them
            return operand
        return self.node("not" if first.value == "!" else "negate", first.at, "", (operand,))

    def member(self, negative: Token | None = None) -> Node:
        node = self.primary(negative)
        while self.takes("."):
            token = self.token
            if token.kind != "name" or token.value in ("in", "true", "false", "null"):
                raise self.unexpected(say("a field's name"))
            self.advance()
            name = str(token.value)
            if self.sees("("):
                node = self.node("method", token.at, name, (node, *self.arguments(")")))
            else:
                node = self.node("select", token.at, name, (node,))
        return node

    def arguments(self, closing: str) -> tuple[Node, ...]:
        opened = self.advance()
        items: list[Node] = []
        while not self.sees(closing):
            items.append(self.choice())
            if not self.takes(","):
                break
            if closing == ")" and self.sees(closing):
                raise self.unexpected(say("a value"))
        self.expect(closing, opened)
        return tuple(items)

    def primary(self, negative: Token | None) -> Node:
        token = self.token
        if token.kind == "int":
            return self.integer(negative)
        if token.kind == "text":
            return self.node("text", self.advance().at, token.value)
        if self.sees("("):
            self.advance()
            inner = self.choice()
            self.expect(")", token)
            return inner
        if self.sees("["):
            return self.node("list", token.at, "", self.arguments("]"))
        if token.kind == "name" and token.value != "in":
            return self.named(str(token.value))
        raise self.unexpected(say("a value"))

    def integer(self, negative: Token | None) -> Node:
        token = self.advance()
        value = int(token.value)
        if negative:
            return self.node("int", negative.at, -value)
        if value > INT_MAX:
            raise Mistake(
                "syntax", token.at, say("{value} is not a 64-bit whole number.", value=value)
            )
        return self.node("int", token.at, value)

    def named(self, name: str) -> Node:
        at = self.advance().at
        if name in ("true", "false"):
            return self.node("bool", at, name == "true")
        if name == "null":
            raise Mistake(
                "syntax", at, say("There is no null."), say("Ask has(record.field) instead.")
            )
        if name in _RESERVED:
            raise Mistake("syntax", at, say("`{name}` is a reserved word.", name=name))
        if self.sees("("):
            return self.node("call", at, name, self.arguments(")"))
        return self.node("name", at, name)


def _too_deep(at: int) -> Mistake:
    return Mistake(
        "too_deep", at, say("It is nested deeper than {max_depth} levels.", max_depth=MAX_DEPTH)
    )
