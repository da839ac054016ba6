"""The typed tree between checking and emitting."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.kernel.expressions._types import Type


@dataclass(slots=True)
class Term:
    """A typed operation.

    `op` says what `_emit` writes for it; `value` is the constant, the path read, the comparison
    or the run-time function. `may_fail` tells whether evaluating it can raise.
    """

    op: str
    type: Type
    parts: tuple[Term, ...] = ()
    value: object = None
    may_fail: bool = False
    optional_steps: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.may_fail = self.may_fail or any(part.may_fail for part in self.parts)
