"""A month over the API: prices by two people, an invoice, its readings, late ones, payment."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.conftest import World
from api.partner import Partner, make_partner
from enscene.billing import Billing, prove
from enscene.commit import admit
from enscene.metering import RollUp
from enscene.tenants import create_tenant

SCOPES = ["billing:read", "billing:write"]
PLAN = {
    "title": "公测价 · Beta",
    "subscription": "30.00",
    "charges": [
        {"name": "calls", "meter": "api.writes", "tiers": [{"price": "0.10"}], "free": 2},
        {"name": "turnover", "meter": "smart_canteen.turnover", "per": 10000,
         "tiers": [{"price": "1.00"}], "shares": {"vendor": "50%"}},
        {"name": "pages", "meter": "own.pages", "kind": "data", "tiers": [{"price": "1.00"}]},
    ],
    "shares": {"bank": "1/3", "vendor": "10%"},
}  # fmt: skip


class Month:
    """A sandbox whose clock stands at the beginning of a month, with prices approved."""

    def __init__(self, world: World, biller: Partner, first: datetime) -> None:
        self.world = world
        self.biller = biller
        self.first = first

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    def day(self, day: int) -> str:
        return f"{self.first:%Y-%m}-{day:02d}"

    async def move(self, moment: str) -> None:
        answer = await self.world.bank.send("PUT", "/v1/sandbox/clock", {"now": moment})
        assert answer.status_code == 200, answer.text

    async def end(self) -> None:
        after = (self.first + timedelta(days=32)).replace(day=1)
        await self.move(f"{after:%Y-%m-%d}T01:00:00+08:00")

    async def get(self, path: str) -> Any:
        answer = await self.biller.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.biller.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def proof(self) -> list[str]:
        billing = Billing(self.world.pool)
        await RollUp(self.world.pool, self.world.tenant.shard).settle()
        found = await prove(billing, self.world.tenant)
        await billing.close()
        return found.faults


async def begin(world: World, **more: Any) -> Month:
    biller = await make_partner(
        world.pool, world.gateway, world.tenant, "biller", scopes=SCOPES, level="A1"
    )
    boss = await make_partner(
        world.pool, world.gateway, world.tenant, "boss", scopes=["billing:approve"], level="A1"
    )
    now = datetime.fromisoformat((await world.bank.get("/v1/sandbox/clock")).json()["now"])
    first = ((now + timedelta(hours=8)).replace(day=1) + timedelta(days=32)).replace(day=1)
    month = Month(world, biller, first)
    await month.move(f"{month.day(1)}T00:30:00+08:00")
    order = {"starts": month.day(1), "plan": PLAN | more}
    plan = await month.post("/v1/plans", order)
    assert (plan["version"], plan["state"], plan["made_by"]) == (1, "proposed", "app:biller")
    assert (await biller.post("/v1/plans/1/approve", {})).json()["code"] == "auth.scope"
    assert (await boss.post("/v1/plans/1/approve", {})).json()["decided_by"] == "app:boss"
    assert (await boss.post("/v1/plans/1/approve", {})).json()["code"] == "plan.decided"
    return month


async def use(month: Month) -> None:
    """Six calls and 36.00 of turnover on the third."""
    await month.move(f"{month.day(3)}T12:00:00+08:00")
    await month.world.top_up("ann", "50.00")
    for n in range(3):
        assert (await month.world.meal(f"M{n}")).status_code == 200
    assert (await month.world.meal("M0")).status_code == 409  # refused: nobody pays for it
    await month.world.top_up("ann", "50.00")
    await month.world.top_up("ann", "50.00")


async def test_a_month_from_prices_to_payment(world: World) -> None:
    month = await begin(world)
    await use(month)
    await month.post("/v1/credits", {"amount": "10.00"})
    early = await month.biller.post("/v1/invoices", {"month": month.name})
    assert (early.status_code, early.json()["code"]) == (409, "invoice.open")
    await month.end()
    invoice = await month.post("/v1/invoices", {"month": month.name})
    lines = {line["name"]: line for line in invoice["lines"]}
    assert {name: line["amount"] for name, line in lines.items()} == {
        "subscription": "30.00", "calls": "0.40", "turnover": "0.36",
    }  # fmt: skip
    assert (lines["calls"]["quantity"], lines["turnover"]["quantity"]) == (6, 3600)
    assert lines["turnover"]["shares"] == {"bank": "0.00", "vendor": "0.18", "operator": "0.18"}
    assert [invoice[name] for name in ("total", "credit", "due", "state")] == [
        "30.76", "10.00", "20.76", "issued",
    ]  # fmt: skip
    assert await month.post("/v1/invoices", {"month": month.name}) == invoice
    assert await month.get(f"/v1/invoices/{month.name}") == invoice
    assert [each["id"] for each in (await month.get("/v1/invoices"))["data"]] == [month.name]
    calls = await month.get(f"/v1/invoices/{month.name}/lines/{lines['calls']['n']}/readings")
    assert [reading["quantity"] for reading in calls["data"]] == [1] * 6
    assert {reading["operation"] for reading in calls["data"]} == {"top_up", "pay_by_code"}
    assert calls["days"] == [{"day": month.day(3), "quantity": 6, "readings": 6}]
    page = f"/v1/invoices/{month.name}/lines/{lines['calls']['n']}/readings?limit=4"
    first = await month.get(page)
    rest = await month.get(f"{page}&after={first['data'][-1]['seq']}")
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert first["data"] + rest["data"] == calls["data"]
    assert await month.proof() == []
    paid = await month.post(f"/v1/invoices/{month.name}/pay", {})
    assert paid["state"] == "paid"
    assert (await month.post(f"/v1/invoices/{month.name}/pay", {})) == paid
    assert await month.proof() == []
    assert (await month.get("/v1/credits"))["left"] == "0.00"


async def test_what_comes_late_is_a_line_of_the_next_invoice(world: World) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    closed = await month.post("/v1/invoices", {"month": month.name})
    late = {"id": "p1", "meter": "pages", "quantity": 4, "at": f"{month.day(4)}T12:00:00+08:00"}
    assert await month.post("/v1/usage/readings", {"readings": [late]}) == {"new": 1, "known": 0}
    assert await month.post("/v1/usage/readings", {"readings": [late]}) == {"new": 0, "known": 1}
    other = await month.biller.post("/v1/usage/readings", {"readings": [late | {"quantity": 5}]})
    assert (other.status_code, other.json()["code"]) == (409, "meter.conflict")
    assert await month.get(f"/v1/invoices/{month.name}") == closed
    following = Month(world, month.biller, (month.first + timedelta(days=32)).replace(day=1))
    await following.end()
    invoice = await month.post("/v1/invoices", {"month": following.name})
    (line,) = (each for each in invoice["lines"] if each["adjusts"])
    assert (line["name"], line["quantity"], line["amount"], line["first"]) == (
        "pages", 4, "4.00", month.day(1),
    )  # fmt: skip
    path = f"/v1/invoices/{following.name}/lines/{line['n']}/readings"
    (reading,) = (await month.get(path))["data"]
    assert (reading["source"], reading["id"]) == ("app:biller", "p1")
    assert await month.get(f"/v1/invoices/{month.name}") == closed
    assert await month.proof() == []


async def test_the_proof_finds_what_was_touched(world: World) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    await month.post("/v1/invoices", {"month": month.name})
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute("update billing_line set quantity = 7 where name = 'calls'")
        await connection.execute("update billing_invoice set shares = shares || '{\"bank\": 1}'")
    faults = await month.proof()
    assert any("7 billed, 6 read" in fault for fault in faults)
    assert any("bank" in fault for fault in faults)


async def test_usage_by_day_hour_and_minute(world: World) -> None:
    month = await begin(world)
    await use(month)
    await RollUp(world.pool, world.tenant.shard).settle()
    by_day = await month.get(f"/v1/usage?month={month.name}&meter=smart_canteen.turnover")
    assert by_day["meters"] == {"smart_canteen.turnover": {"quantity": 3600, "readings": 3}}
    assert {row["at"] for row in by_day["data"]} == {month.day(3)}
    for by, begin_at in (("hour", "T00:00:00%2B08:00"), ("minute", "T12:00:00%2B08:00")):
        fine = await month.get(f"/v1/usage?by={by}&from={month.day(3)}{begin_at}")
        assert fine["meters"]["api.writes"]["quantity"] == 6
    for path, code in (
        ("/v1/usage", "invalid.month"),
        ("/v1/usage?month=2026-13", "invalid.month"),
        ("/v1/usage?month=2026-12&by=week", "invalid.choice"),
        ("/v1/usage?month=2026-12&from=x", "invalid.choice"),
        ("/v1/usage?by=hour", "time.bad_time"),
        (f"/v1/invoices/{month.name}/lines/1/readings?after=x", "invalid.number"),
    ):
        assert (await month.biller.get(path)).status_code == 400, (path, code)


async def test_prices_need_two_people_and_never_hold_in_the_past(
    world: World,
) -> None:
    both = await make_partner(
        world.pool, world.gateway, world.tenant, "both", scopes=[*SCOPES, "billing:approve"],
        level="A1",
    )  # fmt: skip
    now = (await world.bank.get("/v1/sandbox/clock")).json()["now"]
    day = datetime.fromisoformat(now) + timedelta(hours=8)
    order = {"starts": f"{day:%Y-%m-%d}", "plan": PLAN}
    past = await both.post("/v1/plans", order | {"starts": "2026-01-01"})
    assert (past.status_code, past.json()["code"]) == (400, "plan.past")
    assert (await both.post("/v1/plans", order)).status_code == 200
    alone = await both.post("/v1/plans/1/approve", {})
    assert (alone.status_code, alone.json()["code"]) == (403, "plan.four_eyes")
    for body, param in (
        ({"starts": "x", "plan": PLAN}, "starts"),
        (order | {"plan": PLAN | {"subscription": "1.001"}}, "plan.subscription"),
        (order | {"plan": PLAN | {"currency": "USD"}}, "plan.currency"),
        (order | {"plan": PLAN | {"wrong": 1}}, "plan.wrong"),
        (order | {"plan": {}}, "plan.title"),
    ):
        answer = await both.post("/v1/plans", body)
        assert (answer.status_code, answer.json()["param"]) == (400, param)
    for path in ("/v1/plans/9/approve", "/v1/plans/x/approve", "/v1/invoices/x/pay"):
        assert (await both.post(path, {})).status_code == 404
    assert (await world.h5.get("/v1/plans")).json() == {"data": []}  # its own, and it has none
    for path in ("/v1/plans?payer=", "/v1/invoices?payer=biller", "/v1/credits?payer=bank"):
        assert (await world.h5.get(path)).json()["code"] == "auth.scope"
    assert (await world.h5.post("/v1/plans", order)).json()["code"] == "auth.scope"
    missing = await both.post("/v1/invoices", {"month": "2026-01"})
    assert (missing.status_code, missing.json()["code"]) == (404, "invoice.no_plan")


async def test_another_tenant_sees_nothing_and_income_is_the_operators(
    world: World,
) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    await month.post("/v1/invoices", {"month": month.name})
    other = await create_tenant(world.pool, "other", "Other")
    stranger = await make_partner(
        world.pool, world.gateway, other, "app", scopes=SCOPES, level="A1"
    )
    assert (await stranger.get(f"/v1/invoices/{month.name}")).status_code == 404
    assert (await stranger.get("/v1/plans")).json()["data"] == []
    assert (await stranger.get(f"/v1/usage?month={month.name}")).json()["meters"] == {}
    denied = await stranger.get(f"/v1/operator/income?month={month.name}")
    assert (denied.status_code, denied.json()["code"]) == (403, "operator.only")
    world.gateway._billing._operator = "other"
    income = (await stranger.get(f"/v1/operator/income?month={month.name}")).json()
    assert [(row["tenant"], row["total"]) for row in income["data"]] == [("bank", "30.76")]
    (line,) = income["saas_income"]
    assert (line["total"], line["bank"], line["vendor"]) == ("30.76", "10.13", "3.22")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_invoice_on_paper(world: World, language: str) -> None:
    month = await begin(world)
    await use(month)
    await month.end()
    await month.post("/v1/invoices", {"month": month.name})
    answer = await month.biller.get(f"/v1/invoices/{month.name}/pdf?language={language}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    wrong = await month.biller.get(f"/v1/invoices/{month.name}/pdf?language=fr")
    assert wrong.status_code == 400


async def test_more_proposals_at_once_than_the_pool_has_places(world: World) -> None:
    """One holds one place, and never waits for a second."""
    both = await make_partner(world.pool, world.gateway, world.tenant, "both", scopes=SCOPES)
    order = {"starts": "2099-01-01", "plan": PLAN}
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(both.post("/v1/plans", order) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(answer.json()["version"] for answer in answers) == [*range(1, 41)]


async def test_of_one_key_there_is_one_plan(world: World) -> None:
    both = await make_partner(world.pool, world.gateway, world.tenant, "both", scopes=SCOPES)
    order = {"starts": "2099-01-01", "plan": PLAN}
    answers = await asyncio.gather(*(both.post("/v1/plans", order, key="one") for _ in range(4)))
    assert {answer.json().get("version") for answer in answers} <= {1, None}
    assert len((await both.get("/v1/plans")).json()["data"]) == 1
