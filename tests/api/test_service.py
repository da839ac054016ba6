"""States of service: what each refuses and serves, how it is entered and left, against a real
database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from api.partner import ISSUER, Partner
from enscene.api import ApiSettings, create_app
from enscene.api.documents.marks import METHODS
from enscene.kernel.errors import Conflict, Invalid
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, connect, engine, open_pool
from enscene.tenants import create_tenant
from enscene.tenants.apps import grant_app
from enscene.tenants.service import (
    Order,
    Patience,
    ServiceWatch,
    enter_state,
    leave_state,
    list_states,
)
from readonly import read_only
from silentproxy import silent_proxy

TOP_UP = {"amount": "1.00"}


def order(state: str, *, minutes: float = 30) -> Order:
    return Order(
        state, "数据库升级 · database upgrade", datetime.now(UTC) + timedelta(minutes=minutes)
    )


async def enter(world: Any, state: str, bank: Any = None, **more: Any) -> None:
    await enter_state(world.pool, bank, order(state, **more), "he@operator")
    await world.host.service.step()


async def anonymous(gateway: Any, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(gateway)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        return await client.get(path)


async def counted(database: Database) -> list[int]:
    connection = await connect(database.url_admin or "")
    try:
        return [
            await connection.fetchval(f"select count(*) from {table}")
            for table in ("event", "transfer", "idempotency", "receipt", "meter_reading")
            if await connection.fetchval("select to_regclass($1)", table)
        ]
    finally:
        await connection.close()


async def test_readings_go_on_and_nothing_is_written(world: Any, database: Database) -> None:
    await world.top_up("ann", "50.00")
    await world.gateway.keyring.ready()
    await enter(world, "readings")
    before = await counted(database)
    answer = await world.h5.act("canteen", "top_up", TOP_UP, party="ann")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "service.read_only")
    assert 1_700 < int(answer.headers["retry-after"]) <= 1_801
    assert problem["facts"]["until"] > problem["facts"]["since"]
    for refused in (
        await world.till.act(
            "canteen", "pay_by_code", {"ticket": "t", "diner": "ann", "price": "1.00"}
        ),
        await world.h5.put("/v1/canteen/parties/new", {"role": "diner"}),
        await world.bank.post("/v1/launches", {}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (503, "service.read_only")
    assert await world.balance("wallet", "ann") == "50.00"
    assert (await world.h5.get("/v1/canteen/events", party="ann")).status_code == 200
    assert await counted(database) == before
    # A token is still given, and is good once for each assertion.
    assertion = world.h5.assertion()
    assert (await world.h5.ask_token(assertion)).status_code == 200
    assert (await world.h5.ask_token(assertion)).status_code == 401


async def test_the_database_itself_refuses_what_no_door_has_asked(world: Any) -> None:
    await enter(world, "readings")
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await create_tenant(world.pool, "late", "Late")


async def test_it_ends_by_hand_and_by_itself(world: Any) -> None:
    await enter(world, "readings")
    await leave_state(world.pool, None, "he@operator")
    await world.host.service.step()
    await world.top_up("ann", "1.00")
    with pytest.raises(Conflict, match="nobody"):
        await leave_state(world.pool, None, "he@operator")
    await enter(world, "readings", minutes=0.005)
    while world.host.service.whole.state == "readings":
        await asyncio.sleep(0.05)
        await world.host.service.step()
    await world.top_up("ann", "1.00")
    told = await list_states(world.pool)
    assert [each.state for each in told] == ["readings", "readings"]
    assert all(each.over_at for each in told)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Order("normal", "x", datetime.max.replace(tzinfo=UTC)), "service.state"),
        (Order("readings", "  ", datetime.max.replace(tzinfo=UTC)), "service.reason"),
        (order("readings", minutes=-1), "service.until"),
        (order("readings", minutes=11_000), "service.until"),
    ],
)
async def test_what_is_wrong_with_an_order(world: Any, given: Order, code: str) -> None:
    with pytest.raises(Invalid) as told:
        await enter_state(world.pool, None, given, "he")
    assert told.value.code == code
    assert await list_states(world.pool) == []


async def test_essential_keeps_money_moving(world: Any) -> None:
    await enter(world, "essential")
    await world.top_up("ann", "20.00")
    assert (await world.meal("t1")).status_code == 200
    assert await world.balance("wallet", "ann") == "8.00"
    for path in ("/v1/shelf", "/v1/apis", "/v1/templates", "/v1/webhooks", "/docs"):
        answer = await world.bank.get(path)
        assert (answer.status_code, answer.json()["code"]) == (503, "service.essential_only"), path
        assert int(answer.headers["retry-after"]) > 1_700


async def test_a_bank_alone_is_in_a_state_with_all_below_it(world: Any) -> None:
    below = await create_tenant(world.pool, "branch", "Branch", parent=world.tenant)
    other = await create_tenant(world.pool, "other", "Another bank")
    await enter(world, "readings", world.tenant)
    service = world.host.service
    assert [service.of(each.id).state for each in (world.tenant, below, other)] == [
        "readings", "readings", "normal"
    ]  # fmt: skip
    answer = await world.h5.act("canteen", "top_up", TOP_UP, party="ann")
    assert answer.json()["code"] == "service.read_only"
    assert (await anonymous(world.gateway, "/status")).json()["state"] == "normal"
    told = (await anonymous(world.gateway, "/status?bank=bank")).json()
    assert (told["state"], told["reason"]) == ("readings", "数据库升级 · database upgrade")
    stranger = (await anonymous(world.gateway, "/status?bank=nobody")).json()
    assert (stranger["state"], stranger["history"]) == ("normal", [])


async def test_another_process_knows_within_a_second(world: Any, pool: Any) -> None:
    there = ServiceWatch(pool, lambda: 0, Patience(poll_s=0.05))
    there.start()
    await enter(world, "essential")
    async with asyncio.timeout(2):
        for _ in iter(lambda: there.whole.state, "essential"):
            await asyncio.sleep(0.02)
    assert there.whole.state == "essential"
    assert Patience().poll_s <= 1
    await there.stop()


async def test_a_database_that_takes_no_writes(world: Any, database: Database) -> None:
    """It is noticed by the first write that it refuses, and left when it has taken writes a while."""
    service: ServiceWatch = world.host.service
    service.patience = Patience(calm_s=0.2)
    await world.top_up("ann", "50.00")
    async with read_only(database, world.pool):
        answer = await world.h5.act("canteen", "top_up", TOP_UP, party="ann")
        assert (answer.status_code, answer.json()["code"]) == (503, "service.read_only")
        assert service.whole.state == "readings"
        assert await world.balance("wallet", "ann") == "50.00"
        await service.step()
        told = (await anonymous(world.gateway, "/status")).json()
        assert (told["state"], told["cause"], told["database"]) == (
            "readings", "database", "read_only"
        )  # fmt: skip
        again = await world.h5.act("canteen", "top_up", TOP_UP, party="ann")
        assert again.headers["retry-after"] == "5"
    await service.step()
    assert service.whole.state == "readings"  # not at once: it may come and go
    while service.whole.state == "readings":
        await asyncio.sleep(0.05)
        await service.step()
    await world.top_up("ann", "1.00")
    (entry,) = await list_states(world.pool)
    assert (entry.cause, entry.state, entry.who) == ("database", "readings", "enscene")
    assert entry.ended_at is not None


async def test_a_queue_that_stays_too_long(world: Any) -> None:
    """Units wait behind a lock; what can be done without is refused until they have passed."""
    service: ServiceWatch = world.host.service
    service.patience = Patience(queue_most=8, queue_s=0.1, calm_s=0.1)
    await world.top_up("ann", "50.00")
    async with world.pool.acquire() as locker, locker.transaction():
        await locker.execute("select from shard for update")
        waiting = [asyncio.create_task(world.meal(f"q{n}", price="0.10")) for n in range(200)]
        await service.step()
        assert service.whole.state == "normal"
        async with asyncio.timeout(10):
            while service.whole.state == "normal":
                await asyncio.sleep(0.02)
                await service.step()
        assert service.whole.state == "essential"
        assert (await world.bank.get("/v1/shelf")).json()["code"] == "service.essential_only"
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
    async with asyncio.timeout(10):
        while service.whole.state == "essential":
            await asyncio.sleep(0.02)
            await service.step()
    assert (await world.bank.get("/v1/shelf")).status_code == 200


async def test_without_a_database_what_is_in_memory_is_told(
    world: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_CANCEL_S", 0.1)
    async with silent_proxy(database.url_app) as (proxy, url):
        pool = await open_pool(url, size_max=4, patience_s=1.0)
        host = SceneHost(pool)
        host.service.patience = Patience(answer_s=0.3)
        gateway = create_app(host, pool, ApiSettings(issuer=ISSUER))
        await gateway.keyring.ready()
        proxy.silence()
        gateway.keyring._rotate_at = 0.0  # it is time for the next key, and there is no database
        await host.service.step()
        for path in (
            "/oauth/jwks", "/.well-known/oauth-authorization-server", "/openapi.json",
            "/health/live", "/status", "/docs",
        ):  # fmt: skip
            assert (await anonymous(gateway, path)).status_code == 200, path
        assert (await anonymous(gateway, "/status")).json()["database"] == "away"
        assert (await anonymous(gateway, "/health/ready")).status_code == 503
        proxy.resume()
        async with asyncio.timeout(10):
            await host.service.step()
            while host.service.database == "away":
                await asyncio.sleep(0.05)
                await host.service.step()
        assert (await anonymous(gateway, "/status")).json()["database"] == "answers"
        await host.close()
        await pool.close()


async def test_every_operation_tells_its_class(world: Any) -> None:
    platform = (await anonymous(world.gateway, "/openapi.json")).json()
    scene = (await world.bank.get("/v1/canteen/openapi.json")).json()
    found = {
        (method, path): operation["x-service-class"]
        for document in (platform, scene)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }
    assert set(found.values()) == {"money", "reading", "housekeeping"}
    for (method, path), kind in found.items():
        if kind == "money":
            assert method != "get", path
        if "/actions/" in path or "/contracts/" in path:
            assert kind == ("reading" if method == "get" else "money"), path
        if path.startswith(("/v1/capabilities/", "/v1/usage", "/v1/apis", "/v1/invoices")):
            assert kind == "housekeeping", path


async def test_a_partner_whose_customer_has_consented_gets_no_data_without_a_receipt(
    world: Any,
) -> None:
    """In a bank that only reads, data under a consent wait; the bank's own look goes on."""
    partner: Partner = await world.partner("shop", scopes=["scene:canteen:*"], level="A2")
    await grant_app(
        world.pool, partner.app, party="ann", scene="canteen", actions=["accounts.read"]
    )
    path = "/v1/canteen/accounts/wallet/ann"
    before = await partner.get(path, party="ann")
    assert before.status_code == 200, before.text
    await enter(world, "readings", world.tenant)
    answer = await partner.get(path, party="ann")
    assert (answer.status_code, answer.json()["code"]) == (503, "service.read_only")
    assert await world.balance("wallet", "ann") == "0.00"
