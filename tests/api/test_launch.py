"""A launch by API: from a template to a payment in the new scene, by two applications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from api.conftest import PACKS
from api.partner import ISSUER, Partner, make_partner
from enscene.api import ApiSettings, Gateway, create_app
from enscene.kernel import controls
from enscene.scenes.runtime import SceneHost
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.apps import ActsFor

NOTICE = {"notify": {"who": "diner", "text": "notices.meal_refunded"}}


@dataclass
class Bank:
    """`maker` may read and edit, `checker` read and approve, `reader` only read."""

    pool: Any
    host: SceneHost
    gateway: Gateway
    tenant: Tenant
    maker: Partner
    checker: Partner
    reader: Partner

    async def app(self, name: str, *scopes: str, **more: Any) -> Partner:
        order = {"scopes": list(scopes), "level": "A2"} | more
        return await make_partner(self.pool, self.gateway, self.tenant, name, **order)

    async def begun(self, **wish: Any) -> str:
        """A request of `maker`, filled; its id."""
        answer = await self.maker.post("/v1/launches", {"template": "smart_canteen"})
        assert answer.status_code == 200, answer.text
        launch = answer.json()["id"]
        body = {"ref": "north", "name": "North Canteen"} | wish
        answer = await self.maker.send("PATCH", f"/v1/launches/{launch}", body)
        assert answer.status_code == 200, answer.text
        return launch

    async def sandboxed(self, **wish: Any) -> str:
        """A scene that was approved; the id of its request."""
        launch = await self.begun(**wish)
        await done(self.maker, f"/v1/launches/{launch}/submit")
        await done(self.checker, f"/v1/launches/{launch}/approve")
        return launch

    async def live(self, **wish: Any) -> str:
        """A scene that is live; the id of its request."""
        launch = await self.sandboxed(**wish)
        ref = wish.get("ref", "north")
        await done(self.maker, f"/v1/scenes/{ref}/pilot")
        await done(self.checker, f"/v1/scenes/{ref}/live")
        return launch

    async def peopled(self) -> tuple[Partner, Partner]:
        """Somebody in the live scene: the bank's application and the till's."""
        for party, role, bound in (
            ("BANK", "bank", None), ("hall", "canteen", None), ("acme", "sponsor", None),
            ("till", "terminal", "hall"), ("ann", "diner", None),
        ):  # fmt: skip
            body = {"role": role, "name": party, "bound_to": bound}
            answer = await self.maker.put(f"/v1/scenes/north/parties/{party}", body)
            assert answer.status_code == 200, answer.text
        acts = [ActsFor("north", "diner")]
        core = await self.app("core", "scene:north:*", party="BANK", acts_for=acts)
        till = await self.app("till", "scene:north:*", party="till")
        answer = await core.put("/v1/north/links/works_for/ann", {"to": "acme"})
        assert answer.status_code == 200, answer.text
        answer = await core.act("north", "top_up", {"amount": "50.00"}, party="ann")
        assert answer.status_code == 200, answer.text
        return core, till


async def done(app: Partner, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """A POST that must pass."""
    answer = await app.post(path, {} if body is None else body, **more)
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


async def refused(answer: Any, status: int, code: str, param: str | None = None) -> dict[str, Any]:
    """A problem of that status, code and param."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem.get("param")) == (status, code, param)
    return problem


@pytest.fixture
async def bank(pool: Any) -> AsyncIterator[Bank]:
    tenant = await create_tenant(pool, "bank", "Bank of the Sandbox", sandbox=True)
    host = SceneHost(pool)
    gateway = create_app(host, pool, ApiSettings(issuer=ISSUER, packs=PACKS))

    async def app(name: str, *scopes: str) -> Partner:
        return await make_partner(pool, gateway, tenant, name, scopes=list(scopes), level="A2")

    yield Bank(
        pool,
        host,
        gateway,
        tenant,
        maker=await app("maker", "launch:read", "launch:edit"),
        checker=await app("checker", "launch:read", "launch:approve"),
        reader=await app("reader", "launch:read"),
    )
    await gateway.close()
    await host.close()


