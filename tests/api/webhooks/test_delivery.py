"""From an action to a partner's server, over real HTTP on loopback."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from api.webhooks.receiver import LOOPBACK, OK, receiving, working
from enscene.api.webhooks import queue_store, verify
from enscene.api.webhooks.disable import disable_endpoint
from enscene.commit import admit
from enscene.customers.authorizations import find_receipts
from enscene.tenants.apps import ActsFor, grant_app, revoke_grant, suspend_app
from enscene.work import list_tasks

FAILED = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"
BASE = "/v1/webhooks"


async def hook(partner, receiver, **more):
    """A webhook of a partner; what the API told of it."""
    answer = await partner.post(BASE, {"url": receiver.url("/hook"), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shown(partner, made):
    return (await partner.get(f"{BASE}/{made['id']}")).json()


async def deliveries(partner, made, query=""):
    answer = await partner.get(f"{BASE}/{made['id']}/deliveries{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def sql(world, statement, *values):
    """Run a statement as the tenant."""
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        return await connection.fetch(statement, *values)


async def all_due(world):
    """As if all the waiting were over."""
    await sql(world, "update webhook_delivery set due = now() where state = 'pending'")
    await sql(world, "update webhook_endpoint set open_until = now() where open_until is not null")


def types_of(receiver):
    return Counter(json.loads(each.body)["type"] for each in receiver.received)


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
        assert (row["event"], row["id"]) == (paid["seq"], got.headers["webhook-id"])


async def seen_in_list(partner, party=None):
    """The numbers of the events that a partner reads itself."""
    answer = await partner.get("/v1/canteen/events?limit=200", party=party)
    assert answer.status_code == 200, answer.text
    return {event["seq"] for event in answer.json()["data"]}


async def test_everybody_is_told_what_they_could_read_and_no_more(world):
    other = await world.partner("other", party="other_hall", scopes=SCOPES, level="A2")
    low = await world.partner("low", party="BANK", level="A1", scopes=SCOPES)
    blind = await world.partner("blind", party="BANK", scopes=["webhooks:write"], level="A2")
    partners = [world.bank, world.hall, world.till, world.h5, other, low, blind]
    async with receiving() as receiver, working(world) as worker:
        for place, partner in enumerate(partners):
            answer = await partner.post(BASE, {"url": receiver.url(f"/{place}")})
            assert answer.status_code == 200
        await world.top_up("ann", "50.00")
        await world.meal("T1")
        await worker.settle()
        told: dict[int, set[int]] = {place: set() for place in range(len(partners))}
        for got in receiver.received:
            told[int(got.path[1:])].add(json.loads(got.body)["data"]["id"])
        since = min(told[0])
        for place, partner in enumerate((world.bank, world.hall, world.till, world.h5, other)):
            assert told[place] == {n for n in await seen_in_list(partner) if n >= since}, place
        assert told[5] == told[6] == set()
        assert told[1] < told[0]


SCOPES = ["scene:canteen:*", "webhooks:read", "webhooks:write"]


async def test_who_acts_for_a_role_is_told_of_everybody_in_it(world):
    app = await world.partner(
        "app", party=None, level="A2", scopes=SCOPES, acts_for=[ActsFor("canteen", "diner")]
    )
    async with receiving() as receiver, working(world) as worker:
        await hook(app, receiver)
        await world.top_up("ann", "5.00")
        await world.top_up("bob", "5.00")
        await worker.settle()
        assert types_of(receiver) == {"top_up": 2}
        told = {json.loads(each.body)["data"]["id"] for each in receiver.received}
        assert told == await seen_in_list(app, "ann") | await seen_in_list(app, "bob")


async def test_under_a_grant_news_come_with_receipts_and_stop_with_it(world):
    app = await world.partner("app", party=None, level="A2", scopes=SCOPES)
    actions = ["events.read", "top_up"]
    grant = await grant_app(world.pool, app.app, party="ann", scene="canteen", actions=actions)
    async with receiving() as receiver, working(world) as worker:
        made = await hook(app, receiver)
        await world.top_up("bob", "5.00")
        await world.top_up("ann", "5.00")
        await worker.settle()
        assert types_of(receiver) == {"top_up": 1}
        async with world.pool.acquire() as connection, connection.transaction():
            await admit(connection, [world.tenant.id])
            (receipt,) = await find_receipts(connection, world.tenant.id, consent=grant)
        assert (receipt.what, receipt.party, receipt.records) == ("webhooks", "ann", 1)
        # Queued while it was in force, and withdrawn before it is sent.
        await world.top_up("ann", "6.00")
        while await worker.fan_out():
            pass
        await revoke_grant(world.pool, world.tenant.id, grant)
        await worker.settle()
        assert types_of(receiver) == {"top_up": 1}
        newest, _ = await deliveries(app, made)
        assert (newest["state"], newest["error"], newest["tries"]) == ("cancelled", "consent", 0)
        await world.top_up("ann", "7.00")
        await worker.settle()
        assert len(await deliveries(app, made)) == 2


async def test_patterns_and_scenes_choose(world):
    async with receiving() as receiver, working(world) as worker:
        await hook(world.bank, receiver, events=["top_*"], scenes=["canteen"])
        await hook(world.bank, receiver, events=["*"], scenes=["elsewhere"])
        await world.top_up("ann", "50.00")
        await world.meal("T1")
        await worker.settle()
        assert types_of(receiver) == {"top_up": 1}


async def test_what_fails_is_tried_again_with_the_same_id_and_body_until_it_is_taken(world):
    answers = [FAILED, None, OK]
    short = replace(LOOPBACK, whole_s=0.1)
    async with receiving(lambda got: answers.pop(0)) as receiver, working(world, short) as worker:
        made = await hook(world.hall, receiver, events=["pay_*"])
        await world.top_up("ann", "50.00")
        await world.meal("T1")
        await worker.settle()
        (row,) = await deliveries(world.hall, made)
        assert (row["state"], row["tries"], row["error"]) == ("pending", 1, "status_503")
        assert row["next_try_at"] > row["tried_at"]
        await all_due(world)
        await worker.settle()
        (row,) = await deliveries(world.hall, made)
        assert (row["status"], row["error"], row["tries"]) == (None, "timeout", 2)
        assert (await shown(world.hall, made))["failures"] == 2
        await all_due(world)
        await worker.settle()
        (row,) = await deliveries(world.hall, made)
        assert (row["state"], row["tries"], row["error"]) == ("done", 3, None)
        assert (await shown(world.hall, made))["failures"] == 0
        first, *others = receiver.received
        assert {each.headers["webhook-id"] for each in others} == {first.headers["webhook-id"]}
        assert {each.body for each in others} == {first.body}


async def test_after_ten_tries_it_has_failed_and_can_be_sent_by_hand(world):
    said = [FAILED]
    async with receiving(lambda got: said[0]) as receiver, working(world) as worker:
        made = await hook(world.hall, receiver, events=["pay_*"])
        await world.top_up("ann", "50.00")
        await world.meal("T1")
        for _ in range(12):
            await worker.settle()
            await all_due(world)
        (row,) = await deliveries(world.hall, made, "?state=failed")
        assert (row["tries"], row["next_try_at"]) == (10, None)
        assert len(receiver.received) == 10
        said[0] = OK
        again = await world.hall.post(f"{BASE}/{made['id']}/deliveries/{row['id']}/replay", {})
        assert again.json()["state"] == "pending"
        await all_due(world)
        await worker.settle()
        (row,) = await deliveries(world.hall, made)
        assert (row["state"], row["tries"]) == ("done", 1)
        assert len(set(receiver.ids)) == 1


async def test_an_endpoint_that_fails_is_left_alone_and_all_comes_when_it_is_back(world):
    said = [FAILED]
    async with receiving(lambda got: said[0]) as receiver, working(world) as worker:
        made = await hook(world.bank, receiver, events=["top_up"])
        for n in range(12):
            await world.top_up("ann", f"{n + 1}.00")
        await worker.settle()
        tried = len(receiver.received)
        assert 5 <= tried < 12
        told = await shown(world.bank, made)
        assert told["waits_until"] is not None
        await worker.settle()
        assert len(receiver.received) == tried
        await all_due(world)  # one goes to see
        await worker.settle()
        assert len(receiver.received) == tried + 1
        said[0] = OK
        await all_due(world)
        await worker.settle()
        assert {row["state"] for row in await deliveries(world.bank, made)} == {"done"}
        told = await shown(world.bank, made)
        assert (told["waits_until"], told["failures"], told["failing_since"]) == (None, 0, None)


async def test_retry_after_is_respected(world):
    busy = b"HTTP/1.1 429 Slow\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n"
    async with receiving(lambda got: busy) as receiver, working(world) as worker:
        made = await hook(world.bank, receiver, events=["top_up"])
        await world.top_up("ann", "1.00")
        await worker.settle()
        (row,) = await sql(world, "select due - tried_at as wait from webhook_delivery")
        assert row["wait"] > timedelta(minutes=59)
        (row,) = await sql(world, "select open_until - now() as wait from webhook_endpoint")
        assert row["wait"] > timedelta(minutes=59)
        assert (await shown(world.bank, made))["state"] == "active"


async def test_a_dead_endpoint_does_not_hold_up_a_living_one(world):
    """The dead one never answers and has a hundred waiting; the living one gets all of its own
    before the dead one's first try is over."""
    async with receiving(lambda got: None) as dead, receiving() as living, working(world) as worker:
        await hook(world.bank, dead, events=["top_up"])
        made = await hook(world.bank, living, events=["top_up"])
        for n in range(100):
            await world.top_up("ann", f"{n + 1}.00")
        worker.start()
        while len(living.received) < 100:
            await worker.deliverer.wait(0.01)
        assert len(set(living.ids)) == 100
        assert 1 <= len(dead.received) <= 2
        assert (await shown(world.bank, made))["state"] == "active"


