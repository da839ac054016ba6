"""The close of a day, and the catching up after days on which nobody closed any."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from enscene.commit import Writer, admit
from enscene.kernel.collector import patient_collector
from enscene.shelf.contracts import store
from enscene.shelf.contracts.books import Books, BookSet
from enscene.shelf.contracts.unit import BringTo, DayClosed, WakeContracts
from enscene.shelf.product import LENDS, Product

PAGE = 4_000
FLYING_MOST = 40
TOGETHER = 100
"""Contracts of one unit: large enough that the unit costs nothing, small enough to be repeated."""
_log = structlog.get_logger()


@dataclass(slots=True)
class Closed:
    """What the close of a day did: contracts to which something happened, those that failed."""

    day: date
    woken: int = 0
    failed: int = 0


async def close_days(
    pool: asyncpg.Pool[Any],
    writer: Writer,
    books: Books,
    products: Mapping[str, Product],
    tenant: int,
    day: date,
    *,
    progress: Callable[[int], None] = lambda woken: None,
) -> Closed:
    """Bring every contract of the tenant to the end of `day`, whatever days were missed.

    Any number of processes may do it at once, and it may be killed anywhere: a contract that was
    brought there already is not moved again.
    """
    closed = Closed(day)
    with patient_collector():
        while await _pass(pool, writer, books, products, tenant, closed, progress):
            pass
    await bring_accrued(pool, writer, books, products, tenant, day)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        before = await store.read_closed_day(connection, tenant)
        await store.write_closed_day(connection, tenant, day, closed.woken, closed.failed)
    if before is None or before < day:
        await writer.submit(DayClosed(tenant, day, closed.woken, closed.failed))
    return closed


async def _pass(
    pool: asyncpg.Pool[Any],
    writer: Writer,
    books: Books,
    products: Mapping[str, Product],
    tenant: int,
    closed: Closed,
    progress: Callable[[int], None],
) -> bool:
    """Go through those that are due, once; the next are read while earlier ones are written.
    Whether there were any."""
    flying: set[asyncio.Task[Any]] = set()
    after: tuple[date, UUID] | None = None
    failed: list[tuple[UUID, str]] = []

    async def wake(unit: WakeContracts) -> None:
        await writer.submit(unit)
        closed.woken += unit.done
        failed.extend(unit.failed)
        progress(closed.woken)

    while True:
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant], by_key=True)
            due = await store.read_due(connection, tenant, closed.day, PAGE, after)
        if not due:
            break
        after = (due[-1][4], due[-1][0])
        failed += [(row[0], "shelf.no_product") for row in due if row[1] not in products]
        page = await with_books(books, products, tenant, due)
        for start in range(0, len(page), TOGETHER):
            while len(flying) >= FLYING_MOST:
                done, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            unit = WakeContracts(tenant, closed.day, page[start : start + TOGETHER])
            flying.add(asyncio.create_task(wake(unit)))
    await asyncio.gather(*flying)
    if failed:
        closed.failed += len(failed)
        await _put_off(pool, tenant, failed, closed.day + timedelta(days=1))
    return after is not None


async def with_books(
    books: Books,
    products: Mapping[str, Product],
    tenant: int,
    due: list[tuple[UUID, str, int, str, date]],
) -> list[tuple[UUID, BookSet, int]]:
    """Each contract with its books and the customer's own account."""
    known = [row for row in due if row[1] in products]
    accounts = await books.currents(tenant, [(row[2], row[3]) for row in known])
    page = []
    for contract, product, customer, currency, _ in known:
        kind = products[product].kind
        found = await books.of(tenant, product, kind, currency)
        page.append((contract, found, accounts[customer, currency]))
    return page


async def _put_off(
    pool: asyncpg.Pool[Any], tenant: int, failed: list[tuple[UUID, str]], to: date
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        for contract, code in failed:
            _log.warning("contract.not_closed", contract=str(contract), code=code)
            await store.put_off(connection, tenant, contract, to)


async def bring_accrued(
    pool: asyncpg.Pool[Any],
    writer: Writer,
    books: Books,
    products: Mapping[str, Product],
    tenant: int,
    day: date,
) -> None:
    """Bring the account of accrued interest of every product to what its contracts say at the
    end of `day`. Done again it moves nothing."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        minor = await store.read_coming_up(connection, tenant, day)
        stands = await store.read_accrued(connection, tenant)
    targets = []
    for product, currency in sorted(minor.keys() | stands):
        known = products.get(product)
        if known is None:
            continue
        ids = (await books.of(tenant, product, known.kind, currency)).ids
        amount = minor.get((product, currency), 0)
        # What customers owe is the bank's: an asset stands below zero.
        wanted = -amount if known.kind in LENDS else amount
        targets.append((ids["accrued"], wanted, ids["interest"], f"{product}.accrued"))
    if targets:
        await writer.submit(BringTo(tenant, targets))
