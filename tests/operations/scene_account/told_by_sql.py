"""The ledger by scene, told by plain SQL over transfers, accounts, events and contracts alone: written
apart from the expressions, it shares nothing with them but the names of the classes."""

from __future__ import annotations

from datetime import date
from typing import Any

from enscene.commit import admit
from operations.indicators.told_by_sql import _ACCOUNT

BY_SCENE = f"""
with {_ACCOUNT}
select scene, class, currency, sum(amount)::bigint from sheet
 where day <= $2::date group by 1, 2, 3 having sum(amount) <> 0"""
WHOLE = f"""
with {_ACCOUNT}, legs as (select cr as account, currency, amount, day from moves
   union all select dr, currency, -amount, day from moves)
select class, currency, sum(amount)::bigint from legs join book on book.id = account
 where day <= $2::date group by 1, 2 having sum(amount) <> 0"""


async def by_scene(pool: Any, tenant: int, day: date) -> dict[tuple[int, str, str], int]:
    """Minor units by scene, class and currency at the end of a day."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        return {tuple(row)[:3]: row[3] for row in await connection.fetch(BY_SCENE, tenant, day)}


async def whole(pool: Any, tenant: int, day: date) -> dict[tuple[str, str], int]:
    """Minor units by class and currency, of the ledger without any scene."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        return {tuple(row)[:2]: row[2] for row in await connection.fetch(WHOLE, tenant, day)}
