"""Prices on the database: within limits at once, beyond them by two people, never over the cap."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from enscene.shelf import standard_shelf
from enscene.shelf.pricing.set_price import (
    PriceOrder,
    decide_price,
    end_price,
    list_set_prices,
    read_price_list,
    read_set_price,
    read_today,
    set_price,
)
from enscene.shelf.store import reading
from enscene.tenants import create_tenant

SHELF = standard_shelf()


class Bank:
    def __init__(self, pool: Any, tenant: int) -> None:
        self.pool = pool
        self.tenant = tenant

    async def set(self, value: str = "4.8%", who: str = "maker", **more: Any) -> UUID:
        order = PriceOrder(
            **({"product": "instalment", "name": "rate", "value": value, "why": "spring"} | more)
        )
        return await set_price(self.pool, self.tenant, SHELF, order, who)

    async def rate(self, segment: str | None = None, scene: int = 0, days: int = 0) -> str | None:
        prices = await read_price_list(self.pool, self.tenant, SHELF)
        day = await self.today() + timedelta(days)
        found = prices.of("instalment", segment, scene, day).get("rate")
        return None if found is None else str(found)

    async def today(self) -> date:
        async with reading(self.pool, self.tenant) as connection:
            return await read_today(connection, self.tenant)

    async def decide(self, price: UUID, who: str, *, approve: bool = True) -> None:
        await decide_price(self.pool, self.tenant, SHELF, price, who, approve=approve, note="seen")


@pytest.fixture
async def bank(pool: Any) -> Bank:
    tenant = await create_tenant(pool, "bank", "Bank of Tests", sandbox=True)
    return Bank(pool, tenant.id)


async def test_a_price_within_the_limits_holds_at_once(bank: Bank) -> None:
    key = await bank.set("4.8%", segment="family")
    found = await read_set_price(bank.pool, bank.tenant, key)
    assert (found.state, found.outside, found.decided_by) == ("in_force", False, None)
    assert await bank.rate("family") == "4.8%"
    assert await bank.rate("student") is None


async def test_a_price_beyond_them_waits_for_a_second_person(bank: Bank) -> None:
    key = await bank.set("2.4%")
    assert await bank.rate() is None
    with pytest.raises(Forbidden):
        await bank.decide(key, "maker")
    await bank.decide(key, "checker")
    assert await bank.rate() == "2.4%"
    with pytest.raises(Conflict):
        await bank.decide(key, "checker")
    found = await read_set_price(bank.pool, bank.tenant, key)
    assert (found.set_by, found.decided_by, found.note) == ("maker", "checker", "seen")


async def test_the_database_itself_lets_nobody_approve_alone(bank: Bank) -> None:
    key = await bank.set("2.4%")
    for sql in (
        "update price set state = 'in_force' where tenant = $1 and id = $2",
        "update price set state = 'in_force', decided_by = set_by where tenant = $1 and id = $2",
    ):
        async with bank.pool.acquire() as connection, connection.transaction():
            await admit(connection, [bank.tenant])
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(sql, bank.tenant, key)


async def test_a_refused_or_withdrawn_price_never_holds(bank: Bank) -> None:
    refused, withdrawn = await bank.set("2.4%"), await bank.set("2.5%")
    await bank.decide(refused, "checker", approve=False)
    with pytest.raises(Forbidden):
        await end_price(bank.pool, bank.tenant, withdrawn, "checker", "no")
    assert await end_price(bank.pool, bank.tenant, withdrawn, "maker", "no") is None
    assert await bank.rate() is None
    states = [p.state for p in await list_set_prices(bank.pool, bank.tenant)]
    assert states == ["withdrawn", "refused"]


async def test_no_approval_lifts_the_cap(bank: Bank) -> None:
    with pytest.raises(Refused) as refused:
        await bank.set("23%")
    assert refused.value.code == "price.over_cap"
    assert refused.value.facts["most"] == "24%"
    assert await list_set_prices(bank.pool, bank.tenant) == []


async def test_two_prices_that_are_dear_together_are_refused(bank: Bank) -> None:
    await bank.set("15.4%")
    with pytest.raises(Refused):
        await bank.set("2%", name="fee")
    key = await bank.set("0.5%", name="fee")
    assert (await read_set_price(bank.pool, bank.tenant, key)).state == "in_force"


async def test_taking_a_price_back_is_a_new_row(bank: Bank) -> None:
    key = await bank.set("4.8%")
    new = await end_price(bank.pool, bank.tenant, key, "maker", "over")
    assert new is not None
    assert await bank.rate() is None
    history = await list_set_prices(bank.pool, bank.tenant, product="instalment")
    assert [(p.value, p.ends) for p in history] == [(None, key), ("4.8%", None)]
    with pytest.raises(Conflict):
        await end_price(bank.pool, bank.tenant, new, "maker", "again")


async def test_a_price_begins_on_its_day_and_not_before_today(bank: Bank) -> None:
    today = await bank.today()
    await bank.set("4.8%", since=today + timedelta(3), until=today + timedelta(5))
    assert [await bank.rate(days=n) for n in (0, 3, 5, 6)] == [None, "4.8%", "4.8%", None]
    with pytest.raises(Invalid):
        await bank.set("4.8%", since=today - timedelta(1))
    with pytest.raises(Invalid):
        await bank.set("4.8%", until=today - timedelta(1))


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"product": "nothing"}, NotFound),
        ({"scene": "nowhere"}, NotFound),
        ({"name": "premium"}, Invalid),
        ({"value": "cheap"}, Invalid),
        ({"why": " "}, Invalid),
    ],
)
async def test_what_makes_no_price_is_refused(
    bank: Bank, more: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await bank.set(**({"value": "4.8%"} | more))


async def test_prices_of_another_tenant_are_not_seen(bank: Bank, pool: Any) -> None:
    key = await bank.set("4.8%")
    other = Bank(pool, (await create_tenant(pool, "other", "Other Bank")).id)
    assert await other.rate() is None
    with pytest.raises(NotFound):
        await read_set_price(pool, other.tenant, key)
