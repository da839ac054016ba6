"""A consent is asked for once more when its news is about to be sent, and noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from enscene.api.store import Connection, Pool
from enscene.api.webhooks.body import FIELDS
from enscene.customers.authorizations import Served, write_receipt
from enscene.kernel.errors import Forbidden
from enscene.tenants.apps import find_grant


async def still_consented(
    pool: Pool, connection: Connection, lines: Mapping[Any, Any], rows: Sequence[Any]
) -> set[tuple[int, int]]:
    """Write a receipt for each consent that rows are sent under; (tenant, grant) of those that are
    in force no more: nothing is sent under them."""
    counts: Counter[tuple[int, int, str, int, int]] = Counter()
    for row in rows:
        if row["grant_id"] is not None:
            app = lines[row["tenant"], row["endpoint"]].endpoint.app
            counts[row["tenant"], row["grant_id"], row["party"], row["scene"], app] += 1
    refused: set[tuple[int, int]] = set()
    for (tenant, grant, party, scene, app), records in counts.items():
        found = await find_grant(pool, tenant, grant)
        purpose = None if found is None else found.purpose
        served = Served(app, grant, party, scene, purpose)
        try:
            await write_receipt(
                connection, tenant, served, "webhooks", FIELDS, level="C2", records=records
            )
        except Forbidden:
            refused.add((tenant, grant))
    return refused
