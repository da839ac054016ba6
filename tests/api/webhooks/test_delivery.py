"""From an action to a partner's server, over real HTTP on loopback."""

from __future__ import annotations

import json

from api.webhooks.receiver import receiving, working
from enscene.api.webhooks import verify


async def hook(partner, receiver, **more):
    """A webhook of a partner; what the API told of it."""
    answer = await partner.post("/v1/webhooks", {"url": receiver.url("/hook"), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def deliveries(partner, made, query=""):
    answer = await partner.get(f"/v1/webhooks/{made['id']}/deliveries{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_an_action_is_told_thinly_and_signed_with_both_kinds_of_key(world):
    async with receiving() as receiver, working(world) as worker:
        made = await hook(world.hall, receiver, events=["pay_*"])
        await world.top_up("ann", "50.00")
        paid = (await world.meal("T1")).json()
        await worker.settle()
        (got,) = receiver.received
        assert got.path == "/hook"
        told = json.loads(got.body)
        assert told == {
            "type": "pay_by_code", "timestamp": paid["at"],
            "data": {"id": paid["seq"], "scene": "canteen", "thing": "meal", "key": "T1",
                     "state": "paid"},
        }  # fmt: skip
        assert verify(made["secret"], got.headers, got.body) == got.headers["webhook-id"]
        assert verify(made["public_keys"], got.headers, got.body) == got.headers["webhook-id"]
        (row,) = await deliveries(world.hall, made)
        assert (row["state"], row["tries"], row["status"]) == ("done", 1, 200)
        assert row["event"] == paid["seq"]
        assert row["id"] == got.headers["webhook-id"]
