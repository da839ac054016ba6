"""What customers let an application do, and the receipts of what it was served."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from enscene.api import store
from enscene.api.auth import Caller
from enscene.api.cursors import Cursors
from enscene.api.http import Request, Response, wrong_method
from enscene.api.lists import limit_of, page
from enscene.customers.authorizations import (
    Consent,
    ForbiddenUse,
    Receipt,
    find_consents,
    find_forbidden,
    find_receipts,
)
from enscene.customers.authorizations.limits import read_limits
from enscene.kernel.clock import format_time

AUDIT = "consents:audit"
"""The scope of whoever may look at those of every application."""


class Consents:
    """`GET /v1/consents`, `GET /v1/receipts` and `GET /v1/forbidden-uses`, newest first."""

    def __init__(self, pool: store.Pool, cursors: Cursors) -> None:
        self._pool = pool
        self._cursors = cursors

    async def serve(self, request: Request, caller: Caller, what: str) -> Response:
        """A page of the application's own; of all with the scope `consents:audit`."""
        if request.method != "GET":
            raise wrong_method("GET")
        query = request.query("cursor", "limit")
        limit = limit_of(query)
        app = None if AUDIT in caller.scopes else caller.app.id
        party = None if caller.mandate is None else caller.mandate.party
        purpose = f"{what}:{caller.tenant}:{app}:{party}"
        before = None
        if "cursor" in query:
            before = (await self._cursors.open(purpose, query["cursor"]))[0]
        find, tell = _READERS[what]
        async with store.reading(self._pool, caller.tenant) as connection:
            rows = await find(
                connection, caller.tenant, party=party, app=app, before=before, limit=limit + 1
            )
        has_more, rows = len(rows) > limit, rows[:limit]
        cursor = await self._cursors.seal(purpose, [rows[-1].id]) if has_more else None
        return page([tell(row) for row in rows], cursor, has_more=has_more)


def tell_consent(consent: Consent) -> dict[str, Any]:
    """A consent as it is told."""
    fields = consent.fields or {}
    return {
        "id": consent.id,
        "app": consent.app,
        "party": consent.party,
        "scene": consent.scene,
        "state": consent.state,
        "purpose": consent.purpose,
        "actions": consent.actions,
        "things": fields.get("things", {}),
        "accounts": fields.get("accounts", []),
        "granted_at": format_time(consent.granted_at),
        "until": None if consent.expires_at is None else format_time(consent.expires_at),
        "withdrawn_at": (
            None if consent.withdrawn_at is None else format_time(consent.withdrawn_at)
        ),
    }


def tell_receipt(receipt: Receipt) -> dict[str, Any]:
    """A receipt as it is told."""
    return {
        "id": receipt.id,
        "app": receipt.app,
        "consent": receipt.consent or None,
        "party": receipt.party,
        "scene": receipt.scene,
        "purpose": receipt.purpose,
        "what": receipt.what,
        "fields": receipt.fields,
        "level": receipt.level,
        "served": _served(receipt),
        "currency": receipt.currency,
        "plan": receipt.plan,
        "records": receipt.records,
        "at": format_time(receipt.at),
    }


def _served(receipt: Receipt) -> list[dict[str, Any]]:
    """Each field with its level and what one record of it costs."""
    prices: Sequence[str | None] = receipt.prices or [None for _ in receipt.fields]
    return [
        {"field": field, "level": level, "price": price}
        for field, level, price in zip(receipt.fields, receipt.levels, prices, strict=True)
    ]


def _forbidden(use: ForbiddenUse) -> dict[str, Any]:
    return {
        "id": use.id,
        "app": use.app,
        "scene": use.scene,
        "party": use.party or None,
        "purpose": use.purpose,
        "limit": {"id": use.limit, "law": _laws().get(use.limit)},
        "fields": use.fields,
        "at": format_time(use.at),
    }


@cache
def _laws() -> dict[str, str]:
    return {limit.id: limit.law for limit in read_limits().limits}


_READERS: dict[str, tuple[Any, Any]] = {
    "consents": (find_consents, tell_consent),
    "receipts": (find_receipts, tell_receipt),
    "forbidden-uses": (find_forbidden, _forbidden),
}
