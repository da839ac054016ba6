"""Campaigns over the API: proposed, tried, decided by another, stopped; offers read and answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.conftest import World
from api.partner import Partner, make_partner
from enscene.api import serving
from enscene.api.campaigns.serve import OWNED
from enscene.api.documents.platform import platform_document
from enscene.cli._attack_generated import play_document
from enscene.engagement import reactor_of
from enscene.tenants import create_tenant

ALL = [
    "campaigns:read", "campaigns:write", "campaigns:approve", "offers:read", "offers:write",
]  # fmt: skip
SAID = {"zh": "餐饮月卡", "en": "Meal card"}
BODY: dict[str, Any] = {
    "title": SAID, "owner": "wang", "line": "retail", "purpose": "activate",
    "starts": "2026-01-01", "ends": "2099-12-31", "holdout": 0,
    "moments": {"ate": {"after": ["smart_canteen.pay_by_code"], "offer": ["card"]}},
    "offers": {"card": {"title": SAID, "reason": SAID, "product": "monthly_card"}},
}  # fmt: skip
ORDERS = "/v1/benefits/pool/orders"
OPEN = {"caps": [], "quiet": None, "fatigue": None, "holdout": 0}


@pytest.fixture
async def crm(world: World) -> Partner:
    return await world.partner("crm", scopes=ALL)


@pytest.fixture
async def chief(world: World) -> Partner:
    return await world.partner("chief", scopes=["campaigns:approve", "campaigns:read"])


async def live(crm: Partner, chief: Partner, body: dict[str, Any] = BODY) -> None:
    for where, what in (("contact_rules", OPEN), ("campaigns/lunch", body)):
        made = (await crm.post(f"/v1/{where}/versions", what)).json()
        at = f"/v1/{where}/versions/{made['version']}/decide"
        assert (await chief.post(at, {"decision": "approve"})).json()["state"] == "approved"


async def settle(world: World) -> None:
    await reactor_of(world.pool, world.host, world.tenant.shard).settle()


async def offers(crm: Partner, customer: str) -> list[dict[str, Any]]:
    found = await crm.get(f"/v1/offers?customer={customer}")
    return list(found.json()["data"])


async def test_what_one_program_proposes_another_decides(crm: Partner, chief: Partner) -> None:
    at = "/v1/campaigns/lunch/versions"
    made = (await crm.post(at, BODY)).json()
    assert (made["ref"], made["version"], made["state"]) == ("lunch", 1, "proposed")
    assert (await crm.post(at, BODY)).json() == made  # asked again, it is the same one
    other = await crm.post(at, {**BODY, "holdout": 5})
    assert (other.status_code, other.json()["code"]) == (409, "campaign.waiting")
    own = await crm.post(f"{at}/1/decide", {"decision": "approve"})
    assert (own.status_code, own.json()["code"]) == (403, "campaign.four_eyes")
    assert (await chief.post(at, BODY)).json()["code"] == "auth.scope"
    done = (await chief.post(f"{at}/1/decide", {"decision": "approve"})).json()
    assert (done["state"], done["decided_by"]) == ("approved", "app:chief")
    stopped = (await crm.post(f"{at}/1/stop", None)).json()
    assert (stopped["state"], stopped["stopped_by"]) == ("stopped", "app:crm")
    listed = (await crm.get("/v1/campaigns")).json()["data"]
    assert [(each["ref"], each["state"]) for each in listed] == [("lunch", "stopped")]
    assert listed[0]["campaign"]["moments"]["ate"]["after"] == ["smart_canteen.pay_by_code"]


@pytest.mark.parametrize(
    ("change", "status", "code", "param"),
    [({"purpose": "sell"}, 400, "invalid.type", "purpose"),
     ({"wish": 1}, 400, "invalid.unknown_field", "wish"),
     ({"ends": "2020-01-01"}, 400, "campaign.days", "ends"),
     ({"moments": {"ate": {"after": ["smart_canteen.pay"], "offer": ["card"]}}}, 400,
      "campaign.kind", "moments.ate.after[0]")],
)  # fmt: skip
async def test_what_makes_no_sense_is_told_with_its_place_and_leaves_no_trace(
    crm: Partner, change: dict[str, Any], status: int, code: str, param: str
) -> None:
    found = await crm.post("/v1/campaigns/lunch/versions", {**BODY, **change})
    assert (found.status_code, found.json()["code"], found.json()["param"]) == (status, code, param)
    assert (await crm.get("/v1/campaigns")).json()["data"] == []


async def test_an_offer_is_there_within_one_look_with_its_reasons(
    world: World, crm: Partner, chief: Partner
) -> None:
    await live(crm, chief)
    await world.top_up("ann", "50.00")
    await world.meal("T1")
    await settle(world)
    (offer,) = await offers(crm, "ann")
    assert (offer["moment"], offer["product"], offer["state"]) == (
        "lunch/ate",
        "monthly_card",
        "offered",
    )
    assert (offer["title"], offer["reason"], offer["scene"]) == (SAID, SAID, "canteen")
    assert offer["delivery"] == {"channel": "h5", "state": "sent", "why": ""}
    assert await offers(crm, "bob") == []
    at = f"/v1/offers/{offer['id']}/answers"
    assert (await crm.post(at, {"customer": "bob", "answer": "seen"})).status_code == 404
    assert (await crm.post(at, {"customer": "ann", "answer": "seen"})).json() == {"changed": True}
    assert (await crm.post(at, {"customer": "ann", "answer": "seen"})).json() == {"changed": False}
    assert (await crm.post(at, {"customer": "ann", "answer": "refused"})).json() == {
        "changed": True
    }
    over = await crm.post(at, {"customer": "ann", "answer": "taken"})
    assert (over.status_code, over.json()["code"]) == (409, "offer.answered")
    assert [each["state"] for each in await offers(crm, "ann")] == ["dismissed"]


async def test_a_payment_sent_again_brings_no_second_offer(
    world: World, crm: Partner, chief: Partner
) -> None:
    await live(crm, chief)
    await world.top_up("ann", "50.00")
    first = await world.meal("T1")
    await settle(world)
    again = await world.meal("T1")
    assert first.status_code == 200
    assert again.status_code in (200, 409, 422)
    await settle(world)
    assert len(await offers(crm, "ann")) == 1


async def test_a_trial_says_what_it_would_have_said_and_writes_nothing(
    world: World, crm: Partner
) -> None:
    await world.top_up("ann", "100.00")
    for ticket in ("T1", "T2", "T3"):
        await world.meal(ticket)
    count = {"of": ["smart_canteen.pay_by_code"], "at_least": 2, "within": "7d"}
    body = {**BODY, "moments": {**BODY["moments"], "twice": {"count": count, "offer": ["card"]}}}
    found = (await crm.post("/v1/campaigns/preview", {"campaign": body, "days": 2})).json()
    assert (found["fired"], found["customers"], found["whole"]) == ({"ate": 3, "twice": 1}, 1, True)
    assert found["events"] >= 4
    assert found["errors"] == 0
    # By the rules of contact of a bank that has set none.
    assert found["said"]["card"] + sum(found["not_said"].values()) >= 3
    await settle(world)
    assert await offers(crm, "ann") == []
    wrong = await crm.post("/v1/campaigns/preview", {"campaign": body, "days": 32})
    assert wrong.status_code == 400


async def test_two_banks_see_nothing_of_each_other(
    world: World, crm: Partner, chief: Partner
) -> None:
    await live(crm, chief)
    await world.top_up("ann", "50.00")
    await world.meal("T1")
    await settle(world)
    (offer,) = await offers(crm, "ann")
    other = await create_tenant(world.pool, "other", "Other Bank")
    app = await make_partner(world.pool, world.gateway, other, "crm", scopes=ALL)
    assert (await app.get("/v1/campaigns")).json()["data"] == []
    assert await offers(app, "ann") == []
    at = "/v1/campaigns/lunch/versions/1"
    assert (await app.post(f"{at}/stop", None)).status_code == 404
    assert (await app.post(f"{at}/decide", {"decision": "approve"})).status_code == 404
    said = {"customer": "ann", "answer": "taken"}
    assert (await app.post(f"/v1/offers/{offer['id']}/answers", said)).status_code == 404


@pytest.mark.parametrize("ref", ["%00", "a%00b", "A", "a" * 49, "..", "%F0%9F%92%B0"])
async def test_a_name_that_no_campaign_has_is_none(crm: Partner, chief: Partner, ref: str) -> None:
    at = f"/v1/campaigns/{ref}/versions"
    assert (await chief.post(f"{at}/1/decide", {"decision": "approve"})).status_code in (400, 404)
    assert (await crm.post(f"{at}/1/stop", None)).status_code in (400, 404)
    assert (await crm.post(at, BODY)).status_code in (400, 404)


async def test_a_customers_token_and_a_partners_application_open_nothing_here(
    world: World,
) -> None:
    for app in (world.till, world.h5):
        assert (await app.get("/v1/campaigns")).status_code == 403
        assert (await app.get("/v1/offers?customer=ann")).status_code == 403


async def test_generated_requests_get_what_the_document_promises(
    world: World, crm: Partner
) -> None:
    async with serving(world.gateway, port=0) as address:
        document = platform_document(address)
        document["paths"] = {
            path: item for path, item in document["paths"].items()
            if path.split("/")[2:3] and path.split("/")[2] in OWNED
        }  # fmt: skip
        assert len(document["paths"]) == 18
        done = await asyncio.to_thread(
            play_document, document, address, lambda _: (crm.token, {}), 15
        )
    assert done >= 100


CHANNELS = "/v1/sandbox/channels"


async def test_a_channel_of_a_sandbox_fails_on_demand_and_what_it_carries_waits(
    world: World, crm: Partner, chief: Partner
) -> None:
    down = {"channel": "push", "fault": "down"}
    assert (await crm.post(CHANNELS, down)).json() == down
    offer = {**BODY["offers"]["card"], "channels": ["push"]}
    await live(crm, chief, {**BODY, "offers": {"card": offer}})
    await world.top_up("ann", "50.00")
    await world.meal("T1")
    await settle(world)
    (said,) = await offers(crm, "ann")
    assert said["delivery"] == {"channel": "push", "state": "waiting", "why": "down"}
    whole = {"channel": "push", "fault": None}
    assert (await crm.post(CHANNELS, whole)).json() == whole


@pytest.mark.parametrize(
    ("body", "code"),
    [({"channel": "h5", "fault": "down"}, "delivery.channel"),
     ({"channel": "push", "fault": "sleepy"}, "invalid.type"),
     ({"channel": "push"}, "invalid.missing_field")],
)  # fmt: skip
async def test_what_is_no_channel_or_no_fault_is_refused(
    crm: Partner, chief: Partner, body: dict[str, Any], code: str
) -> None:
    found = await crm.post(CHANNELS, body)
    assert (found.status_code, found.json()["code"]) == (400, code)
    assert (await crm.get(CHANNELS)).status_code == 405
    assert (await chief.post(CHANNELS, {"channel": "push", "fault": None})).status_code == 403


async def test_a_live_banks_channels_never_fail_on_demand(world: World, crm: Partner) -> None:
    await world.pool.execute("update tenant set sandbox = false where id = $1", world.tenant.id)
    found = await crm.post(CHANNELS, {"channel": "push", "fault": "down"})
    assert (found.status_code, found.json()["code"]) == (403, "delivery.not_sandbox")


async def test_a_budget_comes_from_the_pool_and_the_ledger_says_who_paid(
    world: World, crm: Partner, chief: Partner
) -> None:
    async with world.pool.acquire() as connection:
        await connection.execute("update tenant set sandbox = false where id = $1", world.tenant.id)
    assert (await crm.get("/v1/benefits")).json() == {"pools": [], "lines": [], "sums": True}
    card = {**BODY["offers"]["card"], "cost": "3.00", "gives": "monthly_card"}
    body = {**BODY, "budget": "10.00", "offers": {"card": card}}
    wrong = {**body, "offers": {"card": {**card, "gives": "car"}}}
    refused = await crm.post("/v1/campaigns/lunch/versions", wrong)
    assert (refused.status_code, refused.json()["param"]) == (400, "offers[...].gives")
    await crm.post("/v1/campaigns/lunch/versions", body)
    at = "/v1/campaigns/lunch/versions/1/decide"
    refused = await chief.post(at, {"decision": "approve"})
    assert (refused.status_code, refused.json()["code"], refused.json()["param"]) == (
        409, "campaign.pool", "budget",
    )  # fmt: skip
    order = (await crm.post(ORDERS, {"amount": "12.00", "reason": "lunch"})).json()
    assert [each["left"] for each in (await crm.get("/v1/benefits")).json()["pools"]] == ["0.00"]
    filled = await chief.post(f"{ORDERS}/{order['id']}/decide", {"decision": "approve"})
    assert filled.json()["state"] == "approved"
    assert (await crm.get("/v1/benefits")).json()["pools"] == [
        {"currency": "CNY", "filled": "12.00", "left": "12.00"}
    ]
    assert (await chief.post(at, {"decision": "approve"})).json()["state"] == "approved"
    told = (await crm.get("/v1/benefits")).json()
    assert told["pools"][0]["left"] == "2.00"
    assert told["sums"] is True
    assert {"campaign": "lunch", "line": None, "currency": "CNY", "left": "10.00",
            "aside": "0.00", "spent": "0.00"} in told["lines"]  # fmt: skip
