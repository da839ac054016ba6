"""Opening balances of a case or a rehearsal, from an account outside every scene."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from enscene.commit import Once, Report, View


class Funds:
    """A unit that puts `amounts` (account id, minor units) in place; `source` has no floor."""

    timed = False
    lines = ()

    def __init__(
        self, tenant: int, scene: int, source: int, amounts: list[tuple[int, int]]
    ) -> None:
        self.tenant = tenant
        self.once = Once.of("opening", uuid4().hex, request=b"")
        self._scene = scene
        self._source = source
        self._amounts = amounts

    def cells(self, now: datetime, *, exact: bool) -> list[tuple[str, Any]]:
        accounts = [self._source, *(account for account, _ in self._amounts)]
        return [("ledger", (self.tenant, account)) for account in accounts]

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        source = book.account(self.tenant, self._source)
        for account, amount in self._amounts:
            dr, cr = source, book.account(self.tenant, account)
            if amount < 0:
                dr, cr = cr, dr
            book.post(view.index, dr, cr, abs(amount), "opening")

    def report(self, seq: int, at: datetime) -> Report:
        return Report(self._scene, "scene.opening", "opening", "system", "{}", "{}")
