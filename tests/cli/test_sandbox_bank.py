"""What the sandbox bank has from the first day on."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from enscene.cli._sandbox_bank import BEGINS, BankOrder, open_bank
from enscene.commit import admit
from enscene.scenes.runtime import SceneHost
from enscene.shelf.exchange import quote_exchange, set_rate


async def test_currencies_are_quoted_at_once_and_a_rate_set_later_stays(
    pool: Any, tmp_path: Path
) -> None:
    host = SceneHost(pool)
    order = BankOrder(tmp_path, 2, 1, movable_clock=True, demo_logins=False, counts={})
    try:
        bank = await open_bank(pool, host, order)
        tenant = bank.tenant.id
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            customer = await connection.fetchval(
                "select id from party where tenant = $1 and ref = 'person-00001'", tenant
            )

        async def rate_at(now: datetime) -> str:
            quote = await quote_exchange(pool, tenant, customer, "CNY", 71_036, "USD", 0, now)
            return quote.rate

        later = BEGINS + timedelta(minutes=1)
        assert await rate_at(later) == "7.1036"
        await set_rate(pool, tenant, "CNY", "USD", "7.25", later, "test")
        await open_bank(pool, host, order)
        assert [await rate_at(now) for now in (BEGINS, later)] == ["7.1036", "7.25"]
    finally:
        await host.close()
