"""Capabilities over HTTP: computed from the caller's own data, with consent, metered and billed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from jsonschema_rs import validator_for

from api.conftest import World, open_scene, people_of
from api.partner import Partner, make_partner
from enscene.api.documents.platform import platform_document
from enscene.api.store import reading
from enscene.capabilities import Counter
from enscene.capabilities import store as figures
from enscene.commit import admit
from enscene.customers.authorizations import find_receipts
from enscene.kernel.money import format_money
from enscene.metering import RollUp
from enscene.shelf import standard_shelf
from enscene.shelf.contracts import Opening
from enscene.tenants import create_tenant
from enscene.tenants.apps import store as apps_store
from enscene.web.consent_view import view_receipt
from enscene.web.language import Texts

SALES = {"scene": "canteen", "thing": "meal", "amount": "price"}
RISK = {**SALES, "customer": "diner", "paid": ["paid", "settled"], "within": 0}


async def sql(world: World, tenant: int, statement: str, *arguments: Any) -> list[Any]:
    """Straight from the tables, as a tenant."""
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        return await connection.fetch(statement, *arguments)


async def past(
    world: World,
    tenant: Any,
    scene: int,
    days: int,
    *,
    seller: str = "hall",
    price: int = 1_000,
    start: int = 0,
) -> date:
    """Meals of the last days, three customers a day; more on a Friday. The tenant's today."""
    (row,) = await sql(
        world, tenant.id,
        "select (clock_timestamp() + coalesce((s.clocks->>t.id::text)::bigint, 0) "
        "* interval '1 microsecond') as at from tenant t join shard s on s.id = t.shard "
        "where t.id = $1", tenant.id,
    )  # fmt: skip
    today: date = (row["at"] + timedelta(hours=8)).date()
    events, things = [], []
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        at = datetime.fromisoformat(f"{day}T12:00:00+08:00")
        for n, diner in enumerate(("ann", "bob", "cyd", "dee", "eve")):
            if (back + n) % 2:
                continue
            seq = -(start + back * 10 + n)
            minor = price * (2 if day.isoweekday() == 5 else 1)
            events.append((tenant.shard, seq, tenant.id, at, scene))
            fields = {"ticket": f"{seller}{seq}", "diner": diner, "canteen": seller,
                      "price": minor, "method": "code", "dishes": []}  # fmt: skip
            things.append((tenant.id, scene, f"{seller}{seq}", fields, seq))
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        await connection.executemany(
            "insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts) "
            "values ($1, $2, $3, $4, $5, 'pay_by_code', '', 'test', '{}')", events,
        )  # fmt: skip
        await connection.executemany(
            "insert into thing (tenant, scene, type, key, state, terms, fields, born, seq) "
            "values ($1, $2, 'meal', $3, 'paid', 1, $4, $5, $5)", things,
        )  # fmt: skip
    return today


async def analyst(world: World, name: str = "analyst", party: str = "hall", **more: Any) -> Partner:
    order = {"party": party, "scopes": ["capabilities:run"], "level": "A2"} | more
    return await world.partner(name, **order)


async def ask(partner: Partner, name: str, order: Any, **more: Any) -> Any:
    answer = await partner.post(f"/v1/capabilities/{name}", order, **more)
    assert answer.status_code == 200, answer.text
    check_answer(name, answer.json())
    return answer.json()


async def readings(world: World) -> list[tuple[str, int]]:
    """What the capabilities were read by."""
    rows = await sql(
        world, world.tenant.id,
        "select m.meter, m.quantity from meter_reading r, "
        "unnest(r.meters, r.quantities) as m(meter, quantity) where m.meter like 'capability.%'",
    )  # fmt: skip
    return sorted((row[0], row[1]) for row in rows)


def check_answer(name: str, answer: Any) -> None:
    """It is what the document says."""
    document = platform_document("http://bank.test")
    told = document["paths"][f"/v1/capabilities/{name}"]["post"]["responses"]["200"]
    schema = told["content"]["application/json"]["schema"]
    whole = schema | {"components": document["components"]}
    validator_for(whole).validate(answer)
    assert set(answer) == set(schema["properties"])


