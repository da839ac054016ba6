"""What holds at the door of every call: limits, addresses, blocks; who changes them, and who
cannot get round them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.partner import ISSUER, Partner, make_partner
from enscene.api import ApiSettings, create_app
from enscene.api.partners import MonitorWorker
from enscene.kernel import controls
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.partners import store
from enscene.partners.apis import ask_limit, decide_limit, list_limits
from enscene.partners.monitor import lift_block, list_blocks, read_usage
from enscene.partners.sign_up import sign_up

POLICY = re.compile(r'"app";q=([0-9]+);w=([0-9]+)')
LIMIT = re.compile(r'"app";r=([0-9]+);t=([0-9]+)')


async def change(world, kind, target, *, rate=5, burst=3, addresses=()):
    place = (world.pool, world.tenant.id, kind, target)
    await ask_limit(*place, rate=rate, burst=burst, addresses=addresses, who="maker@bank")
    await decide_limit(*place, "checker@bank", approve=True)
    world.gateway.edge.rules.forget()
    world.gateway.access._callers.clear()


async def test_every_answer_tells_the_limit_and_what_is_left(world):
    caller = await world.partner("metered", party="BANK", rate=1, burst=4)
    left = []
    for _ in range(3):
        answer = await caller.get("/v1/scenes")
        assert POLICY.fullmatch(answer.headers["ratelimit-policy"]).groups() == ("4", "4")
        left.append(int(LIMIT.fullmatch(answer.headers["ratelimit"])[1]))
    assert left == [3, 2, 1]
    # A refusal tells it too, one for too many calls with nothing left.
    assert "ratelimit" in (await caller.get("/v1/canteen/things/none")).headers
    over = await caller.get("/v1/scenes")
    assert over.status_code == 429
    assert LIMIT.fullmatch(over.headers["ratelimit"])[1] == "0"
    assert int(over.headers["retry-after"]) >= 1


async def test_a_limit_is_changed_by_two_people(world):
    place = (world.pool, world.tenant.id, "app", "till")
    await ask_limit(*place, rate=7, burst=9, addresses=["10.0.0.0/8"], who="maker@bank")
    [asked] = (await list_limits(*place[:2]))[1]
    assert (asked.rate, asked.burst, asked.asked_by) == (7, 9, "maker@bank")
    with pytest.raises(Forbidden):
        await decide_limit(*place, "maker@bank", approve=True)
    assert (await list_limits(*place[:2]))[0] == []
    await decide_limit(*place, "checker@bank", approve=False)
    assert await list_limits(*place[:2]) == ([], [])
    with pytest.raises(NotFound):
        await decide_limit(*place, "checker@bank", approve=True)
    await change(world, "app", "till", rate=2, burst=8)
    [limit], waiting = await list_limits(*place[:2])
    assert (limit.approved_by, waiting) == ("checker@bank", [])
    answer = await world.till.get("/v1/scenes")
    assert POLICY.fullmatch(answer.headers["ratelimit-policy"]).groups() == ("8", "4")


async def test_without_its_control_one_person_is_enough(world, monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "limit_second_person", lambda *given: None)
    place = (world.pool, world.tenant.id, "app", "till")
    await ask_limit(*place, rate=7, burst=9, who="maker@bank")
    # The database itself wants another person.
    with pytest.raises(Exception, match="check"):
        await decide_limit(*place, "maker@bank", approve=True)


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"kind": "bank"}, Invalid, "limit.kind"),
        ({"target": "nobody"}, NotFound, "limit.target"),
        ({"kind": "scene", "target": "nowhere"}, NotFound, "limit.target"),
        ({"rate": 0}, Invalid, "limit.figure"),
        ({"burst": 100_001}, Invalid, "limit.figure"),
        ({"addresses": ["10.0.0.1/8"]}, Invalid, "limit.address"),
        ({"addresses": ["localhost"]}, Invalid, "limit.address"),
        ({"addresses": ["10.0.0.1"] * 51}, Invalid, "limit.address"),
        ({"kind": "scene", "target": "canteen", "addresses": ["::1"]}, Invalid, "limit.address"),
    ],
)
async def test_what_is_no_limit_leaves_nothing(world, changes, error, code):
    order = {"kind": "app", "target": "till", "rate": 1, "burst": 1} | changes
    kind, target = order.pop("kind"), order.pop("target")
    with pytest.raises(error) as caught:
        await ask_limit(world.pool, world.tenant.id, kind, target, who="maker@bank", **order)
    assert caught.value.code == code
    assert await list_limits(world.pool, world.tenant.id) == ([], [])


async def test_a_scene_has_one_limit_for_all_who_call_it(world):
    await change(world, "scene", "canteen", rate=1, burst=3)
    path = "/v1/canteen/things/meal"
    answers = [await caller.get(path) for caller in (world.bank, world.till, world.hall)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    told = answers[-1].headers
    assert re.search(r'"app";q=[0-9]+;w=1, "scene";q=3;w=3', told["ratelimit-policy"])
    left = re.search(r', "scene";r=([0-9]);t=[0-9]+$', told["ratelimit"])
    assert left is not None
    assert int(left[1]) < 2  # a slow machine has earned one more by now
    for _ in range(int(left[1]) + 2):
        over = await world.bank.get(path)
    assert (over.status_code, over.json()["code"]) == (429, "unavailable.rate")
    assert '"scene";r=0' in over.headers["ratelimit"]
    assert (await world.bank.get("/v1/scenes")).status_code == 200


def from_address(world, caller, address, gateway=None):
    """The same application, from somewhere else."""
    found = Partner(gateway or world.gateway, caller.app, caller.token)
    transport = httpx.ASGITransport(gateway or world.gateway, client=(address, 5555))
    found.http = httpx.AsyncClient(transport=transport, base_url=ISSUER)
    return found


@pytest.mark.parametrize(
    ("address", "status"),
    [("203.0.113.9", 200), ("203.0.114.1", 403), ("2001:db8::7", 200), ("2001:db9::7", 403),
     ("::ffff:203.0.113.9", 403), ("", 403), ("unix", 403)],
)  # fmt: skip
async def test_an_application_calls_from_its_addresses(world, address, status):
    await change(world, "app", "till", rate=99, burst=99,
                 addresses=["203.0.113.0/24", "2001:db8::/32"])  # fmt: skip
    answer = await from_address(world, world.till, address).get("/v1/scenes")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "auth.address"
    assert (await from_address(world, world.hall, address).get("/v1/scenes")).status_code == 200


async def test_a_made_up_forwarded_address_opens_nothing(world):
    await change(world, "app", "till", rate=99, burst=99, addresses=["203.0.113.0/24"])
    outside = from_address(world, world.till, "198.51.100.1")
    for name, value in (
        ("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "203.0.113.9, 198.51.100.1"),
        ("forwarded", "for=203.0.113.9"), ("x-real-ip", "203.0.113.9"),
        ("x-client-ip", "203.0.113.9"), ("cf-connecting-ip", "203.0.113.9"),
    ):  # fmt: skip
        answer = await outside.get("/v1/scenes", headers={name: value})
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.address")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("203.0.113.9", 200),
        ("198.51.100.1", 403),
        ("203.0.113.9, 198.51.100.1", 403),  # what the caller wrote itself stands before
        ("198.51.100.1, 203.0.113.9", 200),
        ("198.51.100.1, 203.0.113.9, 192.0.2.1", 200),  # another proxy of ours
        ("", 403),
        ("203.0.113.9, garbage", 403),
    ],
)
async def test_behind_a_proxy_that_is_named_the_last_stranger_counts(world, told, status):
    await change(world, "app", "till", rate=99, burst=99, addresses=["203.0.113.0/24"])
    settings = ApiSettings(issuer=ISSUER, proxies=frozenset({"192.0.2.1", "192.0.2.2"}))
    gateway = create_app(world.host, world.pool, settings)
    caller = from_address(world, world.till, "192.0.2.2", gateway)
    headers = {"x-forwarded-for": told} if told else {}
    assert (await caller.get("/v1/scenes", headers=headers)).status_code == status
    await gateway.close()


async def test_without_its_control_any_address_will_do(world, monkeypatch):
    await change(world, "app", "till", rate=99, burst=99, addresses=["203.0.113.0/24"])
    outside = from_address(world, world.till, "198.51.100.1")
    monkeypatch.setitem(controls._CONTROLS, "app_address", lambda *given: None)
    assert (await outside.get("/v1/scenes")).status_code == 200


async def watched(world):
    """A partner whose live application sends signed requests."""
    known, _ = await sign_up(
        world.pool, world.tenant, name="Shop", contact="Li", email="li@partner.example",
        purpose="pay in our app", level="A1", scopes=[],
    )  # fmt: skip
    caller = await make_partner(
        world.pool, world.gateway, world.tenant, known.app_name, level="A2", party="ann",
        scopes=["scene:canteen:*"], signing="message",
    )  # fmt: skip
    async with store.admitted(world.pool, world.tenant.id) as connection:
        await store.update(
            connection, world.tenant.id, known.id, {"stage": "live", "live_app": caller.app.id}
        )
    return caller


async def blocked(world):
    """It has sent too much that is not signed."""
    caller = await watched(world)
    for _ in range(20):
        answer = await caller.get("/v1/scenes")
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.signature")
    await world.gateway._calls.flush()
    findings = await MonitorWorker(world.pool).step()
    assert [finding.rule.id for finding in findings] == ["bad_signatures"]
    world.gateway.edge.rules.forget()
    async with store.admitted(world.pool, world.tenant.id) as connection:
        await connection.execute("update app set signing = 'none' where name = $1", caller.app.name)
    world.gateway.access._callers.clear()
    return caller


async def test_a_rule_blocks_a_partner_until_a_person_lifts_it(world):
    caller = await blocked(world)
    answer = await caller.get("/v1/scenes")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (403, "partner.blocked")
    assert told["facts"]["rule"] == "bad_signatures"
    zh = await caller.get("/v1/scenes", headers={"accept-language": "zh"})
    assert "阻断" in zh.json()["detail"]
    assert (await world.till.get("/v1/scenes")).status_code == 200
    [block] = await list_blocks(world.pool, world.tenant.id)
    assert block.evidence["examples"][0]["code"] == "auth.signature"
    await lift_block(
        world.pool, world.tenant.id, block.id, who="checker@bank", why="they mended it"
    )
    world.gateway.edge.rules.forget()
    assert (await caller.get("/v1/scenes")).status_code == 200
    await world.gateway._calls.flush()
    assert await MonitorWorker(world.pool).step() == []


async def test_without_its_control_a_block_holds_nobody(world, monkeypatch):
    caller = await blocked(world)
    monkeypatch.setitem(controls._CONTROLS, "partner_block", lambda *given: None)
    assert (await caller.get("/v1/scenes")).status_code == 200


async def test_the_rules_cost_no_call_a_question(world, monkeypatch):
    assert (await world.till.get("/v1/scenes")).status_code == 200

    async def never(*given):
        raise AssertionError("the rules were read")

    monkeypatch.setattr("enscene.partners.apis.call_rules.read_rules", never)
    for _ in range(20):
        assert (await world.till.get("/v1/scenes")).status_code == 200


async def test_the_money_that_calls_moved_is_told_by_interface(world):
    caller = await watched(world)
    async with store.admitted(world.pool, world.tenant.id) as connection:
        await connection.execute("update app set signing = 'none' where name = $1", caller.app.name)
    for amount in ("12.00", "8.50"):
        answer = await caller.act("canteen", "top_up", {"amount": amount})
        assert answer.status_code == 200, answer.text
    assert (await caller.act("canteen", "top_up", {"amount": "-1.00"})).status_code == 400
    await world.gateway._calls.flush()
    await MonitorWorker(world.pool).step()
    today = datetime.now(UTC).date()
    place = (world.pool, world.tenant.id)
    usage = await read_usage(*place, today - timedelta(days=1), today, "UTC")
    [line] = usage.lines
    assert (line.api, line.sum.calls, line.sum.failed) == ("smart_canteen.top_up", 3, 1)
    assert line.sum.codes == {"money.bad_amount": 1} or line.sum.codes == {"invalid.too_small": 1}
    assert line.sum.moved == {"CNY": 2_050}
