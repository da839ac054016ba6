"""The shard's lock gives numbers and times that only ever go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commit.orders import Place
from enscene.commit.store import lock_shard

SECOND = timedelta(seconds=1)


async def _clock(connection: Any) -> Any:
    return await connection.fetchval("select clock_timestamp()")


async def test_a_time_of_a_moment_ago_is_the_batchs(place: Place) -> None:
    async with place.pool.acquire() as connection, connection.transaction():
        at = await _clock(connection)
        stamp = await lock_shard(connection, place.shard, place.tenants, 3, at)
        assert stamp.at == at < stamp.clock
        following = await lock_shard(connection, place.shard, place.tenants, 1)
    assert following.base == stamp.base + 3
    assert following.at > stamp.at


@pytest.mark.parametrize("off", [-10 * SECOND, 60 * SECOND, timedelta(days=400)])
async def test_a_time_that_is_far_off_is_not_taken(place: Place, off: timedelta) -> None:
    async with place.pool.acquire() as connection, connection.transaction():
        before = await _clock(connection)
        stamp = await lock_shard(connection, place.shard, place.tenants, 1, before + off)
        assert before <= stamp.at <= await _clock(connection)


async def test_no_batch_is_earlier_than_the_one_before(place: Place) -> None:
    async with place.pool.acquire() as connection, connection.transaction():
        early = await _clock(connection)
        stamp = await lock_shard(connection, place.shard, place.tenants, 1)
        again = await lock_shard(connection, place.shard, place.tenants, 1, early)
    assert again.at == stamp.at > early