PAY = {"ticket": "T1", "diner": "ann", "price": "12.00"}


async def test_from_a_template_to_a_payment_in_the_new_scene(bank: Bank):
    listed = (await bank.reader.get("/v1/templates")).json()["data"]
    assert {"smart_canteen", "travel"} <= {item["id"] for item in listed}
    launch = await bank.begun(
        variant="company",
        options={"daily_limit": "80.00"},
        added=[{"action": "pay_by_code", "index": 0, "step": NOTICE}],
    )
    submitted = await done(bank.maker, f"/v1/launches/{launch}/submit")
    assert (submitted["state"], submitted["submitted_by"]) == ("submitted", "app:maker")
    shown = (await bank.checker.get(f"/v1/launches/{launch}")).json()
    assert shown["mistakes"] == []
    approved = await done(
        bank.checker, f"/v1/launches/{launch}/approve", {"version": shown["version"]}
    )
    assert (approved["state"], approved["decided_by"]) == ("approved", "app:checker")
    scene = (await bank.reader.get("/v1/scenes/north")).json()
    assert (scene["state"], scene["next"]) == ("sandbox", ["pilot", "retire"])
    assert (await done(bank.maker, "/v1/scenes/north/pilot"))["piloted_by"] == "app:maker"
    answer = await bank.maker.post("/v1/scenes/north/live", {})
    await refused(answer, 403, "auth.scope")
    assert (await done(bank.checker, "/v1/scenes/north/live"))["state"] == "live"
    told = (await bank.reader.get(f"/v1/launches/{launch}")).json()
    assert told["took_s"] > 0
    core, till = await bank.peopled()
    answer = await till.act("north", "pay_by_code", PAY)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == "12.00"
    balance = (await core.get("/v1/north/accounts/wallet/ann")).json()["balance"]
    assert balance == "38.00"


async def test_template_tells_what_can_be_chosen(bank: Bank):
    told = (await bank.reader.get("/v1/templates/smart_canteen?variant=government")).json()
    option = next(item for item in told["options"] if item["name"] == "daily_limit")
    assert option["type"] == "money"
    assert (option["least"], option["most"]) == ("10.00", "100.00")
    assert option["title"].keys() == {"zh", "en"}
    assert {item["name"] for item in told["parts"]} >= {"order_ahead", "recognition"}
    steps = {item["name"]: item["steps"] for item in told["actions"]}
    assert "move" in {step["block"] for step in steps["pay_by_code"]}
    notify = next(item for item in told["blocks"] if item["name"] == "notify")
    who = next(arg for arg in notify["args"] if arg["name"] == "who")
    assert "diner" in who["choices"]
    nodes = {node["account"] for node in told["money_map"]["nodes"]}
    assert all({e["source"], e["target"]} <= nodes for e in told["money_map"]["edges"])
    assert told["duplicates"] == []
    path = "/v1/templates/smart_canteen/places"
    total = {"limit": {"counter": "spent", "add": "total", "max": "options.daily_limit"}}
    answer = await bank.reader.post(path, {"action": "pay_by_code", "step": total}, key="")
    places = answer.json()["places"]
    assert [place["fits"] for place in places[:2]] == [False, True]
    assert places[0]["why_not"]["code"] == "too_early"
    answer = await bank.reader.get("/v1/templates/smart_canteen?variant=x")
    await refused(answer, 404, "template.no_variant", "variant")
    answer = await bank.reader.get("/v1/templates/nothing")
    await refused(answer, 404, "template.not_found")


