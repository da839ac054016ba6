"""Who sees what: every id against every actor it does not belong to."""

from __future__ import annotations

import pytest

from api.conftest import DINERS
from enscene.tenants.apps import ActsFor


@pytest.fixture
async def meals(world):
    """A meal and a wallet for each diner, and an application for each other party."""
    for number, diner in enumerate(DINERS):
        await world.top_up(diner, "50.00")
        assert (await world.meal(f"T{number}", diner)).status_code == 200
    return world


async def applications(world):
    """Each actor by the name of its party: (application, party named in the header)."""
    acme = await world.partner("acme", party="acme", scopes=["scene:canteen:*"], level="A2")
    other = await world.partner("other", party="other_hall", scopes=["scene:canteen:*"], level="A2")
    actors = {diner: (world.h5, diner) for diner in DINERS}
    return actors | {
        "hall": (world.hall, None),
        "till": (world.till, None),
        "acme": (acme, None),
        "other_hall": (other, None),
        "BANK": (world.bank, None),
    }


async def test_a_thing_is_seen_by_the_parties_that_it_names_and_by_the_bank(meals):
    seen = 0
    for number, diner in enumerate(DINERS):
        for name, (application, party) in await applications_once(meals):
            answer = await application.get(f"/v1/canteen/things/meal/T{number}", party=party)
            if name in (diner, "hall", "acme", "BANK"):
                assert answer.status_code == 200, (name, number, answer.text)
                assert answer.json()["fields"]["diner"] == diner
                seen += 1
            else:
                assert answer.status_code == 404, (name, number)
                missing = await application.get("/v1/canteen/things/meal/T9", party=party)
                same = answer.text.replace(f"T{number}", "T9")
                assert _without_id(same) == _without_id(missing.text)
    assert seen == 4 * len(DINERS)


_KNOWN: dict[int, object] = {}


async def applications_once(world):
    """The applications, registered once a world."""
    if id(world) not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[id(world)] = await applications(world)
    return _KNOWN[id(world)].items()


def _without_id(text: str) -> str:
    return text.split('"request_id"')[0]


async def test_lists_hold_what_one_may_see_and_no_more(meals):
    for name, (application, party) in await applications_once(meals):
        answer = await application.get("/v1/canteen/things/meal", party=party)
        keys = {meal["key"] for meal in answer.json()["data"]}
        if name in DINERS:
            assert keys == {f"T{DINERS.index(name)}"}
        elif name in ("hall", "acme", "BANK"):
            assert keys == {"T0", "T1", "T2"}
        else:
            assert keys == set()


async def test_an_account_is_seen_by_its_owner_and_by_the_bank(meals):
    accounts = [("wallet", diner) for diner in DINERS]
    accounts += [("takings", "hall"), ("subsidy", "acme"), ("fees", "BANK")]
    for account, owner in accounts:
        for name, (application, party) in await applications_once(meals):
            for tail in ("", "/entries"):
                path = f"/v1/canteen/accounts/{account}/{owner}{tail}"
                answer = await application.get(path, party=party)
                expected = 200 if name in (owner, "BANK") else 404
                assert answer.status_code == expected, (path, name, answer.text)
                assert owner == name or expected == 200 or "50.00" not in answer.text


async def test_events_are_told_to_those_that_they_name(meals):
    for name, (application, party) in await applications_once(meals):
        events = (await application.get("/v1/canteen/events", party=party)).json()["data"]
        if name in DINERS:
            assert {event["parties"]["diner"] for event in events} == {name}
            assert len(events) == 2
        elif name == "BANK":
            assert len(events) >= 6
        elif name == "other_hall":
            assert events == []
        else:
            assert all(name in event["parties"].values() for event in events)
    assert "face_match" not in str(events)


async def test_one_does_nothing_to_what_is_anothers(meals):
    world = meals
    attempts = [
        (world.h5, "bob", "rate_meal", {"ticket": "T0", "stars": 5}),
        (dict(await applications_once(world))["other_hall"][0], None, "refund_meal",
         {"ticket": "T0"}),
    ]  # fmt: skip
    for application, party, action, body in attempts:
        answer = await application.act("canteen", action, body, party=party)
        assert answer.status_code in (403, 404), (action, answer.text)
    assert (await world.bank.get("/v1/canteen/things/meal/T0")).json()["state"] == "paid"
    assert await world.balance("wallet", "ann") == "38.00"


async def test_a_partner_that_acts_for_diners_is_not_thereby_the_bank(world):
    app = await world.partner(
        "club", party="acme", scopes=["scene:canteen:*"], level="A2",
        acts_for=[ActsFor("canteen", "diner", ("top_up",))],
    )  # fmt: skip
    answer = await app.get("/v1/canteen/accounts/wallet/ann", party="ann")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.no_grant")
    answer = await app.act("canteen", "top_up", {"amount": "1.00"}, party="ann")
    assert answer.status_code == 200


async def test_who_has_no_part_in_a_scene_reads_nothing(world):
    app = await world.partner("x", party="nobody", scopes=["scene:canteen:*"], level="A2")
    for path in ("things/meal", "accounts/wallet/ann", "events"):
        answer = await app.get(f"/v1/canteen/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "scene.not_enrolled")
