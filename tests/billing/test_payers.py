"""An application that pays for what it used: prices, credits, invoices, proof of its own."""

from __future__ import annotations

from typing import Any

from api.conftest import World
from api.partner import Partner, make_partner
from billing.test_api import Month, begin, use
from enscene.billing import Bookkeeper
from enscene.commit import admit
from enscene.metering import RollUp

OWN = {
    "title": "伙伴价 · Partners",
    "charges": [{"name": "calls", "meter": "api.writes", "tiers": [{"price": "0.50"}]}],
}


async def propose(month: Month, payer: str, plan: dict[str, Any], *, approve: bool = True) -> Any:
    order = {"starts": month.day(1), "plan": plan, "payer": payer}
    made = await month.post("/v1/plans", order)
    if approve:
        boss = await make_partner(
            month.world.pool, month.world.gateway, month.world.tenant, f"boss-{made['version']}",
            scopes=["billing:approve"], level="A1",
        )  # fmt: skip
        answer = await boss.post(f"/v1/plans/{made['version']}/approve", {})
        assert answer.json()["state"] == "approved"
    return made


def app(partner: Partner) -> str:
    return partner.app.name


async def test_each_payer_gets_an_invoice_of_what_it_used(world: World) -> None:
    month = await begin(world)
    shop = app(world.till)
    made = await propose(month, shop, OWN)
    assert (made["payer"], made["plan"]["shares"]) == (shop, {"bank": "100%", "vendor": "0%"})
    await use(month)
    await RollUp(world.pool, world.tenant.shard).settle()
    used = await month.get(f"/v1/usage?month={month.name}&payer={shop}")
    mine = used["meters"]["api.writes"]["quantity"]
    whole = (await month.get(f"/v1/usage?month={month.name}"))["meters"]["api.writes"]["quantity"]
    assert 0 < mine < whole
    assert {row["app"] for row in used["data"]} == {shop}
    await month.post("/v1/credits", {"amount": "0.75", "payer": shop})
    assert (await month.get("/v1/credits"))["left"] == "0.00"
    await month.end()
    keeper = Bookkeeper(world.pool)
    assert (await keeper.step())[0] == 2
    await keeper.stop()
    of_tenant = await month.get(f"/v1/invoices/{month.name}")
    of_shop = await month.get(f"/v1/invoices/{month.name}?payer={shop}")
    assert (of_tenant["payer"], of_tenant["total"]) == ("", "30.76")
    total = mine * 50
    assert (of_shop["payer"], of_shop["total"]) == (shop, f"{total / 100:.2f}")
    assert of_shop["shares"] == {"bank": of_shop["total"], "vendor": "0.00", "operator": "0.00"}
    assert of_shop["credit"] == "0.75"
    readings = await month.get(f"/v1/invoices/{month.name}/lines/1/readings?payer={shop}")
    assert {reading["app"] for reading in readings["data"]} == {shop}
    assert sum(reading["quantity"] for reading in readings["data"]) == mine
    assert await month.proof() == []
    paid = await month.post(f"/v1/invoices/{month.name}/pay", {"payer": shop})
    assert (paid["state"], of_tenant["state"]) == ("paid", "issued")
    assert (await month.get(f"/v1/invoices/{month.name}"))["state"] == "issued"
    assert await month.proof() == []
    pdf = await month.biller.get(f"/v1/invoices/{month.name}/pdf?payer={shop}&language=en")
    assert pdf.content.startswith(b"%PDF")


async def test_an_application_sees_its_own_bill_and_no_other(world: World) -> None:
    month = await begin(world)
    shop = app(world.till)
    await propose(month, shop, OWN)
    await use(month)
    await month.end()
    await month.post("/v1/invoices", {"month": month.name, "payer": shop})
    own = await world.till.get(f"/v1/invoices/{month.name}")
    assert (own.status_code, own.json()["payer"]) == (200, shop)
    assert [plan["payer"] for plan in (await world.till.get("/v1/plans")).json()["data"]] == [shop]
    rows = (await world.till.get(f"/v1/usage?month={month.name}")).json()["data"]
    assert {row["app"] for row in rows} == {shop}
    for path in (f"/v1/invoices/{month.name}?payer=", "/v1/plans?payer=biller",
                 f"/v1/usage?month={month.name}&payer="):  # fmt: skip
        refused = await world.till.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.scope")
    for path, body in (("/v1/credits", {"amount": "1.00", "payer": shop}),
                       (f"/v1/invoices/{month.name}/pay", {"payer": shop})):  # fmt: skip
        assert (await world.till.post(path, body)).json()["code"] == "auth.scope"


async def test_nobody_is_billed_who_is_not_there(world: World) -> None:
    month = await begin(world)
    order = {"starts": month.day(1), "plan": OWN, "payer": "nobody"}
    for path, body in (("/v1/plans", order), ("/v1/credits", {"amount": "1.00", "payer": "no"})):
        answer = await month.biller.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "plan.payer")
        assert answer.json()["param"] == "payer"
    await month.end()
    answer = await month.biller.post(
        "/v1/invoices", {"month": month.name, "payer": app(world.till)}
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "invoice.no_plan")


async def test_a_changed_bill_of_an_application_is_told(world: World) -> None:
    month = await begin(world)
    shop = app(world.till)
    await propose(month, shop, OWN)
    await use(month)
    await month.end()
    await month.post("/v1/invoices", {"month": month.name, "payer": shop})
    assert await month.proof() == []
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute(
            "update billing_invoice set shares = '{\"bank\": 1, \"vendor\": 0, \"operator\": 0}' "
            "where payer = $1", shop,
        )  # fmt: skip
    faults = await month.proof()
    assert any(fault.startswith(f"{month.name}@{shop}") for fault in faults)
    assert any(f"@{shop} holds" in fault for fault in faults)
