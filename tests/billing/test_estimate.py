"""What a month would have come to by a plan that does not hold, and receipts of credits."""

from __future__ import annotations

import asyncio
from datetime import date

import msgspec
import pytest

from api.conftest import World
from billing.test_api import PLAN, begin, use
from enscene.billing import Billing, PlanBody, estimate_month, list_received
from enscene.kernel.errors import Conflict, Invalid
from enscene.metering import RollUp


def body(**more: object) -> PlanBody:
    return msgspec.convert(PLAN | more, PlanBody)


async def test_a_month_is_reckoned_by_other_prices_and_nothing_is_written(world: World) -> None:
    month = await begin(world)
    await use(month)
    await RollUp(world.pool, world.tenant.shard).settle()
    billing, first = Billing(world.pool), date.fromisoformat(month.day(1))
    same = await estimate_month(billing, world.tenant.id, "", body(), first)
    assert (same.total, same.total_now) == (3076, 3076)
    charge = {"name": "calls", "meter": "api.writes", "tiers": [{"price": "1.00"}],
              "starts": "2999-01-01"}  # fmt: skip
    coupons = [{"code": "ALWAYS", "amount": "1.00"},
               {"code": "SOON", "amount": "9.00", "until": "2999-01-01"}]  # fmt: skip
    yearly = {"name": "seats", "price": "5.00", "period": "year"}
    tried = await estimate_month(
        billing, world.tenant.id, "",
        body(subscription="0", charges=[charge], coupons=coupons, items=[yearly]), first,
    )  # fmt: skip
    assert {line.name: line.amount for line in tried.lines} == {
        "calls": 600, "ALWAYS": -100, "seats": 500,
    }  # fmt: skip
    assert (tried.total, tried.total_now) == (1000, 3076)
    before = await estimate_month(billing, world.tenant.id, "", body(), date(2001, 1, 1))
    assert before.total_now is None
    nobody = await estimate_month(billing, world.tenant.id, "till", body(), first)
    assert nobody.total_now is None
    with pytest.raises(Invalid):
        await estimate_month(billing, world.tenant.id, "", body(subscription="-1"), first)
    assert len(await billing.plans(world.tenant.id)) == 1
    assert await billing.invoices(world.tenant.id, before=date.max, limit=9) == []


async def test_a_receipt_is_good_for_credits_of_a_payer_once(world: World) -> None:
    billing, tenant = Billing(world.pool), world.tenant

    async def buy(who: str, minor: int = 500, payer: str = "") -> object:
        return await billing.buy_credits(tenant, minor, "R-1", who, payer=payer, receipt="R-1")

    both = await asyncio.gather(buy("ann@bank"), buy("bob@bank"), return_exceptions=True)
    assert 500 in both
    assert await billing.credits(tenant) == 500
    for minor in (500, 900):
        with pytest.raises(Conflict) as refused:
            await buy("cyd@bank", minor)
        assert refused.value.code == "billing.receipt_known"
    await buy("cyd@bank", 700, "till")
    assert (await billing.credits(tenant), await billing.credits(tenant, "till")) == (500, 700)
    (entry,) = await list_received(world.pool, tenant, "", 9)
    assert (entry.amount, entry.receipt, entry.kind) == (500, "R-1", "credits")
    for receipt in ("x" * 65, "a\nb"):
        with pytest.raises(Invalid):
            await billing.buy_credits(tenant, 5, receipt, "ann@bank", receipt=receipt)
    await billing.close()