async def test_mistakes_name_the_field_at_fault(bank: Bank):
    launch = await bank.begun(options={"daily_limit": "9999.00"})
    shown = (await bank.reader.get(f"/v1/launches/{launch}")).json()
    assert [item["param"] for item in shown["mistakes"]] == ["options.daily_limit"]
    assert shown["proofs"] is None
    answer = await bank.maker.post(f"/v1/launches/{launch}/submit", {})
    problem = await refused(answer, 400, "launch.mistakes", "options.daily_limit")
    assert "500.00" in problem["hint"]
    change = {"options": {"daily_limit": None}, "added": [
        {"action": "pay_by_code", "index": 0, "step": {"teleport": {"who": "diner"}}}
    ]}  # fmt: skip
    answer = await bank.maker.send("PATCH", f"/v1/launches/{launch}", change)
    told = answer.json()
    assert told["wish"]["options"] == {}
    assert [(m["param"], m["code"]) for m in told["mistakes"]] == [("added[0]", "unknown_block")]
    answer = await bank.maker.post(f"/v1/launches/{launch}/submit", {})
    await refused(answer, 400, "launch.mistakes", "added[0]")
    answer = await bank.maker.post(f"/v1/launches/{launch}/rehearse", {})
    await refused(answer, 400, "launch.mistakes", "added[0]")


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"origins": ["https://a.example;script-src *"]}, "launch.origin", "origins[0]"),
        ({"products": ["auto_topup", "gold"]}, "launch.no_product", "products[1]"),
        ({"name": "x" * 61}, "launch.too_long", "name"),
        ({"added": [{"action": "pay", "step": {}}]}, "invalid.missing_field", "added[0].index"),
        ({"added": [{"action": "pay", "index": 0, "step": {"move": [1]}}]}, "launch.value",
         "added[0].step.move"),
        ({"options": {"daily_limit": 1.5}}, "launch.value", "options.daily_limit"),
        ({"parts": {"weighing": "no"}}, "launch.value", "parts.weighing"),
        ({"added": "x"}, "invalid.type", "added"),
        ({"colour": "red"}, "invalid.unknown_field", "colour"),
    ],
)  # fmt: skip
async def test_what_is_no_wish_is_not_kept(bank: Bank, change: Any, code: str, param: str):
    launch = await bank.begun()
    answer = await bank.maker.send("PATCH", f"/v1/launches/{launch}", change)
    await refused(answer, 400, code, param)


async def test_an_address_of_the_api_is_no_reference(bank: Bank):
    launch = await bank.begun(ref="launches")
    answer = await bank.maker.post(f"/v1/launches/{launch}/submit", {})
    await refused(answer, 400, "launch.reserved_ref", "ref")


async def test_who_has_submitted_or_chosen_never_approves(bank: Bank):
    both = await bank.app("both", "launch:edit", "launch:approve")
    launch = await bank.begun()
    await done(both, f"/v1/launches/{launch}/submit")
    answer = await both.post(f"/v1/launches/{launch}/approve", {})
    await refused(answer, 403, "launch.own_request")
    answer = await both.post(f"/v1/launches/{launch}/return", {"note": "no"})
    await refused(answer, 403, "launch.own_request")
    await done(bank.checker, f"/v1/launches/{launch}/approve")
    await done(both, "/v1/scenes/north/pilot")
    answer = await both.post("/v1/scenes/north/live", {})
    await refused(answer, 403, "scene.second_person")
    await done(bank.checker, "/v1/scenes/north/live")


async def test_each_scope_opens_its_own_and_no_more(bank: Bank):
    launch = await bank.begun()
    outsider = await bank.app("outsider", "scene:north:*")
    for path in ("/v1/templates", "/v1/launches", f"/v1/launches/{launch}", "/v1/scenes/north"):
        await refused(await outsider.get(path), 403, "auth.scope")
    for path in ("launches", f"launches/{launch}/submit", "scenes/north/pause"):
        await refused(await bank.reader.post(f"/v1/{path}", {}), 403, "auth.scope")
    answer = await bank.checker.send("PATCH", f"/v1/launches/{launch}", {"name": "x"})
    await refused(answer, 403, "auth.scope")
    answer = await bank.maker.post(f"/v1/launches/{launch}/approve", {})
    problem = await refused(answer, 403, "auth.scope")
    assert problem["facts"] == {"scope": "launch:approve"}


