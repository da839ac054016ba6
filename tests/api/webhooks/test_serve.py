"""The API of webhooks: what an application arranges, and that it sees its own alone."""

from __future__ import annotations

import pytest

from api.conftest import PACKS, open_scene, people_of
from api.partner import ISSUER, make_partner
from api.webhooks.receiver import LOOPBACK, receiving, working
from enscene.api import ApiSettings, create_app
from enscene.api.store import reading
from enscene.api.webhooks import Rules, WebhookSettings, verify
from enscene.scenes.runtime import SceneHost
from enscene.tenants import create_tenant

URL = "https://partner.example/hook"
BASE = "/v1/webhooks"


async def make(partner, **order):
    answer = await partner.post(BASE, {"url": URL} | order)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_endpoint_lives(world):
    made = await make(
        world.hall, events=["pay_*", "consent.*"], scenes=["canteen"], description="d"
    )
    assert made["secret"].startswith("whsec_")
    assert made["public_keys"][0].startswith("whpk_")
    one = f"{BASE}/{made['id']}"
    shown = (await world.hall.get(one)).json()
    assert "secret" not in shown
    assert shown == {name: made[name] for name in shown}
    listed = (await world.hall.get(BASE)).json()
    assert listed == {"data": [shown], "has_more": False, "next": None}
    changed = await world.hall.send("PATCH", one, {"events": ["*"], "scenes": []})
    assert (changed.json()["events"], changed.json()["scenes"]) == (["*"], [])
    assert (await world.hall.post(f"{one}/pause", {})).json()["state"] == "paused"
    assert (await world.hall.post(f"{one}/test", {})).json()["code"] == "webhook.not_active"
    assert (await world.hall.post(f"{one}/resume", {})).json()["state"] == "active"
    gone = await world.hall.send("DELETE", one)
    assert gone.json() == {"id": made["id"], "deleted": True}
    assert (await world.hall.get(one)).status_code == 404
    assert (await world.hall.send("DELETE", one)).status_code == 404


async def test_pages_of_endpoints(world):
    ids = [(await make(world.hall))["id"] for _ in range(3)]
    first = (await world.hall.get(f"{BASE}?limit=2")).json()
    rest = (await world.hall.get(f"{BASE}?limit=2&cursor={first['next']}")).json()
    assert [each["id"] for each in first["data"] + rest["data"]] == ids
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def test_the_same_key_makes_one_endpoint_and_tells_its_secret_again(world):
    order = {"url": URL}
    first = await world.hall.post(BASE, order, key="k1")
    again = await world.hall.post(BASE, order, key="k1")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert len((await world.hall.get(BASE)).json()["data"]) == 1
    other = await world.hall.post(BASE, {"url": URL, "events": ["pay_*"]}, key="k1")
    assert other.json()["code"] == "idempotency.key_reused"
    assert (await world.hall.post(BASE, order, key="")).status_code == 400


async def test_no_secret_lies_open_in_the_database(world):
    made = await make(world.hall)
    rotated = (await world.hall.post(f"{BASE}/{made['id']}/rotate", {})).json()
    texts = [made["secret"].removeprefix("whsec_"), rotated["secret"].removeprefix("whsec_")]
    async with reading(world.pool, world.tenant.id) as connection:
        for table in ("webhook_endpoint", "webhook_key", "webhook_delivery", "idempotency"):
            rows = await connection.fetch(f"select t::text as row from {table} t")
            for row in rows:
                assert not any(text in row["row"] for text in texts), table
        keys = await connection.fetch("select scheme, sealed from webhook_key")
    assert sorted(row["scheme"] for row in keys) == ["v1", "v1", "v1a", "v1a"]


@pytest.mark.parametrize(
    ("order", "param"),
    [
        ({}, "url"), ({"url": "http://example.com/"}, "url"), ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://[::1]/"}, "url"), ({"url": "http://127.0.0.2:80/"}, "url"),
        ({"url": URL, "events": []}, "events"), ({"url": URL, "events": ["PAY"]}, "events[0]"),
        ({"url": URL, "events": ["a*b"]}, "events[0]"), ({"url": URL, "events": "*"}, "events"),
        ({"url": URL, "scenes": ["a b"]}, "scenes[0]"), ({"url": URL, "version": "1"}, "version"),
        ({"url": URL, "signatures": []}, "signatures"),
        ({"url": URL, "signatures": ["v2"]}, "signatures[0]"),
        ({"url": URL, "description": "x" * 201}, "description"),
        ({"url": URL, "secret": "whsec_AAAA"}, "secret"), ({"url": 5}, "url"),
    ],
)  # fmt: skip
async def test_bad_orders_are_refused_with_the_field(world, order, param):
    answer = await world.hall.post(BASE, order)
    assert (answer.status_code, answer.json()["param"]) == (400, param), answer.text
    assert (await world.hall.get(BASE)).json()["data"] == []


async def test_an_application_has_at_most_twenty(world):
    for _ in range(20):
        await make(world.hall)
    answer = await world.hall.post(BASE, {"url": URL})
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook.too_many")
    await make(world.till)


