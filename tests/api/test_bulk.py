"""Bulk: all or nothing, line by line, once for its key."""

from __future__ import annotations

import pytest


def lines(*amounts, action="top_up", party="ann"):
    return [{"action": action, "input": {"amount": a}, "party": party} for a in amounts]


def order(mode, found):
    return {"mode": mode, "lines": found}


BULK = "/v1/canteen/bulk"


async def test_all_lines_are_done_together(world):
    body = order("all_or_nothing", [*lines("5.00", "6.00"), *lines("7.00", party="bob")])
    answer = await world.h5.post(BULK, body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["succeeded"], told["failed"]) == (3, 0)
    assert [line["line"] for line in told["lines"]] == [0, 1, 2]
    assert all(line["body"]["seq"] for line in told["lines"])
    assert await world.balance("wallet", "ann") == "11.00"
    assert await world.balance("wallet", "bob") == "7.00"


async def test_one_line_that_fails_undoes_all(world):
    for bad, status in (
        (lines("1000.01", action="withdraw"), 422),
        (lines("x"), 400),
        (lines("1.00", action="nothing"), 404),
        (lines("1.00", party="acme"), 403),
    ):
        answer = await world.h5.post(BULK, order("all_or_nothing", [*lines("5.00"), *bad]))
        assert answer.status_code == status, answer.text
        assert await world.balance("wallet", "ann") == "0.00"


async def test_a_later_line_builds_on_an_earlier_one(world):
    body = order("all_or_nothing", [*lines("5.00"), *lines("5.00", action="withdraw")])
    assert (await world.h5.post(BULK, body)).status_code == 200
    assert await world.balance("wallet", "ann") == "0.00"


async def test_line_by_line_each_has_its_own_result(world):
    body = order(
        "line_by_line",
        [
            *lines("5.00"),
            *lines("99.00", action="withdraw", party="bob"),
            *lines(5),
            *lines("1.00", action="nothing"),
            *lines("1.00", party="acme"),
            *lines("6.00", party="cyd"),
        ],
    )
    answer = await world.h5.post(BULK, body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [line["status"] for line in told["lines"]] == [200, 422, 400, 404, 403, 200]
    assert told["lines"][1]["problem"]["code"] == "ledger.insufficient_funds"
    assert (told["succeeded"], told["failed"]) == (2, 4)
    assert await world.balance("wallet", "ann") == "5.00"
    assert await world.balance("wallet", "cyd") == "6.00"


@pytest.mark.parametrize("mode", ["all_or_nothing", "line_by_line"])
async def test_the_same_bulk_again_is_not_done_again(world, mode):
    body = order(mode, lines("5.00", "6.00"))
    first = await world.h5.post(BULK, body, key="k")
    again = await world.h5.post(BULK, body, key="k")
    assert first.status_code == again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert [x["body"] for x in first.json()["lines"]] == [x["body"] for x in again.json()["lines"]]
    assert await world.balance("wallet", "ann") == "11.00"
    other = await world.h5.post(BULK, order(mode, lines("5.00", "6.00", "7.00")), key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert await world.balance("wallet", "ann") == "11.00"


async def test_a_thousand_lines_and_not_one_more(world):
    found = lines(*["0.01"] * 1001)
    answer = await world.h5.post(BULK, order("line_by_line", found))
    assert (answer.status_code, answer.json()["param"]) == (400, "lines")
    for mode in ("line_by_line", "all_or_nothing"):
        answer = await world.h5.post(BULK, order(mode, found[:1000]))
        assert answer.json()["succeeded"] == 1000
    assert await world.balance("wallet", "ann") == "20.00"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "line_by_line"},
        {"mode": "both", "lines": lines("1.00")},
        {"mode": "line_by_line", "lines": []},
        {"mode": "line_by_line", "lines": {}},
        {"mode": "line_by_line", "lines": [1]},
        {"mode": "line_by_line", "lines": [{"action": "top_up"}]},
        {"mode": "line_by_line", "lines": [{"action": "top_up", "input": []}]},
        {"mode": "line_by_line", "lines": [{"action": 1, "input": {}}]},
        {"mode": "line_by_line", "lines": lines("1.00"), "extra": 1},
        {"mode": "line_by_line", "lines": [lines("1.00")[0] | {"key": "x"}]},
    ],
)
async def test_a_bulk_has_a_form(world, body):
    answer = await world.h5.post(BULK, body)
    assert answer.status_code == 400, answer.text
    assert await world.balance("wallet", "ann") == "0.00"