async def test_another_tenants_request_is_not_there(bank: Bank):
    launch = await bank.sandboxed()
    other = await create_tenant(bank.pool, "other", "Other Bank", sandbox=True)
    stranger = await make_partner(
        bank.pool, bank.gateway, other, "desk", level="A2",
        scopes=["launch:read", "launch:edit", "launch:approve"],
    )  # fmt: skip
    assert (await stranger.get("/v1/launches")).json()["data"] == []
    for path in (launch, f"{launch}/rehearsal", "00000000-0000-0000-0000-000000000000", "x"):
        await refused(await stranger.get(f"/v1/launches/{path}"), 404, "launch.not_found")
    for step in ("submit", "approve", "return", "withdraw", "rehearse"):
        answer = await stranger.post(f"/v1/launches/{launch}/{step}", {})
        await refused(answer, 404, "launch.not_found")
    answer = await stranger.send("PATCH", f"/v1/launches/{launch}", {"name": "mine"})
    await refused(answer, 404, "launch.not_found")
    for step in ("pilot", "live", "pause", "resume", "retire", "change"):
        answer = await stranger.post(f"/v1/scenes/north/{step}", {})
        await refused(answer, 404, "scene.not_found")
    for path in ("", "/settlement"):
        await refused(await stranger.get(f"/v1/scenes/north{path}"), 404, "scene.not_found")


async def test_a_key_does_a_thing_once(bank: Bank):
    first = await bank.maker.post("/v1/launches", {"template": "travel"}, key="k1")
    again = await bank.maker.post("/v1/launches", {"template": "travel"}, key="k1")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    answer = await bank.maker.post("/v1/launches", {"template": "smart_canteen"}, key="k1")
    await refused(answer, 422, "idempotency.key_reused", "Idempotency-Key")
    answer = await bank.maker.post("/v1/launches", {"template": "travel"}, key="")
    await refused(answer, 400, "idempotency.missing_key", "Idempotency-Key")
    assert len((await bank.reader.get("/v1/launches")).json()["data"]) == 1
    launch = await bank.begun()
    submitted = await bank.maker.post(f"/v1/launches/{launch}/submit", {}, key="k2")
    await done(bank.checker, f"/v1/launches/{launch}/approve", key="k2")
    # Sent again after it was approved, it is still answered as it was.
    again = await bank.maker.post(f"/v1/launches/{launch}/submit", {}, key="k2")
    assert again.json() == submitted.json()
    again = await bank.checker.post(f"/v1/launches/{launch}/approve", {}, key="k2")
    assert (again.status_code, again.json()["scene"]) == (200, "north")


async def test_in_the_wrong_state_nothing_is_done(bank: Bank):
    launch = await bank.begun()
    answer = await bank.checker.post(f"/v1/launches/{launch}/approve", {})
    await refused(answer, 409, "launch.moved_on")
    await done(bank.maker, f"/v1/launches/{launch}/submit")
    answer = await bank.maker.send("PATCH", f"/v1/launches/{launch}", {"name": "late"})
    await refused(answer, 409, "launch.moved_on")
    answer = await bank.maker.post(f"/v1/launches/{launch}/rehearse", {})
    await refused(answer, 409, "launch.moved_on")
    await done(bank.checker, f"/v1/launches/{launch}/return", {"note": "which office?"})
    shown = (await bank.reader.get(f"/v1/launches/{launch}")).json()
    assert (shown["state"], shown["note"]) == ("returned", "which office?")
    await done(bank.maker, f"/v1/launches/{launch}/submit")
    await done(bank.checker, f"/v1/launches/{launch}/approve")
    answer = await bank.checker.post("/v1/scenes/north/live", {})
    await refused(answer, 409, "scene.pilot_first")
    answer = await bank.maker.post("/v1/scenes/north/resume", {})
    await refused(answer, 409, "scene.bad_transition")
    answer = await bank.maker.post("/v1/scenes/north/fly", {})
    await refused(answer, 404, "http.no_route")