async def test_gone_is_gone_and_somebody_is_told(world):
    gone = b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"
    async with receiving(lambda got: gone) as one, receiving() as two, working(world) as worker:
        made = await hook(world.hall, one, events=["pay_*"])
        other = await hook(world.hall, two, events=["webhook.*"])
        await world.top_up("ann", "50.00")
        await world.meal("T1")
        await worker.settle()
        told = await shown(world.hall, made)
        assert (told["state"], told["reason"]) == ("disabled", "gone")
        (news,) = two.received
        assert json.loads(news.body)["type"] == "webhook.disabled"
        assert json.loads(news.body)["data"]["webhook"] == made["id"]
        events = (await world.hall.get("/v1/canteen/events?limit=200")).json()["data"]
        (event,) = [event for event in events if event["action"] == "webhook.disabled"]
        assert event["webhook"]["id"] == made["id"]
        async with world.pool.acquire() as connection, connection.transaction():
            await admit(connection, [world.tenant.id])
            (task,) = await list_tasks(connection, world.tenant.id)
        assert (task.kind, task.reason, task.state) == ("partner", "webhook_gone", "open")
        assert (await shown(world.hall, other))["state"] == "active"
        # What happens now it is told when it asks for it, not before.
        await world.meal("T2")
        await worker.settle()
        assert len(one.received) == 1


