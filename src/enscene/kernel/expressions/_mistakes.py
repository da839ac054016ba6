"""Mistakes in an expression, told with their place."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from enscene.kernel.errors import Invalid
from enscene.kernel.said import Said, say


class Mistake(Exception):
    """Raised while compiling; `compile_expression` turns it into `Invalid` with line, column."""

    def __init__(self, code: str, at: int, detail: Said, hint: Said | None = None) -> None:
        super().__init__(str(detail))
        self.code = code
        self.at = at
        self.detail = detail
        self.hint = hint

    def as_invalid(self, source: str) -> Invalid:
        """The error for people, its place counted from 1."""
        before = source[: self.at]
        line = before.count("\n") + 1
        column = self.at - (before.rfind("\n") + 1) + 1
        return Invalid(
            self.detail,
            code=f"expression.{self.code}",
            hint=self.hint,
            facts={"line": line, "column": column},
        )


def did_you_mean(wrong: str, known: Iterable[str], template: str = "`{}`") -> Said | None:
    """A hint with the nearest known name, or all of them when they are few."""
    names = list(known)
    near = get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return say("Did you mean {name}?", name=template.format(near[0]))
    if 0 < len(names) <= 12:
        return say("There is {names}.", names=tuple(template.format(n) for n in sorted(names)))
    return None
