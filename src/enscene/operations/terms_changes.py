"""What has changed in the terms of scenes, for those who take part: what, and since when, in names.

Terms hold from the moment they are written; what has begun under earlier ones keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enscene.operations import store

DAYS = 90


@dataclass(frozen=True, slots=True)
class TermsChange:
    """Terms `number` of a scene hold since `at`. `options` and `parts` of its pack are otherwise than
    before, by name; so is what else is named: variant, blocks, products, template."""

    scene: str
    name: str
    number: int
    at: datetime
    options: tuple[str, ...]
    parts: tuple[str, ...]
    more: tuple[str, ...]


async def read_terms_changes(
    pool: store.Pool, tenant: int, scenes: Sequence[str]
) -> tuple[TermsChange, ...]:
    """Of these scenes within `DAYS`, the latest first; changes that change nothing are left out."""
    async with store.reading(pool, tenant) as connection:
        rows = await store.read(connection, "terms_since", tenant, list(scenes), DAYS)
    return tuple(change for row in rows if (change := _change(row)) is not None)


def _change(row: store.Row) -> TermsChange | None:
    more = tuple(
        word
        for word, column in (
            ("template", "digest"), ("variant", "variant"), ("blocks", "added"),
            ("products", "products"),
        )
        if row[column] != row[f"was_{column}"]
    )  # fmt: skip
    options = _differ(row["options"], row["was_options"])
    parts = _differ(row["parts"], row["was_parts"])
    if not (options or parts or more):
        return None
    return TermsChange(
        row["ref"], row["name"], row["number"], row["created_at"], options, parts, more
    )


def _differ(now: dict[str, Any], before: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(n for n in {*now, *before} if now.get(n) != before.get(n)))
