"""Clauses, returns and incidents over HTTP, with the two keys that a partner has."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from receiver import Api, ask

from enscene.api import serving
from enscene.api.partners.cooperation import CooperationDoor
from enscene.kernel.errors import Forbidden
from enscene.partners import store
from enscene.partners.clauses import end_clause, list_standings, make_clause, today_of
from enscene.partners.incidents import hand_over, list_incidents
from enscene.partners.open_sandbox import new_pair
from enscene.partners.partner import partner_id
from enscene.tenants.apps import register_app

RECORD = {"key": "o-1", "fields": {"city": "杭州", "amount": "9.00"}}


async def contracted(joining, applicant, **changes):
    """A clause of a partner that has applied: a return that is due today and every week."""
    values = {
        "kind": "return", "title": "orders of the week", "purpose": "risk of merchants",
        "fields": ["city", "amount"], "every_days": 7, "who": "checker@bank",
        "first_due": await today_of(joining.pool, joining.bank.id),
    }  # fmt: skip
    partner = partner_id(applicant.id)
    return await make_clause(joining.pool, joining.bank.id, partner, **values | changes)


@asynccontextmanager
async def returning(joining, applicant):
    """What sends with the token of the partner's live application."""
    private, public = new_pair()
    name = f"partner-x{applicant.id[-5:]}"
    app = await register_app(
        joining.pool, joining.bank, name, title="A partner", level="A1", jwks=[public],
        scopes=["scene:canteen:top_up"],
    )  # fmt: skip
    bank, partner = joining.bank.id, partner_id(applicant.id)
    async with store.admitted(joining.pool, bank) as connection:
        await store.update(connection, bank, partner, {"stage": "live", "live_app": app.id})
    async with serving(joining.gateway, port=0) as base:
        client = await asyncio.to_thread(Api, base, f"bank.{name}", private)
        token = {"Authorization": f"Bearer {await asyncio.to_thread(client.token)}"}

        for rest in ("/v1", "/v1/returns", "/v1/returns/x"):
            found = await asyncio.to_thread(ask, "GET", f"{base}{rest}", headers=token)
            assert found[0] == 404, rest

        async def send(clause, records, due=None, method="POST"):
            body = {"period": (due or clause.first_due).isoformat(), "records": records}
            return await asyncio.to_thread(
                ask, method, f"{base}/v1/returns/{clause.number}", body=body, headers=token
            )

        yield send


async def backdate(joining, clause, days: int) -> date:
    """As if it had been due so many days ago."""
    day = clause.first_due - timedelta(days=days)
    async with store.admitted(joining.pool, joining.bank.id) as connection:
        await connection.execute("update partner_clause set first_due = $1", day)
    return day


async def test_a_missed_return_is_alarmed_and_clears_over_http(joining):
    applicant = await joining.sign_up()
    await applicant.apply()
    clause = await contracted(joining, applicant)
    due = await backdate(joining, clause, 3)
    async with joining.working() as worker:
        for _ in range(3):
            await worker.watch()
    [alarm] = (await applicant.ask("GET", "/incidents")).json()["data"]
    assert (alarm["clause"], alarm["responsible"]) == (clause.number, "partner")
    assert alarm["steps"][0]["side"] == "watch"
    [told] = (await applicant.ask("GET", "/clauses")).json()["data"]
    assert (told["state"], told["missed"]) == ("missed", 1)
    async with returning(joining, applicant) as send:
        status, told = await send(clause, [RECORD], due)
        assert status == 200, told
        assert (told["state"], told["arrived"], told["fresh"]) == ("met", 1, 1)
        assert told["complete"] == {"city": 100, "amount": 100}
        status, again = await send(clause, [RECORD, RECORD], due)
        assert (status, again["arrived"], again["fresh"], again["same"]) == (200, 1, 0, 2)
    one = (await applicant.ask("GET", f"/incidents/{alarm['id']}")).json()
    assert one["closed_at"] is not None
    assert one["held_s"]["bank"] == 0
    async with joining.working() as worker:
        await worker.watch()
    assert len((await applicant.ask("GET", "/incidents")).json()["data"]) == 1


