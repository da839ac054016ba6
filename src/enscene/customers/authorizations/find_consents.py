"""The consents that customers have given, in force and over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from enscene.customers.authorizations import store


@dataclass(frozen=True, slots=True)
class Consent:
    """`fields` is None where the bank has entered it without naming any; `purpose` too."""

    id: int
    app: str
    app_title: str
    party: str
    scene: str
    actions: list[str]
    fields: dict[str, Any] | None
    purpose: str | None
    granted_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None
    receipts: int

    @property
    def state(self) -> str:
        """in_force, withdrawn, over."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        over = self.expires_at is not None and self.expires_at <= datetime.now(UTC)
        return "over" if over else "in_force"


async def find_consents(
    connection: store.Connection,
    tenant: int,
    *,
    party: str | None = None,
    app: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Consent]:
    """Those of a customer, of an application, or all; newest first."""
    rows = await store.read_consents(connection, tenant, party, app, None, before, limit)
    return [Consent(*row) for row in rows]


async def find_consent(
    connection: store.Connection, tenant: int, consent: int, party: str
) -> Consent | None:
    """One that the customer has given."""
    rows = await store.read_consents(connection, tenant, party, None, consent, None, 1)
    return Consent(*rows[0]) if rows else None
