"""The close of a day, broken off, done by two at once, and with contracts that cannot be closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from enscene.commit import Writer, admit
from enscene.ledger import Ledger
from enscene.shelf import ContractKind, Contracts
from enscene.shelf.contracts import close_day
from shelf.contracts.test_contracts import Bank, a_bank

LOANS = 60
DUE = date(2027, 2, 10)


@pytest.fixture
async def lent(pool: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bank]:
    """A bank with loans that all fall due on one day, closed in small pages."""
    monkeypatch.setattr(close_day, "PAGE", 25)
    monkeypatch.setattr(close_day, "TOGETHER", 5)
    monkeypatch.setattr(close_day, "FLYING_MOST", 2)
    bank = await a_bank(pool)
    await asyncio.gather(*(bank.open("instalment", 1_200_00, months=12) for _ in range(LOANS)))
    await bank.to(DUE)
    yield bank
    for writer in bank.writers.values():
        await writer.close()


async def fallen(bank: Bank) -> int:
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant])
        found: int = await connection.fetchval(
            "select count(*) from contract_entry where what = 'fell_due'"
        )
    return found


async def test_broken_off_it_goes_on_where_it_was(lent: Bank) -> None:
    started = asyncio.Event()
    task = asyncio.create_task(
        lent.contracts.close_days(lent.tenant, progress=lambda woken: started.set())
    )
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await lent.writers[1].close()
    assert 0 < await fallen(lent) < LOANS
    # Another process, which remembers nothing.
    del lent.writers[1]
    closed = await lent.contracts.close_days(lent.tenant)
    assert 0 < closed.woken < LOANS
    assert await fallen(lent) == LOANS
    assert (await lent.contracts.close_days(lent.tenant)).woken == 0
    await lent.proved()


async def test_two_processes_close_each_contract_once(lent: Bank) -> None:
    other_writer = Writer(lent.pool, 1, (Ledger(), ContractKind()))
    other = Contracts(lent.pool, lambda _: other_writer)
    one, two = await asyncio.gather(
        lent.contracts.close_days(lent.tenant), other.close_days(lent.tenant)
    )
    assert one.failed == two.failed == 0
    assert await fallen(lent) == LOANS
    await other_writer.close()
    await lent.proved()


async def test_what_cannot_be_closed_keeps_nobody_else_waiting(lent: Bank) -> None:
    async with lent.pool.acquire() as connection, connection.transaction():
        await admit(connection, [lent.tenant])
        await connection.execute(
            "update contract set product = 'gone' where id in (select id from contract limit 3)"
        )
    closed = await lent.contracts.close_days(lent.tenant)
    assert (closed.woken, closed.failed) == (LOANS - 3, 3)
    async with lent.pool.acquire() as connection, connection.transaction():
        await admit(connection, [lent.tenant])
        waits = await connection.fetch("select distinct wake from contract where product = 'gone'")
    assert [row[0] for row in waits] == [date(2027, 2, 11)]
