"""A tenant's own affairs over the API: people by four eyes, the brand, tickets of whoever asked."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from api.conftest import World
from api.partner import Partner, make_partner
from enscene.api import serving
from enscene.api.documents.platform import platform_document
from enscene.api.tenancy.serve import OWNED
from enscene.api.tenancy.told import change_id
from enscene.cli._attack_generated import play_document
from enscene.kernel import controls
from enscene.partners import store as partners_sql
from enscene.partners.partner import partner_id
from enscene.partners.sign_up import sign_up
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.apps import find_app
from enscene.tenants.brands import read_brand
from enscene.tenants.users import By, create_user, decide_change, list_users, log_in
from enscene.work.tickets import handle_ticket, open_ticket, ticket_id

PASSWORD = "four tall trees"
SCOPES = [
    "people:read", "people:write", "people:approve", "brand:read", "brand:write", "tickets:read",
    "tickets:write",
]  # fmt: skip
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)


@pytest.fixture
async def erp(world: World) -> Partner:
    for login in ("an", "bo"):
        await create_user(
            world.pool, world.tenant, login, name=login, password=PASSWORD,
            roles=["admin", "approver"],
        )  # fmt: skip
    return await world.partner("erp", scopes=SCOPES)


async def test_people_are_made_and_listed_with_a_password_told_once(
    world: World, erp: Partner
) -> None:
    order = {"login": "cy", "name": "岑", "roles": ["scene_team"]}
    made = (await erp.post("/v1/people", order)).json()
    assert (made["state"], made["asked_by"], made["act"]) == ("done", "app:erp", "make")
    session = await log_in(world.pool, "cy@bank", made["password"])
    assert session.user.must_change
    again = await erp.post("/v1/people", order)
    assert (again.status_code, again.json()["code"]) == (409, "user.exists")
    listed = (await erp.get("/v1/people")).json()["data"]
    assert [each["login"] for each in listed] == ["an", "bo", "cy"]
    changes = await erp.get("/v1/people/changes")
    assert made["password"] not in changes.text
    assert changes.json()["data"][0]["id"] == made["id"]
    reset = (await erp.post("/v1/people/cy/changes", {"act": "password"})).json()
    assert (await log_in(world.pool, "cy@bank", reset["password"])).user.login == "cy"
    blocked = (await erp.post("/v1/people/cy/changes", {"act": "block"})).json()
    assert (blocked["state"], blocked["password"]) == ("done", None)


async def test_roles_that_approve_wait_for_somebody_else(world: World, erp: Partner) -> None:
    order = {"login": "cy", "name": "岑", "roles": ["approver"]}
    asked = (await erp.post("/v1/people", order)).json()
    assert asked["state"] == "asked"
    at = f"/v1/people/changes/{asked['id']}/decide"
    own = await erp.post(at, {"decision": "approve"})
    assert (own.status_code, own.json()["code"]) == (403, "user.four_eyes")
    assert "cy" not in {each.login for each in await list_users(world.pool, world.tenant.id)}
    second = await world.partner("hr", scopes=["people:approve"])
    done = (await second.post(at, {"decision": "approve"})).json()
    assert (done["state"], done["decided_by"]) == ("done", "app:hr")
    assert (await second.post(at, {"decision": "approve"})).status_code == 404
    assert (await second.post("/v1/people", order)).json()["code"] == "auth.scope"
    above = {**order, "login": "dan", "roles": ["operator"]}
    assert (await erp.post("/v1/people", above)).json()["code"] == "user.above"


async def test_a_person_decides_what_a_program_asks(world: World, erp: Partner) -> None:
    order = {"act": "roles", "roles": ["scene_team"]}
    asked = (await erp.post("/v1/people/bo/changes", order)).json()
    assert asked["state"] == "asked"
    by = By("an@bank", frozenset({"admin"}))
    done = await decide_change(world.pool, world.tenant, change_id(asked["id"]), by, approve=True)
    assert (done.asked_by, done.decided_by, done.roles) == ("app:erp", "an@bank", ("scene_team",))


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("people", {"login": "No", "name": "x", "roles": ["auditor"]}, 400, "user.bad_login"),
        ("people", {"login": "x", "name": " ", "roles": ["auditor"]}, 400, "user.name"),
        ("people", {"login": "x", "name": "x", "roles": ["king"]}, 400, "user.bad_role"),
        ("people", {"login": "x", "name": "x", "roles": []}, 400, "invalid.type"),
        ("people", {"login": "x", "name": "x", "roles": ["partner"]}, 400, "user.bad_party"),
        ("people", {"login": "x", "name": "x"}, 400, "invalid.missing_field"),
        ("people/nobody/changes", {"act": "block"}, 404, "user.not_found"),
        ("people/an/changes", {"act": "block", "roles": ["auditor"]}, 400, "user.act"),
        ("people/an/changes", {"act": "make"}, 400, "invalid.type"),
        ("people/changes/none/decide", {"decision": "approve"}, 404, "user.no_change"),
        ("people/changes/x", {}, 404, "http.no_route"),
        ("tickets", {"kind": "rumour", "title": "xx", "text": "xx"}, 400, "invalid.type"),
        ("tickets", {"kind": "fault", "title": "x", "text": "xx"}, 400, "ticket.text"),
        ("tickets/none/lines", {"text": "hello"}, 404, "ticket.not_found"),
        ("brand/logo", {}, 404, "http.no_route"),
    ],
)  # fmt: skip
async def test_bad_input_is_refused_with_its_code(
    erp: Partner, path: str, body: Any, status: int, code: str
) -> None:
    answer = await erp.post(f"/v1/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_brand_is_set_and_read_with_its_logo(world: World, erp: Partner) -> None:
    first = (await erp.get("/v1/brand")).json()
    assert (first["own"], first["owner"], first["logo"]) == (False, None, None)
    order = {"zh": "江南", "en": "Jiangnan", "accent": "#0B5F52",
             "logo": base64.b64encode(SVG).decode()}  # fmt: skip
    done = (await erp.put("/v1/brand", order)).json()
    assert (done["own"], done["accent"], done["logo"]["type"]) == (True, "#0b5f52", "image/svg+xml")
    assert b"<rect" in base64.b64decode(done["logo"]["content"])
    del order["logo"]
    kept = (await erp.put("/v1/brand", {**order, "zh": "新江南"})).json()
    assert (kept["zh"], kept["logo"]["digest"]) == ("新江南", done["logo"]["digest"])
    for wrong, code, param in (
        ({"accent": "#ffffff"}, "brand.contrast", "accent"), ({"zh": " "}, "brand.name", "zh"),
        ({"logo": "***"}, "brand.logo", "logo"), ({"logo": "aGVsbG8="}, "brand.logo", "logo"),
    ):  # fmt: skip
        answer = await erp.put("/v1/brand", order | wrong)
        assert (answer.json()["code"], answer.json()["param"]) == (code, param)
    assert (await read_brand(world.pool, world.tenant.id)).zh == "新江南"  # nothing was changed
    assert (await erp.put("/v1/brand", {**order, "logo": None})).json()["logo"] is None
    reader = await world.partner("reader", scopes=["brand:read"])
    assert (await reader.put("/v1/brand", order)).json()["code"] == "auth.scope"
    assert (await erp.send("DELETE", "/v1/brand", {})).status_code == 405


async def test_a_branch_without_a_brand_looks_like_its_bank(world: World, erp: Partner) -> None:
    order = {"zh": "江南", "en": "Jiangnan", "accent": "#0b5f52",
             "logo": base64.b64encode(SVG).decode()}  # fmt: skip
    await erp.put("/v1/brand", order)
    branch = await create_tenant(world.pool, "east", "East", parent=world.tenant)
    app = await make_partner(world.pool, world.gateway, branch, "erp", scopes=SCOPES)
    shown = (await app.get("/v1/brand")).json()
    assert (shown["own"], shown["owner"], shown["logo"]["type"]) == (False, "bank", "image/svg+xml")


async def test_tickets_of_a_tenant_from_the_question_to_its_end(world: World, erp: Partner) -> None:
    order = {"kind": "fault", "title": "打印机 printer", "text": "it does not print"}
    made = (await erp.post("/v1/tickets", order, key="one")).json()
    assert (made["state"], made["opened_by"], made["number"]) == ("open", "app:erp", 1)
    assert (await erp.post("/v1/tickets", order, key="one")).json()["id"] == made["id"]
    other = await erp.post("/v1/tickets", {**order, "text": "another"}, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    at = f"/v1/tickets/{made['id']}"
    await handle_ticket(
        world.pool, world.tenant.id, ticket_id(made["id"]), act="solved", side="operator",
        who="he@operator", text="plugged in",
    )  # fmt: skip
    for _ in range(2):
        said = (await erp.post(f"{at}/lines", {"text": "still not"})).json()
        assert [line["act"] for line in said["lines"]] == ["opened", "solved", "reopened"]
    assert said["state"] == "open"
    done = (await erp.post(f"{at}/close", {})).json()
    assert (done["state"], done["lines"][-1]["act"]) == ("closed", "closed")
    assert (await erp.post(f"{at}/lines", {"text": "and again"})).status_code == 409
    (listed,) = (await erp.get("/v1/tickets")).json()["data"]
    assert (listed["id"], listed["lines"]) == (made["id"], [])
    for method, path in (("PUT", ""), ("GET", "/lines"), ("POST", "")):
        assert (await erp.send(method, f"{at}{path}", {})).status_code == 405


async def joined(world: World, name: str, bank: Tenant, live: str) -> tuple[Any, Any]:
    """A partner of a bank with a live or a sandbox application of `world.tenant`."""
    partner, _ = await sign_up(
        world.pool, bank, name=name, contact="Li", email="li@partner.test",
        purpose="orders of canteens", scopes=["tickets:read", "tickets:write"],
    )  # fmt: skip
    app = await make_partner(world.pool, world.gateway, world.tenant, name, scopes=SCOPES)
    found = await find_app(world.pool, f"bank.{name}")
    assert found is not None
    values = {"live_app": found.id} if live == "live" else {
        "sandbox": world.tenant.id, "sandbox_app": found.id
    }  # fmt: skip
    async with partners_sql.admitted(world.pool, bank.id) as connection:
        await partners_sql.update(connection, bank.id, partner.id, values)
    return partner, app


@pytest.mark.parametrize("where", ["live", "sandbox"])
async def test_a_partners_application_sees_its_partners_tickets_alone(
    world: World, erp: Partner, where: str
) -> None:
    bank = world.tenant
    if where == "sandbox":  # of another bank, whose partners try here
        bank = await create_tenant(world.pool, "second", "Second Bank")
    acme, app = await joined(world, "acme", bank, where)
    _, rival = await joined(world, "rival", bank, where)
    order = {"kind": "question", "title": "who signs", "text": "and with which key?"}
    own = (await erp.post("/v1/tickets", order)).json()["id"]
    filed = (await app.post("/v1/tickets", order)).json()
    assert filed["opened_by"] == acme.number
    by_portal = await open_ticket(
        world.pool, bank.id, kind="wish", title="a wish", text="of the portal", who=acme.number,
        partner=partner_id(acme.number),
    )  # fmt: skip
    seen = {each["id"] for each in (await app.get("/v1/tickets")).json()["data"]}
    assert seen == {filed["id"], by_portal.ref}
    assert (await rival.get("/v1/tickets")).json()["data"] == []
    assert [each["id"] for each in (await erp.get("/v1/tickets")).json()["data"]] == [own]
    for caller, ticket in ((rival, filed["id"]), (app, own), (erp, filed["id"])):
        assert (await caller.get(f"/v1/tickets/{ticket}")).status_code == 404
        for act in ("lines", "close"):
            answer = await caller.post(f"/v1/tickets/{ticket}/{act}", {"text": "mine"})
            assert answer.status_code == 404
    await handle_ticket(
        world.pool, bank.id, by_portal.id, act="asked_back", side="operator", who="an@bank",
        text="which one?", any_partner=True,
    )  # fmt: skip
    thread = (await app.get(f"/v1/tickets/{by_portal.ref}")).json()
    assert [line["who"] for line in thread["lines"]] == [acme.number, None]


async def test_a_partners_application_never_looks_after_the_tenant(
    world: World, erp: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, app = await joined(world, "acme", world.tenant, "live")
    order = {"login": "eve", "name": "Eve", "roles": ["auditor"]}
    for path in ("/v1/people", "/v1/brand", "/v1/people/changes"):
        assert (await app.get(path)).json()["code"] == "tenancy.partner_app"
    assert (await app.post("/v1/people", order)).json()["code"] == "tenancy.partner_app"
    assert "eve" not in {each.login for each in await list_users(world.pool, world.tenant.id)}
    monkeypatch.setitem(controls._CONTROLS, "tenancy_own_app", lambda *_: None)
    assert (await app.post("/v1/people", order)).status_code == 200


async def test_two_banks_see_nothing_of_each_other(world: World, erp: Partner) -> None:
    other = await create_tenant(world.pool, "other", "Other Bank")
    await create_user(world.pool, other, "li", name="Li", password=PASSWORD, roles=["admin"])
    app = await make_partner(world.pool, world.gateway, other, "erp", scopes=SCOPES)
    order = {"kind": "question", "title": "who signs", "text": "and with which key?"}
    filed = (await erp.post("/v1/tickets", order)).json()["id"]
    asked = (await erp.post("/v1/people/bo/changes", {"act": "password"})).json()["id"]
    assert [each["login"] for each in (await app.get("/v1/people")).json()["data"]] == ["li"]
    assert (await app.get("/v1/people/changes")).json()["data"] == []
    assert (await app.get("/v1/tickets")).json()["data"] == []
    assert (await app.get(f"/v1/tickets/{filed}")).status_code == 404
    assert (await app.post("/v1/people/bo/changes", {"act": "block"})).status_code == 404
    decision = {"decision": "approve"}
    assert (await app.post(f"/v1/people/changes/{asked}/decide", decision)).status_code == 404


async def test_generated_requests_get_what_the_document_promises(
    world: World, erp: Partner
) -> None:
    async with serving(world.gateway, port=0) as address:
        document = platform_document(address)
        document["paths"] = {
            path: item for path, item in document["paths"].items() if path.split("/")[2:3] and
            path.split("/")[2] in OWNED
        }  # fmt: skip
        assert len(document["paths"]) == 10
        done = await asyncio.to_thread(
            play_document, document, address, lambda _: (erp.token, {}), 15
        )
    assert done >= 100
