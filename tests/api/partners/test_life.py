"""From application to exit: who may go on when, and what stands in the way."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import pytest
from receiver import Api, Receiver, ask

from api.partners.conftest import EXAMPLES, ORDER
from api.partners.test_conformance import run, trying
from enscene.api import serving
from enscene.api.documents.scene import scene_document
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.partners import store as partners_sql
from enscene.partners.clauses import today_of
from enscene.partners.decide_admission import decide_admission
from enscene.partners.find_partner import list_partners
from enscene.partners.go_live import go_live
from enscene.partners.governance import put_record
from enscene.partners.inventory import fix_hole, put_asset, read_assets, report_hole
from enscene.partners.judge_evidence import judge_evidence
from enscene.partners.open_sandbox import new_pair
from enscene.partners.partner import partner_id
from enscene.partners.scopes import read_offered
from enscene.partners.suspend import leave, note_leaving, resume, suspend

WHY = "as it should be"
SDK = EXAMPLES.parents[1] / "sdk" / "python"


async def live_partner(joining, applicant):
    """Go live; the private key of the live application."""
    private, public = new_pair()
    answer = await applicant.ask("POST", "/go-live", {"jwks": [public]})
    assert answer.status_code == 200, answer.text
    await joining.govern(applicant.id)
    await go_live(joining.pool, joining.bank, partner_id(applicant.id), "checker@bank", WHY)
    return private


async def planned(joining, partner, result):
    """An exit plan, and how the switch test by it went today."""
    plan = {
        "return_format": "CSV in ten days", "replacement": "the bank's own page",
        "customers_to": "the mobile bank", "owner": "Wang",
    }  # fmt: skip
    test = {"result": result, "evidence": "run for a day without it"}
    for kind, fields in (("exit_plan", plan), ("switch_test", test)):
        await put_record(
            joining.pool, joining.bank.id, partner, kind=kind, about="payments", fields=fields,
            on_day=await today_of(joining.pool, joining.bank.id), side="bank", who="maker@bank",
        )  # fmt: skip


async def test_a_key_opens_its_own_partner_alone(joining):
    one, two = await joining.sign_up(), await joining.sign_up()
    assert (await one.http.get(two.path)).status_code == 404
    assert (await joining.client().get(one.path)).status_code == 401
    for key in ("epk_1_x", f"epk_{joining.bank.id}_{'a' * 43}", "epk_99_" + "a" * 43):
        assert (await joining.client(key).get(one.path)).status_code == 401


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"bank": "nobody"}, "bank"), ({"email": "no address"}, "email"),
        ({"scopes": ["shelf:approve"]}, "scopes"), ({"scopes": ["billing:write"]}, "scopes"),
        ({"scopes": ["launch:approve"]}, "scopes"), ({"name": " x"}, "name"),
        ({"level": "A3"}, "level"), ({"other": 1}, "other"),
    ],
)  # fmt: skip
async def test_a_bad_application_is_refused_by_field(joining, change, param):
    answer = await joining.client().post("/v1/partner-applications", json=ORDER | change)
    assert answer.status_code == 400
    assert answer.json()["param"] == param


@pytest.mark.parametrize(
    "scope", ["scene:nowhere:*", "scene:canteen:fly", "scene:canteen:settle_meal"]
)
async def test_only_scenes_and_actions_that_the_bank_has_are_asked_for(joining, scope):
    order = ORDER | {"scopes": ["webhooks:read", scope]}
    answer = await joining.client().post("/v1/partner-applications", json=order)
    told = answer.json()
    assert (answer.status_code, told["code"], told["param"]) == (400, "partner.scope", "scopes")
    assert told["facts"] == {"scope": scope}
    applicant = await joining.sign_up()
    answer = await applicant.ask("PATCH", "", {"scopes": [scope]})
    assert (answer.status_code, answer.json()["code"]) == (400, "partner.scope")
    assert (await applicant.told())["scopes"] == ORDER["scopes"]


async def test_what_was_asked_for_is_looked_at_again_when_it_is_handed_in(joining):
    applicant = await joining.sign_up()
    await applicant.answer_all()
    async with partners_sql.admitted(joining.pool, joining.bank.id) as connection:
        await partners_sql.update(
            connection, joining.bank.id, partner_id(applicant.id), {"scopes": ["scene:gone:*"]}
        )
    answer = await applicant.ask("POST", "/submit")
    assert (answer.status_code, answer.json()["code"]) == (400, "partner.scope")
    assert (await applicant.told())["stage"] == "draft"


async def test_every_scope_of_a_scenes_document_is_offered(joining):
    [offered] = await read_offered(joining.pool, joining.host, joining.bank.id)
    scene = await joining.host.scene(joining.bank.id, "canteen")
    document = scene_document(scene, "http://bank.test")
    wanted = {
        operation["x-scope"]
        for item in document["paths"].values() for operation in item.values()
        if isinstance(operation, dict) and operation.get("x-scope", "").startswith("scene:")
    }  # fmt: skip
    own = {"scene:canteen:account.read"}  # what a scene brings and costs is the bank's alone
    assert own < wanted
    assert wanted - own <= set(offered.scopes)
    assert not own & set(offered.scopes)


async def test_signing_up_is_open_and_slow(joining):
    client = joining.client()
    answers = [await client.post("/v1/partner-applications", json=ORDER) for _ in range(7)]
    assert [each.status_code for each in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_evidence_is_needed_and_everything_is_answered(joining):
    applicant = await joining.sign_up()
    answer = await applicant.ask("POST", "/submit")
    assert answer.json()["code"] == "partner.incomplete"
    assert "tls" in answer.json()["facts"]["missing"]
    answer = await applicant.ask("PATCH", "", {"answers": {"tls": {"answer": "yes"}}})
    assert answer.json()["code"] == "partner.no_evidence"
    answer = await applicant.ask("PATCH", "", {"answers": {"nothing": {"answer": "no"}}})
    assert answer.json()["code"] == "partner.question"


async def test_two_people_who_say_the_same_admit(joining):
    applicant = await joining.sign_up()
    await applicant.apply()
    with pytest.raises(Refused, match="standard"):
        await joining.vote(applicant.id, "checker", admit=True)  # nobody has looked
    await joining.accept(applicant.id)
    await joining.vote(applicant.id, "checker", admit=True)
    await joining.vote(applicant.id, "checker", admit=True)
    assert (await applicant.told())["stage"] == "applied"
    await joining.vote(applicant.id, "other", admit=False)
    assert (await applicant.told())["stage"] == "applied"
    await joining.vote(applicant.id, "maker", admit=True, approver=False)
    told = await applicant.told()
    assert told["stage"] == "admitted"
    assert told["decision"]["reasons"] == f"{WHY} / {WHY}"
    with pytest.raises(Conflict):
        await joining.vote(applicant.id, "third", admit=False)


async def test_two_who_may_not_approve_decide_nothing(joining):
    applicant = await joining.sign_up()
    await applicant.apply()
    await joining.accept(applicant.id)
    for who in ("a", "b", "c"):
        await joining.vote(applicant.id, who, admit=True, approver=False)
    assert (await applicant.told())["stage"] == "applied"


async def test_an_area_below_its_floor_or_a_no_that_decides_is_not_admitted(joining):
    applicant = await joining.sign_up()
    await applicant.answer_all(incidents={"answer": "no"})
    await applicant.ask("POST", "/submit")
    await joining.accept(applicant.id)
    with pytest.raises(Refused) as refused:
        await joining.vote(applicant.id, "checker", admit=True)
    assert refused.value.facts["broken"] == ["incidents"]
    second = await joining.sign_up()
    await second.apply()
    await joining.accept(second.id)
    partner = partner_id(second.id)
    for question in ("monitoring", "release"):
        await judge_evidence(
            joining.pool, joining.bank.id, partner, question, accepted=False,
            note="no record", who="maker@bank",
        )  # fmt: skip
    with pytest.raises(Refused) as refused:
        await joining.vote(second.id, "checker", admit=True)
    assert refused.value.facts["areas"] == ["operation"]
    told = await second.told()
    assert told["not_accepted"] == {"monitoring": "no record", "release": "no record"}


async def test_a_refused_partner_applies_again_and_starts_anew(joining):
    applicant = await joining.sign_up()
    await applicant.apply()
    await joining.vote(applicant.id, "maker", admit=False, approver=False)
    await joining.vote(applicant.id, "checker", admit=False)
    told = await applicant.told()
    assert (told["stage"], told["decision"]["reasons"]) == ("refused", f"{WHY} / {WHY}")
    assert (await applicant.ask("POST", "/sandbox", {})).status_code == 409
    answer = await applicant.ask(
        "PATCH", "", {"answers": {"tls": {"answer": "yes", "evidence": "a better report"}}}
    )
    assert answer.status_code == 200
    assert (await applicant.ask("POST", "/submit")).json()["application"] == 2
    await joining.accept(applicant.id)
    # What was said of the first application counts for nothing.
    await joining.vote(applicant.id, "checker", admit=True)
    assert (await applicant.told())["stage"] == "applied"
    answer = await applicant.ask("PATCH", "", {"purpose": "something else"})
    assert answer.json()["code"] == "partner.not_editable"


async def test_nobody_goes_live_without_a_run_of_the_same_settings(joining):
    async with trying(joining, Receiver) as (applicant, _):
        partner = partner_id(applicant.id)
        _, public = new_pair()
        early = await applicant.ask("POST", "/go-live", {"jwks": [public]})
        assert early.json()["code"] == "partner.not_proven"
        with pytest.raises(Refused):
            await go_live(joining.pool, joining.bank, partner, "checker@bank", WHY)
        await run(joining, applicant)
        assert (await applicant.ask("PATCH", "", {"software": "1.0"})).json()["stage"] == "proven"
        changed = await applicant.ask("PATCH", "", {"software": "1.1"})
        assert changed.json()["stage"] == "sandbox"
        with pytest.raises(Refused):
            await go_live(joining.pool, joining.bank, partner, "checker@bank", WHY)
        await run(joining, applicant)
        for short in ("", "ok", " four "):
            with pytest.raises(Invalid) as refused:
                await go_live(joining.pool, joining.bank, partner, "checker@bank", short)
            assert (refused.value.code, refused.value.param) == ("partner.why", "why")
        with pytest.raises(Conflict, match="asked"):
            await go_live(joining.pool, joining.bank, partner, "checker@bank", WHY)


async def test_an_open_high_hole_blocks_and_an_ended_certificate_suspends(joining):
    async with trying(joining, Receiver) as (applicant, _):
        await run(joining, applicant)
    bank, partner = joining.bank.id, partner_id(applicant.id)
    today = datetime.now(UTC).date()
    asset = await put_asset(
        joining.pool, bank, partner, "maker@bank", "domain", "pay.partner.example",
        supplier="some host", version="nginx 1.27", certificate_until=today + timedelta(days=90),
    )  # fmt: skip
    await report_hole(joining.pool, bank, asset, "CVE-2026-0001", "high", "maker@bank")
    await applicant.ask("POST", "/go-live", {"jwks": [new_pair()[1]]})
    with pytest.raises(Refused, match="CVE-2026-0001"):
        await go_live(joining.pool, joining.bank, partner, "checker@bank", WHY)
    await fix_hole(joining.pool, bank, asset, "CVE-2026-0001", "maker@bank")
    await live_partner(joining, applicant)
    async with joining.working() as worker:
        assert await worker.watch() == []
        await put_asset(
            joining.pool, bank, partner, "maker@bank", "domain", "pay.partner.example",
            certificate_until=today - timedelta(days=1),
        )  # fmt: skip
        assert await worker.watch() == [applicant.id]
    told = await applicant.told()
    assert told["stage"] == "suspended"
    assert "certificate" in told["decision"]["reasons"]
    with pytest.raises(Refused):
        await resume(joining.pool, bank, partner, "checker@bank", WHY)
    owned = await read_assets(joining.pool, bank, partner)
    [known] = [each for each in owned if each.id == asset]
    assert [hole.fixed_by for hole in known.holes] == ["maker@bank"]


async def test_nobody_goes_live_without_what_its_tier_needs(joining):
    async with trying(joining, Receiver) as (applicant, _):
        await run(joining, applicant)
    partner = partner_id(applicant.id)
    await applicant.ask("POST", "/go-live", {"jwks": [new_pair()[1]]})

    async def missing() -> list[str]:
        with pytest.raises(Refused) as refused:
            await go_live(joining.pool, joining.bank, partner, "checker@bank", WHY)
        assert refused.value.code == "partner.missing_controls"
        return refused.value.facts["missing"]

    assert await missing() == ["inventory", "assessment", "no_high_risk"]
    await joining.govern(applicant.id, asset=False)
    assert await missing() == ["inventory"]
    await joining.govern(applicant.id, open_high=2)
    assert await missing() == ["no_high_risk"]
    await joining.govern(applicant.id, money="moved", data_class="C2", customers=10_000)
    assert "exit_plan" in await missing()
    await joining.govern(applicant.id)
    live = await go_live(joining.pool, joining.bank, partner, "checker@bank", WHY)
    assert live.stage == "live"
    kinds = {each.origin for each in await read_assets(joining.pool, joining.bank.id, partner)}
    assert kinds == {"person", "settings"}


async def test_suspended_applications_are_refused_and_an_exit_is_orderly(joining):
    async with trying(joining, Receiver) as (applicant, _):
        await run(joining, applicant)
    bank, partner = joining.bank.id, partner_id(applicant.id)
    private = await live_partner(joining, applicant)
    told = await applicant.told()
    assert told["live_client_id"] == f"bank.partner-{told['live_client_id'].rpartition('-')[2]}"
    async with serving(joining.gateway, port=0) as base:
        client = await asyncio.to_thread(Api, base, told["live_client_id"], private)
        token = {"Authorization": f"Bearer {await asyncio.to_thread(client.token)}"}

        async def status() -> int:
            return (await asyncio.to_thread(ask, "GET", f"{base}/v1/scenes", headers=token))[0]

        assert await status() == 200
        await suspend(joining.pool, bank, partner, "checker@bank", WHY)
        joining.gateway.access._callers.clear()
        assert await status() == 403
        await resume(joining.pool, bank, partner, "checker@bank", WHY)
        joining.gateway.access._callers.clear()
        assert await status() == 200
        assert (await applicant.told())["stage"] == "live"
        with pytest.raises(Refused):
            await leave(joining.pool, bank, partner, "checker@bank", WHY)
        await note_leaving(
            joining.pool, bank, partner, "data_return", "done and seen", "maker@bank"
        )
        await planned(joining, partner, "failed")
        with pytest.raises(Refused) as refused:
            await leave(joining.pool, bank, partner, "checker@bank", WHY)
        assert refused.value.facts["missing"] == ["switch_test"]
        await planned(joining, partner, "passed")
        await leave(joining.pool, bank, partner, "checker@bank", WHY)
        joining.gateway.access._callers.clear()
        assert await status() == 403
    assert (await applicant.ask("GET")).status_code == 401
    [left] = await list_partners(joining.pool, bank)
    assert left.stage == "left"


async def test_its_calls_are_told_and_broken_when_it_asks(joining):
    applicant = await joining.sign_up()
    await applicant.be_admitted()
    told = await applicant.open()
    async with serving(joining.gateway, port=0) as base:
        client = await asyncio.to_thread(Api, base, told["client_id"], told["private_jwk"])
        token = {"Authorization": f"Bearer {await asyncio.to_thread(client.token)}"}
        for fault, status in ((None, 200), ("unavailable", 503), ("lost", 503), ("odd", 400)):
            more = {} if fault is None else {"Sandbox-Fault": fault}
            found = await asyncio.to_thread(
                ask, "GET", f"{base}/v1/scenes", headers={**token, **more}
            )
            assert found[0] == status
    await joining.gateway._calls.flush()
    calls = (await applicant.ask("GET", "/calls?limit=3")).json()
    assert [each["status"] for each in calls["data"]] == [400, 503, 503]
    assert calls["data"][0]["code"] == "partner.fault"
    rest = (await applicant.ask("GET", f"/calls?cursor={calls['next']}")).json()
    assert [each["path"] for each in rest["data"]] == ["/v1/scenes"]
    assert rest["has_more"] is False
    assert (await (await joining.sign_up()).ask("GET", "/calls")).json()["data"] == []


@pytest.mark.parametrize("level", ["A1", "A2"])
async def test_an_outside_program_comes_in_by_the_portal_alone(joining, level):
    """It knows the address and the docs; the bank's staff do their part at their side."""
    async with serving(joining.gateway, port=0) as base, joining.working() as worker:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLES / "join.py"), "--base", base, "--bank", "bank",
            "--scene", "canteen", "--level", level, env=os.environ | {"PYTHONPATH": str(SDK)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            applied = json.loads(await process.stdout.readline())
            assert applied["step"] == "applied"
            await joining.accept(applied["id"])
            await joining.vote(applied["id"], "maker", admit=True, approver=False)
            await joining.vote(applied["id"], "checker", admit=True)
            worker.start()
            told = json.loads(await process.stdout.readline())
            assert told == {"step": "conformance", "state": "passed", "failed": []}
            partner = partner_id(applied["id"])
            asked = json.loads(await process.stdout.readline())
            assert asked == {"step": "asked_to_go_live"}
            waits = json.loads(await process.stdout.readline())
            assert waits["missing"] == ["assessment", "no_high_risk"]
            await joining.govern(applied["id"], asset=False)
            waits = json.loads(await process.stdout.readline())
            assert waits["missing"] == []
            await go_live(joining.pool, joining.bank, partner, "checker@bank", WHY)
            live = json.loads(await process.stdout.readline())
            assert live["step"] == "live"
            assert {"draft", "applied", "admitted", "sandbox", "proven"} <= live["days"].keys()
            first = json.loads(await process.stdout.readline())
            assert first == {"step": "first_call", "scenes": ["canteen"]}
            assert await process.wait() == 0, (await process.stderr.read()).decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


CONTROLS = {
    "partner_two_people": test_two_people_who_say_the_same_admit,
    "partner_standard": test_an_area_below_its_floor_or_a_no_that_decides_is_not_admitted,
    "partner_proven": test_nobody_goes_live_without_a_run_of_the_same_settings,
    "partner_faults": test_an_open_high_hole_blocks_and_an_ended_certificate_suspends,
    "partner_tier_controls": test_nobody_goes_live_without_what_its_tier_needs,
    "partner_leaving": test_suspended_applications_are_refused_and_an_exit_is_orderly,
    "partner_rate": test_signing_up_is_open_and_slow,
}


@pytest.mark.parametrize("name", CONTROLS)
async def test_each_control_is_seen_to_be_off(joining, monkeypatch, name):
    from enscene.kernel import controls

    monkeypatch.setitem(controls._CONTROLS, name, lambda *args, **more: None)
    with pytest.raises((AssertionError, pytest.fail.Exception, KeyError, Conflict)):
        await CONTROLS[name](joining)


async def test_a_person_who_votes_for_two_names_is_one(joining):
    """The same login never counts twice, whatever it says in between."""
    applicant = await joining.sign_up()
    await applicant.apply()
    await joining.accept(applicant.id)
    for admit in (True, False, True):
        partner = await decide_admission(
            joining.pool, joining.bank.id, partner_id(applicant.id), admit=admit, why=WHY,
            who="checker@bank", approver=True,
        )  # fmt: skip
    assert partner.stage == "applied"


async def test_people_of_the_sandbox_are_there_to_try_with(joining):
    applicant = await joining.sign_up(scopes=["scene:canteen:*"], level="A2")
    await applicant.be_admitted()
    told = await applicant.open()
    people = [each["party"] for each in told["people"]]
    assert [each["role"] for each in told["people"]] == ["diner"] * 3
    assert (await applicant.open())["people"] == told["people"]
    told = await applicant.open()  # other keys
    async with serving(joining.gateway, port=0) as base:
        client = await asyncio.to_thread(Api, base, told["client_id"], told["private_jwk"])
        token = {"Authorization": f"Bearer {await asyncio.to_thread(client.token)}"}

        async def top_up(party: str) -> int:
            headers = {**token, "Acting-Party": party, "Idempotency-Key": f"k-{party}"}
            path = f"{base}/v1/canteen/actions/top_up"
            body = {"amount": "5.00"}
            return (await asyncio.to_thread(ask, "POST", path, body=body, headers=headers))[0]

        assert [await top_up(party) for party in people] == [200] * 3
        assert await top_up("ann") == 403


async def test_another_access_key_ends_the_one_before(joining):
    applicant = await joining.sign_up()
    fresh = (await applicant.ask("POST", "/access-key")).json()["access_key"]
    assert (await applicant.ask("GET")).status_code == 401
    answer = await joining.client(fresh).get(applicant.path)
    assert answer.json()["id"] == applicant.id
