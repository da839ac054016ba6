"""A subsidiary of the bank operates tenants: its tasks, hot spots, promised hours and invoices (C12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.conftest import World, open_scene
from api.partner import Partner, make_partner
from enscene.billing import (
    Billing,
    ask_vendor,
    decide_vendor,
    read_statement,
    read_vendor,
    statement_csv,
)
from enscene.commit import admit
from enscene.tenants import Tenant, create_tenant, list_below
from enscene.work.tickets import handle_ticket, ticket_id


class Group:
    """The bank, its subsidiary, and two tenants that the subsidiary operates."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def open(self) -> None:
        pool, world = self.world.pool, self.world
        self.firm = await create_tenant(pool, "keji", "金科公司", sandbox=True, parent=world.tenant)
        self.school = await create_tenant(
            pool, "school", "一中 · School", sandbox=True, parent=self.firm
        )
        self.park = await create_tenant(pool, "park", "Park", sandbox=True, parent=self.firm)
        self.firm_app = await self.app(self.firm, "desk", "tickets:read", "launch:read")
        self.own = await self.app(
            self.school, "own", "launch:read", "launch:edit", "tickets:read", "tickets:write",
            "billing:read", "billing:write", "platform:clock",
        )  # fmt: skip
        self.boss = await self.app(self.school, "boss", "billing:approve")
        await open_scene(pool, self.school, world.pack, "dining")

    async def app(self, tenant: Tenant, name: str, *scopes: str) -> Partner:
        return await make_partner(
            self.world.pool, self.world.gateway, tenant, name, scopes=list(scopes), level="A2"
        )


@pytest.fixture
async def group(world: World) -> Group:
    made = Group(world)
    await made.open()
    return made


async def done(app: Partner, path: str, body: Any) -> Any:
    answer = await app.post(path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_its_people_get_tasks_and_act_on_hot_spots(group: Group) -> None:
    at = "/v1/teamwork/scenes/dining"
    task = {"what": "train the tills", "department": "branch", "due_on": "2999-01-01"}
    (made,) = (await done(group.own, f"{at}/tasks", task))["tasks"]
    one = f"/v1/teamwork/tasks/{made['id']}"
    await done(group.own, f"{one}/take", {})
    await done(group.own, f"{one}/hand", {"department": "subsidiary", "owner": "quick force"})
    await done(group.own, f"{one}/end", {"result": "trained"})
    (way,) = (await group.own.get(at)).json()["handed"]
    assert (way["from"], way["to"], way["link"]) == ("branch", "subsidiary", "bank_subsidiary")
    hot = {"kind": "hot_spot", "says": "lunch by drone", "source": "outside", "found_at": "a fair",
           "scene": "dining", "department": "subsidiary", "owner": "quick force"}  # fmt: skip
    spot = f"/v1/voices/{(await done(group.own, '/v1/voices', hot))['id']}"
    await done(group.own, f"{spot}/propose", {"says": "try it on Fridays"})
    ended = await done(group.own, f"{spot}/act", {"says": "tried"})
    assert (ended["state"], ended["department"], ended["owner"]) == (
        "acted", "subsidiary", "quick force",
    )  # fmt: skip


async def test_how_it_keeps_its_hours_is_measured_and_seen_from_above(group: Group) -> None:
    pool, school = group.world.pool, group.school.id
    numbers = []
    for title in ("prompt", "late", "open"):
        body = {"kind": "fault", "title": title, "text": "the till is down"}
        numbers.append((await done(group.own, "/v1/tickets", body))["id"])
    for number in numbers[:2]:
        for act in ("said", "solved"):
            await handle_ticket(
                pool, school, ticket_id(number), act=act, side="operator", who="he@keji",
                text="on our way",
            )  # fmt: skip
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [school])
        await connection.execute(
            "update ticket set answer_due = opened_at, due = opened_at where title = 'late'"
        )
    told = {"tenant": "school", "filed": 3, "answers": 2, "answered_in_time": 1, "solutions": 2,
            "solved_in_time": 1, "score": 50}  # fmt: skip
    for app in (group.firm_app, group.own):
        assert (await app.get("/v1/tickets/service")).json()["data"] == [told]
    month = datetime.now(UTC) - timedelta(days=40)
    path = f"/v1/tickets/service?month={month:%Y-%m}"
    assert (await group.firm_app.get(path)).json()["data"] == []
    bad = await group.firm_app.get("/v1/tickets/service?month=x")
    assert (bad.status_code, bad.json()["param"]) == (400, "month")
    # Beside it nothing is seen, and without the right nothing at all.
    park = await group.app(group.park, "own", "tickets:read")
    assert (await park.get("/v1/tickets/service")).json()["data"] == []
    assert (await group.boss.get("/v1/tickets/service")).status_code == 403


async def test_its_service_is_priced_invoiced_and_stated(group: Group) -> None:
    pool, bank = group.world.pool, group.world.tenant
    await ask_vendor(pool, bank, "keji", "金科公司", "he@bank")
    await decide_vendor(pool, bank.id, "keji", "lin@bank", approve=True)
    clock = (await group.own.get("/v1/sandbox/clock")).json()["now"]
    now = datetime.fromisoformat(clock) + timedelta(hours=8)
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)

    async def move(day: datetime) -> None:
        moved = await group.own.put("/v1/sandbox/clock", {"now": f"{day:%Y-%m-%d}T00:30:00+08:00"})
        assert moved.status_code == 200, moved.text

    await move(first)
    plan = {
        "title": "代运营 · Operation", "subscription": "0.00",
        "items": [{"name": "operation", "title": "食堂代运营 · Canteen operation",
                   "price": "3000.00", "shares": {"vendor": "80%", "vendor_ref": "keji"}}],
        "shares": {"bank": "50%"},
    }  # fmt: skip
    order = {"starts": f"{first:%Y-%m-%d}", "plan": plan}
    version = (await done(group.own, "/v1/plans", order))["version"]
    await done(group.boss, f"/v1/plans/{version}/approve", {})
    await move(after)
    invoice = await done(group.own, "/v1/invoices", {"month": f"{first:%Y-%m}"})
    assert invoice["total"] == "3000.00"
    vendor = await read_vendor(pool, bank.id, "keji")
    tenants = await list_below(pool, bank.id)
    stated = await read_statement(pool, vendor, tenants, first.date())
    (line,) = stated.lines
    assert (line.tenant, line.amount, line.share) == ("school", 300_000, 240_000)
    assert stated.agrees
    assert "3000.00,2400.00,CNY,issued" in statement_csv(stated).decode("utf-8-sig")
    billing = Billing(pool)
    await billing.pay(group.school, first.date(), "c")
    (total,) = (await read_statement(pool, vendor, tenants, first.date())).totals
    assert total.paid == 240_000
    await billing.close()
