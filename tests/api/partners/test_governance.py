"""Controls, records, assets and components by the partner's key; opinions by the bank's program."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from receiver import Api, ask

from enscene.api import serving
from enscene.partners.clauses import today_of
from enscene.partners.open_sandbox import new_pair
from enscene.partners.opinions import list_opinions
from enscene.partners.partner import partner_id
from enscene.tenants.apps import register_app

BILL = {
    "bomFormat": "CycloneDX", "specVersion": "1.5",
    "components": [{"name": "lodash", "version": "4.17.0", "purl": "pkg:npm/lodash@4.17.0"}],
}  # fmt: skip
DRILL = {"drill": "backup", "result": "passed", "evidence": "restored within an hour"}
ASSET = {"kind": "app", "name": "pay", "supplier": "a firm", "certificate_until": "2030-01-01"}


@pytest.fixture
async def applicant(joining):
    found = await joining.sign_up()
    assert (await found.ask("POST", "/assets", ASSET)).json()["code"] == "partner.stage"
    await found.apply()
    return found


async def test_a_partner_keeps_its_assets_and_what_they_are_made_of(joining, applicant):
    first = (await applicant.ask("POST", "/assets", ASSET)).json()
    again = (await applicant.ask("POST", "/assets", {**ASSET, "version": "2"})).json()
    assert (again["id"], again["version"], again["components"]) == (first["id"], "2", 0)
    path = f"/assets/{first['id']}/components"
    told = (await applicant.ask("PUT", path, BILL)).json()
    assert (told["components"], [hole["severity"] for hole in told["holes"]]) == (1, ["middle"])
    [incident] = (await applicant.ask("GET", "/incidents")).json()["data"]
    assert "CVE-2021-23337" in incident["title"]
    [listed] = (await applicant.ask("GET", "/assets")).json()["data"]
    assert listed == told
    other = await joining.sign_up()
    await other.apply()
    assert (await other.ask("PUT", path, BILL)).status_code == 404
    assert (await other.ask("GET", "/assets")).json()["data"] == []
    for wrong in ("/assets/x/components", "/assets/ast_x/components", f"/assets/{first['id']}"):
        assert (await applicant.ask("PUT", wrong, BILL)).status_code == 404


@pytest.mark.parametrize(
    ("method", "rest", "body", "status", "param"),
    [
        ("POST", "/assets", {**ASSET, "kind": "x"}, 400, "kind"),
        ("POST", "/assets", {**ASSET, "name": " "}, 400, "name"),
        ("POST", "/assets", {**ASSET, "domain_until": "2030-02-30"}, 400, "domain_until"),
        ("POST", "/records", {"kind": "x"}, 400, None),
        ("POST", "/records", {"kind": "exit_plan", "about": "pay", "on_day": "2026-01-01",
                              "fields": {}}, 403, "kind"),
        ("POST", "/records", {"kind": "drill", "about": "pay", "on_day": "2999-01-01",
                              "fields": DRILL}, 400, "on_day"),
        ("DELETE", "/records", None, 405, None), ("POST", "/controls", {}, 405, None),
        ("GET", "/assets/ast_x/components", None, 405, None),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_by_field(applicant, method, rest, body, status, param):
    answer = await applicant.ask(method, rest, body)
    assert answer.status_code == status, answer.text
    assert param is None or answer.json()["param"] == param
    for each in ("/records", "/assets"):
        assert (await applicant.ask("GET", each)).json()["data"] == []


async def test_records_count_once_and_controls_follow_them(joining, applicant):
    before = (await applicant.ask("GET", "/controls")).json()
    assert (before["tier"], before["admitted_until"]) == ("low", None)
    missing = {each["id"] for each in before["controls"] if each["state"] == "missing"}
    assert missing == {"inventory", "assessment", "no_high_risk"}
    day = str(await today_of(joining.pool, joining.bank.id))
    record = {"kind": "drill", "about": "payments", "on_day": day, "fields": DRILL}
    ids = [(await applicant.ask("POST", "/records", record)).json()["id"] for _ in range(2)]
    assert ids[0] == ids[1]
    await joining.govern(applicant.id)
    after = (await applicant.ask("GET", "/controls")).json()
    states = {each["id"]: each["state"] for each in after["controls"]}
    assert (states["drill"], states["assessment"]) == ("beyond", "there")
    [told] = (await applicant.ask("GET", "/records")).json()["data"]  # no assessment of the bank's
    assert (told["id"], told["side"]) == (ids[0], "partner")


async def test_the_banks_program_imports_opinions(joining, applicant):
    private, public = new_pair()
    await register_app(
        joining.pool, joining.bank, "feeds", title="Feeds", jwks=[public], scopes=["opinions:write"]
    )
    await register_app(
        joining.pool, joining.bank, "other", title="Other", jwks=[public], scopes=["screening:read"]
    )
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    item = {"partner": applicant.id, "source": "forum", "url": "https://f.example/1",
            "time": at, "text": "投诉"}  # fmt: skip
    async with serving(joining.gateway, port=0) as base:

        async def send(app, body, method="POST", path="/v1/opinions"):
            client = await asyncio.to_thread(Api, base, f"bank.{app}", private)
            token = {"Authorization": f"Bearer {await asyncio.to_thread(client.token)}"}
            return await asyncio.to_thread(ask, method, base + path, body=body, headers=token)

        assert (await send("other", {"items": [item]}))[0] == 403
        assert (await send("feeds", None, "GET"))[0] == 405
        assert (await send("feeds", {"items": [item]}, path="/v1/opinions/x"))[0] == 404
        status, told = await send("feeds", {"items": [item, {**item, "partner": "ptn_x"}]})
        assert (status, told["param"]) == (400, "items.1")
        assert (await send("feeds", {"items": []}))[0] == 400
        for new in (1, 0):
            assert await send("feeds", {"items": [item]}) == (200, {"taken": 1, "new": new})
    found = await list_opinions(joining.pool, joining.bank.id, partner_id(applicant.id))
    assert [each.sentiment for each in found] == ["bad"]
