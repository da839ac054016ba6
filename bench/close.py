"""The close of a day over many contracts, against a transaction for each.

Two days are closed: the heaviest, on which something falls due for every contract (all loans were
drawn on the same day of the month, and their customers have the money), and the day after, on
which nothing does. The baseline closes contracts of the same sort one by one.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg

from bench.measure import median
from enscene.commit import Writer, admit
from enscene.commit.move_clock import move_clock
from enscene.kernel.ids import new_uuid
from enscene.ledger import Ledger, verify_ledger
from enscene.shelf import ContractKind, Contracts, Opening, standard_shelf
from enscene.shelf.contracts.contract import Contract
from enscene.shelf.contracts.opening import new_contract
from enscene.shelf.contracts.verify import verify_contracts
from enscene.shelf.lives.lending import Lending
from enscene.storage import Database, open_pool
from enscene.tenants import create_tenant

CONTRACTS = 1_000_000
SHORT = 20_000
DRAWN, DUE, AFTER = date(2027, 1, 10), date(2027, 2, 10), date(2027, 2, 11)
SAMPLES = 200
ONE_BY_ONE = 2_000
OWN = 2_000_00
FIRST_CUSTOMER = 1_000_000
_CONTRACT = [
    "tenant",
    "id",
    "scene",
    "product",
    "customer",
    "amount",
    "currency",
    "about",
    "state",
    "seq",
    "opened_at",
    "version",
    "life",
    "terms",
    "facts",
    "entries",
    "wake",
    "bears",
    "accrued",
    "carry",
    "counted",
    "days",
]
_ENTRY = [
    "tenant",
    "contract",
    "n",
    "seq",
    "day",
    "what",
    "principal",
    "interest",
    "penalty",
    "fee",
    "about",
]
_TRANSFER = [
    "tenant",
    "seq",
    "n",
    "at",
    "dr",
    "cr",
    "amount",
    "currency",
    "kind",
    "dr_balance",
    "cr_balance",
    "hold",
    "scene",
    "flow",
]


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures; `server` is an empty, migrated database. A short run has fewer contracts."""
    count = int(os.environ.get("BENCH_CONTRACTS", CONTRACTS if seconds >= 1 else SHORT))
    pool = await open_pool(server.url_app, size_min=4, size_max=16)
    writers: dict[int, Writer] = {}

    def writer_of(shard: int) -> Writer:
        if shard not in writers:
            writers[shard] = Writer(pool, shard, (Ledger(), ContractKind()))
        return writers[shard]

    bank = Contracts(pool, writer_of)
    tenant = (await create_tenant(pool, "bench", "bench", sandbox=True)).id
    try:
        assert server.url_admin is not None
        await _fill(server, pool, bank, tenant, count)
        result = {"contracts": count, "one_by_one_per_s": await _one_by_one(pool, bank, tenant)}
        for name, day in (("heaviest", DUE), ("quiet", AFTER)):
            await _move(pool, tenant, day)
            began = time.perf_counter()
            closed = await bank.close_days(tenant)
            took = time.perf_counter() - began
            result |= {f"{name}_s": round(took, 1), f"{name}_woken": closed.woken,
                       f"{name}_failed": closed.failed}  # fmt: skip
        again = await bank.close_days(tenant)
        result["again_woken"] = again.woken
        result["per_s"] = median([result["heaviest_woken"] / result["heaviest_s"]])
        result["times_one_by_one"] = round(result["per_s"] / result["one_by_one_per_s"], 2)
        result["verified"] = int(await _verified(pool, tenant))
        return result
    finally:
        for writer in writers.values():
            await writer.close()
        await pool.close()


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """What was asked for; a bound below zero is an upper one."""
    scale = result["contracts"] / CONTRACTS
    return [
        ("heaviest day of a million, s", round(result["heaviest_s"] / scale, 1), -300),
        ("against one by one", result["times_one_by_one"], 3),
        ("woken", result["heaviest_woken"] + ONE_BY_ONE, result["contracts"]),
        ("failed", result["heaviest_failed"], -0.0),
        ("woken again", result["again_woken"], -0.0),
        ("books, histories and contracts agree", result["verified"], 1),
    ]


async def _move(pool: Any, tenant: int, day: date) -> None:
    async with pool.acquire() as connection, connection.transaction():
        moment = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        await move_clock(connection, 1, tenant, moment)


async def _one_by_one(pool: Any, bank: Contracts, tenant: int) -> float:
    """Contracts a second, each closed in a transaction of its own, 16 at a time."""
    from enscene.shelf.contracts import store
    from enscene.shelf.contracts.close_day import with_books
    from enscene.shelf.contracts.unit import WakeContracts

    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant], by_key=True)
        due = await store.read_due(connection, tenant, DUE, ONE_BY_ONE)
    page = await with_books(bank.books, bank.products, tenant, due)
    writer = Writer(pool, 1, (Ledger(), ContractKind()), batch_most=1, optimistic=False)
    began = time.perf_counter()
    waiting = iter(page)

    async def worker() -> None:
        for one in waiting:
            await writer.submit(WakeContracts(tenant, DUE, [one]))

    await asyncio.gather(*(worker() for _ in range(16)))
    took = time.perf_counter() - began
    await writer.close()
    return round(len(page) / took, 1)


