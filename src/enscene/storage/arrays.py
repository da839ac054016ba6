"""Columns of values as PostgreSQL array literals, for `unnest($1::text::bigint[], …)`.

asyncpg looks at every element of an array parameter in Python before it encodes it, which cost
more than everything else of a batch. A literal is made in C here and parsed in C there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any


def numbers(values: Iterable[int | None]) -> str:
    """Integers, with NULL for None."""
    text = str(values if type(values) is list else list(values))
    return "{" + text[1:-1].replace("None", "NULL") + "}"


def texts(values: Iterable[str | None]) -> str:
    """Texts of any content (but no NUL character, which PostgreSQL cannot hold)."""
    return "{" + ",".join(["NULL" if v is None else _quoted(v) for v in values]) + "}"


def words(values: Sequence[str]) -> str:
    """Texts that need no quoting: hexadecimal, or names of small letters."""
    return "{" + ",".join(values) + "}"


def column(values: list[Any], literal: Callable[[list[Any]], str]) -> tuple[str, Any]:
    """A column that may well hold one value throughout: then an empty array, and that value.

    `unnest` fills a shorter array up with NULL, so the statement says `coalesce(u.x, $constant)`.
    Of most batches half the columns are of this sort, and every array costs on both sides.
    """
    first = values[0]
    if values.count(first) == len(values):
        return "{}", first
    return literal(values), None


def flags(values: Iterable[bool]) -> str:
    """Booleans."""
    return "{" + ",".join(["t" if v else "f" for v in values]) + "}"


def moments(values: Iterable[datetime | None]) -> str:
    """Timezone-aware times. Most of a batch are one and the same object."""
    known: dict[int, str] = {}
    parts = []
    # Held together: an object that is gone would lend its id to the next.
    for value in values if type(values) is list else list(values):
        if value is None:
            parts.append("NULL")
            continue
        text = known.get(id(value))
        if text is None:
            text = known[id(value)] = f'"{value.isoformat()}"'
        parts.append(text)
    return "{" + ",".join(parts) + "}"


def _quoted(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    return f'"{text}"'