async def test_a_weekly_pattern_comes_back_with_its_error(world: World) -> None:
    today = await past(world, world.tenant, world.scene, 70)
    found = await ask(await analyst(world), "sales-forecast", SALES | {"days": 14})
    assert (found["currency"], found["history_days"], len(found["data"])) == ("CNY", 70, 14)
    assert found["data"][0]["day"] == today.isoformat()
    sums = {row["day"]: row["expected"] for row in found["data"]}
    friday = next(day for day in sums if date.fromisoformat(day).isoweekday() == 5)
    monday = next(day for day in sums if date.fromisoformat(day).isoweekday() == 1)
    assert float(sums[friday]) > 1.5 * float(sums[monday])
    assert found["backtest"]["beats_naive"]
    assert 0 <= found["backtest"]["mape"] < 0.5


async def test_data_of_others_never_enter(world: World, canteen_pack: Any) -> None:
    await past(world, world.tenant, world.scene, 42)
    first = await analyst(world)
    before = await ask(first, "sales-forecast", SALES)
    # Another canteen of the same scene, and another tenant with a scene of the same name.
    await past(world, world.tenant, world.scene, 42, seller="other_hall", price=9_900, start=5_000)
    other = await create_tenant(world.pool, "other", "Another bank", sandbox=True)
    scene = await open_scene(world.pool, other, canteen_pack, "canteen")
    await people_of(world.pool, other, scene, canteen_pack)
    await past(world, other, scene, 42, price=77_700, start=10_000)
    assert await ask(first, "sales-forecast", SALES) == before
    theirs = await make_partner(
        world.pool, world.gateway, other, "analyst", party="hall", scopes=["capabilities:run"],
        level="A2",
    )  # fmt: skip
    assert (await ask(theirs, "sales-forecast", SALES))["total"] != before["total"]
    whole = await ask(await analyst(world, "whole", "BANK"), "sales-forecast", SALES)
    assert float(whole["total"]) > 5 * float(before["total"])


async def test_a_call_is_metered_once_for_its_key(world: World) -> None:
    await past(world, world.tenant, world.scene, 42)
    partner = await analyst(world)
    first = await partner.post("/v1/capabilities/sales-forecast", SALES, key="k")
    await past(world, world.tenant, world.scene, 3, price=5_000, start=3_000)
    again = await partner.post("/v1/capabilities/sales-forecast", SALES, key="k")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert await readings(world) == [("capability.sales_forecast", 1)]
    other = await partner.post("/v1/capabilities/sales-forecast", SALES | {"days": 3}, key="k")
    assert other.json()["code"] == "idempotency.key_reused"
    await ask(partner, "repurchase", SALES)
    assert await readings(world) == [
        ("capability.repurchase", 1), ("capability.sales_forecast", 1),
    ]  # fmt: skip


async def test_too_little_history_is_said_and_not_metered(world: World) -> None:
    await past(world, world.tenant, world.scene, 20)
    partner = await analyst(world)
    answer = await partner.post("/v1/capabilities/sales-forecast", SALES)
    assert (answer.status_code, answer.json()["code"]) == (422, "capability.little_history")
    assert answer.json()["facts"] == {"have": 20, "need": 28, "of": "days"}
    assert await readings(world) == []


async def test_who_asks_for_too_much_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await past(world, world.tenant, world.scene, 42)
    monkeypatch.setattr(figures, "PATIENCE", "1ms")
    monkeypatch.setattr(figures, "_SALES", f"select pg_sleep(1) from ({figures._SALES}) s")
    answer = await (await analyst(world)).post("/v1/capabilities/sales-forecast", SALES)
    assert (answer.status_code, answer.json()["code"]) == (422, "capability.too_much")
    assert await readings(world) == []


