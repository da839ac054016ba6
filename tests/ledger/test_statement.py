"""Statements, past balances and the proof read the rows, and the proof finds what is wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from commit.orders import OrderUnit, Place, make_place
from enscene.commit import admit
from enscene.ledger import read_balance_at, read_statement, read_trial_balance, verify_ledger

AMOUNTS = (100, 40, 7, 300, 1)


async def posted(pool: Any) -> Place:
    place = await make_place(pool)
    writer = place.writer()
    for amount in AMOUNTS:
        await writer.submit(place.unit(("post", 0, 1, amount), ("post", 1, 2, 1)))
    await writer.close()
    return place


async def test_a_statement_chains_and_pages(pool: Any) -> None:
    place = await posted(pool)
    tenant, account = place.tenants[0], place.accounts[place.tenants[0], 1]
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        whole = await read_statement(connection, tenant, account, limit=100)
        pages = []
        before = (2**62, 32_767)
        while page := await read_statement(connection, tenant, account, before=before, limit=3):
            pages += page
            before = (page[-1].seq, page[-1].n)
    assert pages == whole
    assert len(whole) == 2 * len(AMOUNTS)
    balance = 0
    for entry in reversed(whole):
        balance += entry.amount
        assert entry.balance == balance
    assert balance == sum(AMOUNTS) - len(AMOUNTS)


async def test_the_balance_of_any_moment_is_the_last_entry_up_to_it(pool: Any) -> None:
    place = await posted(pool)
    tenant, account = place.tenants[0], place.accounts[place.tenants[0], 1]
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        entries = await read_statement(connection, tenant, account, limit=100)
        for entry in entries:
            last = max((e for e in entries if e.at <= entry.at), key=lambda e: (e.seq, e.n))
            assert await read_balance_at(connection, tenant, account, entry.at) == last.balance
        trial = await read_trial_balance(connection, tenant)
    assert sum(row["posted"] for row in trial) == 0


async def test_the_balance_before_the_first_entry_is_nothing(pool: Any) -> None:
    place = await posted(pool)
    tenant, account = place.tenants[0], place.accounts[place.tenants[0], 1]
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        before = await connection.fetchval("select min(at) - interval '1 us' from transfer")
        assert await read_balance_at(connection, tenant, account, before) == 0


FORGERIES = {
    "the entries of an account sum to its balance": "update account set posted = posted + 5 where owner = 1",
    "every currency sums to zero": "update account set posted = posted + 5 where owner = 1",
    "the open holds of an account sum to what it holds": "update account set held = 1 where owner = 1",
    "no account is below its floor": "update account set floor = 10 ^ 9 where owner = 1",
    "both legs of a transfer are accounts of its currency": "update transfer set currency = 'USD'",
    "the running balances of an account chain": "update transfer set dr_balance = dr_balance + 1 where n = 1",
    "a hold's captures sum to what it says": "update hold set captured = 1",
    "every transfer belongs to a unit of the log": "delete from event",
}


@pytest.mark.parametrize("rule", FORGERIES)
async def test_the_proof_names_what_was_forged(pool: Any, rule: str) -> None:
    place = await posted(pool)
    writer = place.writer()
    await writer.submit(place.unit(("hold", 1, 2, 10)))
    await writer.close()
    tenant = place.tenants[0]
    async with pool.acquire() as connection:
        assert (await verify_ledger(connection, tenant)).verified
        async with connection.transaction():
            await admit(connection, [tenant])
            await connection.execute(FORGERIES[rule])
        verdict = await verify_ledger(connection, tenant)
    assert not verdict.verified
    assert rule in verdict.faults


async def test_sixteen_captures_of_one_hold_take_it_once(pool: Any) -> None:
    """In two processes; what was kept back is let go."""
    place = await posted(pool)
    writers = [place.writer(), place.writer()]
    unit = place.unit(("hold", 1, 2, 50), tag="h")
    unit.told(await writers[0].submit(unit))
    hold = ("h", 0, 0)
    async with asyncio.timeout(30):
        outcomes = await asyncio.gather(
            *(
                writers[n % 2].submit(
                    OrderUnit(place, place.tenants[0], ((("capture", hold, 30, False),),))
                )
                for n in range(16)
            ),
            return_exceptions=True,
        )
    codes = [getattr(outcome, "code", "done") for outcome in outcomes]
    assert sorted(codes) == ["done"] + ["ledger.hold_closed"] * 15
    assert await place.balance(2) == len(AMOUNTS) + 30
    assert await place.fetch("select sum(held)::bigint from account") == 0