async def test_after_days_of_failure_it_is_disabled_once_and_can_be_resumed(world):
    said = [FAILED]
    async with receiving(lambda got: said[0]) as receiver, working(world) as worker:
        made = await hook(world.hall, receiver, events=["pay_*"])
        await world.top_up("ann", "50.00")
        await world.meal("T1")
        await worker.settle()
        assert (await shown(world.hall, made))["state"] == "active"
        days = "update webhook_endpoint set failing_since = now() - interval '{} days'"
        await sql(world, days.format(4))
        await all_due(world)
        await worker.settle()
        assert (await shown(world.hall, made))["state"] == "active"
        await sql(world, days.format(6))
        await all_due(world)
        await worker.settle()
        told = await shown(world.hall, made)
        assert (told["state"], told["reason"]) == ("disabled", "failing")
        endpoint = worker.deliverer._lines
        assert not endpoint or not any(line.busy for line in endpoint.values())
        said[0] = OK
        assert (await world.hall.post(f"{BASE}/{made['id']}/resume", {})).json()["failures"] == 0
        await worker.settle()
        assert {row["state"] for row in await deliveries(world.hall, made)} == {"done"}


async def test_disabling_twice_is_once(world):
    async with receiving() as receiver, working(world) as worker:
        await hook(world.hall, receiver)
        await worker.deliverer.step(fresh=True)
        (line,) = worker.deliverer._lines.values()
        done = await asyncio.gather(
            *(disable_endpoint(world.pool, line.endpoint, "gone", world.scene) for _ in range(4))
        )
        assert sorted(done) == [False, False, False, True]
        rows = await sql(world, "select from event where action = 'webhook.disabled'")
        assert len(rows) == 1


async def test_what_happens_in_a_pause_waits_for_its_end(world):
    async with receiving() as receiver, working(world) as worker:
        made = await hook(world.bank, receiver, events=["top_up"])
        await world.bank.post(f"{BASE}/{made['id']}/pause", {})
        await world.top_up("ann", "1.00")
        await worker.settle()
        assert receiver.received == []
        await world.bank.post(f"{BASE}/{made['id']}/resume", {})
        await worker.settle()
        assert len(receiver.received) == 1


async def test_a_suspended_application_is_told_nothing(world):
    async with receiving() as receiver, working(world) as worker:
        await hook(world.bank, receiver, events=["top_up"])
        await world.top_up("ann", "1.00")
        while await worker.fan_out():
            pass
        await suspend_app(world.pool, world.bank.app)
        await worker.settle()
        await world.top_up("ann", "2.00")
        await worker.settle()
        assert receiver.received == []


