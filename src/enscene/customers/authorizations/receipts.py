"""Receipts: one for every answer with data of a customer that is served under a consent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from enscene.customers.authorizations import store
from enscene.tenants.apps import withdrawn


@dataclass(frozen=True, slots=True)
class Served:
    """What is being served: to which application, under which consent, whose data."""

    app: int
    consent: int
    party: str
    scene: int
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """`what` is `things.meal`, `accounts.wallet`, `events` or `queries.balance`."""

    id: int
    app: str
    app_title: str
    consent: int
    party: str
    scene: str
    purpose: str
    what: str
    fields: list[str]
    level: str
    records: int
    at: datetime


async def write_receipt(
    connection: store.Connection,
    tenant: int,
    served: Served,
    what: str,
    fields: Sequence[str],
    *,
    level: str,
    records: int,
) -> None:
    """Write it, if the consent is in force at this moment; else nothing may be served.

    Call it in the transaction that has read the data, last. Raises: Forbidden.
    """
    written = await store.insert_receipt(
        connection, tenant, served.app, served.consent, served.party, served.scene,
        served.purpose or "serve", what, sorted(fields), level, records,
    )  # fmt: skip
    if not written:
        raise withdrawn()


async def find_receipts(
    connection: store.Connection,
    tenant: int,
    *,
    party: str | None = None,
    consent: int | None = None,
    app: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Receipt]:
    """Newest first; `before` is the number of the last one of the page before."""
    rows = await store.read_receipts(connection, tenant, party, consent, app, before, limit)
    return [Receipt(*row) for row in rows]


async def list_receipts(
    pool: store.Pool, tenant: int, *, before: int | None = None, limit: int = 50
) -> list[Receipt]:
    """All of a tenant, for its auditor."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await find_receipts(connection, tenant, before=before, limit=limit)
