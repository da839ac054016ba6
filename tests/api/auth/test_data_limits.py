"""What the law lets nobody agree to is not asked for, not served, and kept when it is tried."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from enscene.customers.authorizations import limits as limits_module
from enscene.customers.authorizations.limits import Limit, Limits
from enscene.kernel import controls

READ = "scene:canteen:things.read scene:canteen:events.read"


def asks(purpose: str, *fields: str) -> str:
    named = ",".join(f'"{field}"' for field in fields)
    return (
        f'[{{"type":"enscene_consent","scene":"canteen","purpose":"{purpose}","days":7,'
        f'"things":{{"meal":[{named}]}}}}]'
    )


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What is eaten says something of somebody's health."""
    limit = Limit(
        id="diet", pack="smart_canteen", things={"meal": ["canteen"]}, only=["serve"],
        law="第二十八条", law_en="article 28", zh="饮食", en="diet",
    )  # fmt: skip
    law = Limits(version="test", limits=(limit,))
    return lambda: monkeypatch.setattr(limits_module, "read_limits", lambda: law)


async def test_nobody_is_asked_for_what_nobody_may_agree_to(world, flow, forbid):
    forbid()
    answer = await flow.push(
        scope=READ, authorization_details=asks("reconcile", "price", "canteen")
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_authorization_details")
    assert "第二十八条" in answer.json()["error_description"]
    auditor = await world.partner("audit", party="BANK", scopes=["consents:audit"], acts_for=[])
    [kept] = (await auditor.get("/v1/forbidden-uses")).json()["data"]
    assert kept | {"id": 0, "at": ""} == {
        "id": 0, "app": "wallet_app", "scene": "canteen", "party": None, "purpose": "reconcile",
        "limit": {"id": "diet", "law": None}, "fields": ["meal.canteen"], "at": "",
    }  # fmt: skip
    assert (
        await flow.push(scope=READ, authorization_details=asks("reconcile", "price"))
    ).is_success
    assert (await flow.push(scope=READ, authorization_details=asks("serve", "canteen"))).is_success


async def test_a_consent_opens_nothing_that_the_law_has_closed_since(world, flow, forbid):
    await world.top_up("ann", "50.00")
    assert (await world.meal("t1")).status_code == 200
    told = await flow.tokens(scope=READ, authorization_details=asks("reconcile", "canteen"))
    token = told["access_token"]
    assert (await flow.call(token, "/v1/canteen/things/meal/t1")).status_code == 200
    forbid()
    for path in ("/v1/canteen/things/meal", "/v1/canteen/things/meal/t1", "/v1/canteen/events"):
        answer = await flow.call(token, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "consent.forbidden_use")
        assert answer.json()["param"] == "meal.canteen"
    kept = (await flow.call(token, "/v1/forbidden-uses")).json()["data"]
    assert [(use["party"], use["limit"]["id"]) for use in kept] == [("ann", "diet")] * 3
    receipts = (await flow.call(token, "/v1/receipts")).json()["data"]
    assert [receipt["what"] for receipt in receipts] == ["things.meal"]
    other = await world.partner("spy", party="BANK", scopes=["scene:canteen:things.read"])
    assert (await other.get("/v1/forbidden-uses")).json()["data"] == []


@pytest.mark.parametrize(
    "test",
    [test_nobody_is_asked_for_what_nobody_may_agree_to,
     test_a_consent_opens_nothing_that_the_law_has_closed_since],
)  # fmt: skip
async def test_without_the_control_it_would_be_served(world, flow, forbid, monkeypatch, test):
    monkeypatch.setitem(controls._CONTROLS, "forbidden_use", lambda found: None)
    with pytest.raises((AssertionError, LookupError)):
        await test(world, flow, forbid)
