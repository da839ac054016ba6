"""Receipts: one for every answer with data of a customer that is served under a consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """`what` is `things.meal`, `accounts.wallet`, `events` or `queries.balance`. `levels` are those
    of `fields`, `level` the highest. `prices` are what one record of each field costs by the plan
    (its version) that held on that day, the first step of its price, in `currency`; None: it is no
    reading yet, or nobody pays for it. `consent` 0: the data are of the caller's own business."""

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
    levels: list[str]
    plan: int | None
    currency: str | None
    prices: list[str] | None


async def write_receipt(
    connection: store.Connection,
    tenant: int,
    served: Served,
    what: str,
    fields: Sequence[str],
    *,
    level: str,
    records: int,
    levels: Mapping[str, str] | None = None,
) -> None:
    """Write it, if the consent is in force at this moment; else nothing may be served. `level` is
    the highest, and that of each field that `levels` does not name.

    Call it in the transaction that has read the data, last. Raises: Forbidden.
    """
    names = sorted(fields)
    written = await store.insert_receipt(
        connection, tenant, served.app, served.consent, served.party, served.scene,
        served.purpose or "serve", what, names, level, records,
        [(levels or {}).get(name, level) for name in names],
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