async def consent(world: World, app: Any, party: str, purpose: str, things: Any) -> int:
    """One that the customer has given on a page of the bank."""
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        number: int = await apps_store.insert_grant(
            connection, world.tenant.id, app.id, party, "canteen", ["things.read"], None, purpose,
            {"things": things, "accounts": []},
        )  # fmt: skip
    return number


async def test_a_person_is_assessed_by_consent_alone(world: World) -> None:
    await past(world, world.tenant, world.scene, 42)
    partner = await analyst(world)
    order = RISK | {"party": "ann"}

    async def refused(code: str) -> None:
        answer = await partner.post("/v1/capabilities/risk", order)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert await readings(world) == []

    await refused("capability.no_consent")
    fields = {"meal": ["diner", "price"]}
    await consent(world, partner.app, "ann", "serve", fields)  # for something else
    await consent(world, world.till.app, "ann", "credit", fields)  # to somebody else
    await refused("capability.no_consent")
    await consent(world, partner.app, "ann", "credit", {"meal": ["price"]})
    await refused("consent.not_covered")
    number = await consent(world, partner.app, "ann", "credit", fields)
    found = await ask(partner, "risk", order, key="r")
    assert (found["party"], found["grade"], found["bills"], found["late"]) == ("ann", "A", 21, 0)
    assert await readings(world) == [("capability.risk", 1)]
    receipts = (
        "select party, what, fields, purpose, grant_id, records from receipt where party = 'ann'"
    )
    assert [tuple(row) for row in await sql(world, world.tenant.id, receipts)] == [
        ("ann", "capabilities.risk", ["diner", "price"], "credit", number, 21)
    ]
    # Whom ann was compared with was read as well: of the caller's own business, and not billed.
    others = "select party, grant_id, levels, metered from receipt where party <> 'ann' order by 1"
    assert {(row[1], *row[2], row[3]) for row in await sql(world, world.tenant.id, others)} == {
        (0, "C2", "C1", True)
    }
    async with reading(world.pool, world.tenant.id) as connection:
        (receipt,) = await find_receipts(connection, world.tenant.id, party="ann")
    scene = await world.host.scene(world.tenant.id, "canteen")
    for language, title in (("zh", "付款风险评估"), ("en", "An assessment of how you pay")):
        assert view_receipt(receipt, scene, Texts(language)).what == title
    await sql(world, world.tenant.id, "update app_grant set revoked_at = now() where party = 'ann'")
    for key in ("r", "r2"):
        answer = await partner.post("/v1/capabilities/risk", order, key=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "capability.no_consent")
    assert await readings(world) == [("capability.risk", 1)]
    assert len(await sql(world, world.tenant.id, receipts)) == 1


async def test_a_consent_that_ends_meanwhile_stops_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await past(world, world.tenant, world.scene, 42)
    partner = await analyst(world)
    await consent(world, partner.app, "ann", "credit", {"meal": ["diner", "price"]})
    real = Counter.serve

    async def late(self: Any, shard: int, unit: Any) -> Any:
        await sql(world, world.tenant.id, "update app_grant set revoked_at = now()")
        return await real(self, shard, unit)

    monkeypatch.setattr(Counter, "serve", late)
    answer = await partner.post("/v1/capabilities/risk", RISK | {"party": "ann"})
    assert (answer.status_code, answer.json()["code"]) == (403, "consent.withdrawn")
    assert await readings(world) == []
    assert await sql(world, world.tenant.id, "select from receipt") == []


async def test_customers_by_segment_and_cohort(world: World) -> None:
    await past(world, world.tenant, world.scene, 60)
    found = await ask(await analyst(world), "repurchase", SALES | {"limit": 3})
    assert (found["customers"], found["returned"], found["rate"]) == (5, 5, 1.0)
    for told in (found["segments"].values(), found["cohorts"]):
        assert sum(each["customers"] for each in told) == 5
        assert sum(each["purchases"] for each in told) == found["purchases"]
    assert {each["customer"] for each in found["next"]} <= {"ann", "bob", "cyd", "dee", "eve"}
    assert (len(found["next"]), found["days_between"]) == (3, 2.0)
    assert (await ask(await analyst(world, "b"), "repurchase", SALES))["next"] == []


