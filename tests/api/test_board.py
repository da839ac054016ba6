"""The board over HTTP says what the console's board says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from api.test_launch import Bank, bank  # noqa: F401
from enscene.commit import admit
from enscene.tenants import create_tenant


@pytest.mark.usefixtures("bank")
async def test_own_and_below_and_nobody_else(bank: Bank) -> None:  # noqa: F811
    branch = await create_tenant(bank.pool, "branch", "Branch", parent=bank.tenant, sandbox=True)
    await create_tenant(bank.pool, "stranger", "Stranger")
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [branch.id])
        scene = await connection.fetchval(
            "insert into scene (tenant, ref, name, pack, state, live_at) values "
            "($1, 'canteen', 'Canteen', 'smart_canteen', 'live', '2025-01-01Z') returning id",
            branch.id,
        )
        rows: list[tuple[Any, ...]] = [
            ("users.active", "month", date(2026, 3, 1), "", "", 10),
            ("users.repeat_share", "month", date(2026, 3, 1), "", "", 500_000),
            ("account.balance", "day", date(2026, 3, 4), "kept", "CNY", 1050),
        ]
        await connection.executemany(
            "insert into indicator_value (tenant, scene, indicator, grain, day, key, currency, value) "
            "values ($1, $2, $3, $4, $5, $6, $7, $8)",
            [(branch.id, scene, *row) for row in rows],
        )
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, '2026-03-04', 3)", branch.id
        )
    answer = await bank.reader.get("/v1/board?place=branch")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["month"], told["computed_to"], told["even"]) == ("2026-03", "2026-03-04", False)
    (spot,) = told["scenes"]
    assert (spot["scene"], spot["active"], spot["quality"], spot["health"]) == (
        "canteen", 10, 5, "stale",
    )  # fmt: skip
    assert told["totals"][0] == {
        "line": "deposits", "currency": "CNY", "scenes": "10.50", "unallocated": "0.00",
        "ledger": "10.50",
    }  # fmt: skip
    own = await bank.reader.get("/v1/board?month=2026-03")
    assert own.status_code == 200
    assert (await bank.reader.get("/v1/board?place=stranger")).status_code == 404
    assert (await bank.reader.get("/v1/board?month=x")).status_code == 400
    assert (await bank.reader.get("/v1/board/more")).status_code == 404
    assert (await bank.reader.send("PUT", "/v1/board", {})).status_code == 405
