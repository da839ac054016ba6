"""Group commit against one function call per transfer, and against COPY of the same rows.

Every contender writes for each transfer: two account balances, the transfer row with its three
indexes, the row of the event log and the idempotency record. COPY leaves out the balances.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.measure import closed_loop, median, ratio
from enscene.commit import Once, Report, View, Writer
from enscene.kernel.ids import new_uuid
from enscene.ledger import AccountOrder, Ledger, open_accounts, verify_ledger
from enscene.storage import Database, open_pool

ACCOUNTS = 10_000
IN_FLIGHT = (64, 256, 1_000)
CONNECTIONS = (8, 16, 32)
HOT_SHARE = 0.8
PAIRS = 100_003
TENANT = 1

# What an application without a write path of its own does well: one round trip, one transaction.
FUNCTION = """
create sequence bench_seq;
grant all on sequence bench_seq to public;
create function bench_transfer(p_tenant int, p_dr bigint, p_cr bigint, p_amount bigint,
  p_digest uuid, p_fingerprint uuid, p_subject text) returns bigint
language plpgsql as $$
declare n bigint; first bigint; b1 bigint; b2 bigint; dr_b bigint; cr_b bigint; t timestamptz;
begin
  perform set_config('enscene.tenants', '{' || p_tenant || '}', true);
  n := nextval('bench_seq'); t := clock_timestamp();
  insert into idempotency (tenant, digest, fingerprint, refused, answer, at)
    values (p_tenant, p_digest, p_fingerprint, false, '{"seq":' || n || '}', t);
  if p_dr < p_cr then
    update account set posted = posted - p_amount where tenant = p_tenant and id = p_dr
      and (floor is null or posted - held - p_amount >= floor) returning posted into dr_b;
    update account set posted = posted + p_amount where tenant = p_tenant and id = p_cr
      returning posted into cr_b;
  else
    update account set posted = posted + p_amount where tenant = p_tenant and id = p_cr
      returning posted into cr_b;
    update account set posted = posted - p_amount where tenant = p_tenant and id = p_dr
      and (floor is null or posted - held - p_amount >= floor) returning posted into dr_b;
  end if;
  if dr_b is null or cr_b is null then raise exception 'refused'; end if;
  insert into transfer (tenant, seq, n, at, dr, cr, amount, currency, kind, dr_balance,
    cr_balance, scene, flow)
    values (p_tenant, n, 0, t, p_dr, p_cr, p_amount, 'CNY', 0, dr_b, cr_b, 0, 'bench');
  insert into event (shard, seq, tenant, at, scene, action, subject, actor, facts)
    values (1, n, p_tenant, t, 0, 'bench', p_subject, 'bench', '{}');
  return n;
end $$;
"""
TRANSFER_COLUMNS = "tenant seq n at dr cr amount currency kind dr_balance cr_balance scene flow"
CALL = "select bench_transfer($1, $2, $3, $4, $5, $6, $7)"


class Transfer:
    """One transfer as a unit of the write path."""

    __slots__ = ("_amount", "_pair", "once", "tenant")
    timed = False
    lines = ()

    def __init__(self, number: int, dr: int, cr: int, amount: int) -> None:
        self.tenant = TENANT
        self._pair = (dr, cr)
        self._amount = amount
        self.once = Once.of("bench", str(number), request=b"")

    def cells(self, now: datetime, *, exact: bool) -> tuple[Any, ...]:
        dr, cr = self._pair
        return ("ledger", (TENANT, dr)), ("ledger", (TENANT, cr))

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        dr, cr = self._pair
        book.post(
            view.index, book.account(TENANT, dr), book.account(TENANT, cr), self._amount, "bench"
        )

    def report(self, seq: int, at: datetime) -> Report:
        return Report(0, "bench", "bench", "bench", "{}", f'{{"seq":{seq}}}')


class Pairs:
    """Which accounts a transfer is between: any two, or mostly towards one. Drawn beforehand, so
    that the load is not what is measured."""

    def __init__(self, accounts: list[int], *, hot: bool) -> None:
        rng = random.Random(1)
        self._pairs = []
        for _ in range(PAIRS):
            dr, cr = rng.sample(accounts, 2)
            if hot and rng.random() < HOT_SHARE:
                dr, cr = (accounts[1] if dr == accounts[0] else dr), accounts[0]
            self._pairs.append((dr, cr))
        self._place = 0

    def next(self) -> tuple[int, int]:
        self._place = (self._place + 1) % PAIRS
        return self._pairs[self._place]


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures; `server` is an empty, migrated database."""
    pool = await open_pool(server.url_app, size_min=4, size_max=max(CONNECTIONS))
    owner = await asyncpg.connect(server.url_owner)
    await owner.execute(FUNCTION)
    await owner.close()
    accounts = await _open(pool)
    result: dict[str, Any] = {}
    number = 0
    for load in ("uniform", "hot"):
        pairs = Pairs(accounts, hot=load == "hot")
        group: list[float] = []
        function: list[float] = []
        detail: dict[str, Any] = {}
        for _ in range(rounds):
            best = 0.0
            for flight in IN_FLIGHT:
                loop, number = await _group(pool, pairs, flight, seconds, number)
                detail.setdefault(f"group_{flight}", []).append(loop)
                best = max(best, loop.per_s)
            group.append(best)
            best = 0.0
            for connections in CONNECTIONS:
                loop, number = await _function(pool, pairs, connections, seconds, number)
                detail.setdefault(f"function_{connections}", []).append(loop)
                best = max(best, loop.per_s)
            function.append(best)
        result[load] = {
            "group_commit_per_s": median(group),
            "function_per_s": median(function),
            "ratio": ratio(group, function),
            "detail": {
                name: {
                    "per_s": median([loop.per_s for loop in loops]),
                    "p50_ms": median([loop.p50_ms for loop in loops]),
                    "p99_ms": median([loop.p99_ms for loop in loops]),
                    "errors": sum(loop.errors for loop in loops),
                }
                for name, loops in detail.items()
            },
        }
        result[load]["_group"] = group
    copied = [await _copy(server, accounts, seconds) for _ in range(rounds)]
    result["copy_per_s"] = median(copied)
    for load in ("uniform", "hot"):
        result[load]["share_of_copy"] = ratio(result[load].pop("_group"), copied)
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, TENANT)
    await pool.close()
    result["sum_minor"] = verdict.sum_minor
    result["balances_hold"] = all("sum to its balance" not in rule for rule in verdict.faults)
    return result


