"""Accounts and holds as a kind of cell of the write path."""

from __future__ import annotations

from typing import Any

from enscene.ledger.book import Book, Key

REMEMBERED_MOST = 200_000


class Ledger:
    """The kind "ledger": cells are (tenant, account id) and (tenant, hold id)."""

    name = "ledger"

    def __init__(self) -> None:
        self._cache: dict[Key, Any] = {}

    def open(self, *, fresh: bool) -> Book:
        if len(self._cache) > REMEMBERED_MOST:
            self._cache.clear()
        return Book(self._cache, fresh=fresh)
