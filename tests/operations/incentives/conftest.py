"""A bank with a branch, two scenes, and figures as nights keep them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from enscene.commit import admit
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.operations.copying import Family, family_of
from enscene.operations.incentives import RuleOrder, WantedMeasure, WantedShare
from enscene.operations.indicators import Value
from enscene.tenants import create_tenant


class Town(NamedTuple):
    """`tenant` is the bank, `north` its branch; months are those that have not begun."""

    pool: Any
    tenant: int
    north: int
    family: Family
    months: list[date]

    def order(self, **given: Any) -> RuleOrder:
        """A rule that pays for users and for those who stay."""
        wanted: dict[str, Any] = {
            "ref": "autumn", "name": "Autumn", "says": "more who eat here, and stay",
            "first_month": f"{self.months[0]:%Y-%m}", "last_month": f"{self.months[-1]:%Y-%m}",
            "ceiling": "1000.00",
            "measures": [
                WantedMeasure("users.active", ["mall"], "300.00", "100"),
                WantedMeasure("users.cohort", ["mall", "hall"], "0.05", per="1", months_after=3),
            ],
            "shares": [
                WantedShare("branch", "north", 5_000), WantedShare("department", "technology", 3_333),
                WantedShare("department", "branch", 1_667),
            ],
        }  # fmt: skip
        return RuleOrder(**(wanted | given))

    async def figures(self, month: date, *values: Value | tuple[Any, ...], who: int = 0) -> None:
        """The month is over, and this is what its scenes had: figure, scene, key, value."""
        tenant = who or self.tenant
        last = (month + timedelta(32)).replace(day=1) - timedelta(1)
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await connection.execute(
                "insert into indicator_day (tenant, day, rows) values ($1, $2, 1) "
                "on conflict do nothing", tenant, last,
            )  # fmt: skip
            for name, scene, key, value in values:
                money = name.startswith(("money.", "account."))
                await connection.execute(
                    "insert into indicator_value (tenant, indicator, scene, grain, day, key, "
                    "currency, value) values ($1, $2, $3, 'month', $4, $5, $6, $7) on conflict "
                    "(tenant, indicator, scene, grain, day, key, currency) do update "
                    "set value = excluded.value",
                    tenant, name, scene, month, key, "CNY" if money else "", value,
                )  # fmt: skip


def after(month: date, count: int) -> date:
    years, of_year = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, of_year + 1, 1)


@pytest.fixture
async def town(pool: Any) -> Town:
    await pool.execute("insert into shard (id) values (1) on conflict do nothing")
    bank = await create_tenant(pool, "bank", "bank", sandbox=True)
    north = await create_tenant(pool, "north", "north", sandbox=True, parent=bank)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.id, north.id])
        await connection.execute(
            "insert into scene (tenant, id, ref, name, pack, state) values "
            "($1, 7, 'mall', 'mall', 'smart_canteen', 'live'), "
            "($1, 8, 'hall', 'hall', 'smart_canteen', 'live')", bank.id,
        )  # fmt: skip
    async with operations_store.reading(pool, bank.id) as connection:
        clock = await operations_store.read_clock(connection, bank.id)
    this = local_day(clock["now"], clock["zone"]).replace(day=1)
    months = [after(this, count) for count in (1, 2, 3)]
    return Town(pool, bank.id, north.id, await family_of(pool, bank.id), months)
