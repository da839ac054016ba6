"""While the database is away, every request is told so with 503 and when to come again."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from api.partner import ISSUER, Partner
from enscene.api import ApiSettings, create_app
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, engine, open_pool
from silentproxy import silent_proxy

MEAL = {"ticket": "t", "diner": "ann", "price": "1.00"}


async def asked(gateway, world):
    """Answers to one request of every kind: warm or cold, read or written, with and without."""
    h5, till = (Partner(gateway, p.app, p.token) for p in (world.h5, world.till))
    return await asyncio.gather(
        h5.act("canteen", "top_up", {"amount": "1.00"}, party="ann"),
        h5.act("canteen", "top_up", {"amount": "1.00"}, party="nobody"),
        till.act("canteen", "pay_by_code", MEAL),
        till.act("canteen", "refund_meal", {"ticket": "gone"}),
        h5.get("/v1/canteen/accounts/wallet/ann", party="ann"),
        h5.get("/v1/canteen/things/meal", party="ann"),
        h5.get("/v1/canteen/events", party="ann"),
        h5.put("/v1/canteen/parties/new", {"role": "diner"}),
        Partner(gateway, world.bank.app, "a.b.c").get("/v1/scenes"),
        h5.ask_token(),
    )


def told(answers):
    return {(answer.status_code, answer.headers.get("retry-after")) for answer in answers}


async def test_a_database_that_is_not_heard_of_any_more(
    world, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections stay open and nothing comes through them; later it comes back."""
    monkeypatch.setattr(engine, "_CANCEL_S", 0.1)
    async with silent_proxy(database.url_app) as (proxy, url):
        pool = await open_pool(url, size_max=6, patience_s=1.5)
        host = SceneHost(pool)
        gateway = create_app(host, pool, ApiSettings(issuer=ISSUER))
        await Partner(gateway, world.h5.app, world.h5.token).get("/v1/canteen/openapi.json")
        before = await asked(gateway, world)
        assert {answer.status_code for answer in before} <= {200, 401, 403, 404, 422}
        proxy.silence()
        async with asyncio.timeout(15):
            answers = await asked(gateway, world)
        for answer in answers:
            # What needs no database is told as ever.
            assert answer.status_code in (401, 403, 404, 503), answer.text
        assert sum(answer.status_code == 503 for answer in answers) >= 5
        for answer in answers:
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == "1"
                assert answer.json()["code"].startswith("unavailable.database")
        proxy.resume()
        async with asyncio.timeout(15):
            h5 = Partner(gateway, world.h5.app, world.h5.token)
            while True:
                answer = await h5.act("canteen", "top_up", {"amount": "2.00"}, party="bob")
                if answer.status_code == 200:
                    break
                assert answer.status_code == 503
        await host.close()
        await pool.close()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (asyncpg.DeadlockDetectedError("x"), 503, "unavailable.contended"),
        (ConnectionRefusedError("x"), 503, "unavailable.database"),
        (asyncpg.AdminShutdownError("x"), 503, "unavailable.database"),
        (asyncpg.CheckViolationError("x"), 500, "internal"),
    ],
)
async def test_raw_errors_of_reads(world, monkeypatch, error, status, code) -> None:
    async def fail(*_):
        raise error

    assert (await world.h5.get("/v1/scenes")).status_code == 200
    monkeypatch.setattr(world.host.catalogue, "scene", fail)
    answer = await world.h5.get("/v1/canteen/accounts/wallet/ann", party="ann")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)
    assert answer.json()["request_id"]