async def _open(pool: asyncpg.Pool[Any]) -> list[int]:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into shard (id) values (1) on conflict do nothing")
        await connection.execute(
            "insert into tenant (id, ref, name, shard) values ($1, 'bench', 'bench', 1)", TENANT
        )
        await connection.execute("select set_config('enscene.tenants', '{1}', true)")
        orders = [AccountOrder(0, "bench", n, "CNY", floor=-(10**12)) for n in range(ACCOUNTS)]
        return await open_accounts(connection, TENANT, orders)


async def _group(
    pool: asyncpg.Pool[Any], pairs: Pairs, flight: int, seconds: float, number: int
) -> tuple[Any, int]:
    writer = Writer(pool, 1, [Ledger()])

    async def ask(n: int) -> None:
        dr, cr = pairs.next()
        answer = await writer.submit(Transfer(n, dr, cr, 100))
        assert not answer.refused

    loop = await closed_loop(ask, workers=flight, seconds=seconds, first=number)
    await writer.close()
    return loop


async def _function(
    pool: asyncpg.Pool[Any], pairs: Pairs, connections: int, seconds: float, number: int
) -> tuple[Any, int]:
    held = [await pool.acquire() for _ in range(connections)]
    free: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
    for connection in held:
        free.put_nowait(connection)
    # Its numbers must not meet those of the shard.
    await held[0].execute(
        "select setval('bench_seq', greatest((select seq from shard where id = 1) + 1000000000,"
        " nextval('bench_seq')))"
    )

    async def ask(n: int) -> None:
        connection = free.get_nowait()
        dr, cr = pairs.next()
        once = Once.of("bench", str(n), request=b"")
        await connection.fetchval(CALL, TENANT, dr, cr, 100, once.digest, once.fingerprint, "bench")
        free.put_nowait(connection)

    loop = await closed_loop(ask, workers=connections, seconds=seconds, first=number)
    for connection in held:
        await pool.release(connection)
    return loop


async def _copy(server: Database, accounts: list[int], seconds: float) -> float:
    """Rows of 1,000 transfers a transaction, by COPY, past row-level security."""
    assert server.url_admin is not None
    connection = await asyncpg.connect(server.url_admin)
    rng = random.Random(2)
    base = 5_000_000_000_000 + rng.randrange(10**12) + uuid4().int % 10**9
    loop = asyncio.get_running_loop()
    began, count = loop.time(), 0
    while loop.time() - began < seconds:
        transfers, events, keys = [], [], []
        for _ in range(1_000):
            base += 1
            dr, cr = rng.sample(accounts, 2)
            at = datetime.now(UTC)
            transfers.append((99, base, 0, at, dr, cr, 100, "CNY", 0, 0, 0, 0, "bench"))
            events.append((1, base, 99, at, 0, "bench", "bench", "bench", "{}"))
            keys.append((99, new_uuid(), UUID(int=0), False, '{"seq":1}', at))
        async with connection.transaction():
            for table, columns, rows in (
                ("transfer", TRANSFER_COLUMNS, transfers),
                ("event", "shard seq tenant at scene action subject actor facts", events),
                ("idempotency", "tenant digest fingerprint refused answer at", keys),
            ):  # fmt: skip
                await connection.copy_records_to_table(table, records=rows, columns=columns.split())
        count += 1_000
    took = loop.time() - began
    await connection.close()
    return count / took


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted."""
    return [
        ("uniform: group commit / function", result["uniform"]["ratio"], 2.5),
        ("hot: group commit / function", result["hot"]["ratio"], 8.0),
        ("uniform: group commit / COPY", result["uniform"]["share_of_copy"], 0.30),
    ]


__all__ = ["figures", "run"]
