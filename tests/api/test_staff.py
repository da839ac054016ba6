"""What staff did and can do, over HTTP, for the tenant's own programs."""

from __future__ import annotations

from typing import Any

import pytest

from api.test_launch import Bank, bank, refused  # noqa: F401

AT = "/v1/staff"


@pytest.mark.usefixtures("bank")
async def test_the_rule_of_the_line_is_set_and_told(bank: Bank) -> None:  # noqa: F811
    lead = await bank.app("lead", "people:read", "people:write")
    looks = await bank.app("looks", "people:read")
    empty = (await looks.get(f"{AT}/capacity")).json()
    assert empty == {
        "open": 0, "unassigned": 0, "expected_wait_s": 0, "people": [], "wait_h": 0,
        "set_by": None, "set_at": None, "served": {"low_need": 0, "long_wait": 0, "came_back": 0},
    }  # fmt: skip
    await refused(await looks.put(f"{AT}/capacity", {"wait_h": 4}), 403, "auth.scope")
    done = await lead.put(f"{AT}/capacity", {"wait_h": 4})
    assert (done.status_code, done.json()["wait_h"], done.json()["set_by"]) == (200, 4, "app:lead")
    for wrong in (-1, 721):
        bad = await lead.put(f"{AT}/capacity", {"wait_h": wrong})
        await refused(bad, 400, "capacity.wait_h", "wait_h")
    bad = await lead.put(f"{AT}/capacity", {"wait_h": "4"})
    assert bad.status_code == 400
    assert (await looks.get(f"{AT}/capacity")).json()["wait_h"] == 4


@pytest.mark.usefixtures("bank")
async def test_behaviour_is_for_those_who_look_after_people(bank: Bank) -> None:  # noqa: F811
    looks = await bank.app("looks", "people:read")
    answer: Any = await looks.get(f"{AT}/behaviour?month=2026-03&staff=sun")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert (await looks.get(f"{AT}/behaviour")).status_code == 200
    await refused(await looks.get(f"{AT}/behaviour?month=x"), 400, "account.month", "month")
    await refused(await bank.reader.get(f"{AT}/behaviour"), 403, "auth.scope")
    assert (await looks.post(f"{AT}/behaviour", {})).status_code == 405
    assert (await looks.get(f"{AT}/none")).status_code == 404
