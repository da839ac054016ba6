"""Two banks, each with partners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from enscene.partners import store
from enscene.partners.sign_up import sign_up
from enscene.tenants import Tenant, create_tenant


@dataclass
class Banks:
    """`one` and `two` know nothing of each other."""

    pool: Any
    one: Tenant
    two: Tenant

    async def partner(self, bank: Tenant, *, app: int | None = None) -> UUID:
        """A partner that is live, by an application of that number."""
        known, _ = await sign_up(
            self.pool, bank, name="Partner", contact="Li", email="li@partner.example",
            purpose="pay in our app", level="A1", scopes=[],
        )  # fmt: skip
        async with store.admitted(self.pool, bank.id) as connection:
            await store.update(connection, bank.id, known.id, {"stage": "live", "live_app": app})
        return known.id


@pytest.fixture
async def banks(pool: Any) -> Banks:
    one = await create_tenant(pool, "bank", "Bank")
    return Banks(pool, one, await create_tenant(pool, "other", "Other"))