async def test_nothing_but_what_was_looked_at_is_approved(bank: Bank):
    launch = await bank.begun()
    seen = (await done(bank.maker, f"/v1/launches/{launch}/submit"))["version"]
    await done(bank.checker, f"/v1/launches/{launch}/return")
    await bank.maker.send("PATCH", f"/v1/launches/{launch}", {"region": "杭州"})
    await done(bank.maker, f"/v1/launches/{launch}/submit")
    answer = await bank.checker.post(f"/v1/launches/{launch}/approve", {"version": seen})
    problem = await refused(answer, 409, "launch.version", "version")
    await done(bank.checker, f"/v1/launches/{launch}/approve", problem["facts"])


async def test_likely_duplicate_is_told_before(bank: Bank):
    await bank.sandboxed(region="杭州")
    told = (await bank.reader.get("/v1/templates/smart_canteen")).json()
    assert [item["scene"] for item in told["duplicates"]] == ["north"]
    launch = await bank.begun(ref="south", name="South", region="杭州")
    shown = (await bank.reader.get(f"/v1/launches/{launch}")).json()
    assert shown["duplicates"][0]["same"] == ["pack", "sector", "region"]


async def test_put_replaces_and_patch_merges(bank: Bank):
    launch = await bank.begun(options={"daily_limit": "80.00"}, parts={"weighing": False})
    path = f"/v1/launches/{launch}"
    body = {"options": {"subsidy_per_meal": "4.00"}, "unit": "HQ"}
    wish = (await bank.maker.send("PATCH", path, body)).json()["wish"]
    assert wish["options"] == {"daily_limit": "80.00", "subsidy_per_meal": "4.00"}
    assert (wish["unit"], wish["parts"]) == ("HQ", {"weighing": False})
    wish = (await bank.maker.put(path, {"name": "New"})).json()["wish"]
    assert (wish["name"], wish["ref"], wish["options"]) == ("New", "north", {})
    assert (wish["unit"], wish["parts"]) == ("", {})


async def test_requests_are_listed_in_pages(bank: Bank):
    made = [(await done(bank.maker, "/v1/launches", {"template": "travel"}))["id"] for _ in "abc"]
    first = (await bank.reader.get("/v1/launches?limit=2")).json()
    assert first["has_more"]
    rest = (await bank.reader.get(f"/v1/launches?limit=2&cursor={first['next']}")).json()
    assert [item["id"] for item in first["data"] + rest["data"]] == made[::-1]
    assert not rest["has_more"]
    answer = await bank.reader.get("/v1/launches?state=lost")
    await refused(answer, 400, "invalid.state", "state")


async def test_a_pause_refuses_payments_until_it_ends(bank: Bank):
    await bank.live()
    _, till = await bank.peopled()
    await done(bank.maker, "/v1/scenes/north/pause")
    await refused(await till.act("north", "pay_by_code", PAY), 422, "scene.not_open")
    assert (await done(bank.maker, "/v1/scenes/north/resume"))["state"] == "live"
    assert (await till.act("north", "pay_by_code", PAY)).status_code == 200


async def test_a_pilot_is_a_pilot_again_after_a_pause(bank: Bank):
    await bank.sandboxed()
    await done(bank.maker, "/v1/scenes/north/pilot")
    await done(bank.maker, "/v1/scenes/north/pause")
    assert (await done(bank.maker, "/v1/scenes/north/resume"))["state"] == "pilot"


