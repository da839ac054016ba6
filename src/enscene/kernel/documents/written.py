"""Where a file says something, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.kernel.said import NOTHING, Said


@dataclass(frozen=True, slots=True)
class Position:
    """Where something is written; line and column count from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a pack. `code` is stable, `path` is the place in the file as
    `actions.pay_meal.do[1]`; `advice` says what to write instead."""

    file: str
    line: int
    column: int
    code: str
    said: Said
    advice: Said = NOTHING
    path: str = ""

    @property
    def message(self) -> str:
        """What is wrong, in English; `report.told` tells it in Chinese too."""
        return str(self.said)

    @property
    def hint(self) -> str:
        """What to write instead, in English; empty where nothing can be advised."""
        return str(self.advice)

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message} [{self.code}]"
        return f"{text}\n    {self.hint}" if self.hint else text
