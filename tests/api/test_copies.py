"""A scene goes to another city over HTTP: judged, offered, copied, live, compared, credited."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from api.partner import Partner, make_partner
from api.test_launch import Bank, bank, done, refused  # noqa: F401
from enscene.commit import admit
from enscene.operations import store as operations_store
from enscene.operations.copying import credit_copies
from enscene.tenants import Tenant, create_tenant

OFFER = {"scene": "north", "says": "lunch without a queue", "basis": "account.income", "months": 12,
         "points": 1_500}  # fmt: skip


class Branches:
    """The bank, with its branch in the south, and one in the west that helps."""

    def __init__(self, bank: Bank) -> None:  # noqa: F811
        self.bank = bank

    async def open(self) -> None:
        pool, top = self.bank.pool, self.bank.tenant
        self.south = await create_tenant(pool, "south", "South", sandbox=True, parent=top)
        self.west = await create_tenant(pool, "west", "West", sandbox=True, parent=top)
        self.other = await create_tenant(pool, "other", "Another bank", sandbox=True)
        self.maker = await self.app(self.south, "maker", "launch:read", "launch:edit")
        self.checker = await self.app(self.south, "checker", "launch:read", "launch:approve")
        self.helper = await self.app(self.west, "helper", "launch:read")
        self.stranger = await self.app(self.other, "stranger", "launch:read", "launch:edit")

    async def app(self, tenant: Tenant, name: str, *scopes: str) -> Partner:
        return await make_partner(
            self.bank.pool, self.bank.gateway, tenant, name, scopes=list(scopes), level="A2"
        )

    async def month(self) -> date:
        """The next one."""
        async with operations_store.reading(self.bank.pool, self.bank.tenant.id) as connection:
            now = (await operations_store.read_clock(connection, self.bank.tenant.id))["now"]
        return next_of(now.date().replace(day=1))

    async def figures(self, tenant: Tenant, scene: str, month: date, users: int, fees: int) -> None:
        """What a night would have kept of a whole month."""
        rows = [("users.active", "", "", users), ("account.moved", "fees", "CNY", fees)]
        async with self.bank.pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant.id])
            for name, key, currency, value in rows:
                await connection.execute(
                    "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                    "value) select $1, $2, id, 'month', $3, $4, $5, $6 from scene where ref = $7",
                    tenant.id, name, month, key, currency, value, scene,
                )  # fmt: skip
            last = next_of(month) - timedelta(1)
            await connection.execute(
                "insert into indicator_day (tenant, day, rows) values ($1, $2, 2)", tenant.id, last
            )

    async def live_since(self, tenant: Tenant, scene: str, month: date) -> None:
        at = datetime(month.year, month.month, 3, tzinfo=UTC)
        async with self.bank.pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant.id])
            await connection.execute(
                "update scene set live_at = $2 where ref = $1 and live_at is not null", scene, at
            )


def next_of(month: date) -> date:
    return (month + timedelta(32)).replace(day=1)


@pytest.fixture
async def branches(bank: Bank) -> Branches:  # noqa: F811
    made = Branches(bank)
    await made.open()
    return made


async def met(branches: Branches) -> date:
    """The scene of the north in its pilot, which has met what was set; the month of that."""
    bank = branches.bank  # noqa: F811
    await bank.sandboxed(options={"daily_limit": "80.00"}, region="杭州", customer="ACME")
    await done(bank.maker, "/v1/scenes/north/pilot")
    month = await branches.month()
    body = {"targets": [{"indicator": "users.active", "month": f"{month:%Y-%m}", "least": "100"}]}
    path = "/v1/copies/criteria/north"
    assert (await bank.reader.get(path)).json()["outcome"] == "unset"
    told = await bank.maker.put(path, body)
    assert (told.status_code, told.json()["outcome"]) == (200, "asked"), told.text
    await refused(await bank.maker.post(f"{path}/approve", {}), 403, "auth.scope")
    assert (await done(bank.checker, f"{path}/approve"))["outcome"] == "awaited"
    await refused(await bank.maker.put(path, body), 409, "copy.criterion_fixed")
    await branches.figures(bank.tenant, "north", month, 150, 40_000)
    told = (await bank.reader.get(path)).json()
    assert (told["outcome"], told["targets"][0]["value"]) == ("met", "150")
    return month


@pytest.mark.usefixtures("bank")
async def test_a_second_city_copies_a_scene_and_the_first_is_credited(branches: Branches) -> None:
    bank, south = branches.bank, branches.south  # noqa: F811
    month = await met(branches)
    offer = (await done(bank.maker, "/v1/copies/offers", OFFER))["id"]
    assert (await branches.maker.get("/v1/copies/offers")).json()["data"] == []
    assert (await done(bank.checker, f"/v1/copies/offers/{offer}/approve"))["state"] == "offered"
    (seen,) = (await branches.maker.get("/v1/copies/offers")).json()["data"]
    assert (seen["branch"], seen["scene"], seen["asked_by"]) == ("bank", None, None)
    assert "daily_limit" in seen["left_open"]
    assert "80.00" not in str(seen)
    assert (await branches.stranger.get("/v1/copies/offers")).json()["data"] == []
    order: dict[str, Any] = {
        "offer": offer, "ref": "ningbo", "name": "Ningbo Canteen", "region": "宁波",
        "options": {"daily_limit": "70.00"}, "helpers": [{"ref": "west", "points": 500}],
    }  # fmt: skip
    await refused(await branches.stranger.post("/v1/copies", order), 404, "copy.no_offer")
    begun = await done(branches.maker, "/v1/copies", order, key="one")
    assert await done(branches.maker, "/v1/copies", order, key="one") == begun
    launch, copy = begun["launch"], f"/v1/copies/{begun['id']}"
    await refused(await bank.reader.get(copy), 404, "copy.not_found")
    told = (await branches.maker.get(copy)).json()
    assert (told["distance"], told["difference"][0]["path"]) == (1, "options.daily_limit")
    await done(branches.maker, f"/v1/launches/{launch}/submit")
    await done(branches.checker, f"/v1/launches/{launch}/approve")
    await done(branches.maker, "/v1/scenes/ningbo/pilot")
    await done(branches.checker, "/v1/scenes/ningbo/live")
    told = (await branches.maker.get(copy)).json()
    assert 0 < told["took_s"] < 300
    assert (told["code_lines"], told["scene"]) == (0, "ningbo")
    # Two months of it.
    await branches.live_since(south, "ningbo", month)
    await branches.figures(south, "ningbo", month, 90, 10_005)
    await branches.figures(south, "ningbo", next_of(month), 130, 20_000)
    assert await credit_copies(bank.pool, south.id) == 2
    assert await credit_copies(bank.pool, south.id) == 0
    lines = (await bank.reader.get("/v1/copies/credits")).json()["data"]
    assert [(e["month"], e["value"], e["credited"]) for e in lines] == [
        (f"{month:%Y-%m}", "100.05", "15.01"), (f"{next_of(month):%Y-%m}", "200.00", "30.00"),
    ]  # fmt: skip
    helped = (await branches.helper.get("/v1/copies/credits")).json()["data"]
    assert [each["credited"] for each in helped] == ["5.00", "10.00"]
    # The branch of origin sees how it does beside its own, not what it is set to.
    whole = (await bank.reader.get(copy)).json()
    assert (whole["distance"], whole["difference"], whole["launch"]) == (1, None, None)
    mine, theirs = whole["comparison"]["scenes"]
    assert (mine["original"], theirs["branch"]) == (True, "south")
    assert [each["values"]["account:fees"] for each in theirs["months"]] == ["100.05", "200.00"]
    assert [each["values"]["users.active"] for each in theirs["months"]] == ["90", "130"]
    # Who helps hears of its share alone.
    shown = (await branches.helper.get(copy)).json()
    assert shown["comparison"] is None
    assert {each["branch"] for each in shown["credits"]} == {"west"}
    await refused(await branches.stranger.get(copy), 404, "copy.not_found")


@pytest.mark.usefixtures("bank")
async def test_what_is_wrong_says_where(branches: Branches) -> None:
    bank = branches.bank  # noqa: F811
    await bank.live()
    answer = await bank.maker.post("/v1/copies/offers", OFFER)
    assert (await refused(answer, 409, "copy.not_met", "reason"))["facts"] == {"outcome": "unset"}
    for param, wrong in (
        ("says", {"says": ""}), ("basis", {"basis": "x"}), ("months", {"months": 61}),
        ("points", {"points": 0}), ("left_open", {"left_open": ["x"]}),
    ):  # fmt: skip
        bad = await bank.maker.post("/v1/copies/offers", OFFER | wrong)
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    offer = await done(bank.maker, "/v1/copies/offers", OFFER | {"reason": "asked for by the city"})
    path = f"/v1/copies/offers/{offer['id']}"
    await done(bank.checker, f"{path}/approve")
    told = (await bank.reader.get(path)).json()
    assert (told["exception"], told["reason"]) == (True, "asked for by the city")
    body = {"offer": offer["id"], "helpers": [{"ref": "nobody", "points": 1}]}
    bad = await branches.maker.post("/v1/copies", body)
    await refused(bad, 400, "copy.helper", "helpers[0].ref")
    for where in ("/v1/copies/x", "/v1/copies/offers/x", "/v1/copies/criteria/none",
                  "/v1/copies/criteria", "/v1/copies/x/y/z"):  # fmt: skip
        assert (await bank.reader.get(where)).status_code == 404, where
    for where in ("/v1/copies/criteria/north", "/v1/copies/credits", path):
        assert (await bank.maker.post(where, {})).status_code == 405, where
    await done(bank.maker, f"{path}/end")
    body = {"offer": offer["id"]}
    await refused(await bank.maker.post("/v1/copies", body), 409, "copy.not_offered")
    low = await make_partner(
        bank.pool, bank.gateway, bank.tenant, "low", scopes=["launch:read"], level="A1"
    )
    await refused(await low.get("/v1/copies"), 403, "auth.level")
