"""Replay a bank's recorded transactions into accounts and compare with its own balances.

The data (PKDD'99) give each transaction's day and the balance after it, but not its order within
the day: that is found from the balances, each of which continues from another's.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from enscene.commit import Once, Report, View, Writer, admit
from enscene.kernel.errors import Invalid
from enscene.ledger import AccountOrder, Ledger, open_accounts, verify_ledger
from enscene.replay._tenant import replay_tenant

TENANT = "replay-berka"
CURRENCY = "CZK"
HEADER = ["trans_id", "account_id", "date", "type", "operation", "amount", "balance"]
IN_FLIGHT = 500
NEAR_MINOR = 10
END_MINOR = 70
SEARCH_MOST = 20_000

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction, minor units: `amount` is signed, `balance` the bank's own after it."""

    id: int
    account: int
    day: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class BerkaReport:
    """Read back from the ledger. A link is a transaction whose amount leads from the bank's
    balance before it to the one after it."""

    accounts: int
    transactions: int
    links_exact: int
    links_within_0_10: int
    exact_share: float
    within_0_10_share: float
    accounts_within_0_70: int
    largest_end_difference: str
    posted: int
    verified: bool


def read_rows(path: Path) -> list[Row]:
    """The rows of the file; where it is cut off in the middle of a row, without its last day.

    Raises: Invalid, with the line.
    """
    try:
        return _rows_of(path)
    except (UnicodeDecodeError, gzip.BadGzipFile, zlib.error, EOFError, csv.Error) as error:
        raise Invalid(f"{path.name}: this is no such file: {error}") from error