async def test_cash_of_an_account_day_by_day(world: World) -> None:
    await world.top_up("ann", "500.00")
    for n in range(3):
        assert (await world.meal(f"M{n}")).status_code == 200
    order = {"scene": "canteen", "account": "takings", "days": 10}
    found = await ask(await analyst(world), "cash-flow", order)
    balance = (await world.hall.get("/v1/canteen/accounts/takings/hall")).json()["available"]
    assert found["opening"] == balance
    assert float(balance) > 0
    assert (found["flow_in"], {row["balance"] for row in found["data"]}) == (None, {balance})
    known = [{"thing": "meal", "direction": "in", "amount": "price"}]
    more = await ask(await analyst(world, "again"), "cash-flow", order | {"known": known})
    # Each meal has a timer that fires tonight: three of 12.00 are known to come.
    assert [row["known_in"] for row in more["data"] if row["known_in"] != "0.00"] == ["36.00"]
    assert float(more["data"][-1]["balance"]) == pytest.approx(float(balance) + 36)
    bank = await analyst(world, "whole", "BANK")
    assert (await ask(bank, "cash-flow", order | {"party": "hall"}))["opening"] == balance
    for who, partner in (("other_hall", await analyst(world, "c")), ("ann", bank)):
        refused = await partner.post("/v1/capabilities/cash-flow", order | {"party": who})
        assert (refused.status_code, refused.json()["param"]) == (404, "account")


async def test_the_instalments_of_a_loan_are_known_to_go_out(world: World) -> None:
    await world.top_up("ann", "500.00")
    assert (await world.meal("M1")).status_code == 200
    rows = await sql(world, world.tenant.id, "select id from party where ref = 'hall'")
    opening = Opening(standard_shelf().products["instalment"], rows[0][0], 1_200_00, months=12)
    done = await world.host.contracts.open(world.tenant.id, opening, once=None, actor="test")
    assert not done.refused, done.body
    (loan,) = await world.host.contracts.of_customer(world.tenant.id, rows[0][0])
    order = {"scene": "canteen", "account": "takings", "days": 70}
    found = await ask(await analyst(world), "cash-flow", order)
    first, second = loan.told["plan"][:2]
    out = {row["day"]: row["known_out"] for row in found["data"] if row["known_out"] != "0.00"}
    assert out == {
        each["due"]: format_money(each["principal_minor"] + each["interest_minor"], "CNY")
        for each in (first, second)
    }
    assert found["lowest"]["day"] == second["due"]


@pytest.mark.parametrize(
    ("name", "change", "param"),
    [
        ("sales-forecast", {"days": 0}, "days"),
        ("sales-forecast", {"days": "x"}, "days"),
        ("sales-forecast", {"thing": "nothing"}, "thing"),
        ("sales-forecast", {"amount": "diner"}, "amount"),
        ("sales-forecast", {"without": ["eaten"]}, "without[0]"),
        ("sales-forecast", {"who": "me"}, "who"),
        ("repurchase", {"customer": "price"}, "customer"),
        ("repurchase", {"limit": 201}, "limit"),
        ("risk", {"party": "ann"}, "paid"),
        ("risk", {"party": "nobody", "paid": ["paid"]}, "party"),
        ("risk", {"party": "ann", "paid": ["paid"], "due": "price"}, "due"),
    ],
)
async def test_what_is_wrong_is_named(
    world: World, name: str, change: dict[str, Any], param: str
) -> None:
    answer = await (await analyst(world)).post(f"/v1/capabilities/{name}", SALES | change)
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["param"] == param


