"""The catalogue of interfaces: what is in it, dated shapes, and an interface that goes without
breaking those who call it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from api.partner import make_partner
from enscene.api.catalogue import operation_of
from enscene.api.catalogue.serve import operations_of
from enscene.api.documents.platform import platform_document
from enscene.api.documents.scene import scene_document
from enscene.kernel import controls
from enscene.kernel.errors import Invalid, NotFound
from enscene.partners import store
from enscene.partners.apis import (
    NEWEST,
    VERSIONS,
    declare_notice,
    list_notices,
    set_owner,
    take_back_notice,
)

TODAY = datetime.now(UTC).date()
OLD, TOP_UP = VERSIONS[0], "smart_canteen.top_up"
SCOPES = ["scene:canteen:*", "webhooks:read"]


async def known(world) -> set[str]:
    return {entry.id for entry in await world.gateway.catalogue.entries(world.tenant.id)}


async def declare(world, api=TOP_UP, *, days=60, **changes):
    values = {
        "known": await known(world), "deprecated": TODAY, "sunset": TODAY + timedelta(days=days),
        "successor": "smart_canteen.pay_by_code", "zh": "改用扫码支付", "en": "Pay by code instead",
        "who": "checker@bank",
    }  # fmt: skip
    return await declare_notice(world.pool, world.tenant, api, **values | changes)


async def partners_app(world, name="partner-shop", **more):
    return await make_partner(
        world.pool, world.gateway, world.tenant, name,
        **{"scopes": SCOPES, "level": "A2", "party": "ann", **more},
    )  # fmt: skip


async def top_up(caller, **more):
    return await caller.act("canteen", "top_up", {"amount": "1.00"}, **more)


async def test_every_operation_of_every_document_is_there_once(world):
    answer = await world.bank.get("/v1/apis")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    ids = [each["id"] for each in told["data"]]
    assert len(ids) == len(set(ids))
    scene = await world.host.scene(world.tenant.id, "canteen")
    documents = [platform_document(""), scene_document(scene, "")]
    every = {op["x-api-id"] for document in documents for _, _, op in operations_of(document)}
    assert every == set(ids)
    assert {TOP_UP, "platform.list_apis", "smart_canteen.get_balance"} <= every
    levels = {each["id"]: each["level"] for each in told["data"]}
    assert levels["smart_canteen.get_balance"] == levels["platform.list_contracts"] == "A2"
    assert levels["platform.list_apis"] == "A1"
    assert all(each["owner"] and each["since"] and each["state"] == "current"
               for each in told["data"])  # fmt: skip
    assert told["versions"] == list(VERSIONS)


async def test_a_path_is_the_operation_that_the_document_says(world):
    scene = await world.host.scene(world.tenant.id, "canteen")
    packs = {"canteen": "smart_canteen"}
    for document in (platform_document(""), scene_document(scene, "")):
        for method, path, operation in operations_of(document):
            if path.startswith("/v1/"):
                parts = path.replace("{", "").replace("}", "").split("/")[1:]
                assert operation_of(method, parts, packs) == operation["x-api-id"], path
    assert operation_of("GET", ["v1", "nowhere", "things"], packs) == ""
    assert operation_of("DELETE", ["v1", "canteen", "events"], packs) == ""


async def test_a_scene_that_the_token_does_not_open_is_not_told(world):
    other = await world.partner("elsewhere", party="BANK", scopes=["scene:travel:*"])
    ids = {each["id"] for each in (await other.get("/v1/apis")).json()["data"]}
    assert not [each for each in ids if each.startswith("smart_canteen.")]
    assert (await other.get(f"/v1/apis/{TOP_UP}")).status_code == 404
    assert (await world.h5.get(f"/v1/apis/{TOP_UP}")).json()["scene"] == "canteen"
    assert (await world.h5.get("/v1/apis/a/b")).status_code == 404
    assert (await world.h5.post("/v1/apis")).status_code == 405


async def test_an_owner_is_named(world):
    await set_owner(world.pool, world.tenant.id, TOP_UP, "支付团队", "maker@bank", {TOP_UP})
    assert (await world.h5.get(f"/v1/apis/{TOP_UP}")).json()["owner"] == "支付团队"
    with pytest.raises(NotFound):
        await set_owner(world.pool, world.tenant.id, "no.such", "x y", "maker@bank", {TOP_UP})


async def test_who_registers_has_the_newest_version_and_may_ask_for_another(world):
    answer = await world.h5.get("/v1/scenes")
    assert answer.headers["enscene-version"] == NEWEST
    answer = await world.h5.get("/v1/scenes", headers={"enscene-version": OLD})
    assert answer.headers["enscene-version"] == OLD
    for odd in ("2020-01-01", "newest", "x" * 500):
        answer = await world.h5.get("/v1/scenes", headers={"enscene-version": odd})
        told = answer.json()
        assert (answer.status_code, told["code"]) == (400, "version.unknown")
        assert told["param"] == "Enscene-Version"
        assert told["facts"]["known"] == list(VERSIONS)


async def pin(world, name, version):
    async with store.admitted(world.pool, world.tenant.id) as connection:
        await connection.execute("update app set version = $2 where name = $1", name, version)
    world.gateway.edge.rules.forget()


async def test_a_dated_change_does_not_reach_who_is_pinned_before_it(world):
    async with store.admitted(world.pool, world.tenant.id) as connection:
        app = await connection.fetchval("select id from app where name = 'h5'")
        await connection.execute(
            """insert into forbidden_use (tenant, app, scene, party, purpose, limit_id, fields)
               values ($1, $2, 'canteen', 'ann', 'credit', 'illness_not_for_credit', '{}')""",
            world.tenant.id,
            app,
        )
    path = "/v1/forbidden-uses"
    [new] = (await world.h5.get(path)).json()["data"]
    assert new["limit"]["id"] == "illness_not_for_credit"
    assert "征信业管理条例" in new["limit"]["law"]
    [asked] = (await world.h5.get(path, headers={"enscene-version": OLD})).json()["data"]
    assert asked == new | {"limit": "illness_not_for_credit"}
    await pin(world, "h5", OLD)
    answer = await world.h5.get(path)
    assert answer.headers["enscene-version"] == OLD
    assert answer.json()["data"] == [asked]
    [again] = (await world.h5.get(path, headers={"enscene-version": NEWEST})).json()["data"]
    assert again == new


async def test_the_database_pins_what_the_program_calls_newest(world):
    async with store.admitted(world.pool, world.tenant.id) as connection:
        assert {row[0] for row in await connection.fetch("select version from app")} == {NEWEST}


async def test_one_interface_goes_and_nobody_who_calls_it_breaks(world):
    caller, other = await partners_app(world), await partners_app(world, "partner-other")
    assert (await top_up(caller)).status_code == 200
    await world.gateway._calls.flush()
    notice = await declare(world)
    assert notice.told == ("partner-shop",)
    world.gateway.edge.rules.forget()
    answer = await top_up(caller)
    assert answer.status_code == 200
    assert answer.headers["deprecation"] == f"@{int(notice.deprecated.timestamp())}"
    assert parsedate_to_datetime(answer.headers["sunset"]) == notice.sunset
    assert 'rel="successor-version"' in answer.headers["link"]
    assert (await caller.get("/v1/scenes")).headers.get("deprecation") is None
    told = (await caller.get(f"/v1/apis/{TOP_UP}")).json()
    assert (told["state"], told["notice"]["zh"]) == ("deprecated", "改用扫码支付")
    # An answer that is a refusal says it too.
    assert "sunset" in (await caller.act("canteen", "top_up", {"amount": "x"})).headers
    news = [await told_of(each) for each in (caller, other)]
    assert [len(each) for each in news] == [1, 0]
    [event] = news[0]
    assert (event["action"], event["api"]["id"]) == ("api.deprecated", TOP_UP)
    assert event["api"]["successor"] == "smart_canteen.pay_by_code"
    await take_back_notice(world.pool, world.tenant, TOP_UP, "checker@bank")
    assert [each["action"] for each in await told_of(caller)] == ["api.deprecated", "api.kept"]
    world.gateway.edge.rules.forget()
    assert (await top_up(caller)).headers.get("sunset") is None


async def told_of(caller):
    data = (await caller.get("/v1/canteen/events?limit=200")).json()["data"]
    return [event for event in data if event["action"].startswith("api.")]


async def ended(world):
    await declare(world)
    async with store.admitted(world.pool, world.tenant.id) as connection:
        await connection.execute(
            "update api_notice set deprecated = now() - interval '2 days', "
            "sunset = now() - interval '1 minute'"
        )
    world.gateway.edge.rules.forget()


async def test_after_its_last_day_it_is_gone_and_leaves_no_trace(world):
    caller = await partners_app(world)
    await ended(world)
    answer = await top_up(caller)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (410, "api.gone")
    assert told["facts"]["successor"] == "smart_canteen.pay_by_code"
    assert "sunset" in answer.headers
    assert await world.balance("wallet", "ann") == "0.00"
    assert (await caller.get(f"/v1/apis/{TOP_UP}")).json()["state"] == "withdrawn"
    answer = await caller.get("/v1/scenes")
    assert answer.status_code == 200


async def test_without_its_control_what_is_gone_is_answered(world, monkeypatch):
    caller = await partners_app(world)
    await ended(world)
    monkeypatch.setitem(controls._CONTROLS, "api_sunset", lambda notice: None)
    assert (await top_up(caller)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"days": 29}, Invalid, "api.days"),
        ({"days": 60, "deprecated": TODAY + timedelta(days=60)}, Invalid, "api.days"),
        ({"api": "no.such"}, NotFound, "api.not_found"),
        ({"successor": "no.such"}, Invalid, "api.successor"),
        ({"successor": TOP_UP}, Invalid, "api.successor"),
        ({"zh": " "}, Invalid, "incident.text"),
        ({"en": "x" * 501}, Invalid, "incident.text"),
    ],
)
async def test_what_cannot_be_declared_leaves_nothing(world, changes, error, code):
    with pytest.raises(error) as caught:
        await declare(world, **changes)
    assert caught.value.code == code
    assert await list_notices(world.pool, world.tenant.id) == []
    with pytest.raises(NotFound):
        await take_back_notice(world.pool, world.tenant, TOP_UP, "checker@bank")


async def test_without_its_control_callers_have_no_time_left(world, monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "api_span", lambda *given: None)
    await declare(world, days=1)
    assert len(await list_notices(world.pool, world.tenant.id)) == 1


async def test_funds_of_the_platform_are_for_a2(world):
    small = await world.partner("small", party="BANK", level="A1", scopes=["contracts:read"])
    answer = await small.get("/v1/customers/ann/contracts")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.level")
