"""Collecting mistakes, with hints for names that are nearly right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from enscene.kernel.documents.written import Mistake, Position
from enscene.kernel.said import NOTHING, Said, say

MAX_MISTAKES = 200
"""After this many the rest is not collected: nobody reads them before the first are fixed."""


class Mistakes:
    """What is wrong so far; the same thing at the same place is kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str, str], Mistake] = {}

    def add(
        self, at: Position, code: str, message: Said, hint: Said = NOTHING, path: str = ""
    ) -> None:
        """Keep one mistake; `message` and `hint` have no full stop."""
        key = (at.file, at.line, at.column, code, str(message))
        if len(self._found) < MAX_MISTAKES:
            mistake = Mistake(at.file, at.line, at.column, code, message, hint, path)
            self._found.setdefault(key, mistake)

    def unknown(
        self, at: Position, what: str, name: str, known: Iterable[str], path: str = ""
    ) -> None:
        """A name that nothing has; the hint names the nearest one, or all of a few."""
        known, word = sorted(known), Said(what, {})
        near = get_close_matches(name, known, 1, 0.6)
        if near:
            hint = say("did you mean `{near}`?", near=near[0])
        elif 0 < len(known) <= 12:
            hint = say("there is {names}", names=tuple(f"`{item}`" for item in known))
        else:
            hint = say("there is no {what} yet", what=word) if not known else NOTHING
        code = "unknown_" + what.replace(" ", "_")
        self.add(at, code, say("no {what} is called `{name}`", what=word, name=name), hint, path)

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Mistake, ...]:
        """All of them, by file, line and column."""
        return tuple(
            sorted(self._found.values(), key=lambda item: (item.file, item.line, item.column))
        )