async def test_bad_returns_are_refused_by_field_and_leave_nothing(joining):
    applicant, other = await joining.sign_up(), await joining.sign_up()
    for each in (applicant, other):
        await each.apply()
    clause, foreign = await contracted(joining, applicant), await contracted(joining, other)
    bad = [
        ([RECORD, {"key": "o-2", "fields": {"phone": "1"}}], "records.1.fields.phone"),
        ([{"key": "o 2", "fields": {}}], "records[0].key"),
        ([{"key": "o-2", "fields": {"city": 1.5}}], "records[0].fields[...]"),
        ([{"key": "o-2", "fields": {"city": "x" * 201}}], "records.0.fields.city"),
        ([{**RECORD, "more": 1}], "records[0].more"), ([], "records"),
        ([RECORD] * 1001, "records"),
    ]  # fmt: skip
    async with returning(joining, applicant) as send:
        for records, param in bad:
            status, told = await send(clause, records)
            assert (status, told["param"]) == (400, param)
        assert (await send(clause, [RECORD], date(2020, 1, 1)))[1]["code"] == "clause.period"
        assert (await send(foreign, [RECORD]))[0] == 404
        assert (await send(clause, [RECORD], method="PUT"))[0] == 405
        [standing] = await list_standings(joining.pool, joining.bank.id, partner_id(applicant.id))
        assert standing.periods[0].last_at is None
        assert (await send(clause, [RECORD]))[0] == 200
        other_value = {"key": "o-1", "fields": {"city": "上海"}}
        status, told = await send(clause, [{"key": "o-2", "fields": {}}, other_value])
        assert (status, told["code"], told["param"]) == (409, "return.other", "records.1")
        [standing] = await list_standings(joining.pool, joining.bank.id, partner_id(applicant.id))
        assert standing.periods[0].arrived == 1
        await end_clause(
            joining.pool, joining.bank.id, partner_id(applicant.id), clause.id, "checker@bank"
        )
        assert (await send(clause, [RECORD]))[1]["code"] == "clause.ended"
    unknown = await joining.client("x").post(f"/v1/returns/{clause.number}", json={})
    assert unknown.status_code == 401


async def test_a_token_of_a_customer_returns_nothing(joining):
    applicant = await joining.sign_up()
    await applicant.apply()
    clause = await contracted(joining, applicant)
    caller = SimpleNamespace(mandate=object(), tenant=joining.bank.id, app=None)
    door = CooperationDoor(joining.pool)
    with pytest.raises(Forbidden) as told:
        await door.take(SimpleNamespace(method="POST"), caller, clause.number)
    assert told.value.code == "return.own_token"


async def test_a_check_is_confirmed_with_evidence(joining):
    applicant = await joining.sign_up()
    await applicant.apply()
    own = await contracted(joining, applicant, kind="check", every_days=0, title="drill")
    banks = await contracted(joining, applicant, kind="check", side="bank", title="audit")
    body = {"period": own.first_due.isoformat(), "evidence": "minutes no. 12"}
    for clause, status in ((own, 200), (own, 200), (banks, 403)):
        answer = await applicant.ask("POST", f"/clauses/{clause.number}/confirmations", body)
        assert answer.status_code == status, answer.text
    told = (await applicant.ask("GET", f"/clauses/{own.number}")).json()
    assert (told["state"], told["periods"][0]["evidence"]) == ("met", "minutes no. 12")
    for change, param in (({"evidence": "x"}, "evidence"), ({"period": "2026-02-30"}, "period"),
                          ({"period": "2020-01-01"}, "period"), ({"more": 1}, "more")):  # fmt: skip
        answer = await applicant.ask("POST", f"/clauses/{own.number}/confirmations", body | change)
        assert (answer.status_code, answer.json()["param"]) == (400, param)