async def test_change_and_roll_back_need_a_second_person_too(bank: Bank):
    await bank.live()
    change = (await done(bank.maker, "/v1/scenes/north/change"))["id"]
    body = {"options": {"daily_limit": "90.00"}, "ref": "other"}
    answer = await bank.maker.send("PATCH", f"/v1/launches/{change}", body)
    assert answer.json()["wish"]["ref"] == "north"
    await done(bank.maker, f"/v1/launches/{change}/submit")
    await done(bank.checker, f"/v1/launches/{change}/approve")
    assert (await bank.reader.get("/v1/scenes/north")).json()["terms"] == 2
    back = await done(bank.maker, "/v1/scenes/north/roll_back", {"terms": 1})
    assert (back["kind"], back["wish"]["options"]) == ("change", {})
    await done(bank.maker, f"/v1/launches/{back['id']}/submit")
    await done(bank.checker, f"/v1/launches/{back['id']}/approve")
    assert (await bank.reader.get("/v1/scenes/north")).json()["terms"] == 3
    answer = await bank.maker.post("/v1/scenes/north/roll_back", {"terms": 9})
    await refused(answer, 400, "scene.no_terms", "terms")


async def test_a_scene_with_money_is_not_retired_and_an_empty_one_is_accounted_for(bank: Bank):
    await bank.live()
    core, _ = await bank.peopled()
    answer = await bank.maker.post("/v1/scenes/north/retire", {})
    problem = await refused(answer, 409, "scene.money_left")
    assert problem["hint"]
    told = (await bank.reader.get("/v1/scenes/north/settlement")).json()
    assert (told["money_left"], told["accounts_left"], told["balanced"]) == ("50.00", 1, True)
    answer = await core.act("north", "withdraw", {"amount": "50.00"}, party="ann")
    assert answer.status_code == 200, answer.text
    ended = await done(bank.maker, "/v1/scenes/north/retire")
    assert (ended["state"], ended["next"]) == ("retired", [])
    settlement = ended["settlement"]
    assert (settlement["state"], settlement["money_left"]) == ("retired", "0.00")
    assert settlement["balanced"]
    assert {line["balance"] for line in settlement["accounts"]} == {"0.00"}
    answer = await bank.maker.post("/v1/scenes/north/change", {})
    await refused(answer, 409, "scene.retired")


async def test_an_application_of_level_a1_sees_no_balances(bank: Bank):
    await bank.sandboxed()
    modest = await bank.app("modest", "launch:read", "launch:edit", level="A1")
    await refused(await modest.get("/v1/scenes/north/settlement"), 403, "auth.level")
    await refused(await modest.post("/v1/scenes/north/retire", {}), 403, "auth.level")


async def test_a_rehearsal_is_begun_once_and_its_result_kept(bank: Bank, monkeypatch: Any):
    from enscene.operations import rehearsals
    from enscene.operations.rehearse_scene import rehearse_scene

    played = []

    async def one_day(*arguments: Any, **more: Any) -> Any:
        played.append(1)
        return await rehearse_scene(*arguments, **more, days=1)

    monkeypatch.setattr(rehearsals, "rehearse_scene", one_day)
    launch = await bank.begun()
    path = f"/v1/launches/{launch}"
    assert (await bank.reader.get(f"{path}/rehearsal")).json()["state"] == "none"
    answer = await bank.maker.post(f"{path}/rehearse", {}, key="r1")
    assert (answer.status_code, answer.headers["location"]) == (202, f"{path}/rehearsal")
    assert (await bank.reader.get(f"{path}/rehearsal")).json()["state"] == "running"
    again = await bank.maker.post(f"{path}/rehearse", {}, key="r1")
    assert (again.status_code, again.json()) == (202, answer.json())
    for task in list(bank.gateway._launch._desk.rehearsals._tasks):
        await task
    told = (await bank.reader.get(f"{path}/rehearsal")).json()
    assert told["state"] == "done", told
    assert told["result"]["passed"]
    assert told["result"]["transfers"] > 0
    assert played == [1]
    await bank.maker.send("PATCH", path, {"options": {"daily_limit": "70.00"}})
    assert (await bank.reader.get(f"{path}/rehearsal")).json()["state"] == "none"


@pytest.mark.parametrize("control", ["launch_second_person", "scene_second_person"])
async def test_without_its_control_one_person_opens_a_scene(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, control: str
):
    monkeypatch.setitem(controls._CONTROLS, control, lambda made, who: None)
    with pytest.raises(AssertionError):
        await test_who_has_submitted_or_chosen_never_approves(bank)