async def test_who_may_ask(world: World) -> None:
    for more, code in (
        ({"scopes": ["scene:canteen:*"]}, "auth.scope"),
        ({"level": "A1"}, "auth.level"),
        ({"party": None}, "auth.no_party"),
    ):
        name = code.replace(".", "-").replace("_", "-")
        partner = await analyst(world, name, **more)
        answer = await partner.post("/v1/capabilities/sales-forecast", SALES)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    partner = await analyst(world)
    assert (await partner.get("/v1/capabilities/risk")).status_code == 405
    assert (await partner.post("/v1/capabilities/magic", {})).status_code == 404
    keyless = await partner.post("/v1/capabilities/repurchase", SALES, key="")
    assert keyless.json()["code"] == "idempotency.missing_key"
    assert await readings(world) == []


async def test_a_call_is_a_line_of_the_invoice(world: World) -> None:
    biller = await world.partner("biller", scopes=["billing:read", "billing:write"])
    boss = await world.partner("boss", scopes=["billing:approve"])
    now = datetime.fromisoformat((await world.bank.get("/v1/sandbox/clock")).json()["now"])
    first = ((now + timedelta(hours=8)).replace(day=1) + timedelta(days=32)).replace(day=1)

    async def move(moment: str) -> None:
        answer = await world.bank.send("PUT", "/v1/sandbox/clock", {"now": moment})
        assert answer.status_code == 200, answer.text

    await move(f"{first:%Y-%m}-01T00:30:00+08:00")
    plan = {"title": "能力", "subscription": "0", "charges": [
        {"name": "forecasts", "meter": "capability.sales_forecast", "tiers": [{"price": "2.50"}]},
    ]}  # fmt: skip
    proposed = await biller.post("/v1/plans", {"starts": f"{first:%Y-%m}-01", "plan": plan})
    assert proposed.status_code == 200, proposed.text
    assert (await boss.post("/v1/plans/1/approve", {})).status_code == 200
    await move(f"{first:%Y-%m}-03T12:00:00+08:00")
    await past(world, world.tenant, world.scene, 42)
    partner = await analyst(world)
    for key in ("a", "b", "b"):
        await ask(partner, "sales-forecast", SALES, key=key)
    await RollUp(world.pool, world.tenant.shard).settle()
    usage = await biller.get(f"/v1/usage?month={first:%Y-%m}&meter=capability.sales_forecast")
    assert usage.json()["meters"]["capability.sales_forecast"] == {"quantity": 2, "readings": 2}
    after = (first + timedelta(days=32)).replace(day=1)
    await move(f"{after:%Y-%m-%d}T01:00:00+08:00")
    invoice = (await biller.post("/v1/invoices", {"month": f"{first:%Y-%m}"})).json()
    line = next(line for line in invoice["lines"] if line["name"] == "forecasts")
    assert (line["quantity"], line["amount"], invoice["total"]) == (2, "5.00", "5.00")
    path = f"/v1/invoices/{first:%Y-%m}/lines/{line['n']}/readings"
    traced = (await biller.get(path)).json()["data"]
    assert [(each["operation"], each["app"]) for each in traced] == [
        ("capabilities/sales_forecast", "analyst")
    ] * 2  # fmt: skip


async def test_whoever_is_read_for_a_computation_has_a_receipt_of_it(world: World) -> None:
    await past(world, world.tenant, world.scene, 42)
    partner = await analyst(world)
    await ask(partner, "repurchase", {"scene": "canteen", "thing": "meal"}, key="p")
    rows = await sql(
        world, world.tenant.id,
        "select r.party, r.what, r.records, p.kind from receipt r join party p on p.ref = r.party "
        "order by 1",
    )  # fmt: skip
    meals = await sql(
        world, world.tenant.id,
        "select p.ref, count(*) from thing t join party p on p.ref = t.fields->>'diner' "
        "where t.type = 'meal' group by 1 order by 1",
    )  # fmt: skip
    assert [(row[0], row[2]) for row in rows] == [tuple(row) for row in meals] != []
    assert {(row[1], row[3]) for row in rows} == {("capabilities.repurchase", "person")}
    await ask(partner, "repurchase", {"scene": "canteen", "thing": "meal"}, key="p")
    again = await sql(world, world.tenant.id, "select from receipt")
    assert len(again) == len(rows), "asked again with its key nothing is read again"
