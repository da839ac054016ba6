"""Actions over HTTP: a meal from the till to the ledger."""

from __future__ import annotations

import asyncio


async def test_a_meal_is_paid_and_read_back(world):
    await world.h5.log_in()
    await world.till.log_in()
    await world.top_up("ann", "50.00")
    answer = await world.meal("T1")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["meal"] == "T1"
    assert told["state"] == "paid"
    assert told["total"] == "12.00"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    assert await world.balance("wallet", "ann") == "38.00"
    assert await world.balance("takings", "hall") == "11.96"
    assert await world.balance("fees", "BANK") == "0.04"


async def test_a_rule_that_says_no_is_a_problem_that_is_stored(world):
    answer = await world.till.act(
        "canteen",
        "pay_by_code",
        {"ticket": "T1", "diner": "ann", "price": "12.00", "dishes": []},
        key="k1",
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "ledger.insufficient_funds"
    assert problem["type"] == "/docs/problems#ledger.insufficient_funds"
    assert "Traceback" not in answer.text
    await world.top_up("ann", "50.00")
    again = await world.till.act(
        "canteen",
        "pay_by_code",
        {"ticket": "T1", "diner": "ann", "price": "12.00", "dishes": []},
        key="k1",
    )
    assert again.status_code == 422
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["code"] == "ledger.insufficient_funds"


async def test_of_64_debits_of_100_on_100_exactly_one_succeeds(world):
    await world.top_up("ann", "100.00")
    debits = (
        world.h5.act("canteen", "withdraw", {"amount": "100.00"}, party="ann") for _ in range(64)
    )
    answers = await asyncio.gather(*debits)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, *[422] * 63]
    assert await world.balance("wallet", "ann") == "0.00"
