"""Lists: pages, cursors, statements, events."""

from __future__ import annotations

import pytest

from enscene.api.auth.jwt import decode_part, encode_part


async def pages(partner, path, *, name="cursor", **more):
    """Every page of a list."""
    joint = "&" if "?" in path else "?"
    answer = (await partner.get(path, **more)).json()
    yield answer
    while answer["has_more"]:
        cursor = answer["next"]
        answer = (await partner.get(f"{path}{joint}{name}={cursor}", **more)).json()
        yield answer


@pytest.fixture
async def menu(world):
    """Seven dishes."""
    for number in range(7):
        dish = {"dish": f"D{number}", "title": "Rice", "price": "2.00", "sold_by": "portion"}
        assert (await world.hall.act("canteen", "offer_dish", dish)).status_code == 200
    return world


async def test_pages_join_without_gap_or_overlap(menu):
    found = [page async for page in pages(menu.hall, "/v1/canteen/things/dish?limit=3")]
    assert [len(page["data"]) for page in found] == [3, 3, 1]
    keys = [dish["key"] for page in found for dish in page["data"]]
    assert keys == [f"D{number}" for number in reversed(range(7))]
    assert found[-1]["next"] is None


async def test_a_filter_by_state(menu):
    assert (await menu.hall.act("canteen", "withdraw_dish", {"dish": "D3"})).status_code == 200
    path = "/v1/canteen/things/dish?state="
    gone = (await menu.hall.get(f"{path}withdrawn")).json()["data"]
    assert [dish["key"] for dish in gone] == ["D3"]
    assert gone[0]["version"] == 2
    assert len((await menu.hall.get(f"{path}offered")).json()["data"]) == 6


async def test_a_cursor_is_good_for_its_list_alone(menu):
    page = (await menu.hall.get("/v1/canteen/things/dish?limit=3")).json()
    cursor = page["next"]
    raw = decode_part(cursor)
    changed = [
        encode_part(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]) for at in range(len(raw))
    ]
    for bad in (*changed, cursor[:-1], f"{cursor}A", cursor[4:], f"{cursor}=", "AAAA", "'"):
        answer = await menu.hall.get(f"/v1/canteen/things/dish?limit=3&cursor={bad}")
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor.bad"), bad
    for path, partner in (
        ("things/dish?state=offered", menu.hall),
        ("things/meal?limit=3", menu.hall),
        ("accounts/takings/hall/entries?limit=3", menu.hall),
        ("things/dish?limit=3", menu.till),
    ):
        answer = await partner.get(f"/v1/canteen/{path}&cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor.bad"), path
    answer = await menu.hall.get(f"/v1/canteen/events?after={cursor}")
    assert answer.status_code == 400


async def test_a_statement_adds_up_and_goes_back_in_pages(world):
    for amount in ("5.00", "6.00", "7.00", "8.00"):
        await world.top_up("ann", amount)
    await world.h5.act("canteen", "withdraw", {"amount": "3.00"}, party="ann")
    path = "/v1/canteen/accounts/wallet/ann/entries?limit=2"
    found = [page async for page in pages(world.h5, path, party="ann")]
    entries = [entry for page in found for entry in page["data"]]
    assert [len(page["data"]) for page in found] == [2, 2, 1]
    assert [entry["amount"] for entry in entries] == ["-3.00", "8.00", "7.00", "6.00", "5.00"]
    assert entries[0]["balance"] == "23.00" == await world.balance("wallet", "ann")
    assert [entry["flow"] for entry in entries] == ["withdraw", *["top_up"] * 4]


async def test_a_poller_misses_nothing_and_sees_nothing_twice(world):
    seen = []
    after = ""
    for amount in ("1.00", "2.00", "3.00", "4.00", "5.00"):
        await world.top_up("ann", amount)
        if amount in ("2.00", "5.00"):
            more = True
            while more:
                path = f"/v1/canteen/events?limit=1{after}"
                answer = (await world.h5.get(path, party="ann")).json()
                after = f"&after={answer['next']}"
                seen += [event["input"]["amount"] for event in answer["data"]]
                more = answer["has_more"]
    assert seen == ["1.00", "2.00", "3.00", "4.00", "5.00"]


async def test_the_scenes_of_a_token(world):
    found = (await world.h5.get("/v1/scenes")).json()["data"]
    assert [(scene["ref"], scene["state"]) for scene in found] == [("canteen", "live")]
