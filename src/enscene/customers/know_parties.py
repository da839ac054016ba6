"""What the bank knows of its customers from its own books: kept with the party."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.customers import store


async def know_parties(
    connection: store.Connection, tenant: int, profiles: Mapping[str, Mapping[str, Any]]
) -> None:
    """Add to what is known of parties, by reference: `born` and `customer_since` (days),
    `monthly_income_minor`. What was known under the same name is replaced; who is not there is
    passed over."""
    if profiles:
        await store.add_profiles(
            connection, tenant, list(profiles), [dict(each) for each in profiles.values()]
        )