async def test_an_incident_is_worked_on_by_both_sides(joining):
    applicant = await joining.sign_up()
    await applicant.apply()
    body = {"title": "payments fail", "severity": "high", "text": "since nine"}

    async def post(rest, order, key="k1"):
        return await applicant.http.post(
            f"{applicant.path}/incidents{rest}", json=order, headers={"idempotency-key": key}
        )

    assert (await applicant.ask("POST", "/incidents", body)).status_code == 400  # no key
    told = [(await post("", body)).json() for _ in range(3)]
    assert told[0] == {**told[2], "held_s": told[0]["held_s"]}
    assert (await post("", body | {"title": "another"})).status_code == 422
    one = f"/{told[0]['id']}"
    assert (await post(f"{one}/notes", {"text": "we see it too"})).status_code == 200
    refused = await post(f"{one}/close", {"cause": "all is well"})
    assert refused.json()["code"] == "incident.not_held"
    bank, partner = joining.bank.id, partner_id(applicant.id)
    [known] = await list_incidents(joining.pool, bank, partner)
    await hand_over(
        joining.pool, bank, partner, known.id, to="partner", text="it is your proxy", side="bank",
        who="maker@bank",
    )  # fmt: skip
    closed = await post(f"{one}/close", {"cause": "the proxy was full"})
    done = closed.json()
    assert (done["cause"], done["responsible"]) == ("the proxy was full", "partner")
    assert [each["side"] for each in done["steps"]] == ["partner", "partner", "bank", "partner"]
    assert "maker@bank" not in closed.text
    assert (await post(f"{one}/notes", {"text": "late"}, "k2")).json()["code"] == "incident.closed"
    for order, param in (({"text": "x", "more": 1}, "more"), ({}, "text"), ({"text": ""}, "text")):
        answer = await post(f"{one}/notes", order, "k3")
        assert (answer.status_code, answer.json()["param"]) == (400, param)


async def test_anothers_clause_and_incident_are_not_there(joining):
    applicant, other = await joining.sign_up(), await joining.sign_up()
    for each in (applicant, other):
        await each.apply()
    clause = await contracted(joining, applicant, kind="check")
    key = {"idempotency-key": "k1"}
    body = {"title": "payments fail", "severity": "high", "text": "since nine"}
    made = await applicant.http.post(f"{applicant.path}/incidents", json=body, headers=key)
    one, day = f"/incidents/{made.json()['id']}", clause.first_due.isoformat()
    asked = [
        ("GET", f"/clauses/{clause.number}", None), ("GET", one, None),
        ("POST", f"/clauses/{clause.number}/confirmations", {"period": day, "evidence": "a paper"}),
        ("POST", f"{one}/notes", {"text": "mine"}),
        ("POST", f"{one}/hand-over", {"to": "bank", "text": "mine"}),
        ("POST", f"{one}/close", {"cause": "mine now"}),
        ("GET", "/clauses/cls_x", None), ("GET", "/incidents/inc_x", None), ("GET", "/incidents/x/y", None),
    ]  # fmt: skip
    for method, rest, order in asked:
        answer = await other.http.request(method, other.path + rest, json=order, headers=key)
        assert answer.status_code == 404, rest
        crossed = await other.http.request(method, applicant.path + rest, json=order, headers=key)
        assert crossed.status_code == 404, rest
    for rest in ("/clauses", "/incidents"):
        assert (await other.ask("GET", rest)).json()["data"] == []
    for rest in ("/clauses", one, f"{one}/notes"):
        assert (await applicant.ask("DELETE", rest)).status_code == 405
    assert len((await applicant.ask("GET", one)).json()["steps"]) == 1


@pytest.mark.parametrize("rest", ["/clauses", "/incidents"])
async def test_nothing_without_a_key(joining, rest):
    applicant = await joining.sign_up()
    assert (await joining.client().get(applicant.path + rest)).status_code == 401