def _rows_of(path: Path) -> list[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    rows: list[Row] = []
    cut = False
    with opener(path, "rt", encoding="utf-8", newline="") as text:
        reader = csv.reader(text, delimiter=";")
        header = next(reader, [])
        if header[:7] != HEADER:
            raise Invalid(f"{path.name}:1: these are not transactions")
        for line in reader:
            if cut:
                raise Invalid(f"{path.name}:{reader.line_num - 1}: the row is not complete")
            cut = len(line) < len(header)
            if not cut:
                rows.append(_row(line, path, reader.line_num))
    if cut and rows:
        last = max(row.day for row in rows)
        rows = [row for row in rows if row.day != last]
    return rows


def _row(line: Sequence[str], path: Path, number: int) -> Row:
    try:
        amount = _minor(line[5])
        sign = 1 if line[3] == "PRIJEM" else -1
        return Row(int(line[0]), int(line[1]), line[2], sign * amount, _minor(line[6]))
    except (ValueError, IndexError):
        raise Invalid(f"{path.name}:{number}: this is not a transaction") from None


def _minor(text: str) -> int:
    whole, _, fraction = text.partition(".")
    cents = int((fraction + "00")[:2])
    return int(whole) * 100 + (-cents if text.startswith("-") else cents)


def chain_day(rows: Sequence[Row], start: int) -> list[Row]:
    """The order of one account's day in which most balances continue from the one before.

    A search from the day before's balance that prefers the best continuation and goes back when
    it leads nowhere; bounded, since a day's order is a guess wherever several fit.
    """
    best: list[Row] = []
    best_cost: int | None = None
    budget = SEARCH_MOST

    def search(left: list[Row], balance: int, path: list[Row], cost: int) -> None:
        nonlocal best, best_cost, budget
        if best_cost is not None and cost >= best_cost:
            return
        if not left:
            best, best_cost = list(path), cost
            return
        for row in sorted(left, key=lambda row: (abs(balance + row.amount - row.balance), row.id)):
            if budget <= 0 and best_cost is not None:
                return
            budget -= 1
            gap = abs(balance + row.amount - row.balance)
            path.append(row)
            search([other for other in left if other is not row], row.balance, path, cost + gap)
            path.pop()

    search(list(rows), start, [], 0)
    return best


def order_rows(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows of each account in the order in which the bank's balances chain."""
    days: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        days[row.account][row.day].append(row)
    ordered: dict[int, list[Row]] = {}
    for account, by_day in days.items():
        balance = opening_balance(by_day[min(by_day)])
        ordered[account] = []
        for day in sorted(by_day):
            chain = chain_day(by_day[day], balance)
            ordered[account] += chain
            balance = chain[-1].balance
    return ordered


def opening_balance(first_day: Sequence[Row]) -> int:
    """What an account held before its first day: 0 for one opened on it, else what fits best."""
    starts = [row.balance - row.amount for row in first_day]
    if min(map(abs, starts)) <= NEAR_MINOR:
        return 0

    def misfit(start: int) -> int:
        balance, total = start, 0
        for row in chain_day(first_day, start):
            total += abs(balance + row.amount - row.balance)
            balance = row.balance
        return total

    return min(starts, key=misfit)


class _Posting:
    """One transaction as a unit: money between the account and the world outside."""

    timed = False
    lines = ()

    def __init__(self, tenant: int, row: Row, account: int, world: int) -> None:
        self.tenant = tenant
        self.once = Once.of("berka", str(row.id), request=repr(row).encode())
        self._row = row
        self._pair = (world, account) if row.amount > 0 else (account, world)

    def cells(self, now: datetime, *, exact: bool) -> list[tuple[str, Any]]:
        return [("ledger", (self.tenant, account)) for account in self._pair]

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        dr, cr = (book.account(self.tenant, account) for account in self._pair)
        if self._row.amount:
            book.post(view.index, dr, cr, abs(self._row.amount), "berka")

    def report(self, seq: int, at: datetime) -> Report:
        return Report(0, "berka.transaction", str(self._row.id), "replay", "{}", f'{{"seq":{seq}}}')


async def replay_berka(pool: asyncpg.Pool[Any], path: Path, *, tell: Tell) -> BerkaReport:
    """Post the transactions of the file, each once ever, and compare. Raises: Invalid."""
    rows = read_rows(path)
    ordered = order_rows(rows)
    tenant = await replay_tenant(pool, TENANT, zone="Europe/Prague", currency=CURRENCY)
    accounts, world = await _open(pool, tenant.id, ordered)
    before = await _transfers(pool, tenant.id)
    writer = Writer(pool, tenant.shard, [Ledger()])
    done = 0

    async def post(account: int, chain: list[Row]) -> None:
        nonlocal done
        opening = _opening_of(chain)
        for row in chain if opening is None else [opening, *chain]:
            await writer.submit(_Posting(tenant.id, row, accounts[account], world))
            done += 1
            if done % 2_000 == 0:
                tell("post", done, len(rows))

    queue = iter(ordered.items())

    async def worker() -> None:
        for account, chain in queue:
            await post(account, chain)

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    await writer.close()
    return await _read_back(pool, tenant.id, {row.id: row for row in rows}, ordered, before)


async def _open(
    pool: asyncpg.Pool[Any], tenant: int, ordered: dict[int, list[Row]]
) -> tuple[dict[int, int], int]:
    """Accounts with the overdraft that the bank let them have, and the world outside."""
    numbers = sorted(ordered)
    orders = [
        AccountOrder(
            0, f"berka-{number}", number, CURRENCY, role="current",
            floor=_floor(ordered[number]),
        )
        for number in numbers
    ]  # fmt: skip
    world = AccountOrder(0, "world", 0, CURRENCY, role="outside", floor=None)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        ids = await open_accounts(connection, tenant, [*orders, world])
    return dict(zip(numbers, ids[:-1], strict=True)), ids[-1]


def _opening_of(chain: list[Row]) -> Row | None:
    """The posting that brings an account to where its recorded history begins."""
    first = chain[0]
    start = first.balance - first.amount
    if abs(start) <= NEAR_MINOR:
        return None
    return Row(-first.account, first.account, first.day, start, start)


def _floor(chain: list[Row]) -> int:
    """The lowest the account goes by the amounts or by the bank's balances."""
    opening = _opening_of(chain)
    lowest = running = 0
    for row in chain if opening is None else [opening, *chain]:
        running += row.amount
        lowest = min(lowest, running, row.balance)
    return lowest


async def _transfers(pool: asyncpg.Pool[Any], tenant: int) -> int:
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        count: int = await connection.fetchval(
            "select count(*) from transfer where tenant = $1", tenant
        )
        return count


_POSTED = """
select e.subject::bigint as id, a.owner as account,
       case when t.cr = a.id then t.amount else -t.amount end as amount,
       case when t.cr = a.id then t.cr_balance else t.dr_balance end as balance
  from event e
  join transfer t on t.tenant = e.tenant and t.seq = e.seq
  join account a on a.tenant = t.tenant and a.role = 'current' and a.id in (t.dr, t.cr)
 where e.tenant = $1 and e.action = 'berka.transaction' order by e.seq"""


async def _read_back(
    pool: asyncpg.Pool[Any],
    tenant: int,
    rows: dict[int, Row],
    ordered: dict[int, list[Row]],
    before: int,
) -> BerkaReport:
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        posted = await connection.fetch(_POSTED, tenant)
    bank: dict[int, int] = {}
    ledger: dict[int, int] = {}
    exact = near = count = 0
    for entry in posted:
        if entry["id"] < 0:
            bank[-entry["id"]] = entry["balance"]
            continue
        row = rows.get(entry["id"])
        if row is None:
            continue  # of another file
        gap = abs(bank.get(row.account, 0) + entry["amount"] - row.balance)
        exact += gap == 0
        near += gap <= NEAR_MINOR
        count += 1
        bank[row.account] = row.balance
        ledger[row.account] = entry["balance"]
    ends = [abs(ledger[account] - bank[account]) for account in ordered if account in bank]
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, tenant)
    return BerkaReport(
        accounts=len(ends),
        transactions=count,
        links_exact=exact,
        links_within_0_10=near,
        exact_share=round(exact / count, 6) if count else 0.0,
        within_0_10_share=round(near / count, 6) if count else 0.0,
        accounts_within_0_70=sum(end <= END_MINOR for end in ends),
        largest_end_difference=f"{max(ends, default=0) / 100:.2f}",
        posted=verdict.transfers - before,
        verified=verdict.verified,
    )