async def test_scopes_open_reading_and_writing_apart(world):
    reader = await world.partner("reader", party="hall", scopes=["webhooks:read"])
    writer = await world.partner("writer", party="hall", scopes=["webhooks:write"])
    made = await make(writer)
    assert (await reader.get(BASE)).status_code == 200
    for answer in (
        await reader.post(BASE, {"url": URL}),
        await reader.post(f"{BASE}/{made['id']}/rotate", {}),
        await reader.send("DELETE", f"{BASE}/{made['id']}"),
        await writer.get(BASE),
        await writer.get(f"{BASE}/{made['id']}/deliveries"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope")


async def test_of_another_application_there_is_nothing(world):
    made = await make(world.hall)
    one = f"{BASE}/{made['id']}"
    test = (await world.hall.post(f"{one}/test", {})).json()["id"]
    other = await world.partner("twin", party="hall", scopes=["webhooks:read", "webhooks:write"])
    for method, path, body in (
        ("GET", one, None), ("GET", f"{one}/deliveries", None), ("PATCH", one, {"events": ["*"]}),
        ("DELETE", one, None), ("POST", f"{one}/rotate", {}), ("POST", f"{one}/pause", {}),
        ("POST", f"{one}/resume", {}), ("POST", f"{one}/test", {}),
        ("POST", f"{one}/replay", {"since": "2026-11-01T00:00:00Z"}),
        ("POST", f"{one}/deliveries/{test}/replay", {}),
    ):  # fmt: skip
        answer = await other.send(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook.not_found"), path
    assert (await other.get(BASE)).json()["data"] == []
    assert (await world.hall.get(one)).json()["state"] == "active"


async def test_of_another_bank_there_is_nothing_and_it_is_told_nothing(world):
    async with receiving() as receiver, working(world) as worker:
        made = await make(world.bank, url=receiver.url())
        second = await create_tenant(world.pool, "second", "Second Bank", sandbox=True)
        scene = await open_scene(world.pool, second, world.pack, "canteen")
        await people_of(world.pool, second, scene, world.pack)
        spy = await make_partner(
            world.pool, world.gateway, second, "core", party="BANK", level="A2",
            scopes=["scene:canteen:*", "webhooks:read", "webhooks:write"],
        )  # fmt: skip
        theirs = await make(spy, url=receiver.url("/second"))
        assert (await spy.get(f"{BASE}/{made['id']}")).status_code == 404
        assert (await world.bank.get(f"{BASE}/{theirs['id']}")).status_code == 404
        await world.top_up("ann", "5.00")
        await worker.settle()
        assert receiver.received
        assert {each.path for each in receiver.received} == {"/"}


async def test_outside_a_sandbox_loopback_is_refused(pool, canteen_pack):
    host = SceneHost(pool)
    gateway = create_app(host, pool, ApiSettings(issuer=ISSUER, packs=PACKS, webhooks=LOOPBACK))
    tenant = await create_tenant(pool, "real", "Bank", sandbox=False)
    app = await make_partner(pool, gateway, tenant, "app", scopes=["webhooks:write"])
    answer = await app.post(BASE, {"url": "http://127.0.0.1:9000/"})
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook.bad_url")
    assert (await app.post(BASE, {"url": URL})).status_code == 200
    await host.close()


async def test_rules_that_become_stricter_hold_for_endpoints_that_are_there(world):
    strict = WebhookSettings(rules=Rules())
    async with receiving() as receiver, working(world, strict) as worker:
        made = await make(world.hall, url=receiver.url())
        await world.hall.post(f"{BASE}/{made['id']}/test", {})
        await worker.settle()
        assert receiver.connections == 0


async def test_after_a_rotation_old_and_new_keys_sign(world):
    async with receiving() as receiver, working(world) as worker:
        made = await make(world.hall, url=receiver.url())
        one = f"{BASE}/{made['id']}"
        rotated = (await world.hall.post(f"{one}/rotate", {})).json()
        assert rotated["secret"] != made["secret"]
        assert len(rotated["public_keys"]) == 2
        await world.hall.post(f"{one}/test", {})
        await worker.settle()
        (got,) = receiver.received
        assert got.headers["webhook-signature"].count("v1,") == 2
        for secret in (made["secret"], rotated["secret"], *rotated["public_keys"]):
            verify(secret, got.headers, got.body)
        async with world.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"set local enscene.tenants = '{{{world.tenant.id}}}'")
            left = await connection.fetch(
                "update webhook_key set until = now() where until is not null "
                "returning until - made_at as life"
            )
        assert len(left) == 2
        await world.hall.post(f"{one}/test", {})
        await worker.settle()
        assert receiver.received[1].headers["webhook-signature"].count("v1,") == 1
        verify(rotated["secret"], receiver.received[1].headers, receiver.received[1].body)


@pytest.mark.parametrize("scheme", ["v1", "v1a"])
async def test_one_kind_of_key_alone(world, scheme):
    async with receiving() as receiver, working(world) as worker:
        made = await make(world.hall, url=receiver.url(), signatures=[scheme, scheme])
        assert made["signatures"] == [scheme]
        await world.hall.post(f"{BASE}/{made['id']}/test", {})
        await worker.settle()
        (got,) = receiver.received
        assert got.headers["webhook-signature"].startswith(f"{scheme},")
        assert " " not in got.headers["webhook-signature"]
        assert verify(made["secret"] or made["public_keys"], got.headers, got.body)


@pytest.mark.parametrize(
    "since", ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "yesterday", "2026-11-01T00:00:00", 5]
)
async def test_a_replay_begins_within_thirty_days(world, since):
    made = await make(world.hall)
    answer = await world.hall.post(f"{BASE}/{made['id']}/replay", {"since": since})
    assert (answer.status_code, answer.json()["param"]) == (400, "since")


@pytest.mark.parametrize("path", ["x", "x/rotate", "00000000-0000-0000-0000-000000000000"])
async def test_unknown_paths_are_not_found(world, path):
    answer = await world.hall.get(f"{BASE}/{path}")
    assert answer.status_code in (404, 405)
    made = await make(world.hall)
    for message in ("x", "evt_1_1", "evt_1_" + "9" * 30, "test_1_zz", "%00"):
        again = await world.hall.post(f"{BASE}/{made['id']}/deliveries/{message}/replay", {})
        assert again.status_code == 404, message
