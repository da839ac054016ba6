"""A part that live things wait for is not switched off; the way out that is told works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enscene.kernel.errors import Conflict
from enscene.scenes.administer import SceneOrder, change_terms
from enscene.scenes.language import load_pack
from trip import PACK, Trip, open_trip


async def change(trip: Trip, *, cover: bool, **options: Any) -> int:
    pack = load_pack(PACK).pack
    assert pack is not None
    order = SceneOrder("travel", "Travel", options=options, parts={"delay_cover": cover})
    async with trip.pool.acquire() as connection, connection.transaction():
        return await change_terms(connection, trip.tenant.id, "travel", pack, order, "test")


async def test_a_part_with_live_policies_stays_until_they_have_ended(pool: Any) -> None:
    async with open_trip(pool) as trip:
        for number in (1, 2):
            await trip.do("buy_cover", "ann", f"P{number}", policy=f"P{number}", flight="X1")
        with pytest.raises(Conflict) as refused:
            await change(trip, cover=False)
        error = refused.value
        last = datetime.now(UTC) + timedelta(days=365)
        assert (error.code, error.param) == ("scene.part_in_use", "parts.delay_cover")
        assert (error.facts["count"], error.facts["thing"]) == (2, "policy")
        assert abs(
            datetime.fromisoformat(str(error.facts["until"])) - last.replace(tzinfo=None)
        ) < (timedelta(days=2))
        assert str(error.facts["until"]) in str(error.hint)
        # No new ones meanwhile, then their end, then the part goes.
        await change(trip, cover=True, cover_sold=False)
        call = {"policy": "P3", "flight": "X1"}
        with pytest.raises(AssertionError, match="cover_not_sold"):
            await trip.do("buy_cover", "ann", "P3", **call)
        await trip.reactor.advance(trip.tenant.id, last + timedelta(days=2))
        await change(trip, cover=False)


async def test_a_part_that_nothing_waits_for_is_switched_off(pool: Any) -> None:
    async with open_trip(pool) as trip:
        await trip.book("ann", "B1", "100.00")
        assert await change(trip, cover=False) == 2
        assert await change(trip, cover=True) == 3