async def _verified(pool: Any, tenant: int) -> bool:
    async with pool.acquire() as connection:
        ledger = await verify_ledger(connection, tenant)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        faults = await verify_contracts(connection, tenant, standard_shelf().products)
    for fault in [*ledger.faults, *faults][:20]:
        print(fault, file=sys.stderr)
    return ledger.verified and not faults


async def _fill(server: Database, pool: Any, bank: Contracts, tenant: int, count: int) -> None:
    """Contracts as if they had been opened one by one: rows, histories, accounts, transfers."""
    await _move(pool, tenant, DRAWN)
    product = standard_shelf().products["instalment"]
    ids = (await bank.books.of(tenant, product.id, product.kind, "CNY")).ids
    core = await bank.books.core(tenant, "CNY")
    lives = [_sample(tenant, product, number) for number in range(SAMPLES)]
    lent = sum(lives[n % SAMPLES].amount or 0 for n in range(count))
    admin = await asyncpg.connect(server.url_admin)
    at = datetime(2027, 1, 10, 1, tzinfo=UTC)
    try:
        base = await admin.fetchval("select seq from shard where id = 1")
        first = await admin.fetchval("select nextval('account_id')")
        await admin.execute("select setval('account_id', $1)", first + count)
        await admin.copy_records_to_table(
            "account", columns=["tenant", "id", "scene", "name", "owner", "currency", "role", "floor", "posted"],
            records=(
                (tenant, first + n, 0, "current", FIRST_CUSTOMER + n, "CNY", "current", 0, OWN)
                for n in range(count)
            ),
        )  # fmt: skip
        await admin.copy_records_to_table(
            "transfer", columns=_TRANSFER, records=_paid_in(tenant, base, at, core, first, count)
        )
        identities = [new_uuid() for _ in range(count)]
        await admin.copy_records_to_table(
            "contract", columns=_CONTRACT, records=_rows(tenant, base, at, lives, identities)
        )
        await admin.copy_records_to_table(
            "contract_entry", columns=_ENTRY,
            records=(
                (tenant, identity, 0, base + 1, DRAWN, "drawn", lives[n % SAMPLES].amount, 0, 0, 0, "")
                for n, identity in enumerate(identities)
            ),
        )  # fmt: skip
        # What was lent left the bank by way of the core: one posting stands for them all.
        await admin.execute(
            "insert into transfer values ($1, $2, 0, $3, $4, $5, $6, 'CNY', 0, $7, $8, null, 0, "
            "'instalment.drawn')",
            tenant, base + count + 1, at, ids["principal"], core, lent, -lent, lent - OWN * count,
        )  # fmt: skip
        for account, posted in ((ids["principal"], -lent), (core, lent - OWN * count)):
            await admin.execute(
                "update account set posted = $3 where tenant = $1 and id = $2",
                tenant, account, posted,
            )  # fmt: skip
        await admin.copy_records_to_table(
            "event",
            columns=[
                "shard",
                "seq",
                "tenant",
                "at",
                "scene",
                "action",
                "subject",
                "actor",
                "facts",
            ],
            records=(
                (1, base + 1 + n, tenant, at, 0, "filled", "bench", "bench", "{}")
                for n in range(count + 1)
            ),
        )
        await admin.execute("update shard set seq = $1 where id = 1", base + count + 1)
        await admin.execute("vacuum analyze account")
        for table in ("contract", "transfer", "contract_entry"):
            await admin.execute(f"vacuum analyze {table}")
    finally:
        await admin.close()


def _sample(tenant: int, product: Any, number: int) -> Contract:
    amount = 600_00 + number * 10_00
    contract = new_contract(tenant, Opening(product, 0, amount, months=12), DRAWN)
    assert isinstance(contract.life, Lending)
    contract.life.draw(amount)
    return contract


def _paid_in(
    tenant: int, base: int, at: datetime, core: int, first: int, count: int
) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        balance = -OWN * (n + 1)
        yield (tenant, base + 1 + n, 0, at, core, first + n, OWN, "CNY", 0, balance, OWN, None, 0,
               "paid_in")  # fmt: skip


def _rows(
    tenant: int, base: int, at: datetime, lives: list[Contract], identities: list[Any]
) -> Iterator[tuple[Any, ...]]:
    told = []
    for sample in lives:
        assert sample.life is not None
        bears = sample.life.bears
        told.append((sample, sample.body(), sample.life.wake, bears))
    for n, identity in enumerate(identities):
        sample, life, wake, bears = told[n % SAMPLES]
        yield (
            tenant, identity, 0, sample.product, FIRST_CUSTOMER + n, sample.amount, "CNY", "",
            "open", base + 1, at, 1, life, sample.terms, "{}", 1, wake, bears.parts, bears.minor,
            bears.carry, bears.since, bears.count.value,
        )  # fmt: skip


__all__ = ["figures", "run"]
