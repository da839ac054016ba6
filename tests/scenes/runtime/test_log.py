"""What the log keeps of an action."""

from __future__ import annotations

import json
from typing import Any

from enscene.commit import admit
from trip import open_trip


async def test_the_most_secret_fields_never_reach_the_log(pool: Any) -> None:
    async with open_trip(pool) as trip:
        await trip.do("start_trip", "ann", "1", trip="V1")
        await trip.do("share_position", "ann", "2", trip="V1")
        await trip.do("report_position", "ann", "3", trip="V1", area="wx4g0")
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [trip.tenant.id])
            stored = await connection.fetchval("select fields from thing where type = 'trip'")
            rows = await connection.fetch("select action, facts from event order by seq")
    assert stored["area"] == "wx4g0"
    reports = [row for row in rows if row["action"] == "report_position"]
    assert len(reports) == 1
    assert "wx4g0" not in json.dumps([row["facts"] for row in rows])
