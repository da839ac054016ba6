"""An offer is taken while it holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engagement.running.campaigning import made, moment, rules, run
from enscene.commit import admit
from enscene.engagement.answer_offer import answer_offer
from enscene.engagement.decisions.offer import HOLDS
from enscene.engagement.running.campaign_decider import ANSWERED_WITHIN_US
from enscene.kernel.errors import Conflict
from trip import open_trip


@pytest.mark.parametrize("late", [False, True])
async def test_what_was_set_aside_and_has_gone_back_cannot_be_taken(
    pool: Any, *, late: bool
) -> None:
    async with open_trip(pool) as trip:
        await rules(trip)
        await run(trip, **moment(after=["travel.book_package"]))
        await trip.book("ann", "B1", "300.00")
        (row,) = await made(trip)
        back = HOLDS + timedelta(minutes=1 if late else -1)
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [trip.tenant.id])
            await connection.execute("update decision set at = at - $1::interval", back)
        where = (pool, trip.tenant.id, row["id"], "ann")
        assert await answer_offer(*where, "seen")
        if late:
            with pytest.raises(Conflict):
                await answer_offer(*where, "taken")
            assert await answer_offer(*where, "refused")
        else:
            assert await answer_offer(*where, "taken")


def test_an_offer_holds_as_long_as_its_cost_is_set_aside() -> None:
    assert timedelta(microseconds=ANSWERED_WITHIN_US) == HOLDS
