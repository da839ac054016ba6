"""Collecting mistakes, with hints for names that are nearly right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from enscene.scenes.language.model import Mistake, Position

MAX_MISTAKES = 200
"""After this many the rest is not collected: nobody reads them before the first are fixed."""


class Mistakes:
    """What is wrong so far; the same thing at the same place is kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str, str], Mistake] = {}

    def add(self, at: Position, code: str, message: str, hint: str = "", path: str = "") -> None:
        """Keep one mistake; `message` and `hint` are sentences without a full stop."""
        key = (at.file, at.line, at.column, code, message)
        if len(self._found) < MAX_MISTAKES:
            mistake = Mistake(at.file, at.line, at.column, code, message, hint, path)
            self._found.setdefault(key, mistake)

    def unknown(
        self, at: Position, what: str, name: str, known: Iterable[str], path: str = ""
    ) -> None:
        """A name that nothing has; the hint names the nearest one, or all of a few."""
        known = sorted(known)
        near = get_close_matches(name, known, 1, 0.6)
        if near:
            hint = f"did you mean `{near[0]}`?"
        elif 0 < len(known) <= 12:
            hint = "there is " + ", ".join(f"`{item}`" for item in known)
        else:
            hint = f"there is no {what} yet" if not known else ""
        code = "unknown_" + what.replace(" ", "_")
        self.add(at, code, f"no {what} is called `{name}`", hint, path)

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Mistake, ...]:
        """All of them, by file, line and column."""
        return tuple(
            sorted(self._found.values(), key=lambda item: (item.file, item.line, item.column))
        )
