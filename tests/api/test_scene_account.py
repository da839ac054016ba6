"""The account of a scene over HTTP: what the ledger says of the month, for the bank alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from api.conftest import World
from enscene.kernel.clock import local_day
from enscene.lake import Folder, Lake
from enscene.operations import store as operations_store
from enscene.operations.indicators import compute_indicators
from enscene.operations.scene_account import ask_outlay, decide_outlay, list_outlays

PATH = "/v1/canteen/account"


async def _today(world: World) -> Any:
    async with operations_store.reading(world.pool, world.tenant.id) as connection:
        clock = await operations_store.read_clock(connection, world.tenant.id)
    return local_day(clock["now"], clock["zone"])


async def test_what_a_canteen_brings_in_its_first_month(world: World, tmp_path: Path) -> None:
    empty = await world.bank.get(PATH)
    assert empty.status_code == 200, empty.text
    assert empty.json()["computed_to"] is None
    assert empty.json()["sheets"] == []
    await world.top_up("ann", "100.00")
    await world.top_up("bob", "50.00")
    assert (await world.meal("t-1", "ann", "12.00")).status_code == 200
    day = await _today(world)
    lake = Lake(world.pool, Folder(tmp_path / "lake"))
    await lake.settle()
    await compute_indicators(world.pool, lake, day)
    told = (await world.bank.get(PATH)).json()
    assert told["month"] == f"{day:%Y-%m}"
    assert told["computed_to"] == day.isoformat()
    (sheet,) = told["sheets"]
    lines = {each["line"]: each["amount"] for each in sheet["lines"]}
    wallets = [await world.balance("wallet", who) for who in ("ann", "bob", "cyd")]
    cents = sum(int(each.replace(".", "")) for each in wallets)
    assert int(lines["deposits"].replace(".", "")) == cents
    assert lines["held_for_others"] == await world.balance("takings", "hall")
    assert sheet["result"] == lines["fees"]
    assert told["leading"]["users.active"] >= 1
    last_month = day.replace(day=1) - timedelta(days=1)
    before = await world.bank.get(f"{PATH}?month={last_month:%Y-%m}")
    assert before.json()["sheets"] == []


async def test_what_was_put_in_and_whether_it_comes_back(world: World, tmp_path: Path) -> None:
    assert (await world.bank.get(PATH)).json()["payback"] == []
    day = await _today(world)
    last = day.replace(day=1) - timedelta(days=1)
    scene = (await world.host.scene(world.tenant.id, "canteen")).id
    await ask_outlay(
        world.pool, world.tenant.id, scene, "investment", last, "90000.00", "CNY", "tills", "li"
    )
    (entry,) = await list_outlays(world.pool, world.tenant.id, scene)
    await decide_outlay(world.pool, world.tenant.id, scene, entry.id, "wang", approve=True)
    lake = Lake(world.pool, Folder(tmp_path / "lake"))
    await lake.settle()
    await compute_indicators(world.pool, lake, last)
    assert (await world.bank.get(PATH)).json()["payback"] == [{
        "currency": "CNY", "invested": "90000.00", "left": "90000.00", "outlook": "too_few",
        "month": None, "soonest": None, "latest": None, "months_in_a_row": 0, "sustained": False,
    }]  # fmt: skip


async def test_only_the_bank_sees_it_and_months_are_months(world: World) -> None:
    refused = await world.h5.get(PATH, party="ann", role="diner")
    assert (refused.status_code, refused.json()["code"]) == (403, "account.bank_only")
    for text in ("2026-13", "2026", "", "2026-1", "2026-00", "0001-01", "9999-12", "2026-W1"):
        bad = await world.bank.get(f"{PATH}?month={text}")
        assert (bad.status_code, bad.json()["param"]) == (400, "month"), text
    assert (await world.bank.get(f"{PATH}/more")).status_code == 404


async def test_a_day_is_made_of_entries_page_by_page(world: World, tmp_path: Path) -> None:
    path, day = f"{PATH}/entries", await _today(world)
    await world.top_up("ann", "100.00")
    await world.top_up("bob", "50.00")
    assert (await world.meal("t-1", "ann", "12.00")).status_code == 200
    lake = Lake(world.pool, Folder(tmp_path / "lake"))
    await lake.settle()
    await compute_indicators(world.pool, lake, day)
    (sheet,) = (await world.bank.get(PATH)).json()["sheets"]
    for line, part in ((each["line"], each["part"]) for each in sheet["lines"]):
        if line.startswith("stays"):
            continue
        cents, cursor, seen = 0, "", set()
        while True:
            more = f"&cursor={cursor}" if cursor else ""
            told = await world.bank.get(f"{path}?day={day}&line={line}&limit=2{more}")
            assert told.status_code == 200, told.text
            for each in told.json()["data"]:
                cents += round(float(each["amount"]) * 100)
                assert (each["side"] == "credit") == (each["amount"][0] != "-") or part != "bound"
                seen.add((each["seq"], each["account"], each["party"], each["side"], each["what"]))
            cursor = told.json()["next"]
            assert told.json()["has_more"] == bool(cursor)
            if not cursor:
                break
        (amount,) = (each["amount"] for each in sheet["lines"] if each["line"] == line)
        if not line.endswith("_average"):
            assert f"{cents / 100:.2f}" == amount, line
        if line == "deposits":
            assert {("wallet", "ann"), ("wallet", "bob")} <= {(a, p) for _, a, p, _, _ in seen}


async def test_entries_are_asked_for_by_day_and_class_or_line(world: World) -> None:
    path, day = f"{PATH}/entries", "2026-03-02"
    for query, param in (
        ("class=kept", "day"), (f"day={day}", "class"), (f"day={day}&class=x", "class"),
        (f"day={day}&line=stays", "line"), (f"day={day}&class=kept&line=fees", "class"),
        (f"day={day}&class=kept&cursor=x", "cursor"), (f"day={day}&class=kept&limit=0", "limit"),
        ("day=2026-02-30&class=kept", "day"), ("day=9999-12-31&class=kept", "day"),
        ("day=0001-01-01&class=kept", "day"), (f"day={day}&class=kept&currency=XXX", "currency"),
    ):  # fmt: skip
        bad = await world.bank.get(f"{path}?{query}")
        assert (bad.status_code, bad.json()["param"]) == (400, param), query
    empty = await world.bank.get(f"{path}?day={day}&class=kept")
    assert empty.json() == {"data": [], "has_more": False, "next": None}
    refused = await world.h5.get(f"{path}?day={day}&class=kept", party="ann", role="diner")
    assert (refused.status_code, refused.json()["code"]) == (403, "account.bank_only")