async def test_a_replay_tells_again_what_happened_since_also_what_was_never_told(world):
    async with receiving() as receiver, working(world) as worker:
        await world.top_up("ann", "1.00")
        second = await world.h5.act("canteen", "top_up", {"amount": "2.00"}, party="ann")
        made = await hook(world.bank, receiver, events=["top_up"])
        await world.top_up("ann", "3.00")
        await worker.settle()
        before = len(receiver.received)
        since = {"since": second.json()["at"]}
        answer = await world.bank.post(f"{BASE}/{made['id']}/replay", since)
        assert answer.json()["replaying"] is True
        await worker.settle()
        again = [json.loads(got.body)["data"]["id"] for got in receiver.received[before:]]
        listed = (await world.bank.get("/v1/canteen/events?limit=200")).json()["data"]
        wanted = [event["seq"] for event in listed if event["action"] == "top_up"][1:]
        assert (sorted(again), len(wanted)) == (wanted, 2)
        assert (await shown(world.bank, made))["replaying"] is False
        assert {row["state"] for row in await deliveries(world.bank, made)} == {"done"}


async def test_killed_between_sending_and_writing_it_is_sent_again_under_its_id(world, monkeypatch):
    async with receiving() as receiver:
        async with working(world) as worker:
            made = await hook(world.bank, receiver, events=["top_up"])
            await world.top_up("ann", "1.00")
            while await worker.fan_out():
                pass
            await worker.deliverer.step(fresh=True)
            while not receiver.received:
                await worker.deliverer.wait(0.01)
            worker.deliverer._results = type(worker.deliverer._results)()  # gone with the process
            worker.deliverer._tasks.clear()
        (row,) = await deliveries(world.bank, made)
        assert (row["state"], row["tries"]) == ("pending", 0)
        async with working(world) as worker:
            await worker.settle()
            assert len(receiver.received) == 1  # the lease of the one that was killed still holds
            await all_due(world)
            await worker.settle()
        assert len(receiver.received) == 2
        assert len(set(receiver.ids)) == 1
        (row,) = await deliveries(world.bank, made)
        assert row["state"] == "done"


async def test_killed_between_reading_the_log_and_moving_the_cursor_nothing_is_twice(world):
    async with receiving() as receiver, working(world) as worker:
        made = await hook(world.bank, receiver, events=["top_up"])
        await world.top_up("ann", "1.00")
        await worker.settle()
        await world.pool.execute("update reading set seq = 0 where name = 'webhooks'")
        await worker.settle()
        assert len(receiver.received) == len(await deliveries(world.bank, made)) == 1


async def test_several_workers_share_the_work(world):
    async with receiving() as receiver, working(world) as one, working(world) as two:
        made = await hook(world.bank, receiver, events=["top_up"])
        for n in range(40):
            await world.top_up("ann", f"{n + 1}.00")
        await asyncio.gather(one.settle(), two.settle())
        assert len(receiver.received) == len(set(receiver.ids)) == 40
        rows = await deliveries(world.bank, made, "?limit=200")
        assert {row["state"] for row in rows} == {"done"}
        assert one.deliverer.delivered + two.deliverer.delivered == 40


async def test_a_database_that_is_away_loses_nothing(world, monkeypatch):
    async with receiving() as receiver, working(world) as worker:
        made = await hook(world.bank, receiver, events=["top_up"])
        await world.top_up("ann", "1.00")
        while await worker.fan_out():
            pass
        await worker.deliverer.step(fresh=True)
        while not receiver.received or worker.deliverer.busy:
            await worker.deliverer.wait(0.01)

        async def away(*values):
            raise ConnectionError

        with monkeypatch.context() as context:
            context.setattr(queue_store, "mark", away)
            with pytest.raises(ConnectionError):
                await worker.deliverer.step()
        await worker.settle()
        (row,) = await deliveries(world.bank, made)
        assert (row["state"], row["tries"]) == ("done", 1)
        assert len(receiver.received) == 1


async def test_pages_of_deliveries(world):
    async with receiving() as receiver, working(world) as worker:
        made = await hook(world.bank, receiver, events=["top_up"])
        for n in range(5):
            await world.top_up("ann", f"{n + 1}.00")
        await worker.settle()
        path = f"{BASE}/{made['id']}/deliveries?limit=2&state=done"
        found, cursor = [], ""
        while True:
            listed = (await world.bank.get(path + cursor)).json()
            found += [row["event"] for row in listed["data"]]
            if not listed["has_more"]:
                break
            cursor = f"&cursor={listed['next']}"
        assert found == sorted(found, reverse=True)
        assert len(found) == 5


async def test_what_is_old_is_forgotten(world):
    async with receiving() as receiver, working(world) as worker:
        made = await hook(world.bank, receiver, events=["top_up"])
        await world.top_up("ann", "1.00")
        await world.top_up("ann", "2.00")
        await worker.settle()
        await worker._tidy()
        assert len(await deliveries(world.bank, made)) == 2
        old = "update webhook_delivery set made_at = now() - interval '31 days' where seq = "
        await sql(world, f"{old} (select min(seq) from webhook_delivery)")
        worker._tidied_at = float("-inf")
        await worker._tidy()
        assert len(await deliveries(world.bank, made)) == 1
