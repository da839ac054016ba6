"""Voices over HTTP, by the bank's own programs, also for its customers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.test_launch import Bank, bank  # noqa: F401

AT = "/v1/voices"
IDEA: dict[str, Any] = {"kind": "idea", "says": "a tray for two", "scene": "north"}


@pytest.mark.usefixtures("bank")
async def test_a_customer_tells_and_has_an_answer(bank: Bank) -> None:  # noqa: F811
    await bank.live()
    core, _ = await bank.peopled()
    feed = await bank.app("feed", "opinions:write")
    body = IDEA | {"source": "customer", "customer": "ann"}
    assert (await core.post(AT, body)).status_code == 403
    made = await feed.post(AT, body, key="k1")
    assert made.status_code == 200, made.text
    assert (await feed.post(AT, body, key="k1")).json() == made.json()
    at = f"{AT}/{made.json()['id']}"
    assert (await feed.get(at)).status_code == 403
    assert (await bank.checker.post(f"{at}/take", {})).status_code == 403
    other = await bank.app("other", "launch:edit")
    taken = await asyncio.gather(*(each.post(f"{at}/take", {}) for each in (bank.maker, other)))
    assert sorted(each.status_code for each in taken) == [200, 409]
    owner = bank.maker if taken[0].status_code == 200 else other
    await owner.post(f"{at}/answer", {"says": "from May on"})
    (told,) = (await bank.reader.get(f"{AT}?customer=ann&state=answered")).json()["data"]
    assert (told["answer"], told["customer"], told["overdue"]) == ("from May on", "ann", False)
    (scene,) = (await bank.reader.get(f"{AT}/figures")).json()["scenes"]
    assert (scene["scene"], scene["told"], scene["in_time"], scene["share"]) == ("north", 1, 1, 100)
    tied = await owner.post(f"{at}/change", {"release": "1"})
    assert (tied.status_code, tied.json()["code"]) == (400, "voice.release")
    seen = (await bank.reader.get(at)).json()
    assert seen["satisfaction"] == []
    assert [each["what"] for each in seen["steps"]] == ["told", "taken", "answered"]


@pytest.mark.usefixtures("bank")
async def test_a_hot_spot_is_proposed_and_acted_on(bank: Bank) -> None:  # noqa: F811
    hot = {"kind": "hot_spot", "says": "rides by drone", "source": "outside", "found_at": "a forum"}
    at = f"{AT}/{(await bank.maker.post(AT, hot)).json()['id']}"
    early = await bank.maker.post(f"{at}/act", {"says": "done"})
    assert (early.status_code, early.json()["code"]) == (409, "voice.ended")
    wrong = await bank.maker.post(f"{at}/answer", {"says": "done"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "voice.hot_spot")
    handed = await bank.maker.post(f"{at}/hand", {"department": "branch", "owner": "eve"})
    assert (handed.json()["department"], handed.json()["owner"]) == ("branch", "eve")
    await bank.maker.post(f"{at}/propose", {"says": "ask the makers"})
    ended = await bank.maker.post(f"{at}/act", {"says": "asked"})
    assert (ended.json()["state"], ended.json()["acts"]) == ("acted", [])


@pytest.mark.usefixtures("bank")
async def test_lists_go_on_where_they_ended_and_what_is_wrong_says_where(
    bank: Bank,  # noqa: F811
) -> None:
    for number in range(3):
        await bank.maker.post(AT, IDEA | {"scene": None, "says": f"{number}"})
    first = (await bank.reader.get(f"{AT}?limit=2")).json()
    assert ([each["says"] for each in first["data"]], first["has_more"]) == (["2", "1"], True)
    rest = (await bank.reader.get(f"{AT}?limit=2&cursor={first['next']}")).json()
    assert ([each["says"] for each in rest["data"]], rest["next"]) == (["0"], None)
    for param, query in (("state", "state=x"), ("kind", "kind=x"), ("cursor", "cursor=x"),
                         ("month", "month=x")):  # fmt: skip
        path = f"{AT}/figures" if param == "month" else AT
        bad = await bank.reader.get(f"{path}?{query}")
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    for param, wrong in (("kind", {"kind": "question"}), ("says", {"says": " "}),
                         ("product", {"product": "x"})):  # fmt: skip
        bad = await bank.maker.post(AT, IDEA | {"scene": None} | wrong)
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    assert (await bank.maker.post(AT, IDEA | {"scene": "none"})).status_code == 404
    for path in ("x", "x/take", "voi_00000000000000000000000000/take", "x/fly", "figures/x"):
        assert (await bank.maker.post(f"{AT}/{path}", {})).status_code in (404, 405), path
    assert (await bank.maker.send("DELETE", AT, {})).status_code == 405
