"""Compiling the expressions of a pack, with mistakes told where they are written."""

from __future__ import annotations

from collections.abc import Iterable

from enscene.kernel.documents import Node, Scalar
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import (
    DATE,
    ENUM,
    INT,
    MONEY,
    PARTY,
    RECORD,
    TEXT,
    TIME,
    Environment,
    compile_expression,
)
from enscene.kernel.expressions import Type as Kernel
from enscene.kernel.said import NOTHING, Said, say
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._types import kernel_type
from enscene.scenes.language.model import Expression, Field, Position, Thing

ACCOUNT = RECORD({"balance": MONEY, "available": MONEY, "held": MONEY})
ACTOR = RECORD({"role": TEXT, "party": PARTY})
Expected = Kernel | tuple[Kernel | None, ...] | None


def written(node: Node | None) -> Expression:
    """An expression as it is written, not compiled; its place is where its text begins."""
    assert isinstance(node, Scalar)
    at = node.at
    if node.quoted:
        at = Position(at.file, at.line, at.column + 1)
    return Expression(node.text, at, "")


def thing_type(thing: Thing, optional: bool = False) -> Kernel:
    """A thing as expressions see it: its fields and `state`; of one that may not exist every
    field may be absent."""
    fields = {
        field.name: kernel_type(field.type, optional or field.optional)
        for field in thing.fields.values()
    }
    return RECORD({**fields, "state": ENUM(thing.states)})


def input_type(fields: Iterable[Field]) -> Kernel:
    """The record `input`."""
    return RECORD({field.name: kernel_type(field.type, field.optional) for field in fields})


def common_names(draft: Draft) -> dict[str, Kernel]:
    """Names that every expression of a scene may use."""
    return {
        "options": RECORD(
            {option.name: kernel_type(option.type) for option in draft.options.values()}
        ),
        "parties": RECORD(dict.fromkeys(draft.parties, PARTY)),
        "now": TIME,
        "today": DATE,
        "actor": ACTOR,
    }


def account_names(draft: Draft) -> dict[str, Kernel]:
    """The accounts and counters of a scene, by name."""
    counters = {
        name: RECORD({"value": MONEY if counter.sum == "money" else INT})
        for name, counter in draft.counters.items()
    }
    return {**dict.fromkeys(draft.accounts, ACCOUNT), **counters}


class Scope:
    """The names that some expressions may use. `reads` gathers what they looked at."""

    def __init__(self, draft: Draft, names: dict[str, Kernel]) -> None:
        self.draft = draft
        self.environment = Environment(names, draft.currency, draft.zone)
        self.reads: dict[str, Position] = {}
        self.later: dict[str, Said] = {}

    def compile(self, raw: Expression, expect: Expected, path: str) -> Expression:
        """The compiled expression; where it is wrong, a mistake and the expression as it was.

        `later` holds names that are not there yet, and why.
        """
        wanted = expect if isinstance(expect, tuple) else (expect,)
        first: Invalid | None = None
        for of in wanted:
            try:
                compiled = compile_expression(raw.source, self.environment, expect=of)
            except Invalid as error:
                first = first or error
                continue
            for name in sorted(compiled.reads):
                root = name.split(".")[0]
                self.reads.setdefault(name, raw.at)
                if root in self.later:
                    message = say(
                        "`{root}` is not known here: {later}", root=root, later=self.later[root]
                    )
                    self.draft.mistakes.add(raw.at, "too_early", message, path=path)
            return Expression(raw.source, raw.at, str(compiled.type), compiled, compiled.reads)
        assert first is not None
        self._tell(raw, first, path)
        return raw

    def _tell(self, raw: Expression, error: Invalid, path: str) -> None:
        line, column = error.facts.get("line", 1), error.facts.get("column", 1)
        assert isinstance(line, int)
        assert isinstance(column, int)
        at = Position(
            raw.at.file,
            raw.at.line + line - 1,
            raw.at.column + column - 1 if line == 1 else column,
        )
        code = error.code.replace("expression.", "expression_")
        hint = (error.advice or NOTHING).bare()
        self.draft.mistakes.add(at, code, error.said.bare(), hint, path)

    def node(self, node: Node | None, expect: Expected) -> Expression:
        """Compile what a node holds."""
        assert node is not None
        return self.compile(written(node), expect, node.path)

    def maybe(self, node: Node | None, expect: Expected) -> Expression | None:
        """Compile what a node holds, if there is one."""
        return None if node is None else self.node(node, expect)
