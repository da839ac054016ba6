"""Things live under the terms they began with, whatever the scene has become."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from enscene.commit.move_clock import move_clock
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.scenes.administer import SceneOrder, change_terms
from enscene.scenes.reactions import Reactor
from scenes.canteen import Canteen, canteen_pack, open_canteen, outcomes, told


async def change(canteen: Canteen, **terms: Any) -> None:
    order = SceneOrder("canteen", "Canteen", **terms)
    async with canteen.pool.acquire() as connection, connection.transaction():
        await change_terms(connection, canteen.tenant.id, "canteen", canteen_pack(), order, "test")


async def order_ahead(canteen: Canteen) -> None:
    """8.00 of Ann's are held for an order of tomorrow."""
    await canteen.top_up("ann", "50.00")
    dish = {"dish": "D", "title": "rice", "price": "8.00", "sold_by": "portion"}
    assert told(await canteen.do("offer_dish", "hall", "d", **dish)) == "done"
    day = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)).date().isoformat()
    given = {"order": "O", "canteen": "hall", "dishes": ["D"], "serving": "lunch", "day": day}
    assert told(await canteen.do("place_order", "ann", "o", **given)) == "done"


async def test_money_held_under_a_part_that_was_switched_off_is_let_go(pool: Any) -> None:
    canteen = await open_canteen(pool)
    await order_ahead(canteen)
    assert await canteen.fetch("select sum(held)::bigint from account where tenant = $1") == 800
    await change(canteen, options={"subsidy_per_meal": "0.00"}, parts={"order_ahead": False})
    for place in (canteen, canteen.elsewhere()):
        with pytest.raises(NotFound):
            await place.do("place_order", "ann", "o2", order="P")
    async with canteen.pool.acquire() as connection, connection.transaction():
        late = datetime.now(UTC) + timedelta(days=4)
        await move_clock(connection, canteen.tenant.shard, canteen.tenant.id, late)
    one = Reactor(canteen.pool, canteen.elsewhere().host, canteen.tenant.shard)
    async with asyncio.timeout(60):
        await one.settle(canteen.tenant.id)
    assert await canteen.fetch("select sum(held)::bigint from account where tenant = $1") == 0
    state = await canteen.fetch("select state from thing where tenant = $1 and type = 'order'")
    assert state == "expired"


async def test_an_order_of_old_terms_is_collected_under_them(pool: Any) -> None:
    canteen = await open_canteen(pool)
    await order_ahead(canteen)
    await change(canteen, options={"subsidy_per_meal": "0.00"}, parts={"order_ahead": False})
    found = await outcomes(*(p.do("collect_order", "hall", "c", order="O") for p in (
        canteen, canteen.elsewhere(),
    )))  # fmt: skip
    assert set(map(told, found)) == {"done"}
    assert await canteen.balance("wallet", "ann") == 4_200


async def test_new_terms_hold_for_the_next_payment_in_every_process(pool: Any) -> None:
    canteen = await open_canteen(pool, daily_limit="100.00")
    other = canteen.elsewhere()
    await canteen.top_up("ann", "500.00")
    assert told(await other.pay("a", "90.00")) == "done"
    await change(canteen, options={"daily_limit": "20.00", "subsidy_per_meal": "0.00"})
    assert told((await outcomes(other.pay("b", "10.00")))[0]) == "scene.daily_limit"
    assert told((await outcomes(canteen.pay("c", "10.00")))[0]) == "scene.daily_limit"


@pytest.mark.parametrize("state", ["draft", "pilot", "sandbox", "nonsense"])
async def test_a_scene_moves_along_its_life_alone(pool: Any, state: str) -> None:
    canteen = await open_canteen(pool)
    with pytest.raises(Conflict) as wrong:
        await canteen.change(state)
    assert wrong.value.code == "scene.bad_transition"


async def test_a_scene_with_money_left_is_not_retired(pool: Any) -> None:
    canteen = await open_canteen(pool)
    await canteen.top_up("ann", "1.00")
    await canteen.change("suspended")
    with pytest.raises(Conflict) as left:
        await canteen.change("retired")
    assert left.value.facts == {"accounts": 1, "minor": 100}


async def test_the_way_out_of_a_suspended_scene_with_money_is_the_one_that_is_told(
    pool: Any,
) -> None:
    canteen = await open_canteen(pool)
    await canteen.top_up("ann", "1.00")
    await canteen.change("suspended")
    refused = await canteen.do("withdraw", "ann", "while paused", amount="1.00")
    assert told(refused) == "scene.not_open"
    with pytest.raises(Conflict) as left:
        await canteen.change("retired")
    assert "resume it" in str(left.value.hint)
    await canteen.change("live")
    with pytest.raises(Conflict) as left:
        await canteen.change("retired")
    assert "need not be suspended" in str(left.value.hint)
    assert told(await canteen.do("withdraw", "ann", "after it", amount="1.00")) == "done"
    await canteen.change("retired")


async def test_an_option_outside_its_bounds_is_refused_and_changes_nothing(pool: Any) -> None:
    canteen = await open_canteen(pool)
    with pytest.raises(Invalid):
        await change(canteen, options={"daily_limit": "9999999.00"})
    assert await canteen.fetch("select count(*) from terms where tenant = $1") == 1
