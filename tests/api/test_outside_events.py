"""Events from outside over the API: read strictly, taken once, kept only as far as it is allowed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.conftest import World
from api.partner import Partner
from enscene.api.documents.platform import platform_document
from enscene.commit import admit
from enscene.customers.spectrum import read_spectrum
from enscene.engagement import reactor_of, say_consent
from enscene.engagement.outside import BATCH_MOST, TYPES
from enscene.engagement.outside.forget import OutsideClock
from enscene.tenants.apps import ActsFor

SINGLE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
DATA: dict[str, dict[str, Any]] = {
    "page.viewed": {"page": "menu", "dwell_ms": 8_000, "topic": "eating"},
    "page.clicked": {"page": "menu", "target": "order"},
    "position.reported": {"lat_e5": 3_900_000, "lon_e5": 11_600_000},
    "staff.called": {"staff": "wu@bank".replace("@", "."), "outcome": "reached"},
    "staff.visited": {"staff": "wu", "outcome": "met", "duration_s": 900},
    "staff.replied": {"staff": "wu", "reply_s": 420, "channel": "app"},
    "feedback.given": {"score": 9, "channel": "survey", "topic": "eating"},
    "device.reported": {"metric": "paper", "value": 3},
}


def event(kind: str = "page.viewed", number: str = "1", **change: Any) -> dict[str, Any]:
    """One event of a type, now."""
    own = {
        "specversion": "1.0", "type": kind, "source": "/shop", "id": number,
        "time": datetime.now(UTC).isoformat(), "subject": "till" if kind[0] == "d" else "ann",
        "scene": "canteen", "data": DATA[kind],
    } | change  # fmt: skip
    return {name: value for name, value in own.items() if value is not None}


async def send(app: Partner, body: Any, media: str | None = None) -> Any:
    kind = media or (BATCH if isinstance(body, list) else SINGLE)
    return await app.send("POST", "/v1/events", body, headers={"content-type": kind})


@pytest.fixture
async def crm(world: World) -> Partner:
    return await world.partner("crm", scopes=["events:write"], level="A2")


async def log(world: World) -> list[Any]:
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        return list(await connection.fetch(
            "select action, subject, actor, scene, facts from event "
            "where tenant = $1 and action like 'outside.%' order by seq", world.tenant.id
        ))  # fmt: skip


async def says(world: World, item: str, *, granted: bool, who: str = "ann") -> None:
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await say_consent(connection, world.tenant.id, world.scene, who, item, granted=granted)


async def test_a_batch_stands_in_the_log_in_order_under_names_of_its_own(
    world: World, crm: Partner
) -> None:
    await says(world, "position", granted=True)
    found = await send(crm, [event(kind, str(n)) for n, kind in enumerate(TYPES)])
    assert found.status_code == 200, found.text
    assert found.json()["taken"] == len(TYPES)
    rows = await log(world)
    assert [row["action"] for row in rows] == [each.action for each in TYPES.values()]
    assert {row["scene"] for row in rows} == {0}
    assert {row["actor"] for row in rows} == {"outside:crm"}
    assert rows[0]["facts"]["outside"]["data"] == DATA["page.viewed"]
    # No action of a scene can be called so: its name has no dot.
    assert not {row["action"] for row in rows} & set(world.pack.actions)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [({"type": "scene.paid"}, "event.unknown_type", "type"),
     ({"type": "outside.page_viewed"}, "event.unknown_type", "type"),
     ({"type": 3}, "event.unknown_type", "type"),
     ({"wish": 1}, "event.unknown_field", "wish"),
     ({"subject": None}, "event.missing_field", "subject"),
     ({"scene": None}, "event.missing_field", "scene"),
     ({"scene": "nowhere"}, "event.scene", "scene"),
     ({"subject": "nobody"}, "event.subject", "subject"),
     ({"subject": "till"}, "event.subject", "subject"),
     ({"specversion": "0.3"}, "event.form", "specversion"),
     ({"source": "enscene:h5"}, "event.source", "source"),
     ({"source": "Enscene:h5"}, "event.source", "source"),
     ({"id": "two words"}, "event.form", "id"),
     ({"time": "2026-01-31"}, "event.form", "time"),
     ({"time": "2026-13-31T00:00:00Z"}, "event.form", "time"),
     ({"time": "0001-01-01T00:00:00+14:00"}, "event.form", "time"),
     ({"time": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "event.future", "time"),
     ({"time": (datetime.now(UTC) - timedelta(days=8)).isoformat()}, "event.too_old", "time"),
     ({"datacontenttype": "text/plain"}, "event.form", "datacontenttype"),
     ({"dataschema": "/v1/events/types/page.viewed/2"}, "event.version", "dataschema"),
     ({"data": [1]}, "event.form", "data"),
     ({"data": {"page": "menu"}}, "event.missing_field", "data.dwell_ms"),
     ({"data": {"page": "menu", "dwell_ms": -1}}, "event.value", "data.dwell_ms"),
     ({"data": {"page": "menu", "dwell_ms": True}}, "event.value", "data.dwell_ms"),
     ({"data": {"page": "a sentence", "dwell_ms": 1}}, "event.value", "data.page"),
     ({"data": {"page": "menu", "dwell_ms": 1, "topic": "x"}}, "event.value", "data.topic"),
     ({"data": {"page": "menu", "dwel_ms": 1}}, "event.unknown_field", "data.dwel_ms")],
)  # fmt: skip
async def test_what_is_wrong_is_told_with_its_place_and_nothing_of_the_batch_is_kept(
    world: World, crm: Partner, change: dict[str, Any], code: str, param: str
) -> None:
    alone = await send(crm, event(**change))
    assert (alone.status_code, alone.json()["code"], alone.json()["param"]) == (422, code, param)
    batch = await send(crm, [event(number="good"), event(**change)])
    assert (batch.status_code, batch.json()["param"]) == (422, f"events[1].{param}")
    assert await log(world) == []


@pytest.mark.parametrize("kind", list(TYPES))
async def test_every_field_of_every_type_has_bounds(crm: Partner, kind: str) -> None:
    for name, field in TYPES[kind].fields.items():
        for bad in ("x" * 65, 10**15, None, [], ""):
            found = await send(crm, event(kind, data={**DATA[kind], name: bad}))
            told = (found.status_code, found.json()["param"])
            assert told == (422, f"data.{name}"), (kind, name, bad)
        if not field.optional:
            data = {other: value for other, value in DATA[kind].items() if other != name}
            found = await send(crm, event(kind, data=data))
            assert found.json()["code"] == "event.missing_field"


async def test_the_same_id_is_taken_once_and_other_contents_are_a_conflict(
    world: World, crm: Partner
) -> None:
    first = event()
    told = (await send(crm, first)).json()
    assert (await send(crm, first)).json() == told
    again = {**first, "data": dict(reversed(first["data"].items()))}
    assert (await send(crm, [again, again])).status_code == 200
    other = await send(
        crm, [event(number="2"), {**first, "data": DATA["page.viewed"] | {"page": "x"}}]
    )
    assert (other.status_code, other.json()["code"]) == (409, "event.conflict")
    assert other.json()["param"] == "events[1].id"
    own = [event(number="3"), event(number="3", data={"page": "y", "dwell_ms": 1})]
    assert (await send(crm, own)).status_code == 409
    assert len(await log(world)) == 1
    assert (await send(crm, {**first, "source": "/other"})).json()["taken"] == 1
    assert len(await log(world)) == 2


async def test_of_many_who_send_the_same_at_once_one_is_kept(world: World, crm: Partner) -> None:
    first = event()
    answers = await asyncio.gather(*(send(crm, [first]) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    others = [event(data={"page": f"p{n}", "dwell_ms": 1}, number="r") for n in range(12)]
    answers = await asyncio.gather(*(send(crm, each) for each in others))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert len(await log(world)) == 2


async def test_without_the_permission_nothing_is_kept_not_even_the_id(
    world: World, crm: Partner
) -> None:
    await says(world, "recommendations", granted=False)
    told = (
        await send(crm, [event(), event("position.reported", "2"), event("staff.called", "3")])
    ).json()
    assert [each["state"] for each in told["events"]] == ["not_allowed", "not_allowed", "kept"]
    assert [row["action"] for row in await log(world)] == ["outside.staff_called"]
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        ids = await connection.fetchval(
            "select count(*) from idempotency where tenant = $1 and answer = 'kept'",
            world.tenant.id,
        )
    assert ids == 1
    before = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await says(world, "recommendations", granted=True)
    told = (await send(crm, [event(), event(number="old", time=before)])).json()
    # What was done while it was not allowed stays untold.
    assert [each["state"] for each in told["events"]] == ["kept", "not_allowed"]


async def test_what_rested_on_a_permission_goes_with_it(world: World, crm: Partner) -> None:
    await says(world, "position", granted=True)
    await send(crm, [event(), event("position.reported", "2"), event("staff.called", "3")])
    await says(world, "position", granted=False)
    assert [r["action"] for r in await log(world)] == [
        "outside.page_viewed",
        "outside.staff_called",
    ]
    await says(world, "recommendations", granted=False)
    assert [r["action"] for r in await log(world)] == ["outside.staff_called"]


async def test_what_has_been_kept_as_long_as_its_type_says_goes(world: World, crm: Partner) -> None:
    await says(world, "position", granted=True)
    await send(crm, [event("position.reported", "1"), event(number="2")])
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute(
            "update event set at = at - interval '31 days' where action like 'outside.%'"
        )
    clock = OutsideClock(world.pool, world.tenant.shard, world.host.service)
    assert await clock.step(world.tenant.id) == 1
    assert [row["action"] for row in await log(world)] == ["outside.page_viewed"]


async def test_a_partner_tells_of_whom_it_may_act_for_in_its_scene_and_never_of_staff(
    world: World, crm: Partner
) -> None:
    shop = await world.partner(
        "shop", scopes=["scene:canteen:events.write"], level="A2",
        acts_for=[ActsFor("canteen", "diner", ("events.write",))],
    )  # fmt: skip
    assert (await send(shop, event())).json()["taken"] == 1
    # An id of another sender is not taken up by this one.
    assert (await send(crm, event())).json()["taken"] == 1
    assert len(await log(world)) == 2
    staff = await send(shop, [event("staff.called", "3")])
    assert (staff.status_code, staff.json()["code"]) == (403, "event.not_yours")
    assert staff.json()["param"] == "events[0].type"
    far = await send(shop, event(scene="other"))
    assert (far.status_code, far.json()["code"]) == (403, "auth.scope")
    firm = await send(shop, [event(number="4", subject="acme")])
    assert (firm.status_code, firm.json()["param"]) == (403, "events[0].subject")
    stranger = await world.partner("stranger", scopes=["scene:canteen:events.write"], level="A2")
    none = await send(stranger, [event(number="5")])
    assert (none.status_code, none.json()["code"]) == (403, "auth.no_grant")
    poor = await world.partner("poor", scopes=["events:write"], level="A1")
    assert (await send(poor, event())).json()["code"] == "auth.level"
    assert len(await log(world)) == 2


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [([], None, 422, "event.batch"), ([event()] * (BATCH_MOST + 1), None, 422, "event.batch"),
     (event(), BATCH, 422, "event.batch"), ([event()], SINGLE, 422, "event.form"),
     (event(), "text/plain", 415, "http.media_type"), (None, None, 422, "event.form"),
     ([[]], None, 422, "event.form")],
)  # fmt: skip
async def test_how_it_is_sent_is_checked(
    crm: Partner, body: Any, media: str | None, status: int, code: str
) -> None:
    found = await send(crm, body, media)
    assert (found.status_code, found.json()["code"]) == (status, code)


async def test_views_and_scores_speak_for_their_topic_as_long_as_they_may(
    world: World, crm: Partner
) -> None:
    await send(crm, [event(), event("feedback.given", "2"), event("page.clicked", "3")])
    await reactor_of(world.pool, world.host, world.tenant.shard).settle()
    (found,) = await spectrum(world)
    assert (found.topic, found.pieces) == ("eating", 2)
    assert found.preference > 30
    await says(world, "recommendations", granted=False)
    assert await spectrum(world) == []


async def spectrum(world: World) -> list[Any]:
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        party = await connection.fetchval(
            "select id from party where tenant = $1 and ref = 'ann'", world.tenant.id
        )
        return await read_spectrum(connection, world.tenant.id, party, datetime.now(UTC))


async def test_the_documents_and_the_list_say_what_is_checked(world: World, crm: Partner) -> None:
    document = platform_document("http://bank.test")
    assert document["paths"]["/v1/events"]["post"]["x-level"] == "A2"
    listed = (await crm.get("/v1/events/types")).json()["data"]
    schemas = document["components"]["schemas"]
    for each in listed:
        assert schemas[f"events.{each['type']}"]["properties"]["data"] == each["data"]
    assert [each["type"] for each in listed] == list(TYPES)
    assert json.dumps(schemas).count("events.") >= len(TYPES)
    assert (await crm.get("/v1/events")).status_code == 405
