"""What happens at the same moment happens in some order, and only as often as it may."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from enscene.customers import Enrolment
from enscene.ledger import verify_ledger
from enscene.scenes.runtime import _lately
from scenes.canteen import Canteen, open_canteen, outcomes, told


async def closed(canteen: Canteen) -> None:
    async with canteen.pool.acquire() as connection:
        verdict = await verify_ledger(connection, canteen.tenant.id)
    assert verdict.verified, verdict.faults
    await canteen.host.close()


@pytest.mark.parametrize("processes", [1, 2])
async def test_of_64_debits_of_all_there_is_one_passes(pool: Any, processes: int) -> None:
    canteen = await open_canteen(pool)
    await canteen.top_up("ann", "100.00")
    places = [canteen, canteen.elsewhere()][:processes]
    found = await outcomes(*(places[n % processes].pay(f"t{n}", "100.00") for n in range(64)))
    assert Counter(map(told, found)) == {"done": 1, "ledger.insufficient_funds": 63}
    assert await canteen.balance("wallet", "ann") == 0
    await closed(canteen)


async def test_a_daily_limit_holds_against_two_processes(pool: Any) -> None:
    canteen = await open_canteen(pool, daily_limit="60.00")
    await canteen.top_up("ann", "500.00")
    places = [canteen, canteen.elsewhere()]
    found = await outcomes(*(places[n % 2].pay(f"t{n}", "10.00") for n in range(20)))
    assert Counter(map(told, found)) == {"done": 6, "scene.daily_limit": 14}
    assert await canteen.balance("wallet", "ann") == 44_000
    await closed(canteen)


async def test_16_refunds_of_one_meal_give_it_back_once(pool: Any) -> None:
    canteen = await open_canteen(pool)
    await canteen.top_up("ann", "100.00")
    await canteen.pay("t", "40.00")
    places = [canteen, canteen.elsewhere()]
    found = await outcomes(
        *(places[n % 2].do("refund_meal", "hall", f"r{n}", ticket="t") for n in range(16))
    )
    assert Counter(map(told, found))["done"] == 1
    assert await canteen.balance("wallet", "ann") == 10_000
    assert await canteen.balance("takings", "hall") == 0
    await closed(canteen)


async def test_one_key_asked_from_everywhere_is_done_once(pool: Any) -> None:
    canteen = await open_canteen(pool)
    await canteen.top_up("ann", "100.00")
    places = [canteen, canteen.elsewhere(), canteen.elsewhere()]
    found = await outcomes(*(places[n % 3].pay("t", "10.00") for n in range(48)))
    assert {reply.body for reply in found} == {found[0].body}
    assert await canteen.balance("wallet", "ann") == 9_000
    await closed(canteen)


async def test_after_a_pause_was_acknowledged_nothing_is_paid(pool: Any) -> None:
    """Payments before it and refusals after it; none of the payments is later in the log."""
    canteen = await open_canteen(pool)
    await canteen.top_up("ann", "500.00")
    other = canteen.elsewhere()
    await other.pay("warm", "1.00")

    async def stream(place: Canteen, name: str) -> list[str]:
        return [told((await outcomes(place.pay(f"{name}{n}", "1.00")))[0]) for n in range(40)]

    streams = [asyncio.create_task(stream(*w)) for w in ((canteen, "a"), (other, "b"))]
    await outcomes(*(canteen.pay(f"c{n}", "1.00") for n in range(10)))
    await canteen.change("suspended")
    paused = await canteen.fetch(
        "select max(seq) from event where tenant = $1 and action = 'scene.suspended'"
    )
    last = (await outcomes(other.pay("last", "1.00")))[0]
    assert told(last) == "scene.not_open"
    said = [word for found in await outcomes(*streams) for word in found]
    assert set(said) == {"done", "scene.not_open"}
    late = await canteen.fetch(
        "select count(*) from event where tenant = $1 and action = 'pay_by_code' and seq > $2",
        paused,
    )
    assert late == 0
    await closed(canteen)


async def test_a_scene_that_goes_on_pays_again(pool: Any) -> None:
    canteen = await open_canteen(pool)
    await canteen.top_up("ann", "100.00")
    other = canteen.elsewhere()
    await other.pay("a", "1.00")
    await canteen.change("suspended")
    await outcomes(other.pay("b", "1.00"))
    await canteen.change("live")
    assert [told(o) for o in await outcomes(other.pay("c", "1.00"), canteen.pay("d", "1.00"))] == [
        "done", "done",
    ]  # fmt: skip
    await closed(canteen)


async def test_who_is_enrolled_elsewhere_is_served_here(
    pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that already knows somebody learns of a new link and a new role of theirs."""
    monkeypatch.setattr(_lately, "LATELY_S", 0.0)
    canteen = await open_canteen(pool, diners=("ann",))
    other = canteen.elsewhere()
    await canteen.enrol(Enrolment("cyd", "diner", "person"))
    first = (await outcomes(other.pay("a", "1.00", diner="cyd")))[0]
    assert told(first) != "done"
    await canteen.link("cyd", "acme")
    await canteen.top_up("cyd", "10.00")
    assert told((await outcomes(other.pay("b", "1.00", diner="cyd")))[0]) == "done"
    await canteen.enrol(Enrolment("other_hall", "canteen", "merchant"))
    await canteen.enrol(Enrolment("till2", "terminal", "device", bound_to="other_hall"))
    given = {"ticket": "c", "diner": "cyd", "price": "2.00"}
    assert told((await outcomes(other.do("pay_by_code", "till2", "c", **given)))[0]) == "done"
    await canteen.enrol(Enrolment("till2", "terminal", "device", bound_to="hall"))
    given["ticket"] = "d"
    assert told((await outcomes(other.do("pay_by_code", "till2", "d", **given)))[0]) == "done"
    assert await canteen.balance("takings", "other_hall") == 200
    assert await canteen.balance("takings", "hall") == 300
    await closed(canteen)
