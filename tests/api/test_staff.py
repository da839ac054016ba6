"""What staff did and can do, over HTTP, for the tenant's own programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.partner import make_partner
from api.test_launch import Bank, bank, refused  # noqa: F401
from enscene.kernel.ids import new_uuid
from lending import Lending, open_lending

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


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        yield found


async def test_a_small_need_goes_to_a_person_until_the_line_is_long_and_then_if_asked_for(
    lending: Lending,
) -> None:
    trip = lending.trip
    lead = await make_partner(
        trip.pool, lending.gateway, trip.tenant, "lead", scopes=["people:read", "people:write"]
    )
    await trip.book("ann", "B1", "600.00")
    begun = await lending.begin("B1")
    at = f"/{begun['id']}/call_in"

    async def asks(**more: Any) -> Any:
        answer = await lending.post(at, {"kind": "chat", "said": "how does it work"} | more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert (await asks())["automatic"]
    assert (await lead.put(f"{AT}/capacity", {"wait_h": 4})).status_code == 200
    first = await asks()
    assert not first["automatic"]
    # Nothing moves: the next one would wait without end.
    assert (await asks())["automatic"]
    assert not (await asks(insists=True))["automatic"]
    told = (await lead.get(f"{AT}/capacity")).json()
    assert (told["open"], told["expected_wait_s"]) == (2, None)
    assert told["served"] == {"low_need": 1, "long_wait": 1, "came_back": 2}
    # Somebody ended many in the last days: the line moves again.
    now = datetime.now(UTC)
    for _ in range(200):
        await lending.sql(
            "insert into staff_task (tenant, id, kind, scene, customer, need, reason, state, staff, "
            "made_at, done_at) values ($1, $2, 'chat', 1, 1, 40, 'x', 'done', 'sun@bank', $3, $3)",
            trip.tenant.id, new_uuid(), now - timedelta(hours=1),
        )  # fmt: skip
    assert (await lead.get(f"{AT}/capacity")).json()["expected_wait_s"] == 2 * 7 * 86_400 // 200
    assert not (await asks())["automatic"]
