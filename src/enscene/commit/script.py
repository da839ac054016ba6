"""The statements of a batch that need nothing from one another, sent as one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import asyncpg

_PARAMETER = re.compile(r"\$(\d+)")


class Script:
    """Statements that are sent together, each with the number of rows that it must give.

    While a batch is written the same program reads requests and plans the next batch, so every
    answer of the database waits for its turn there: four of them a batch and not ten is a third
    of the time that a batch takes.

    Every statement sees the database as it was before any of them, and no two may change the
    same row; what one returns, a later one may read under its name. One whose rows are counted
    returns something.
    """

    def __init__(self) -> None:
        self._statements: list[tuple[str, str | None, bool]] = []
        self._arguments: list[Any] = []
        self._rows: list[int] = []
        self._questions: list[str] = []
        self._takers: list[Callable[[Any], None]] = []

    def add(
        self, statement: str, *arguments: Any, rows: int | None = None, name: str | None = None
    ) -> None:
        """Add a statement that gives `rows` rows where its conditions hold; None for one that
        has none, and inserts all or fails. Later ones may read what it gives as `name`."""
        self._statements.append((statement, name, rows is not None))
        self._arguments += arguments
        if rows is not None:
            self._rows.append(rows)

    def ask(self, question: str, take: Callable[[Any], None]) -> None:
        """`take` gets the one value of this query of named statements, if all conditions hold."""
        self._questions.append(question)
        self._takers.append(take)

    async def run(self, connection: asyncpg.Connection[Any]) -> bool:
        """Send them. False: a condition did not hold, and the transaction is lost."""
        if not self._statements:
            return True
        text = _together(tuple(self._statements), tuple(self._questions))
        row = await connection.fetchrow(text, *self._arguments)
        assert row is not None
        if row[0] != self._rows:
            return False
        for place, take in enumerate(self._takers, start=1):
            take(row[place])
        return True


@lru_cache(maxsize=500)
def _together(
    statements: tuple[tuple[str, str | None, bool], ...], questions: tuple[str, ...]
) -> str:
    """One statement that runs all of them, and gives the array of the counts that are asked for
    and what the questions give."""
    parts: list[str] = []
    counts: list[str] = []
    before = 0
    for place, (statement, name, counted) in enumerate(statements):
        numbers = [int(number) for number in _PARAMETER.findall(statement)]
        # From the highest, so that none is moved twice.
        for number in sorted(set(numbers), reverse=True):
            statement = re.sub(rf"\${number}\b", f"${number + before}", statement)
        name = name or f"s{place}"
        parts.append(f"{name} as ({statement})")
        before += max(numbers, default=0)
        if counted:
            counts.append(f"(select count(*) from {name})")
    given = [f"array[{', '.join(counts)}]::bigint[]", *(f"({question})" for question in questions)]
    return f"with {', '.join(parts)}\nselect {', '.join(given)}"
